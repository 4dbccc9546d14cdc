package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// doubtBegin is what names of files begin with that write down a doubt: "doubt-41.hp.file_01h…@resource_01h…".
const doubtBegin = "doubt-"

// ownerPattern is what owners of files look like.
var ownerPattern = regexp.MustCompile(`^[0-9a-z_]{1,80}$`)

// Doubt writes down that the file under key may belong to nothing, until that is settled. It survives this process, and a power cut.
func (f *Files) Doubt(_ context.Context, key, owner string) (staffroom.Doubt, error) {
	if err := checkKey(key); err != nil {
		return staffroom.Doubt{}, err
	}
	if !ownerPattern.MatchString(owner) {
		return staffroom.Doubt{}, fmt.Errorf("files: %q is no owner of a file", owner)
	}
	if f.incoming == nil { // nothing in memory is left when the process ends
		return staffroom.Doubt{Key: key, Owner: owner, Settle: func() error { return nil }}, nil
	}
	name := doubtBegin + strings.ReplaceAll(key, "/", ".") + "@" + owner
	err := os.WriteFile(filepath.Join(f.incoming.dir, name), nil, 0o600)
	if err == nil {
		err = syncDir(f.incoming.dir)
	}
	if err != nil {
		return staffroom.Doubt{}, explain(key, err)
	}
	return f.incoming.doubt(key, owner, name), nil
}

// Doubts are what processes left that have ended before this one began.
func (f *Files) Doubts(context.Context) (left []staffroom.Doubt, err error) {
	if f.incoming == nil {
		return nil, nil
	}
	for _, name := range f.incoming.inherited {
		_, err := os.Stat(filepath.Join(f.incoming.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // settled
		}
		key, owner, ok := strings.Cut(strings.TrimPrefix(name, doubtBegin), "@")
		key = strings.ReplaceAll(key, ".", "/")
		if err != nil || !ok || checkKey(key) != nil || !ownerPattern.MatchString(owner) {
			return nil, fmt.Errorf("files: %q says nothing of a file: %w", name, err)
		}
		left = append(left, f.incoming.doubt(key, owner, name))
	}
	return left, nil
}

func (i *incoming) doubt(key, owner, name string) staffroom.Doubt {
	return staffroom.Doubt{Key: key, Owner: owner, Settle: func() error {
		if err := os.Remove(filepath.Join(i.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("files: settle a doubt: %w", err)
		}
		return nil
	}}
}
