package resolvers

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/vikstrous/dataloadgen"

	"github.com/staffroom-schools/staffroom/direct"
)

// batchWait is how long a loader waits for more keys, when gqlgen's executor asks it from many goroutines. It is a floor on the latency
// of each level of a query, so it is as short as still gathers the goroutines that the executor starts for one list.
const batchWait = 500 * time.Microsecond

// loader reads things by their keys, many at once, where fields of many objects ask for one each. It remembers what it read.
//
// gqlgen's executor, which asks from many goroutines, waits for what it asked. Package direct, which asks from one, is told to come
// back later: see [loaders.gather].
type loader[K comparable, V any] struct {
	fetch   func(context.Context, []K) ([]V, error) // aligned with the keys
	waiting func() *dataloadgen.Loader[K, V]
	// found and noted are for package direct: what was read, and what to read next; found is nil for gqlgen's executor.
	found map[K]V
	noted []K
}

// reads prepares the loader.
func (l *loader[K, V]) reads(gathers bool, fetch func(context.Context, []K) ([]V, error)) {
	l.fetch = fetch
	if gathers {
		l.found = map[K]V{}
		return
	}
	l.waiting = sync.OnceValue(func() *dataloadgen.Loader[K, V] {
		return dataloadgen.NewLoader(func(ctx context.Context, keys []K) ([]V, []error) {
			found, err := fetch(ctx, keys)
			if err != nil {
				return nil, []error{err}
			}
			return found, nil
		}, dataloadgen.WithWait(batchWait))
	})
}

// load is the thing with this key.
func (l *loader[K, V]) load(ctx context.Context, key K) (V, error) {
	if l.found == nil {
		return l.waiting().Load(ctx, key)
	}
	v, ok := l.found[key]
	if !ok {
		l.noted = append(l.noted, key)
		return v, direct.ErrLater
	}
	return v, nil
}

// loadAll is the things with these keys.
func (l *loader[K, V]) loadAll(ctx context.Context, keys []K) ([]V, error) {
	if l.found == nil {
		found, err := l.waiting().LoadAll(ctx, keys)
		if several, ok := errors.AsType[dataloadgen.ErrorSlice](err); ok {
			err = errors.Join(several...)
		}
		return found, err
	}
	all := make([]V, len(keys))
	var later error
	for i, key := range keys {
		var err error
		if all[i], err = l.load(ctx, key); err != nil {
			later = err
		}
	}
	return all, later
}

// read reads what was noted.
func (l *loader[K, V]) read(ctx context.Context) error {
	if len(l.noted) == 0 {
		return nil
	}
	keys := l.distinct()
	found, err := l.fetch(ctx, keys)
	if err != nil {
		return err
	}
	for i, key := range keys {
		l.found[key] = found[i]
	}
	return nil
}

// distinct is what was noted, each key once and in the order of asking. Nothing is noted after that.
func (l *loader[K, V]) distinct() []K {
	noted := l.noted
	l.noted = nil
	keys := noted[:0]
	for _, key := range noted {
		if _, seen := l.found[key]; !seen {
			var none V
			l.found[key] = none
			keys = append(keys, key)
		}
	}
	return keys
}

// load is the thing with this key; nil for the empty key, for what does not exist, and for what is hidden.
func load[T any](ctx context.Context, l *loader[string, *T], key string) (*T, error) {
	if key == "" {
		return nil, nil // null is the answer
	}
	return l.load(ctx, key)
}

// loadAll is the things with these keys, without those that do not exist or are hidden.
func loadAll[T any](ctx context.Context, l *loader[string, *T], keys []string) ([]*T, error) {
	found, err := l.loadAll(ctx, keys)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(t *T) bool { return t == nil }), nil
}
