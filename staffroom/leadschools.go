package staffroom

// LeadSchools is a service.
type LeadSchools struct{ *Ports }
