package staffroom

// Resources is a service.
type Resources struct{ *Ports }
