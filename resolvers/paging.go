package resolvers

import (
	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/relay"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// page is the arguments of a connection, in the order in which the schema has them.
func page(first *int, after *string, last *int, before *string) staffroom.Paging {
	return staffroom.Paging{First: first, After: after, Last: last, Before: before}
}

// within narrows the filter of a list that hangs on an object to that object.
func within[V any](field *[]V, name string, parent V) error {
	if len(*field) > 0 {
		return narrowed(name)
	}
	*field = []V{parent}
	return nil
}

func narrowed(name string) error {
	return staffroom.Invalid("filter."+name, "This list is of one object already. Leave %q out of its filter.", name)
}

// orHidden is null, instead of an error, for those who may not see the list at all: it is for lists that hang on something which
// they may see.
func orHidden[T any](connection *relay.Connection[T], err error) (*relay.Connection[T], error) {
	switch staffroom.CodeOf(err) {
	case staffroom.CodeUnauthenticated, staffroom.CodeForbidden:
		return nil, nil // null is how the schema says "not for you"
	default:
		return connection, err
	}
}

func schoolOrder(o *graph.SchoolOrder) staffroom.SchoolOrder {
	if o == nil {
		return staffroom.SchoolOrder{}
	}
	return staffroom.SchoolOrder{By: o.By, Desc: o.Direction == graph.OrderDirectionDesc}
}

func resourceOrder(o *graph.ResourceOrder) staffroom.ResourceOrder {
	if o == nil {
		return staffroom.ResourceOrder{}
	}
	return staffroom.ResourceOrder{By: o.By, Asc: o.Direction == graph.OrderDirectionAsc}
}
