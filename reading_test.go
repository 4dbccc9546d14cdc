package main

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// TestLongTextsAreReadInTurn reads long texts at once that take until they are told to go on, and a short one meanwhile.
func TestLongTextsAreReadInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		reading := 0
		goOn := make(chan struct{})
		read := inTurn(func(text string) (string, error) {
			mu.Lock()
			reading++
			mu.Unlock()
			if len(text) >= longText {
				<-goOn
			}
			return text, nil
		})
		long, most := strings.Repeat("x", longText), max(1, runtime.GOMAXPROCS(0)-1)
		var all sync.WaitGroup
		for range most + 3 {
			all.Go(func() {
				if got, err := read(long); got != long || err != nil {
					t.Errorf("a long text is read as %.20q: %v", got, err)
				}
			})
		}
		synctest.Wait()
		if reading != most {
			t.Errorf("%d long texts are read at a time, want %d", reading, most)
		}
		if got, err := read("short"); got != "short" || err != nil {
			t.Errorf("a short text is read as %q: %v", got, err)
		}
		close(goOn)
		all.Wait()
	})
}
