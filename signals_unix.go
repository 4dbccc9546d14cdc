//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// takeWriteErrors has a write beyond the largest size that the operator allows for a file fail, as one on a full disk does: it would end the
// program.
func takeWriteErrors() { signal.Ignore(syscall.SIGXFSZ) }
