package resolvers_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

const attach = `mutation($file: Upload!, $id: ID!) {
	attachFile(input: { resourceId: $id, file: $file, licence: OGL_3_0 }) {
		file { name size contentType licence url signedUrl } resource { version files { name } } userErrors { code message field }
	}
}`

// TestAttachAndRemoveFile attaches a file, reads it through the service that serves /files, and takes it away again.
func TestAttachAndRemoveFile(t *testing.T) {
	w := newWorld(t)
	content := "Ten ways to greet."
	file := graphql.Upload{File: bytes.NewReader([]byte(content)), Filename: "ten ways?.txt", Size: int64(len(content))}
	var out struct {
		AttachFile struct {
			File       struct{ Name, ContentType, Licence, URL, SignedURL string }
			Resource   struct{ Files []struct{ Name string } }
			UserErrors []any
		}
	}
	w.data(t, "ada", attach, map[string]any{"file": file, "id": w.ids["draft"]}, &out)
	added := out.AttachFile
	if added.File.Name != "ten ways?.txt" || added.File.Licence != "OGL_3_0" || len(added.Resource.Files) != 2 || len(added.UserErrors) > 0 {
		t.Fatalf("got %+v", added)
	}
	place := strings.Split(strings.TrimPrefix(added.File.URL, "https://staffroom.example/files/"), "/")
	if len(place) != 3 || place[2] != "ten%20ways%3F.txt" {
		t.Fatalf("the URL is %s", added.File.URL)
	}
	resourceID, fileID := place[0], place[1]
	_, stored, err := w.network.Resources.OpenFile(w.as(t, "ada"), resourceID, fileID)
	must(t, err)
	read, err := io.ReadAll(stored)
	must(t, err)
	signature, ok := strings.CutPrefix(added.File.SignedURL, added.File.URL+"?signed=")
	if _, _, err := w.network.Resources.OpenSignedFile(t.Context(), resourceID, fileID, signature); err != nil || !ok {
		t.Errorf("the signed URL %s: %v", added.File.SignedURL, err)
	}
	if string(read) != content {
		t.Errorf("stored %q", read)
	}
	got := w.run(t, "ada", `mutation($id: ID!) { removeFile(input: { resourceId: "<draft>", fileId: $id }) {
		resource { files { name } } userErrors { code } } }`, map[string]any{"id": fileID})
	if want := `{"data":{"removeFile":{"resource":{"files":[{"name":"gate.pdf"}]},"userErrors":[]}}}`; got != want {
		t.Errorf("got %s", got)
	}
}

// TestAttachRefused checks a file that may not be uploaded, and a resource that is somebody else's.
func TestAttachRefused(t *testing.T) {
	w := newWorld(t)
	program := graphql.Upload{File: strings.NewReader("MZ"), Filename: "game.exe"}
	got := w.run(t, "ada", attach, map[string]any{"file": program, "id": w.ids["draft"]})
	if want := `{"file":null,"resource":null,"userErrors":[{"code":"BAD_USER_INPUT","message":"Programs cannot be uploaded.","field":["file"]}]}`; !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
	got = w.run(t, "cat", attach, map[string]any{"file": program, "id": w.ids["draft"]})
	if !strings.Contains(got, `"NOT_FOUND"`) {
		t.Errorf("got %s", got)
	}
}
