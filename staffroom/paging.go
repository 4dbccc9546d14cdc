package staffroom

import (
	"context"
	"math"
)

// Sizes of a page of a list.
const (
	DefaultPage = 20
	MaxPage     = 100
)

// Paging is which part of a list is wanted: First after After, or Last before Before. Without either size it is the first
// DefaultPage.
type Paging struct {
	First, Last   *int
	After, Before *string
}

// size is how many items the page may have, and whether they are taken from the end.
func (p Paging) size() (n int, backward bool, err error) {
	switch {
	case p.First != nil && p.Last != nil:
		return 0, false, Invalid("last", "Ask for the first or for the last items, not for both.")
	case p.First != nil && p.Before != nil && *p.Before != "":
		return 0, false, Invalid("before", "“before” goes with “last”, and “after” with “first”.")
	case p.Last != nil && p.After != nil && *p.After != "":
		return 0, false, Invalid("after", "“after” goes with “first”, and “before” with “last”.")
	case p.First != nil:
		n, err = pageSize("first", *p.First)
		return n, false, err
	case p.Last != nil:
		n, err = pageSize("last", *p.Last)
		return n, true, err
	default:
		return DefaultPage, p.Before != nil && *p.Before != "", nil
	}
}

func pageSize(field string, n int) (int, error) {
	if n < 1 || n > MaxPage {
		return 0, Invalid(field, "A page has 1 to %d items, and %d were asked for.", MaxPage, n)
	}
	return n, nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// List is a page of a list, with what is needed to go on from it.
type List[T any] struct {
	Items []*T
	// HasNext and HasPrevious say whether there are items after and before the page. As Relay allows, the side that the
	// page was not asked from is only as good as the cursor that was given.
	HasNext, HasPrevious bool

	cursor    func(i int) string
	total     func(context.Context) (int, error)
	distances []float64
}

// Cursor is the place of item i.
func (l *List[T]) Cursor(i int) string { return l.cursor(i) }

// Total counts the whole list. It asks the store only when it is called.
func (l *List[T]) Total(ctx context.Context) (int, error) { return l.total(ctx) }

// Distance is how far item i is from the point asked for, in kilometres to the metre; nil in a list that was not asked for near a
// point.
func (l *List[T]) Distance(i int) *float64 {
	if l.distances == nil {
		return nil
	}
	km := math.Round(l.distances[i]*metresPerKm) / metresPerKm
	return &km
}

// find is the page p of what q describes in a collection.
func find[T any](ctx context.Context, c Collection[T], q Query, p Paging) (*List[T], error) {
	n, backward, err := p.size()
	if err != nil {
		return nil, err
	}
	q.Limit, q.Backward, q.After, q.Before = n, backward, deref(p.After), deref(p.Before)
	page, err := c.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	list := &List[T]{
		Items:       page.Items,
		HasNext:     page.More,
		HasPrevious: q.After != "",
		cursor:      page.Cursor,
		total:       func(ctx context.Context) (int, error) { return c.Count(ctx, q.Where...) },
	}
	if backward {
		list.HasNext, list.HasPrevious = q.Before != "", page.More
	}
	return list, nil
}

// firstOf is the first n items of a whole list that belong to one part of it, with the cursors that a list of the part has.
func firstOf[T any](whole *Page[T], n int, belongs func(*T) bool) *List[T] {
	var places []int
	for i, item := range whole.Items {
		if belongs(item) {
			places = append(places, i)
		}
	}
	total := len(places)
	places = places[:min(n, total)]
	list := &List[T]{
		Items: make([]*T, len(places)), HasNext: total > n,
		cursor: func(i int) string { return whole.Cursor(places[i]) },
		total:  func(context.Context) (int, error) { return total, nil },
	}
	for i, at := range places {
		list.Items[i] = whole.Items[at]
	}
	return list
}

// rank is an item of a list that is ordered in memory, by key and then by id.
type rank[T any] struct {
	item *T
	id   string
	key  float64
}

func (r rank[T]) less(key float64, id string) bool {
	return r.key < key || r.key == key && r.id < id
}

// cut is the page p of ranks, which must be sorted; order ties the cursors to the list.
func cut[T any](ranks []rank[T], order string, p Paging) (*List[T], error) {
	n, backward, err := p.size()
	if err != nil {
		return nil, err
	}
	from, to := 0, len(ranks)
	if deref(p.After) != "" {
		if from, err = position(ranks, order, *p.After, true); err != nil {
			return nil, err
		}
	}
	if deref(p.Before) != "" {
		if to, err = position(ranks, order, *p.Before, false); err != nil {
			return nil, err
		}
	}
	if to < from {
		to = from
	}
	if backward {
		from = max(from, to-n)
	} else {
		to = min(to, from+n)
	}
	return ranked(ranks, from, to, order), nil
}

// position is where the ranks after (or from) the cursor begin.
func position[T any](ranks []rank[T], order, cursor string, after bool) (int, error) {
	key, id, err := DecodeCursor(order, cursor)
	if err != nil {
		return 0, err
	}
	number, ok := key.(float64)
	if !ok {
		return 0, Errorf(CodeBadCursor, "This cursor is of another list. Start again without it.")
	}
	at := 0
	for at < len(ranks) && (ranks[at].less(number, id) || after && ranks[at].key == number && ranks[at].id == id) {
		at++
	}
	return at, nil
}

func ranked[T any](ranks []rank[T], from, to int, order string) *List[T] {
	list := &List[T]{
		Items: make([]*T, 0, to-from), HasPrevious: from > 0, HasNext: to < len(ranks),
		distances: make([]float64, 0, to-from),
		cursor:    func(i int) string { return EncodeCursor(order, ranks[from+i].key, ranks[from+i].id) },
		total:     func(context.Context) (int, error) { return len(ranks), nil },
	}
	for _, r := range ranks[from:to] {
		list.Items = append(list.Items, r.item)
		list.distances = append(list.distances, r.key)
	}
	return list
}
