package resolvers

import (
	"context"

	"github.com/vikstrous/dataloadgen"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// What the operation asks of each item of a page is read here for all of them at once, before the executor comes to the items. The
// loaders would gather it as well, but only after waiting for each level of the query.

// readAhead reads the things with these keys into the loader. If that fails, the fields will read them, and say so.
func readAhead[T any](
	ctx context.Context, loader *dataloadgen.Loader[string, *T], keys []string, fetch func(context.Context, []string) ([]*T, error),
) {
	if len(keys) == 0 {
		return
	}
	found, err := fetch(ctx, keys)
	if err != nil {
		return
	}
	for i, key := range keys {
		loader.Prime(key, found[i])
	}
}

// distinctKeys is every key that is not empty, once.
func distinctKeys[T any](items []*T, keys func(*T) []string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, item := range items {
		for _, key := range keys(item) {
			if !seen[key] {
				seen[key] = true
				out = append(out, key)
			}
		}
	}
	return out
}

// asksOfItems says whether the operation asks for the field at path of the items of the connection that is being resolved.
func asksOfItems(ctx context.Context, path ...string) bool {
	return asks(ctx, append([]string{"nodes"}, path...)...) || asks(ctx, append([]string{"edges", "node"}, path...)...)
}

// aheadOfResources reads what is asked of each of the resources; wanted says whether a field at a path below them is.
func (r *root) aheadOfResources(ctx context.Context, items []*staffroom.Resource, wanted func(context.Context, ...string) bool) {
	l := loadersFrom(ctx)
	if wanted(ctx, "authors") {
		ids := distinctKeys(items, func(res *staffroom.Resource) []string { return res.AuthorIDs })
		readAhead(ctx, l.authors, ids, r.network.Members.Authors)
	}
	if !wanted(ctx, "school") {
		return
	}
	ids := distinctKeys(items, func(res *staffroom.Resource) []string { return []string{res.SchoolID} })
	readAhead(ctx, l.schools, ids, r.network.Schools.ByIDs)
	if wanted(ctx, "school", "resourceCount") {
		r.countAhead(ctx, ids)
	}
}

// countAhead counts the resources of schools into the loader.
func (r *root) countAhead(ctx context.Context, schools []string) {
	counts, err := r.network.Resources.CountBySchools(ctx, schools)
	if err != nil {
		return
	}
	for _, id := range schools {
		loadersFrom(ctx).resourceCounts.Prime(id, counts[id])
	}
}

// aheadOfPosts reads the authors of posts, if they are asked for.
func (r *root) aheadOfPosts(ctx context.Context, items []*staffroom.Post) {
	if asksOfItems(ctx, "author") {
		ids := distinctKeys(items, func(p *staffroom.Post) []string { return []string{p.AuthorID} })
		readAhead(ctx, loadersFrom(ctx).authors, ids, r.network.Members.Authors)
	}
}
