package staffroom

import (
	"context"
	"io"
	"slices"
)

// A file and the resource that it belongs to cannot be stored at one moment. So a doubt is written down before the file is stored or taken
// away, and settled when both agree. What a process that ended suddenly left in doubt the next one settles.

// put stores the bytes of a file that the resource does not have yet.
func (s *Resources) put(ctx context.Context, resourceID string, file *File, content io.Reader) (Doubt, error) {
	doubt, err := s.Blobs.Doubt(ctx, file.Key, resourceID)
	if err != nil {
		return Doubt{}, err
	}
	if err := s.Blobs.Put(ctx, file.Key, file.ContentType, content); err != nil {
		s.settle(ctx, doubt)
		return Doubt{}, err
	}
	return doubt, nil
}

// doubtFile writes down that a file of a resource, which the viewer may edit, may be gone soon.
func (s *Resources) doubtFile(ctx context.Context, resourceID, fileID string) (Doubt, error) {
	r, err := s.editable(ctx, resourceID)
	if err != nil {
		return Doubt{}, err
	}
	file := r.File(fileID)
	if file == nil {
		return Doubt{}, NotFound("file")
	}
	return s.Blobs.Doubt(ctx, file.Key, resourceID)
}

// settle looks whether the resource has the file, and deletes it if not. Where that cannot be found out, the doubt stays until the next start.
func (s *Resources) settle(ctx context.Context, d Doubt) {
	s.stillOpen(ctx, d, s.decide(context.WithoutCancel(ctx), d))
}

// stillOpen logs that a doubt could not be settled.
func (s *Resources) stillOpen(ctx context.Context, d Doubt, err error) {
	if err != nil {
		s.Log.WarnContext(ctx, "a file may belong to nothing; the next start will look again", "file", d.Key, "resource", d.Owner, "error", err)
	}
}

func (s *Resources) decide(ctx context.Context, d Doubt) error {
	r, err := s.Store.Resources.Get(ctx, d.Owner)
	if err != nil && CodeOf(err) != CodeNotFound {
		return err
	}
	if r == nil || !slices.ContainsFunc(r.Files, func(f File) bool { return f.Key == d.Key }) {
		if err := s.Blobs.Delete(ctx, d.Key); err != nil && CodeOf(err) != CodeNotFound {
			return err
		}
	}
	return d.Settle()
}

// SettleDoubts settles what processes that have ended left in doubt.
func (s *Resources) SettleDoubts(ctx context.Context) error {
	left, err := s.Blobs.Doubts(ctx)
	for _, doubt := range left {
		s.settle(ctx, doubt)
	}
	return err
}
