package staffroom

import (
	"context"
	"errors"
	"io"
	"slices"
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
	now := s.now()
	r := &Resource{
		Meta: Meta{ID: NewID(PrefixResource), CreatedAt: now}, SchoolID: school.ID, AuthorityCode: school.AuthorityCode,
		Kind: in.Kind, Phases: distinct(in.Phases), Licence: in.Licence, Visibility: in.Visibility,
		Status: StatusDraft, ChangedAt: now,
	}
	change := UpdateResource{Title: &in.Title, Summary: &in.Summary, Body: &in.Body, Topics: &in.Topics, CoAuthorIDs: &in.CoAuthorIDs}
	r.AuthorIDs = []string{viewer.MemberID()}
	if err := s.checkAuthors(ctx, in.CoAuthorIDs); err != nil {
		return nil, err
	}
	if err := change.apply(s.Ports, r); err != nil {
		return nil, err
	}
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
	if err := in.applyTexts(p, r); err != nil {
		return err
	}
	var err error
	if in.Topics != nil {
		if r.Topics, err = checkTopics("topics", *in.Topics); err != nil {
			return err
		}
	}
	if in.Phases != nil {
		r.Phases = distinct(*in.Phases)
	}
	if in.Kind != nil {
		r.Kind = *in.Kind
	}
	if in.Licence != nil {
		r.Licence = *in.Licence
	}
	if in.Visibility != nil {
		r.Visibility = *in.Visibility
	}
	if in.CoAuthorIDs != nil {
		r.AuthorIDs = distinct(append([]string{r.AuthorIDs[0]}, *in.CoAuthorIDs...))
	}
	r.Audience = r.audience()
	return r.complete()
}

func (in UpdateResource) applyTexts(p *Ports, r *Resource) error {
	var err error
	if in.Title != nil {
		if r.Title, err = line("title", "The title", *in.Title, 3, maxTitle); err != nil {
			return err
		}
		r.SortTitle = Fold(r.Title)
	}
	if in.Summary != nil {
		if r.Summary, err = prose("summary", "The summary", *in.Summary, 0, maxSummary); err != nil {
			return err
		}
	}
	if in.Body != nil {
		r.Body, err = p.markdown("body", "The text", *in.Body, 0, maxBody)
	}
	return err
}

// complete says what a published resource lacks; a draft may lack it.
func (r *Resource) complete() error {
	switch {
	case r.Status != StatusPublished:
		return nil
	case r.Summary == "":
		return Invalid("summary", "A published resource has a summary: what it is, and for whom.")
	case r.Body == "" && len(r.Files) == 0:
		return Invalid("body", "A published resource has a text or a file.")
	case len(r.Topics) == 0:
		return Invalid("topics", "A published resource has at least one topic, so that others find it.")
	default:
		return nil
	}
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
	for i, m := range members {
		if m == nil || m.Membership != MembershipActive {
			return Invalid("coAuthorIds", "%q is no member of the network.", ids[i])
		}
	}
	return nil
}

// Update changes a resource that the viewer may edit. After a CONFLICT the resource as it is now is returned beside the error.
func (s *Resources) Update(ctx context.Context, in UpdateResource) (*Resource, error) {
	if in.CoAuthorIDs != nil {
		if _, err := s.editable(ctx, in.ID); err != nil { // others learn nothing about members here
			return nil, err
		}
		if err := s.checkAuthors(ctx, *in.CoAuthorIDs); err != nil {
			return nil, err
		}
	}
	return s.edit(ctx, in.ID, EditResource, func(r *Resource) error {
		if r.Version != in.Version {
			return stale("resource")
		}
		r.ChangedAt = s.now()
		return in.apply(s.Ports, r)
	})
}

// RequireEdit is nil if the viewer may edit the resource, and else the error that Update would return: a caller who found a mistake in
// the input tells it only to those who may edit.
func (s *Resources) RequireEdit(ctx context.Context, id string) error {
	_, err := s.editable(ctx, id)
	return err
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
		reason, err := prose("reason", "The reason", reason, 0, maxReason)
		if err != nil {
			return err
		}
		moderates := !viewer.may(EditResource, viewer.toResource(r)...)
		switch {
		case r.Status == StatusDraft:
			return Invalid("id", "A draft is not published, so there is nothing to withdraw.")
		case r.Status == StatusWithdrawn && (r.WithdrawnByModerator || !moderates):
			return ErrUnchanged
		}
		r.Status, r.WithdrawnAt, r.WithdrawnReason = StatusWithdrawn, s.now(), reason
		r.WithdrawnBy, r.WithdrawnByModerator = viewer.MemberID(), moderates
		return nil
	})
}

// AttachFile is a file for a resource.
type AttachFile struct {
	ResourceID string
	// Name is what the file was called where it came from.
	Name    string
	Content io.Reader
	// Licence is the file's own; nil for that of the resource.
	Licence *Licence
}

// AttachFile stores a file and adds it to a resource that the viewer may edit. Its type is told from its content; what no
// school needs, or what could do harm, is a user error.
func (s *Resources) AttachFile(ctx context.Context, in AttachFile) (*Resource, *File, error) {
	r, err := s.editable(ctx, in.ResourceID)
	if err != nil {
		return nil, nil, err
	}
	file, err := s.keep(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	file.UploadedBy, file.Licence = ViewerFrom(ctx).MemberID(), r.Licence
	if in.Licence != nil {
		file.Licence = *in.Licence
	}
	changed, err := s.edit(ctx, in.ResourceID, EditResource, func(r *Resource) error {
		if len(r.Files) >= maxFiles {
			return Invalid("file", "A resource has at most %d files.", maxFiles)
		}
		r.Files = append(r.Files, *file)
		r.ChangedAt = s.now()
		return nil
	})
	if err != nil {
		return nil, nil, errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), file.Key))
	}
	return changed, file, nil
}

// keep checks an upload and puts its bytes into the file store.
func (s *Resources) keep(ctx context.Context, in AttachFile) (*File, error) {
	upload, err := s.Inspector.Inspect(ctx, in.Name, in.Content)
	if err != nil {
		return nil, err
	}
	defer upload.Content.Close() //nolint:errcheck // a temporary file that was read to its end
	id := NewID(PrefixFile)
	file := &File{
		ID: id, Name: upload.Name, Size: upload.Size, ContentType: upload.ContentType, SHA256: upload.SHA256,
		Key: fileKey(id), UploadedAt: s.now(),
	}
	return file, s.Blobs.Put(ctx, file.Key, file.ContentType, upload.Content)
}

// fileKey spreads files over folders by the last characters of their ids, which are random.
func fileKey(id string) string { return id[len(id)-2:] + "/" + id[len(id)-4:len(id)-2] + "/" + id }

// RemoveFile takes a file off a resource that the viewer may edit, and deletes its bytes.
func (s *Resources) RemoveFile(ctx context.Context, resourceID, fileID string) (*Resource, error) {
	var key string
	r, err := s.edit(ctx, resourceID, EditResource, func(r *Resource) error {
		file := r.File(fileID)
		if file == nil {
			return NotFound("file")
		}
		key = file.Key
		r.Files = slices.DeleteFunc(r.Files, func(f File) bool { return f.ID == fileID })
		r.ChangedAt = s.now()
		return r.complete()
	})
	if err != nil {
		return nil, err
	}
	if err := s.Blobs.Delete(ctx, key); err != nil && CodeOf(err) != CodeNotFound {
		return nil, err
	}
	return r, nil
}
