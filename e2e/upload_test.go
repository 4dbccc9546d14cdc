package e2e

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const attachQuery = `mutation($input: AttachFileInput!) {
	attachFile(input: $input) { file { id size url } userErrors { message } } }`

// TestNothingIsLeftOfAnUploadThatWasCutOff kills the server in the middle of an upload, which lies in the data folder until the next start.
func TestNothingIsLeftOfAnUploadThatWasCutOff(t *testing.T) {
	t.Parallel()
	h := serve(t)
	author := h.as("amara.goldfinch@honeycomb.example")
	draft := createDraft(author, "Half of it was there")
	text := bytes.Repeat([]byte("One line of notes like the others.\n"), 10_000)
	contentType, form := uploadForm(t, attachQuery, vars{"resourceId": draft}, "notes.txt", text)
	body, pipe := io.Pipe()
	gone := make(chan error, 1)
	go func() {
		_, err := post[any](t.Context(), author, contentType, body)
		gone <- err
	}()
	if _, err := pipe.Write(form[:len(form)/2]); err != nil {
		t.Fatal(err)
	}
	received := func() (found []string) {
		for _, path := range h.stored() {
			if strings.Contains(path, "upload-") {
				found = append(found, path)
			}
		}
		return found
	}
	eventually(t, "the upload lies in the data folder", func() bool { return len(received()) == 1 })
	h.kill()
	_ = pipe.CloseWithError(io.ErrUnexpectedEOF)
	if err := <-gone; err == nil {
		t.Error("an upload that was cut off was answered")
	}
	if len(received()) != 1 {
		t.Errorf("the killed server left %q", received())
	}
	h.start()
	if left := received(); len(left) > 0 {
		t.Errorf("after a start there is %q", left)
	}
}

// stored are the files under the folder of uploaded files.
func (h *house) stored() (found []string) {
	h.t.Helper()
	err := filepath.WalkDir(filepath.Join(h.data, "files"), func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // it went meanwhile
		}
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}
