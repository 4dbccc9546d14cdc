package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// ballastBytes is memory that is never touched, and so takes no room on the machine. The garbage collector starts anew when the
	// heap has doubled, and a server's heap is so small that this would be all the time: a fifth of the processor went into it.
	ballastBytes = 64 << 20
	// ballastPiece is made at once. The runtime clears all of it, and so touches it, if any of it lies where something was before.
	ballastPiece = 1 << 20
	// startedAfter is how long a server must have made next to nothing to have started: what that took it will not need again.
	startedAfter = 2 * time.Second
	// restAfter is the same for being at rest later on. Whoever is asked again after some seconds would take all memory back, page by page,
	// and answer some 5 % more slowly meanwhile.
	restAfter = 30 * time.Second
	// restBytes is what it may make in startedAfter, and litterBytes what is worth picking up.
	restBytes, litterBytes = 512 << 10, 1 << 20
)

// tendMemory keeps the garbage collector from running too often under load, and gives memory back to the machine when there is
// nothing to do. It ends with ctx.
func tendMemory(ctx context.Context) {
	defer runtime.KeepAlive(newBallast())
	ticker := time.NewTicker(startedAfter)
	defer ticker.Stop()
	made := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	var q quiet
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		metrics.Read(made)
		if q.enough(made[0].Value.Uint64()) {
			debug.FreeOSMemory()
		}
	}
}

// quiet is how long a server has made next to nothing.
type quiet struct {
	lasts time.Duration
	// before is what it had made in all when it was last looked at, and tidied when memory was last given back.
	before, tidied uint64
}

// enough says whether to give memory back now. It is asked each time that startedAfter has passed, with how many bytes were made in all.
func (q *quiet) enough(made uint64) bool {
	q.lasts += startedAfter
	if made-q.before >= restBytes {
		q.lasts = 0
	}
	q.before = made
	if q.tidied > 0 && q.lasts < restAfter || q.lasts == 0 || made-q.tidied <= litterBytes {
		return false
	}
	q.tidied = made
	return true
}

func newBallast() [][]byte {
	ballast := make([][]byte, ballastBytes/ballastPiece)
	for i := range ballast {
		ballast[i] = make([]byte, ballastPiece)
	}
	return ballast
}
