package staffroom

// Members is a service.
type Members struct{ *Ports }
