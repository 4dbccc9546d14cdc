package resolvers

import (
	"context"
	"net/url"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/relay"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Resource is the field Query.resource.
func (q query) Resource(ctx context.Context, id string) (*staffroom.Resource, error) {
	found, err := q.network.Resources.ByIDs(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// Resources is the field Query.resources.
func (q query) Resources(
	ctx context.Context, filter *staffroom.ResourceFilter, orderBy *graph.ResourceOrder,
	first *int, after *string, last *int, before *string,
) (*relay.ResourceConnection, error) {
	return relay.Of(q.network.Resources.Find(ctx, orZero(filter), resourceOrder(orderBy), page(first, after, last, before)))
}

// Topics is the field Query.topics.
func (q query) Topics(context.Context) ([]*staffroom.Topic, error) {
	all := staffroom.Topics()
	out := make([]*staffroom.Topic, len(all))
	for i := range all {
		out[i] = &all[i]
	}
	return out, nil
}

// UploadRules is the field Query.uploadRules.
func (q query) UploadRules(context.Context) (*staffroom.UploadRules, error) {
	return q.network.Resources.UploadRules(), nil
}

// topics is the topics with these ids; one that the network no longer has is left out.
func topics(ids []string) []*staffroom.Topic {
	out := make([]*staffroom.Topic, 0, len(ids))
	for _, id := range ids {
		if topic, ok := staffroom.TopicByID(id); ok {
			out = append(out, &topic)
		}
	}
	return out
}

// BodyHTML is the field Resource.bodyHtml.
func (r resource) BodyHTML(ctx context.Context, res *staffroom.Resource) (string, error) {
	return r.options.html(ctx, res.Body)
}

// Topics is the field Resource.topics.
func (resource) Topics(_ context.Context, res *staffroom.Resource) ([]*staffroom.Topic, error) {
	return topics(res.Topics), nil
}

// Authors is the field Resource.authors.
func (resource) Authors(ctx context.Context, res *staffroom.Resource) ([]*staffroom.Member, error) {
	return loadAll(ctx, &loadersFrom(ctx).authors, res.AuthorIDs)
}

// School is the field Resource.school.
func (resource) School(ctx context.Context, res *staffroom.Resource) (*staffroom.School, error) {
	return load(ctx, &loadersFrom(ctx).schools, res.SchoolID)
}

// Authority is the field Resource.authority.
func (resource) Authority(ctx context.Context, res *staffroom.Resource) (*staffroom.Authority, error) {
	return load(ctx, &loadersFrom(ctx).authorities, res.AuthorityCode)
}

// Files is the field Resource.files.
func (r resource) Files(_ context.Context, res *staffroom.Resource) ([]*graph.File, error) {
	files := make([]*graph.File, len(res.Files))
	for i := range res.Files {
		files[i] = r.file(res.ID, &res.Files[i])
	}
	return files, nil
}

func (r *root) file(resourceID string, f *staffroom.File) *graph.File {
	return &graph.File{
		ID: f.ID, Name: f.Name, Size: int(f.Size), ContentType: f.ContentType, Sha256: f.SHA256, Licence: f.Licence,
		URL: r.options.FileURL(resourceID, f.ID) + "/" + url.PathEscape(f.Name), UploadedAt: f.UploadedAt, ResourceID: resourceID,
	}
}

// SignedURL is the field File.signedUrl.
func (r file) SignedURL(ctx context.Context, f *graph.File) (string, error) {
	signature, err := r.network.Resources.SignFile(ctx, f.ResourceID, f.ID)
	return f.URL + "?signed=" + url.QueryEscape(signature), err
}

// Threads is the field Resource.threads.
func (r resource) Threads(
	ctx context.Context, res *staffroom.Resource, first *int, after *string, last *int, before *string,
) (*relay.ThreadConnection, error) {
	return orHidden(relay.Of(r.network.Threads.About(ctx, res, page(first, after, last, before))))
}

// WithdrawnReason is the field Resource.withdrawnReason.
func (resource) WithdrawnReason(_ context.Context, res *staffroom.Resource) (*string, error) {
	return optional(res.WithdrawnReason), nil
}

// ViewerCanEdit is the field Resource.viewerCanEdit.
func (r resource) ViewerCanEdit(ctx context.Context, res *staffroom.Resource) (bool, error) {
	return r.network.Resources.MayEdit(ctx, res), nil
}
