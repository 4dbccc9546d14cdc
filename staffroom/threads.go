package staffroom

// Threads is a service.
type Threads struct{ *Ports }
