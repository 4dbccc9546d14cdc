package staffroom

// Register keeps the schools and authorities as the national register has them.
type Register struct{ *Ports }
