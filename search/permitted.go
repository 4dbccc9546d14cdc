package search

import (
	"context"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// permitted are the documents of a part that may be found.
type permitted struct {
	*roaring.Bitmap
	// all are those and the deleted ones; deleted is nil for nobody.
	all, deleted *roaring.Bitmap
	// kept is what all are by number, which the part keeps, and left what they are without the deleted ones.
	kept, left *numbered
}

// numbered is a set by number. It is made when it is first asked for: a part may get its companion later. It must not be changed.
type numbered struct {
	once   sync.Once
	dense  dense
	within span
}

// by is the set by the numbers of its part's companion. All of it is within a span.
func (p permitted) by(n *numbering) (dense, span) {
	p.kept.once.Do(func() {
		p.kept.dense = n.dense(chunks(p.all))
		p.kept.within = p.kept.dense.span()
	})
	if p.deleted == nil {
		return p.kept.dense, p.kept.within
	}
	p.left.once.Do(func() {
		p.left.dense = slices.Clone(p.kept.dense)
		for numbers := range n.chunks(chunks(p.deleted)) {
			for _, number := range numbers {
				p.left.dense[number/64] &^= 1 << (number % 64)
			}
		}
	})
	return p.left.dense, p.kept.within
}

// allowed are the documents of each part that the viewer may find and the filter leaves; they must not be changed.
func (v *view) allowed(ctx context.Context, q staffroom.TextQuery) ([]permitted, error) {
	filter := questionOf(staffroom.TextQuery{Audiences: q.Audiences, Prefixes: q.Prefixes, Filter: q.Filter, IDs: q.IDs})
	if known, ok := v.filtered.Get(filter); ok && filter != "" {
		return known, nil
	}
	all, err := v.filter(ctx, q, filter)
	if err == nil && filter != "" {
		v.filtered.Add(filter, all)
	}
	return all, err
}

// filter works out what is allowed.
func (v *view) filter(ctx context.Context, q staffroom.TextQuery, filter string) ([]permitted, error) {
	all := make([]permitted, len(v.parts))
	for i, p := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		docs, err := p.filtered(q)
		if err != nil {
			return nil, err
		}
		all[i] = permitted{Bitmap: docs, all: docs, kept: p.byFilter(filter), left: &numbered{}}
		if deleted := v.snapshot.Segments()[i].Deleted(); deleted != nil {
			all[i].Bitmap, all[i].deleted = roaring.AndNot(docs, deleted), deleted
		}
	}
	return all, nil
}

// byFilter is the set that the part keeps of a filter, if that has a name: writing it takes a millisecond for a million documents, and the index
// changes often.
func (p *part) byFilter(filter string) *numbered {
	if known, ok := p.filters.Get(filter); ok {
		return known
	}
	made := &numbered{}
	if filter != "" {
		p.filters.Add(filter, made)
	}
	return made
}

// filtered are the documents of a part that pass the filter of q, deleted ones too.
func (p *part) filtered(q staffroom.TextQuery) (*roaring.Bitmap, error) {
	docs, err := p.anyOf(fieldAudience, q.Audiences)
	keep := func(field string, values []string) {
		var some *roaring.Bitmap
		if err == nil {
			if some, err = p.anyOf(field, values); err == nil {
				docs = roaring.And(docs, some)
			}
		}
	}
	if len(q.Prefixes) > 0 {
		keep(string(staffroom.FacetKind), q.Prefixes)
	}
	for facet, values := range q.Filter {
		keep(string(facet), values)
	}
	if err != nil || len(q.IDs) == 0 {
		return docs, err
	}
	some, err := p.DocNumbers(q.IDs)
	if err != nil {
		return nil, err
	}
	return roaring.And(docs, some), nil
}

// anyOf are the documents of a part whose field has at least one of values; none for no values.
func (p *part) anyOf(field string, values []string) (*roaring.Bitmap, error) {
	terms, err := p.terms(field)
	if err != nil {
		return nil, err
	}
	sets := make([]*roaring.Bitmap, len(values))
	for i, value := range values {
		if sets[i], err = terms.with(value); err != nil {
			return nil, err
		}
	}
	return union(sets), nil
}
