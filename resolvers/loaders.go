package resolvers

import (
	"context"
	"sync"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Loaders make what reads for one answer what fields of many objects ask for.
type Loaders struct {
	authors        fetch[string, *staffroom.Member]
	schools        fetch[string, *staffroom.School]
	schoolsByURN   fetch[string, *staffroom.School]
	authorities    fetch[string, *staffroom.Authority]
	resources      fetch[string, *staffroom.Resource]
	threads        fetch[string, *staffroom.Thread]
	postCounts     fetch[string, int]
	resourceCounts fetch[string, int]
	leadSchools    fetch[leadSchoolsKey, *staffroom.List[staffroom.LeadSchool]]
}

// NewLoaders makes loaders that ask the network's services.
func NewLoaders(network *staffroom.Network) *Loaders {
	return &Loaders{
		authors:        network.Members.Authors,
		schools:        network.Schools.ByIDs,
		schoolsByURN:   network.Schools.ByURNs,
		authorities:    network.Authorities.ByCodes,
		resources:      network.Resources.ByIDs,
		threads:        network.Threads.ByIDs,
		postCounts:     aligned(network.Threads.CountPosts),
		resourceCounts: aligned(network.Resources.CountBySchools),
		leadSchools:    leadSchoolPages(network),
	}
}

// aligned is counts in the order of the keys, of which a service leaves out those that are 0.
func aligned(count func(context.Context, []string) (map[string]int, error)) fetch[string, int] {
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

// fresh is loaders that have not read anything. Those that gather do not wait.
func (l *Loaders) fresh(gathers bool) *loaders {
	return &loaders{
		authors:        newLoader(l.authors, gathers),
		schools:        newLoader(l.schools, gathers),
		schoolsByURN:   newLoader(l.schoolsByURN, gathers),
		authorities:    newLoader(l.authorities, gathers),
		resources:      newLoader(l.resources, gathers),
		threads:        newLoader(l.threads, gathers),
		postCounts:     newLoader(l.postCounts, gathers),
		resourceCounts: newLoader(l.resourceCounts, gathers),
		leadSchools:    newLoader(l.leadSchools, gathers),
	}
}

// read reads what was noted since the last time.
func (l *loaders) read(ctx context.Context) error {
	for _, one := range [...]interface{ read(context.Context) error }{
		&l.authors, &l.schools, &l.schoolsByURN, &l.authorities, &l.resources, &l.threads, &l.postCounts, &l.resourceCounts, &l.leadSchools,
	} {
		if err := one.read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// memory is the loaders of one answer, made when they are first needed.
type memory struct {
	source  *Loaders
	mu      sync.Mutex
	loaders *loaders
}

type memoryKey struct{}

// With puts fresh loaders into ctx. Whoever executes the schema calls it for each query and mutation, and anew for each event of a
// subscription.
func (l *Loaders) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, memoryKey{}, &memory{source: l})
}

// Gather is for package direct: it makes a context of loaders that do not wait, and the function that makes them read.
func (l *Loaders) Gather(ctx context.Context) (context.Context, func(context.Context) error) {
	fresh := l.fresh(true)
	return context.WithValue(ctx, memoryKey{}, &memory{source: l, loaders: fresh}), fresh.read
}

func memoryFrom(ctx context.Context) *memory {
	m, ok := ctx.Value(memoryKey{}).(*memory)
	if !ok {
		panic("resolvers: the schema is executed without loaders")
	}
	return m
}

// loadersFrom is the loaders in ctx.
func loadersFrom(ctx context.Context) *loaders {
	m := memoryFrom(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loaders == nil {
		m.loaders = m.source.fresh(false)
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
