package staffroom

// Sessions keeps who is signed in on which browser.
type Sessions struct{ *Ports }
