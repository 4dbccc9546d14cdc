package resolvers

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vikstrous/dataloadgen"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// batchWait is how long a loader waits for more keys. It is a floor on the latency of each level of a query, so it is as short as
// still gathers the goroutines that the executor starts for one list.
const batchWait = 500 * time.Microsecond

// loaders read many things at once, where fields of many objects ask for one each. They remember what they read, so they live as
// long as one answer and no longer.
type loaders struct {
	// authors is members as the authors of what the viewer reads; how much of them is shown, the fields decide.
	authors        *dataloadgen.Loader[string, *staffroom.Member]
	schools        *dataloadgen.Loader[string, *staffroom.School]
	schoolsByURN   *dataloadgen.Loader[string, *staffroom.School]
	authorities    *dataloadgen.Loader[string, *staffroom.Authority] // by GSS code
	resources      *dataloadgen.Loader[string, *staffroom.Resource]
	threads        *dataloadgen.Loader[string, *staffroom.Thread]
	postCounts     *dataloadgen.Loader[string, int] // by thread
	resourceCounts *dataloadgen.Loader[string, int] // by school
	leadSchools    *dataloadgen.Loader[leadSchoolsKey, *staffroom.List[staffroom.LeadSchool]]
}

type loadersKey struct{}

// WithLoaders puts fresh loaders into ctx. Whoever executes the schema calls it for each query and mutation, and anew for each event
// of a subscription.
func WithLoaders(ctx context.Context, network *staffroom.Network) context.Context {
	return context.WithValue(ctx, loadersKey{}, &loaders{
		authors:        aligned(network.Members.Authors),
		schools:        aligned(network.Schools.ByIDs),
		schoolsByURN:   aligned(network.Schools.ByURNs),
		authorities:    aligned(network.Authorities.ByCodes),
		resources:      aligned(network.Resources.ByIDs),
		threads:        aligned(network.Threads.ByIDs),
		postCounts:     counted(network.Threads.CountPosts),
		resourceCounts: counted(network.Resources.CountBySchools),
		leadSchools:    leadSchoolPages(network),
	})
}

// loadersFrom is the loaders in ctx.
func loadersFrom(ctx context.Context) *loaders {
	l, ok := ctx.Value(loadersKey{}).(*loaders)
	if !ok {
		panic("resolvers: the schema is executed without WithLoaders")
	}
	return l
}

// forget drops what was read before a change.
func (l *loaders) forget() {
	l.authors.ClearAll()
	l.schools.ClearAll()
	l.schoolsByURN.ClearAll()
	l.authorities.ClearAll()
	l.resources.ClearAll()
	l.threads.ClearAll()
	l.postCounts.ClearAll()
	l.resourceCounts.ClearAll()
	l.leadSchools.ClearAll()
}

// aligned loads what a service returns in the order of the keys.
func aligned[T any](fetch func(context.Context, []string) ([]*T, error)) *dataloadgen.Loader[string, *T] {
	return dataloadgen.NewLoader(func(ctx context.Context, keys []string) ([]*T, []error) {
		found, err := fetch(ctx, keys)
		if err != nil {
			return nil, []error{err}
		}
		return found, nil
	}, dataloadgen.WithWait(batchWait))
}

// counted loads counts, in which a service leaves out those that are 0.
func counted(fetch func(context.Context, []string) (map[string]int, error)) *dataloadgen.Loader[string, int] {
	return dataloadgen.NewLoader(func(ctx context.Context, keys []string) ([]int, []error) {
		found, err := fetch(ctx, keys)
		if err != nil {
			return nil, []error{err}
		}
		counts := make([]int, len(keys))
		for i, key := range keys {
			counts[i] = found[key]
		}
		return counts, nil
	}, dataloadgen.WithWait(batchWait))
}

// load is the thing with this key; nil for the empty key, for what does not exist, and for what is hidden.
func load[T any](ctx context.Context, loader *dataloadgen.Loader[string, *T], key string) (*T, error) {
	if key == "" {
		return nil, nil // null is the answer
	}
	return loader.Load(ctx, key)
}

// loadAll is the things with these keys, without those that do not exist or are hidden.
func loadAll[T any](ctx context.Context, loader *dataloadgen.Loader[string, *T], keys []string) ([]*T, error) {
	found, err := loader.LoadAll(ctx, keys)
	if err != nil {
		var several dataloadgen.ErrorSlice
		if errors.As(err, &several) {
			return nil, errors.Join(several...)
		}
		return nil, err
	}
	return slices.DeleteFunc(found, func(t *T) bool { return t == nil }), nil
}
