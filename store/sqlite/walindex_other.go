//go:build !unix

package sqlite

// walIndex is not read here.
type walIndex struct{}

func openWALIndex(string) *walIndex { return nil }

func (*walIndex) readable() bool { return false }

func (*walIndex) read() walHeader { return walHeader{} }

func (*walIndex) close() error { return nil }
