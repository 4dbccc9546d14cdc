package load

import (
	"runtime"
	"sync"
)

// together is how many requests lie in one piece of memory.
const together = 1024

// piece is requests one after the other; ends says where each ends.
type piece struct {
	text []byte
	ends [together]int
}

// Prepare makes the requests from 0 to count before they are sent, so that making them takes nothing from the server meanwhile. Those after
// them are made when they are due.
func Prepare(count int, request func(n int) []byte) func(n int) []byte {
	pieces := make([]*piece, (count+together-1)/together)
	var workers sync.WaitGroup
	for first := range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := first; i < len(pieces); i += runtime.GOMAXPROCS(0) {
				pieces[i] = preparePiece(i*together, request)
			}
		})
	}
	workers.Wait()
	runtime.GC() // now, rather than while somebody measures
	return func(n int) []byte {
		if n >= len(pieces)*together {
			return request(n)
		}
		p, i := pieces[n/together], n%together
		begin := 0
		if i > 0 {
			begin = p.ends[i-1]
		}
		return p.text[begin:p.ends[i]]
	}
}

func preparePiece(first int, request func(n int) []byte) *piece {
	p := &piece{}
	for i := range p.ends {
		p.text = append(p.text, request(first+i)...)
		p.ends[i] = len(p.text)
	}
	return p
}
