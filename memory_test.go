package main

import "testing"

func TestMemoryIsGivenBackSoonAfterTheStartAndAfterLongerRestsOnly(t *testing.T) {
	var q quiet
	made := uint64(0)
	// after looks so many times, each time after so many bytes were made, and says when memory was given back first; 0 for never.
	after := func(times int, bytes uint64) int {
		for i := 1; i <= times; i++ {
			if made += bytes; q.enough(made) {
				return i
			}
		}
		return 0
	}
	const ticks = int(restAfter / startedAfter)
	for _, step := range []struct {
		what  string
		times int
		bytes uint64
		want  int
	}{
		{"while it starts", 5, 10 * restBytes, 0},
		{"once it has started", 5, 1000, 1},
		{"with nothing more to give", 3 * ticks, 1000, 0},
		{"when it is asked", 20, 10 * restBytes, 0},
		{"in a short rest", ticks - 1, 1000, 0},
		{"when it is asked again", 1, 10 * restBytes, 0},
		{"in a long rest", 2 * ticks, 1000, ticks},
	} {
		if got := after(step.times, step.bytes); got != step.want {
			t.Errorf("%s: given back after %d looks, not %d", step.what, got, step.want)
		}
	}
}
