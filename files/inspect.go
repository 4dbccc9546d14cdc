package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// atOnce is how many uploads are unpacked at the same time: one picture may take some 300 MiB of memory meanwhile.
const atOnce = 2

// Inspector looks at uploads before they are kept. It is made by [NewInspector].
type Inspector struct {
	limit  int64
	folder string
	turns  *turns
}

// NewInspector makes an inspector that refuses uploads of more than limit bytes. It works in the folder, or in the system's folder of temporary
// files if that is empty.
func NewInspector(limit int64, folder string) *Inspector {
	return &Inspector{limit: limit, folder: folder, turns: newTurns(atOnce)}
}

// Rules says what Inspect lets through.
func (in *Inspector) Rules() staffroom.UploadRules {
	rules := staffroom.UploadRules{MaxBytes: in.limit}
	for _, k := range kinds() {
		rules.Kinds = append(rules.Kinds, k.FileKind)
	}
	return rules
}

// Inspect reads all of r and finds out by its content what it is. Refused with BAD_USER_INPUT and the field "file" are: types
// that are not on the list, empty, damaged and too large files, text that is not text to its end, pictures of more than 40
// megapixels, archives that reach out of their folder or swell without measure, documents with macros. Pictures are encoded
// anew and lose what the camera wrote into them; WebP pictures become JPEG or PNG. The caller closes the content, which
// removes it from the disk.
func (in *Inspector) Inspect(ctx context.Context, name string, r io.Reader) (*staffroom.InspectedFile, error) {
	sent, err := in.receive(ctx, r)
	if err != nil {
		return nil, err
	}
	kept, k, err := in.check(ctx, name, sent)
	if kept != sent {
		err = errors.Join(err, sent.Close())
	}
	if err != nil {
		if kept != nil {
			_ = kept.Close() // the first error is the one to tell
		}
		return nil, err
	}
	file, err := describe(kept)
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	file.Name, file.ContentType = cleanName(name, k), k.ContentType
	return file, nil
}

// receive writes r to a temporary file, as far as the limit.
func (in *Inspector) receive(ctx context.Context, r io.Reader) (*spool, error) {
	sent, err := newSpool(in.folder)
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(sent, io.LimitReader(&patient{ctx, r}, in.limit+1))
	switch {
	case err != nil:
		err = fmt.Errorf("files: receive an upload: %w", err)
	case n > in.limit:
		err = staffroom.Invalid("file", "The file is larger than %s, which is the most that can be shared. Make it smaller, or share it in parts.", size(in.limit))
	case n == 0:
		err = staffroom.Invalid("file", "The file is empty. Choose another.")
	}
	if err != nil {
		_ = sent.Close() // the first error is the one to tell
		return nil, err
	}
	return sent, nil
}

// check looks at what was sent. What is to be kept is that same file or another; nil only with an error.
func (in *Inspector) check(ctx context.Context, name string, sent *spool) (*spool, kind, error) {
	release, err := in.turns.take(ctx, staffroom.ViewerFrom(ctx).MemberID())
	if err != nil {
		return sent, kind{}, err
	}
	defer release()
	k, err := detect(name, sent)
	if err != nil {
		return sent, k, err
	}
	if _, err := sent.Seek(0, io.SeekStart); err != nil {
		return sent, k, err
	}
	switch k.family {
	case picture:
		return redraw(ctx, k, sent)
	case archive:
		k, err = checkArchive(ctx, k, sent)
		if err == nil && k.ContentType == typeZIP { // what programs keep in one, such as .pages
			err = cannotBeNamed(endingOf(tidyName(name)))
		}
		return sent, k, err
	case text:
		return sent, k, nil // detect has read it
	default:
		return sent, k, checkStart(k, sent)
	}
}

// checkStart refuses a PDF with something in front of it, which could be a file of another type at the same time.
func checkStart(k kind, r io.Reader) error {
	const start = "%PDF-"
	head := make([]byte, len(start))
	if _, err := io.ReadFull(r, head); k.ContentType == typePDF && (err != nil || string(head) != start) {
		return staffroom.Invalid("file", "The PDF file is damaged: it does not begin like one. Save it again as PDF.")
	}
	return nil
}

// describe measures a file and rewinds it.
func describe(kept *spool) (*staffroom.InspectedFile, error) {
	if _, err := kept.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, kept)
	if err != nil {
		return nil, fmt.Errorf("files: read an upload again: %w", err)
	}
	if _, err := kept.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return &staffroom.InspectedFile{SHA256: hex.EncodeToString(sum.Sum(nil)), Size: n, Content: kept}, nil
}

// size is a number of bytes for people.
func size(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// spool is a temporary file that is removed when it is closed.
type spool struct{ *os.File }

// beside makes another one in the same folder.
func (s *spool) beside() (*spool, error) { return newSpool(filepath.Dir(s.Name())) }

func newSpool(folder string) (*spool, error) {
	file, err := os.CreateTemp(folder, "upload-*")
	if err != nil {
		return nil, fmt.Errorf("files: make a temporary file: %w", explain("upload", err))
	}
	return &spool{file}, nil
}

// Close removes the file.
func (s *spool) Close() error {
	return errors.Join(s.File.Close(), os.Remove(s.Name()))
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context // lives as long as one call
	r   io.Reader
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
