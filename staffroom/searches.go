package staffroom

// Searches is a service.
type Searches struct{ *Ports }
