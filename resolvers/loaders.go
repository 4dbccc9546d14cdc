package resolvers

import (
	"context"
	"sync"

	"github.com/staffroom-schools/staffroom/direct"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// loaders read what fields of many objects ask for. They remember what they read, so they live as long as one answer and no longer.
type loaders struct {
	// authors is members as the authors of what the viewer reads; how much of them is shown, the fields decide.
	authors        loader[string, *staffroom.Member]
	schools        loader[string, *staffroom.School]
	schoolsByURN   loader[string, *staffroom.School]
	authorities    loader[string, *staffroom.Authority] // by GSS code
	resources      loader[string, *staffroom.Resource]
	threads        loader[string, *staffroom.Thread]
	postCounts     loader[string, int] // by thread
	resourceCounts loader[string, int] // by school
	leadSchools    loader[leadSchoolsKey, *staffroom.List[staffroom.LeadSchool]]
}

// newLoaders are loaders that have not read anything. Those that gather do not wait.
func newLoaders(network *staffroom.Network, gathers bool) *loaders {
	l := &loaders{}
	l.authors.reads(gathers, network.Members.Authors)
	l.schools.reads(gathers, network.Schools.ByIDs)
	l.schoolsByURN.reads(gathers, network.Schools.ByURNs)
	l.authorities.reads(gathers, network.Authorities.ByCodes)
	l.resources.reads(gathers, network.Resources.ByIDs)
	l.threads.reads(gathers, network.Threads.ByIDs)
	l.postCounts.reads(gathers, aligned(network.Threads.CountPosts))
	l.resourceCounts.reads(gathers, aligned(network.Resources.CountBySchools))
	l.leadSchools.reads(gathers, leadSchoolPages(network))
	return l
}

// gather reads what was noted since the last time.
func (l *loaders) gather(ctx context.Context) error {
	for _, kind := range []interface{ read(context.Context) error }{
		&l.authors, &l.schools, &l.schoolsByURN, &l.authorities, &l.resources, &l.threads, &l.postCounts, &l.resourceCounts, &l.leadSchools,
	} {
		if err := kind.read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// aligned is counts in the order of the keys, of which a service leaves out those that are 0.
func aligned(count func(context.Context, []string) (map[string]int, error)) func(context.Context, []string) ([]int, error) {
	return func(ctx context.Context, keys []string) ([]int, error) {
		found, err := count(ctx, keys)
		if err != nil {
			return nil, err
		}
		counts := make([]int, len(keys))
		for i, key := range keys {
			counts[i] = found[key]
		}
		return counts, nil
	}
}

// memory is the loaders of one answer, made when they are first needed.
type memory struct {
	network *staffroom.Network
	mu      sync.Mutex
	loaders *loaders
}

type memoryKey struct{}

// WithLoaders puts fresh loaders into ctx. Whoever executes the schema calls it for each query and mutation, and anew for each event
// of a subscription.
func WithLoaders(ctx context.Context, network *staffroom.Network) context.Context {
	return context.WithValue(ctx, memoryKey{}, &memory{network: network})
}

// Gather is for package direct: it makes a context of loaders that do not wait, and the function that makes them read.
func Gather(network *staffroom.Network) direct.Gather {
	return func(ctx context.Context) (context.Context, func(context.Context) error) {
		l := newLoaders(network, true)
		return context.WithValue(ctx, memoryKey{}, &memory{network: network, loaders: l}), l.gather
	}
}

func memoryFrom(ctx context.Context) *memory {
	m, ok := ctx.Value(memoryKey{}).(*memory)
	if !ok {
		panic("resolvers: the schema is executed without WithLoaders")
	}
	return m
}

// loadersFrom is the loaders in ctx.
func loadersFrom(ctx context.Context) *loaders {
	m := memoryFrom(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loaders == nil {
		m.loaders = newLoaders(m.network, false)
	}
	return m.loaders
}

// forget drops what was read before a change.
func forget(ctx context.Context) {
	m := memoryFrom(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loaders = nil
}
