package server

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// bounded is a cache of what was used last, bounded by a count and by bytes of text. It is safe for concurrent use.
type bounded[V any] struct {
	mu       sync.Mutex
	entries  *simplelru.LRU[string, V]
	size     func(key string, value V) int
	bytes    int
	maxBytes int
}

// newBounded makes a cache; size says how many bytes an entry counts as.
func newBounded[V any](count, maxBytes int, size func(string, V) int) *bounded[V] {
	b := &bounded[V]{size: size, maxBytes: maxBytes}
	entries, err := simplelru.NewLRU(max(count, 1), func(key string, value V) { b.bytes -= size(key, value) })
	if err != nil {
		panic("server: a cache of at least one entry is refused: " + err.Error())
	}
	b.entries = entries
	return b
}

func (b *bounded[V]) get(key string) (V, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries.Get(key)
}

// add keeps value, and lets go of what was used longest ago. What is too big by itself is not kept.
func (b *bounded[V]) add(key string, value V) {
	b.mu.Lock()
	defer b.mu.Unlock()
	size := b.size(key, value)
	if size > b.maxBytes {
		return
	}
	b.entries.Remove(key)
	b.bytes += size
	b.entries.Add(key, value)
	for b.bytes > b.maxBytes {
		b.entries.RemoveOldest()
	}
}
