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
	// restAfter is how long a server must have made next to nothing to be at rest.
	restAfter = 2 * time.Second
	// restBytes is what it may make meanwhile, and litterBytes what is worth picking up.
	restBytes, litterBytes = 512 << 10, 1 << 20
)

// tendMemory keeps the garbage collector from running too often under load, and gives memory back to the machine when there is
// nothing to do. It ends with ctx.
func tendMemory(ctx context.Context) {
	defer runtime.KeepAlive(newBallast())
	ticker := time.NewTicker(restAfter)
	defer ticker.Stop()
	made := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	var before, tidied uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		metrics.Read(made)
		now := made[0].Value.Uint64()
		if now-before < restBytes && now-tidied > litterBytes {
			debug.FreeOSMemory()
			tidied = now
		}
		before = now
	}
}

func newBallast() [][]byte {
	ballast := make([][]byte, ballastBytes/ballastPiece)
	for i := range ballast {
		ballast[i] = make([]byte, ballastPiece)
	}
	return ballast
}
