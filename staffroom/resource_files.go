package staffroom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
)

// AttachFile is a file for a resource.
type AttachFile struct {
	ResourceID string
	// Name is what the file was called where it came from.
	Name    string
	Content io.ReadSeeker
	// Licence is the file's own; nil for that of the resource.
	Licence *Licence
	// IdempotencyKey is the client's own for this request; nil for none.
	IdempotencyKey *string
}

// attached is a resource with a file of it.
type attached struct {
	resource *Resource
	file     *File
}

// AttachFile stores a file and adds it to a resource that the viewer may edit. Its type is told from its content; what no
// school needs, or what could do harm, is a user error.
func (s *Resources) AttachFile(ctx context.Context, in AttachFile) (*Resource, *File, error) {
	r, err := s.editable(ctx, in.ResourceID)
	if err != nil {
		return nil, nil, err
	}
	o, err := s.attachOnce(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	made, err := doOnce(ctx, o,
		func(ids []string) (attached, error) { return s.attached(ctx, o, in.ResourceID, ids[0]) },
		func() (attached, error) { return s.attach(ctx, o, r, in) },
	)
	return made.resource, made.file, err
}

// attachOnce is the request to attach the file, which is another one with other bytes.
func (s *Resources) attachOnce(ctx context.Context, in AttachFile) (*once, error) {
	if in.IdempotencyKey == nil {
		return s.once(ctx, "attachFile", nil, nil, PrefixFile), nil
	}
	bytes := sha256.New()
	_, err := io.Copy(bytes, in.Content)
	if err == nil {
		_, err = in.Content.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	return s.once(ctx, "attachFile", in.IdempotencyKey, struct {
		ResourceID, Name, SHA256 string
		Licence                  *Licence
	}{in.ResourceID, in.Name, hex.EncodeToString(bytes.Sum(nil)), in.Licence}, PrefixFile), nil
}

// attached is what was attached with the key before.
func (s *Resources) attached(ctx context.Context, o *once, resourceID, fileID string) (attached, error) {
	r, err := s.ByID(ctx, resourceID)
	if err != nil {
		return attached{}, err
	}
	file := r.File(fileID)
	switch {
	case file != nil:
		return attached{r, file}, nil
	case o.kept.Done:
		return attached{}, Invalid("idempotencyKey", "The file that came with this key was taken away since. Attach it again with a new key.")
	default:
		return attached{}, NotFound("file")
	}
}

func (s *Resources) attach(ctx context.Context, o *once, r *Resource, in AttachFile) (attached, error) {
	file, doubt, err := s.keep(ctx, o, r, in)
	if err != nil {
		return attached{}, err
	}
	changed, err := s.edit(ctx, r.ID, EditResource, func(r *Resource) error {
		if r.File(file.ID) != nil { // by somebody with the same key
			return Errorf(CodeConflict, "This file is attached already.")
		}
		if err := r.roomForFile(); err != nil {
			return err
		}
		r.Files = append(r.Files, *file)
		r.ChangedAt = s.now()
		return nil
	})
	if err != nil {
		s.settle(ctx, doubt)
		return attached{}, err
	}
	s.stillOpen(ctx, doubt, doubt.Settle())
	if err := o.done(ctx); err != nil {
		// The file is there; who were told otherwise would send it again.
		s.Log.WarnContext(ctx, "that a file was attached could not be noted with its key", "file", file.ID, "error", err)
	}
	return attached{changed, file}, nil
}

// roomForFile says whether one file more may be attached.
func (r *Resource) roomForFile() error {
	if len(r.Files) >= maxFiles {
		return Invalid("file", "A resource has at most %d files.", maxFiles)
	}
	return nil
}

// keep checks an upload and puts its bytes into the file store. The bytes have a place of their own even if the same file is attached twice
// at one moment with one key, so that whoever is too late takes away only their own.
func (s *Resources) keep(ctx context.Context, o *once, r *Resource, in AttachFile) (*File, Doubt, error) {
	var wrong mistakes
	wrong.note(r.roomForFile())
	wrong.note(o.wrong)
	upload, err := s.Inspector.Inspect(ctx, in.Name, in.Content)
	if err != nil {
		wrong.note(err)
		return nil, Doubt{}, wrong.err()
	}
	defer upload.Content.Close() //nolint:errcheck // a temporary file that was read to its end
	if err := wrong.err(); err != nil {
		return nil, Doubt{}, err
	}
	ids, err := o.begin(ctx)
	if err != nil {
		return nil, Doubt{}, err
	}
	file := &File{
		ID: ids[0], Name: upload.Name, Size: upload.Size, ContentType: upload.ContentType, SHA256: upload.SHA256,
		Key: fileKey(NewID(PrefixFile)), UploadedAt: s.now(), UploadedBy: ViewerFrom(ctx).MemberID(), Licence: r.Licence,
	}
	if in.Licence != nil {
		file.Licence = *in.Licence
	}
	doubt, err := s.put(ctx, r.ID, file, upload.Content)
	return file, doubt, err
}

// fileKey spreads files over folders by the last characters of their ids, which are random.
func fileKey(id string) string { return id[len(id)-2:] + "/" + id[len(id)-4:len(id)-2] + "/" + id }

// RemoveFile takes a file off a resource that the viewer may edit, and deletes its bytes.
func (s *Resources) RemoveFile(ctx context.Context, resourceID, fileID string) (*Resource, error) {
	doubt, err := s.doubtFile(ctx, resourceID, fileID)
	if err != nil {
		return nil, err
	}
	r, err := s.edit(ctx, resourceID, EditResource, func(r *Resource) error {
		file := r.File(fileID)
		if file == nil {
			return NotFound("file")
		}
		r.Files = slices.DeleteFunc(r.Files, func(f File) bool { return f.ID == fileID })
		r.ChangedAt = s.now()
		return r.complete()
	})
	s.settle(ctx, doubt)
	if err != nil {
		return nil, err
	}
	return r, nil
}
