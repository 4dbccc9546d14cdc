package staffroom

// Schools is a service.
type Schools struct{ *Ports }
