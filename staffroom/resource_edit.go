package staffroom

import (
	"context"
	"errors"
)

// CreateResource is a new resource, which begins as a draft.
type CreateResource struct {
	Title, Summary, Body string
	Kind                 ResourceKind
	Topics               []string
	Phases               []Phase
	Licence              Licence
	Visibility           Visibility
	// CoAuthorIDs are members beside the viewer, who is the first author.
	CoAuthorIDs []string
	// IdempotencyKey is the client's own for this request; nil for none.
	IdempotencyKey *string `json:"-"`
}

// Create makes a draft of the viewer's school.
func (s *Resources) Create(ctx context.Context, in CreateResource) (*Resource, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.require(ShareResource, OwnSchool); err != nil {
		return nil, err
	}
	school, err := s.schoolOf(ctx, viewer)
	if err != nil {
		return nil, err
	}
	o := s.once(ctx, "createResource", in.IdempotencyKey, in, PrefixResource)
	return doOnce(ctx, o,
		func(ids []string) (*Resource, error) { return s.Store.Resources.Get(ctx, ids[0]) },
		func() (*Resource, error) { return s.create(ctx, o, school, in) },
	)
}

func (s *Resources) create(ctx context.Context, o *once, school *School, in CreateResource) (*Resource, error) {
	now := s.now()
	r := &Resource{
		Meta: Meta{CreatedAt: now}, SchoolID: school.ID, AuthorityCode: school.AuthorityCode,
		Kind: in.Kind, Phases: distinct(in.Phases), Licence: in.Licence, Visibility: in.Visibility,
		Status: StatusDraft, ChangedAt: now, AuthorIDs: []string{ViewerFrom(ctx).MemberID()},
	}
	change := UpdateResource{Title: &in.Title, Summary: &in.Summary, Body: &in.Body, Topics: &in.Topics, CoAuthorIDs: &in.CoAuthorIDs}
	var wrong mistakes
	wrong.note(change.apply(s.Ports, r))
	wrong.note(s.checkAuthors(ctx, in.CoAuthorIDs))
	wrong.note(o.wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	ids, err := o.begin(ctx)
	if err != nil {
		return nil, err
	}
	r.ID = ids[0]
	if err := s.Store.Resources.Insert(ctx, r); err != nil {
		return nil, err
	}
	return r, nil
}

// schoolOf is the viewer's school; members of the network's own team have none.
func (s *Resources) schoolOf(ctx context.Context, v *Viewer) (*School, error) {
	if v.SchoolID() == "" {
		return nil, Errorf(CodeForbidden, "Resources belong to a school, and you belong to none.")
	}
	return s.Store.Schools.Get(ctx, v.SchoolID())
}

// UpdateResource changes a resource; nil leaves a field as it is.
type UpdateResource struct {
	ID string
	// Version is the one that the caller saw.
	Version              int64
	Title, Summary, Body *string
	Kind                 *ResourceKind
	Topics               *[]string
	Phases               *[]Phase
	Licence              *Licence
	Visibility           *Visibility
	// CoAuthorIDs replaces the authors behind the first one.
	CoAuthorIDs *[]string
}

// apply changes what in names, and checks it.
func (in UpdateResource) apply(p *Ports, r *Resource) error {
	var wrong mistakes
	in.applyTexts(p, r, &wrong)
	if in.Topics != nil {
		topics, err := checkTopics("topics", *in.Topics)
		wrong.note(err)
		r.Topics = topics
	}
	if in.Phases != nil {
		r.Phases = distinct(*in.Phases)
	}
	replace(&wrong, "kind", &r.Kind, in.Kind)
	replace(&wrong, "licence", &r.Licence, in.Licence)
	replace(&wrong, "visibility", &r.Visibility, in.Visibility)
	if in.CoAuthorIDs != nil {
		r.AuthorIDs = distinct(append([]string{r.AuthorIDs[0]}, *in.CoAuthorIDs...))
	}
	r.Audience = r.audience()
	wrong.note(r.complete())
	return wrong.err()
}

func (in UpdateResource) applyTexts(p *Ports, r *Resource, wrong *mistakes) {
	if in.Title != nil {
		r.Title = wrong.text(line("title", "The title", *in.Title, 3, maxTitle))
		r.SortTitle = Fold(r.Title)
	}
	if in.Summary != nil {
		r.Summary = wrong.text(prose("summary", "The summary", *in.Summary, 0, maxSummary))
	}
	if in.Body != nil {
		r.Body = wrong.text(p.markdown("body", "The text", *in.Body, 0, maxBody))
	}
}

// replace changes a field that always has a value.
func replace[T ~string](wrong *mistakes, name string, field, value *T) {
	switch {
	case value == nil:
	case *value == "":
		wrong.note(Invalid(name, "%q can be changed but not cleared. Leave it out to keep it.", name))
	default:
		*field = *value
	}
}

// complete says what a published resource lacks; a draft may lack it.
func (r *Resource) complete() error {
	if r.Status != StatusPublished {
		return nil
	}
	var wrong mistakes
	if r.Summary == "" {
		wrong.note(Invalid("summary", "A published resource has a summary: what it is, and for whom."))
	}
	if r.Body == "" && len(r.Files) == 0 {
		wrong.note(Invalid("body", "A published resource has a text or a file."))
	}
	if len(r.Topics) == 0 {
		wrong.note(Invalid("topics", "A published resource has at least one topic, so that others find it."))
	}
	return wrong.err()
}

// checkAuthors checks that co-authors are members.
func (s *Resources) checkAuthors(ctx context.Context, ids []string) error {
	if len(ids) >= maxAuthors {
		return Invalid("coAuthorIds", "A resource has at most %d authors.", maxAuthors)
	}
	members, err := s.Store.Members.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	var wrong mistakes
	for i, m := range members {
		if m == nil || m.Membership != MembershipActive {
			wrong.note(Invalid(item("coAuthorIds", i), "%q is no member of the network.", ids[i]))
		}
	}
	return wrong.err()
}

// Update changes a resource that the viewer may edit. After a CONFLICT the resource as it is now is returned beside the error.
func (s *Resources) Update(ctx context.Context, in UpdateResource) (*Resource, error) {
	var wrongAuthors error
	if in.CoAuthorIDs != nil {
		if _, err := s.editable(ctx, in.ID); err != nil { // others learn nothing about members here
			return nil, err
		}
		wrongAuthors = s.checkAuthors(ctx, *in.CoAuthorIDs)
	}
	return s.edit(ctx, in.ID, EditResource, func(r *Resource) error {
		if r.Version != in.Version {
			return stale("resource")
		}
		r.ChangedAt = s.now()
		var wrong mistakes
		wrong.note(in.apply(s.Ports, r))
		wrong.note(wrongAuthors)
		return wrong.err()
	})
}

// editable is a resource that the viewer may edit; the error is that of edit for any other.
func (s *Resources) editable(ctx context.Context, id string) (*Resource, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.requireEver(EditResource); err != nil {
		return nil, err
	}
	r, err := s.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return r, viewer.require(EditResource, viewer.toResource(r)...)
}

// edit changes a resource on which the viewer may do the action, tells the index, and returns the resource as it is then (also
// beside a CONFLICT). Who may not even read it is told that there is none.
func (s *Resources) edit(ctx context.Context, id string, action Action, change func(*Resource) error) (*Resource, error) {
	if err := ViewerFrom(ctx).requireEver(action); err != nil {
		return nil, err
	}
	return s.editAs(ctx, id, func(*Resource) Action { return action }, change)
}

// editAs is edit for an action that depends on how the resource is, and that the viewer may do on some resource.
func (s *Resources) editAs(
	ctx context.Context, id string, action func(*Resource) Action, change func(*Resource) error,
) (*Resource, error) {
	viewer := ViewerFrom(ctx)
	r, err := s.Store.Resources.Update(ctx, id, func(r *Resource) error {
		if !viewer.mayRead(r) {
			return NotFound("resource")
		}
		if err := viewer.require(action(r), viewer.toResource(r)...); err != nil {
			return err
		}
		if err := change(r); err != nil {
			return err
		}
		r.Audience = r.audience()
		return nil
	})
	if CodeOf(err) == CodeConflict {
		current, getErr := s.ByID(ctx, id)
		return current, errors.Join(err, getErr)
	}
	if err != nil {
		return nil, err
	}
	s.changed(ctx, id)
	return r, nil
}

// Publish makes a draft, or a withdrawn resource, readable for those whom its visibility names. A version other than nil must be
// the current one. What a moderator withdrew only a moderator brings back.
func (s *Resources) Publish(ctx context.Context, id string, version *int64) (*Resource, error) {
	if err := ViewerFrom(ctx).requireEver(EditResource, RestoreResource); err != nil {
		return nil, err
	}
	action := func(r *Resource) Action {
		if r.WithdrawnByModerator {
			return RestoreResource
		}
		return EditResource
	}
	return s.editAs(ctx, id, action, func(r *Resource) error {
		switch {
		case version != nil && *version != r.Version:
			return stale("resource")
		case r.Status == StatusPublished:
			return ErrUnchanged
		}
		r.Status = StatusPublished
		r.WithdrawnAt, r.WithdrawnReason, r.WithdrawnBy, r.WithdrawnByModerator = Time{}, "", "", false
		if r.PublishedAt.IsZero() {
			r.PublishedAt = s.now()
		}
		return r.complete()
	})
}

// Withdraw takes a published resource out of every list. It stays for its authors, its school and the moderators. A moderator also
// withdraws what its authors did, so that they cannot publish it again.
func (s *Resources) Withdraw(ctx context.Context, id, reason string) (*Resource, error) {
	viewer := ViewerFrom(ctx)
	return s.edit(ctx, id, WithdrawResource, func(r *Resource) error {
		var wrong mistakes
		reason := wrong.text(prose("reason", "The reason", reason, 0, maxReason))
		if r.Status == StatusDraft {
			wrong.note(Invalid("id", "A draft is not published, so there is nothing to withdraw."))
		}
		if err := wrong.err(); err != nil {
			return err
		}
		moderates := !viewer.may(EditResource, viewer.toResource(r)...)
		if r.Status == StatusWithdrawn && (r.WithdrawnByModerator || !moderates) {
			return ErrUnchanged
		}
		r.Status, r.WithdrawnAt, r.WithdrawnReason = StatusWithdrawn, s.now(), reason
		r.WithdrawnBy, r.WithdrawnByModerator = viewer.MemberID(), moderates
		return nil
	})
}
