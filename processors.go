package main

import (
	"os"
	"runtime"
)

// leavePlaceForDisk has one more goroutine run at a time than there are processors, unless the operator has set GOMAXPROCS. A goroutine that
// waits for the disk keeps its place until the runtime notices, which takes up to 10 ms: on a machine with two processors, a commit and a
// checkpoint that wait at once stop everybody else.
func leavePlaceForDisk() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}
