package search

import (
	"context"
	"fmt"
	"strings"
)

// hit is a document of the whole index.
type hit struct {
	*part
	ranked
	// place is where it is in lists without words, in all parts. It is read once it is asked for.
	place string
}

// page merges the best of all parts, and leaves out the first ones.
func page(ctx context.Context, all []matches, offset, limit int, points []points) ([]hit, error) {
	queues := make([][]ranked, len(all))
	heads := make([]hit, len(all))
	take := func(i int) {
		heads[i] = hit{part: all[i].part, ranked: queues[i][0]}
		queues[i] = queues[i][1:]
	}
	var err error
	for i, m := range all {
		if queues[i], err = m.best(ctx, offset+limit, points); err != nil {
			return nil, err
		}
		if len(queues[i]) > 0 {
			take(i)
		}
	}
	var merged []hit
	for len(merged) < offset+limit {
		first := -1
		for i := range heads {
			if heads[i].part == nil {
				continue
			}
			if first < 0 {
				first = i
				continue
			}
			sooner, err := heads[i].before(&heads[first])
			if err != nil {
				return nil, err
			}
			if sooner {
				first = i
			}
		}
		if first < 0 {
			break
		}
		merged = append(merged, heads[first])
		if heads[first] = (hit{}); len(queues[first]) > 0 {
			take(first)
		}
	}
	return merged[min(offset, len(merged)):], nil
}

// before compares across parts.
func (h *hit) before(other *hit) (bool, error) {
	if h.score != other.score {
		return h.score > other.score, nil
	}
	for _, either := range []*hit{h, other} {
		if err := either.readPlace(); err != nil {
			return false, err
		}
	}
	return h.place < other.place, nil
}

func (h *hit) readPlace() error {
	if h.place != "" {
		return nil
	}
	err := h.VisitStoredFields(uint64(h.doc), func(field string, _ byte, content []byte, _ []uint64) bool {
		if field == fieldPlace {
			h.place = string(content)
		}
		return h.place == ""
	})
	if err != nil {
		return fmt.Errorf("search: read where a hit belongs: %w", err)
	}
	return nil
}

// id is that of the document in the store.
func (h *hit) id() (string, error) {
	if h.place != "" {
		return h.place[strings.LastIndexByte(h.place, 0)+1:], nil
	}
	return h.part.id(h.doc)
}
