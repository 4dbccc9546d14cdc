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

// fetch reads the things with these keys, in their order.
type fetch[K comparable, V any] func(ctx context.Context, keys []K) ([]V, error)

// loader reads things by their keys, many at once, where fields of many objects ask for one each. It remembers what it read.
//
// gqlgen's executor, which asks from many goroutines, waits for what it asked. Package direct, which asks from one, is told to come
// back later, and has the loader read in between.
type loader[K comparable, V any] struct {
	fetch fetch[K, V]
	// waits serves gqlgen's executor; nil if package direct asks.
	waits *waiting[K, V]
	// gathered serves package direct; it is made when something is asked for first, as of most loaders nothing is.
	gathered *gathered[K, V]
}

// waiting is a loader that waits, made when something is asked of it first.
type waiting[K comparable, V any] struct {
	once   sync.Once
	loader *dataloadgen.Loader[K, V]
}

// gathered is what was read, and what to read next.
type gathered[K comparable, V any] struct {
	found map[K]V
	noted []K
}

// newLoader makes a loader that has not read anything: one that gathers, or one that waits.
func newLoader[K comparable, V any](fetch fetch[K, V], gathers bool) loader[K, V] {
	if gathers {
		return loader[K, V]{fetch: fetch}
	}
	return loader[K, V]{fetch: fetch, waits: &waiting[K, V]{}}
}

// wait is the loader that waits.
func (l *loader[K, V]) wait() *dataloadgen.Loader[K, V] {
	l.waits.once.Do(func() {
		l.waits.loader = dataloadgen.NewLoader(func(ctx context.Context, keys []K) ([]V, []error) {
			found, err := l.fetch(ctx, keys)
			if err != nil {
				return nil, []error{err}
			}
			return found, nil
		}, dataloadgen.WithWait(batchWait))
	})
	return l.waits.loader
}

// load is the thing with this key.
func (l *loader[K, V]) load(ctx context.Context, key K) (V, error) {
	if l.waits != nil {
		return l.wait().Load(ctx, key)
	}
	if l.gathered == nil {
		l.gathered = &gathered[K, V]{}
	}
	v, ok := l.gathered.found[key]
	if !ok {
		l.gathered.noted = append(l.gathered.noted, key)
		return v, direct.ErrLater
	}
	return v, nil
}

// loadAll is the things with these keys.
func (l *loader[K, V]) loadAll(ctx context.Context, keys []K) ([]V, error) {
	if l.waits != nil {
		found, err := l.wait().LoadAll(ctx, keys)
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
	if l.gathered == nil || len(l.gathered.noted) == 0 {
		return nil
	}
	keys := l.gathered.distinct()
	found, err := l.fetch(ctx, keys)
	if err != nil {
		return err
	}
	for i, key := range keys {
		l.gathered.found[key] = found[i]
	}
	return nil
}

// distinct is what was noted, each key once and in the order of asking. Nothing is noted after that.
func (g *gathered[K, V]) distinct() []K {
	noted := g.noted
	g.noted = nil
	if g.found == nil {
		g.found = make(map[K]V, len(noted))
	}
	keys := noted[:0]
	for _, key := range noted {
		if _, seen := g.found[key]; !seen {
			var none V
			g.found[key] = none
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
