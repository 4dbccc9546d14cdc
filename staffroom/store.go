package staffroom

import (
	"context"
	"errors"
	"iter"
)

// Meta is what the store keeps about every document. Documents embed it.
type Meta struct {
	ID string `json:"id"`
	// Version is 1 after the insert and grows by one with each change; 0 means "not stored yet".
	Version   int64 `json:"version"`
	CreatedAt Time  `json:"createdAt"`
	UpdatedAt Time  `json:"updatedAt"`
}

// Metadata gives adapters the Meta of any document.
func (m *Meta) Metadata() *Meta { return m }

// Document is what a collection holds: a pointer to a struct that embeds [Meta].
type Document interface{ Metadata() *Meta }

// ErrUnchanged is returned by the function given to [Collection.Update] to leave the document as it is.
var ErrUnchanged = errors.New("staffroom: unchanged")

// Collection holds the documents of one kind. Every method may be called by many goroutines at once. Errors are *[Error]:
// NOT_FOUND, CONFLICT with the name of the unique index in Field, BAD_CURSOR, UNAVAILABLE when the store can't take
// writes now; a cancelled context gives the context's error. An acknowledged write survives a power cut.
//
// Documents go in and come out as copies: who changes one that was returned changes nothing that is stored.
type Collection[T any] interface {
	// Get returns NOT_FOUND if there is no such document.
	Get(ctx context.Context, id string) (*T, error)
	// GetMany is aligned with ids: result i is the document of ids[i], or nil where there is none.
	GetMany(ctx context.Context, ids []string) ([]*T, error)
	// Insert stores a new document: its id must be set and its version 0. It fills in version and times (CreatedAt is
	// kept if it is set). CONFLICT with Field "id" or the name of an index if something unique is taken.
	Insert(ctx context.Context, doc *T) error
	// Update reads the document, lets change work on it and stores it if nobody was faster; if somebody was, it starts
	// again, so change may run several times and must have no other effects. An error of change ends the update and is
	// returned as it is; ErrUnchanged ends it without an error. Returns the document as it then is.
	Update(ctx context.Context, id string, change func(*T) error) (*T, error)
	// PutMany stores many documents, each atomically by itself and all in few round trips: version 0 is inserted, any other
	// replaces the stored document only if that still has the version. The first result is aligned with docs and holds
	// nil or the CONFLICT (or NOT_FOUND) of that document; the second is a failure of the whole.
	PutMany(ctx context.Context, docs []*T) ([]error, error)
	// Delete returns NOT_FOUND if there is no such document.
	Delete(ctx context.Context, id string) error
	// Find returns a page of the documents that q describes.
	Find(ctx context.Context, q Query) (*Page[T], error)
	// Count counts the documents that match where.
	Count(ctx context.Context, where ...Cond) (int, error)
	// CountBy counts the documents that match where, for each of values of field. Values that have none are left out.
	CountBy(ctx context.Context, field Field, values []string, where ...Cond) (map[string]int, error)
	// All walks every document in the order of ids, for export and re-indexing. It holds no lock meanwhile.
	All(ctx context.Context) iter.Seq2[*T, error]
}

// Store is the truth about the network: a collection for each kind of document.
type Store struct {
	Authorities Collection[Authority]
	Schools     Collection[School]
	Members     Collection[Member]
	LeadSchools Collection[LeadSchool]
	Resources   Collection[Resource]
	Threads     Collection[Thread]
	Posts       Collection[Post]
	Sessions    Collection[Session]
	SignIns     Collection[SignIn]
	Settings    Collection[Setting]

	IdempotencyKeys Collection[IdempotencyKey]

	// Ping reports whether the store answers.
	Ping func(context.Context) error
	// Close waits for writes under way and releases everything.
	Close func() error
}

// Field is the path of a field in a stored document, by its JSON names: "title", "meta.updatedAt".
type Field string

// Fields that every document has.
const (
	FieldID        Field = "meta.id"
	FieldUpdatedAt Field = "meta.updatedAt"
)

// Op is how a condition compares.
type Op string

// The operators. A missing field and null are the same: absent.
const (
	OpEqual    Op = "equal"    // the field is Values[0]
	OpOneOf    Op = "oneOf"    // the field is one of Values; none of no values
	OpContains Op = "contains" // the field is a list and holds at least one of Values
	OpRange    Op = "range"    // Values[0] <= field < Values[1]; nil leaves an end open
	OpPresent  Op = "present"  // the field is not absent
	OpAbsent   Op = "absent"   // the field is absent
)

// Cond is one condition of a query. Its values are string, int64, float64, bool or Time (or types over string).
type Cond struct {
	Field  Field
	Op     Op
	Values []any
}

// Equal asks that field has this value.
func Equal(field Field, value any) Cond { return Cond{field, OpEqual, []any{plain(value)}} }

// OneOf asks that field has one of these values.
func OneOf[V any](field Field, values []V) Cond { return Cond{field, OpOneOf, plainAll(values)} }

// Contains asks that the list in field holds at least one of these values.
func Contains[V any](field Field, values ...V) Cond { return Cond{field, OpContains, plainAll(values)} }

// Between asks that from <= field < to; nil leaves an end open.
func Between(field Field, from, to any) Cond {
	return Cond{field, OpRange, []any{plain(from), plain(to)}}
}

// Present asks that field is set.
func Present(field Field) Cond { return Cond{field, OpPresent, nil} }

// Absent asks that field is not set.
func Absent(field Field) Cond { return Cond{field, OpAbsent, nil} }

// Query describes a page of documents. All of Where must hold. The order is by one field and then by id, both in the same
// direction; with an empty By it is by id alone. A document that lacks the field By is not found.
type Query struct {
	Where []Cond
	By    Field
	Desc  bool
	// After and Before are cursors of a Page with the same By and Desc; empty for none.
	After, Before string
	// Backward takes the last Limit documents before Before instead of the first after After; they still come in order.
	Backward bool
	// Limit is how many documents the page may have, at least 1 and at most MaxLimit.
	Limit int
}

// MaxLimit is the largest page that a store gives.
const MaxLimit = 1000

// Walk gives every document that q describes, from where q begins, in pages of q.Limit. It reads with find, a collection's own, and holds
// nothing open while the caller works.
func Walk[T any](ctx context.Context, find func(context.Context, Query) (*Page[T], error), q Query) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			page, err := find(ctx, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, doc := range page.Items {
				if !yield(doc, nil) {
					return
				}
			}
			if !page.More {
				return
			}
			q.After = page.Cursor(len(page.Items) - 1)
		}
	}
}

// Page is part of a list.
type Page[T any] struct {
	Items []*T
	// Keys is aligned with Items: the value of the order's field, which a cursor needs (nil when the order is by id).
	Keys []any
	// More says whether there are further documents in the direction of the query.
	More bool
	// Order is what Cursor ties its cursors to; see OrderName.
	Order string
}

// Cursor is the place of item i, to go on from there.
func (p *Page[T]) Cursor(i int) string {
	return EncodeCursor(p.Order, p.Keys[i], any(p.Items[i]).(Document).Metadata().ID)
}
