package staffroom

// Authorities is a service.
type Authorities struct{ *Ports }
