// Package files keeps uploaded files, and looks at them before they are kept.
//
// [Files] implements staffroom.Blobs over gocloud.dev/blob, [Inspector] implements staffroom.Inspector. Who may read or write
// a file is decided elsewhere.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	"gocloud.dev/gcerrors"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Files keeps files in a local folder or in memory. It is made by [Open].
type Files struct {
	bucket   *blob.Bucket
	dir      string    // empty in memory
	incoming *incoming // nil in memory
}

// keyPattern is what keys look like: "41/hp/file_01h2xcejqtf2nbrexx3vqjhp41".
var keyPattern = regexp.MustCompile(`^[0-9a-z]{2}/[0-9a-z]{2}/[0-9a-z_]{1,80}$`)

// Open opens a file store: a folder, as a path or as a file:// URL, which is made if it is not there; or mem:// for one that
// ends with the process.
func Open(_ context.Context, address string) (*Files, error) {
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case !isURL:
		return openFolder(address)
	case scheme == "mem":
		return &Files{bucket: memblob.OpenBucket(nil)}, nil
	case scheme == "file":
		u, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("files: the address of the file store: %w", err)
		}
		return openFolder(filepath.FromSlash(u.Path))
	default:
		return nil, fmt.Errorf("files: a file store is a folder, file:///folder or mem://, and %q is none of these", scheme+"://…")
	}
}

func openFolder(path string) (*Files, error) {
	if path == "" {
		return nil, errors.New("files: the file store needs the path of a folder")
	}
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("files: the folder of the file store: %w", err)
	}
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir:   true,
		DirFileMode: 0o700,
		NoTempDir:   true,                       // a rename does not cross file systems
		Metadata:    fileblob.MetadataDontWrite, // the store knows the type and the hash
	})
	if err != nil {
		return nil, fmt.Errorf("files: open the folder of the file store: %w", err)
	}
	if err := syncDir(filepath.Dir(dir)); err != nil {
		return nil, errors.Join(err, bucket.Close())
	}
	own, err := openIncoming(filepath.Join(dir, "incoming"))
	if err != nil {
		return nil, errors.Join(err, bucket.Close())
	}
	return &Files{bucket: bucket, dir: dir, incoming: own}, nil
}

// Incoming is the folder that uploads are to be received in, of this process alone. What is left in it goes with the process, or when the next
// one starts. It is empty, which means the system's folder of temporary files, if the file store is in memory.
func (f *Files) Incoming() string {
	if f.incoming == nil {
		return ""
	}
	return f.incoming.dir
}

// Put stores what r gives under key: all of it, or nothing if r or ctx fails. Once it has returned, the file survives a
// power cut. UNAVAILABLE if there is no room.
func (f *Files) Put(ctx context.Context, key, contentType string, r io.Reader) error {
	if err := checkKey(key); err != nil {
		return err
	}
	ctx, abandon := context.WithCancel(ctx) // closing a writer whose context has ended keeps nothing
	defer abandon()
	var local *os.File
	w, err := f.bucket.NewWriter(ctx, key, &blob.WriterOptions{
		ContentType: contentType,
		BeforeWrite: func(as func(any) bool) error {
			as(&local)
			return nil
		},
	})
	if err != nil {
		return explain(key, err)
	}
	_, err = io.Copy(w, r)
	if err == nil && local != nil {
		err = local.Sync() // fileblob renames without
	}
	if err != nil {
		abandon()
		_ = w.Close() // fails, because the context has ended; that is how it keeps nothing
		return explain(key, err)
	}
	if err := w.Close(); err != nil {
		return explain(key, err)
	}
	return f.syncFolders(key)
}

// syncFolders makes the names on the way to key survive a power cut.
func (f *Files) syncFolders(key string) error {
	if f.dir == "" {
		return nil
	}
	for path := filepath.Dir(filepath.Join(f.dir, filepath.FromSlash(key))); ; path = filepath.Dir(path) {
		if err := syncDir(path); err != nil {
			return err
		}
		if path == f.dir {
			return nil
		}
	}
}

func syncDir(path string) error {
	dir, err := os.Open(path) // a folder of the file store
	if err != nil {
		return fmt.Errorf("files: open a folder: %w", err)
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // this file system has no such thing
	}
	if err := errors.Join(err, dir.Close()); err != nil {
		return fmt.Errorf("files: write a folder to the disk: %w", err)
	}
	return nil
}

// Open returns NOT_FOUND if there is nothing under key. The caller closes the reader.
func (f *Files) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	r, err := f.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, explain(key, err)
	}
	return r, nil
}

// Delete returns NOT_FOUND if there is nothing under key.
func (f *Files) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := f.bucket.Delete(ctx, key)
	if f.dir != "" {
		f.deleteHalf(key)
	}
	if err != nil {
		return explain(key, err)
	}
	return nil
}

// deleteHalf deletes what is left of a Put that was cut off: fileblob writes beside the place where the file goes.
func (f *Files) deleteHalf(key string) {
	folder, name := filepath.Split(filepath.Join(f.dir, filepath.FromSlash(key)))
	entries, _ := os.ReadDir(folder) // what can't be read can't be deleted
	for _, entry := range entries {
		if half := entry.Name(); strings.HasPrefix(half, name+".") && strings.HasSuffix(half, ".tmp") {
			_ = os.Remove(filepath.Join(folder, half)) // nobody finds it, and its process has ended
		}
	}
}

// Close releases the file store.
func (f *Files) Close() error {
	var err error
	if f.incoming != nil {
		err = f.incoming.close()
	}
	if err := errors.Join(err, f.bucket.Close()); err != nil {
		return fmt.Errorf("files: close the file store: %w", err)
	}
	return nil
}

// checkKey refuses keys that are not of our making: nothing that a caller sends becomes a path.
func checkKey(key string) error {
	if !keyPattern.MatchString(key) {
		return fmt.Errorf("files: %q is no key of a file", key)
	}
	return nil
}

// explain says what people need to know of an error.
func explain(key string, err error) error {
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return &staffroom.Error{Code: staffroom.CodeNotFound, Message: "There is no such file.", Cause: err}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &staffroom.Error{
			Code: staffroom.CodeUnavailable, Message: "The disk is full: the file could not be kept. Tell the network's team.", Cause: err,
		}
	default:
		return fmt.Errorf("files: %s: %w", key, err)
	}
}
