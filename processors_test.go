package main

import (
	"runtime"
	"testing"
)

func TestOnePlaceIsForTheDisk(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	for set, want := range map[string]int{"": before + 1, "3": before} {
		t.Setenv("GOMAXPROCS", set)
		runtime.GOMAXPROCS(before)
		leavePlaceForDisk()
		if got := runtime.GOMAXPROCS(0); got != want {
			t.Errorf("with GOMAXPROCS=%q, %d goroutines run at once, and not %d", set, got, want)
		}
	}
}
