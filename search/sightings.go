package search

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2"
)

// sighting is what is known of a document that was indexed lately, so as not to index it again in the overlap.
type sighting struct {
	version int64
	updated time.Time
}

// is says whether both are of the same document in the same version: one that was deleted and made again begins anew.
func (s sighting) is(other sighting) bool {
	return s.version == other.version && s.updated.Equal(other.updated)
}

// noted is a sighting as the index keeps it beside the mark: the first pass after a restart meets the last documents again, and would index
// them once more, each kind in a part of its own.
type noted struct {
	ID      string
	Version int64
	Updated time.Time
}

// mostNoted is how many sightings of a kind are noted, the last ones. After a flood of changes the others are indexed again.
const mostNoted = 100

// remember keeps what is known of documents that are indexed now.
func (ix *Index) remember(kind string, indexed []change) {
	for _, c := range indexed {
		ix.seen[kind][c.id] = c.sighting
	}
	ix.lately[kind] = lastOf(ix.lately[kind], indexed)
}

// lastOf are the last sightings once documents are indexed, in their order.
func lastOf(before []noted, indexed []change) []noted {
	last := slices.Clone(before)
	for _, c := range indexed[max(0, len(indexed)-mostNoted):] {
		last = append(last, noted{c.id, c.version, c.updated})
	}
	return last[max(0, len(last)-mostNoted):]
}

// forget drops what is known of a document that is gone.
func (ix *Index) forget(kind, id string) {
	delete(ix.seen[kind], id)
	ix.lately[kind] = slices.DeleteFunc(ix.lately[kind], func(n noted) bool { return n.ID == id })
}

// forgetSightings drops what no pass will meet again.
func (ix *Index) forgetSightings(kind string, before time.Time) {
	maps.DeleteFunc(ix.seen[kind], func(_ string, s sighting) bool { return s.updated.Before(before) })
	ix.lately[kind] = slices.DeleteFunc(ix.lately[kind], func(n noted) bool { return n.Updated.Before(before) })
}

// note has a batch write up to when the index has everything of a kind once documents are indexed, and which of them a restart will meet again.
func (ix *Index) note(batch *bleve.Batch, kind string, mark time.Time, indexed []change) error {
	written, err := json.Marshal(lastOf(ix.lately[kind], indexed))
	if err != nil {
		return fmt.Errorf("search: note what was indexed last: %w", err)
	}
	batch.SetInternal(markKey(kind), []byte(mark.Format(time.RFC3339Nano)))
	batch.SetInternal(notedKey(kind), written)
	return nil
}

// recallSightings reads what the process before has noted.
func (ix *Index) recallSightings(kind string) error {
	written, err := ix.bleve.GetInternal(notedKey(kind))
	if err != nil || len(written) == 0 {
		return err
	}
	var last []noted
	if err := json.Unmarshal(written, &last); err != nil {
		return fmt.Errorf("search: read what was indexed last: %w", err)
	}
	for _, n := range last {
		ix.seen[kind][n.ID] = sighting{n.Version, n.Updated}
	}
	ix.lately[kind] = last
	return nil
}

func markKey(kind string) []byte { return []byte("mark/" + kind) }

func notedKey(kind string) []byte { return []byte("noted/" + kind) }

// mark is up to when the index has everything of a kind; zero if it has nothing yet.
func (ix *Index) mark(kind string) (time.Time, error) {
	raw, err := ix.bleve.GetInternal(markKey(kind))
	if err != nil || len(raw) == 0 {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, string(raw))
}
