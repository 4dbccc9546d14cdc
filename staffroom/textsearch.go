package staffroom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// maxOffset is how far into the hits of a search one can page.
const maxOffset = 10_000

// textPage is the part of the hits that p wants. Hits are ordered by relevance, so a cursor is a place in the hits of one question. Where
// the last ones are, the index has to be asked.
func textPage(ctx context.Context, index Index, q TextQuery, p Paging) (offset, limit int, order string, err error) {
	limit, backward, err := p.size()
	if err != nil {
		return 0, 0, "", err
	}
	order = textOrder(q)
	from, to := 0, maxOffset+MaxPage
	if deref(p.After) != "" {
		at, err := textPlace(order, *p.After)
		if err != nil {
			return 0, 0, "", err
		}
		from = at + 1
	}
	switch {
	case deref(p.Before) != "":
		to, err = textPlace(order, *p.Before)
	case backward:
		to, err = textTotal(ctx, index, q)
	}
	if err != nil {
		return 0, 0, "", err
	}
	if backward {
		from = max(from, to-limit)
	}
	return from, max(0, min(limit, to-from)), order, nil
}

// textPlace is the place of a cursor in the hits.
func textPlace(order, cursor string) (int, error) {
	key, _, err := DecodeCursor(order, cursor)
	if err != nil {
		return 0, err
	}
	at, ok := key.(float64)
	if !ok || at < 0 || at > maxOffset {
		return 0, Errorf(CodeBadCursor, "This cursor is of another list. Start again without it.")
	}
	return int(at), nil
}

// textTotal is how many hits there are.
func textTotal(ctx context.Context, index Index, q TextQuery) (int, error) {
	q.Facets, q.Highlights, q.Offset, q.Limit = nil, false, 0, 0
	found, err := index.Search(ctx, q)
	if err != nil {
		return 0, err
	}
	return found.Total, nil
}

// textOrder ties cursors to the question.
func textOrder(q TextQuery) string {
	question, err := json.Marshal([]any{q.Text, q.Prefixes, q.Filter})
	if err != nil {
		panic("staffroom: a text query has no JSON: " + err.Error())
	}
	sum := sha256.Sum256(question)
	return "text/" + hex.EncodeToString(sum[:8])
}

// findText is a page of documents of one kind that the index finds and byIDs lets the viewer see.
func findText[T any](
	ctx context.Context, index Index, q TextQuery, p Paging, byIDs func(context.Context, []string) ([]*T, error),
) (*List[T], error) {
	offset, limit, order, err := textPage(ctx, index, q, p)
	if err != nil {
		return nil, err
	}
	q.Offset, q.Limit = offset, limit
	result, err := index.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(result.Hits))
	for i, hit := range result.Hits {
		ids[i] = hit.ID
	}
	docs, err := byIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	return textList(docs, ids, offset, order, result.Total), nil
}

// textList leaves out what the viewer may not see; the places of the others stay what they are in the index.
func textList[T any](docs []*T, ids []string, offset int, order string, total int) *List[T] {
	var items []*T
	var places []int
	for i, doc := range docs {
		if doc != nil {
			items, places = append(items, doc), append(places, i)
		}
	}
	return &List[T]{
		Items: items, HasPrevious: offset > 0, HasNext: offset+len(ids) < total,
		cursor: func(i int) string { return EncodeCursor(order, offset+places[i], ids[places[i]]) },
		total:  func(context.Context) (int, error) { return total, nil },
	}
}
