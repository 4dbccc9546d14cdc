package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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

// TestFilesOfOtherOrigins shows and reads files on a page of another origin: a picture by its signed address, and the bytes with a token.
func TestFilesOfOtherOrigins(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	h := serve(t)
	author := h.as("amara.goldfinch@honeycomb.example")
	draft := createDraft(author, "For another page")
	type attached struct {
		AttachFile struct {
			File struct{ ID, URL, SignedURL string }
		}
	}
	const query = `mutation($input: AttachFileInput!) { attachFile(input: $input) { file { id url signedUrl } } }`
	file := upload[attached](author, query, vars{"resourceId": draft}, "dot.png", redDot).AttachFile.File

	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Another page</title><link rel=icon href=data:,><h1>Another page</h1>")
	}))
	defer elsewhere.Close()
	page := h.browse()
	page.address = elsewhere.URL
	page.open("/")
	page.arrive("Another page")
	show := `new Promise((done) => {
		const picture = new Image();
		picture.onload = () => done(picture.naturalWidth);
		picture.onerror = () => done(0);
		picture.src = %q;
	})`
	if width := evaluate[int](page, fmt.Sprintf(show, file.SignedURL)); width != 3 {
		t.Errorf("the picture is %d wide on a page of another origin", width)
	}
	page.forgiven = "the server responded with a status of 4"
	if width := evaluate[int](page, fmt.Sprintf(show, file.URL)); width != 0 {
		t.Error("a draft's picture is shown without a signature")
	}
	read := fmt.Sprintf(`(async () => {
		const answer = await fetch(%q, { headers: { Authorization: "Bearer " + %q, Range: "bytes=1-3" } });
		return [answer.status, await answer.text(), answer.headers.get("content-disposition"), answer.headers.get("content-range").split("/")[0], answer.headers.has("etag")].join(" ");
	})()`, file.URL, author.token)
	if got, want := evaluate[string](page, read), `206 PNG attachment; filename=dot.png bytes 1-3 true`; got != want {
		t.Errorf("a page of another origin reads %q, want %q", got, want)
	}
	ask[any](author, `mutation($input: RemoveFileInput!) { removeFile(input: $input) { userErrors { message } } }`,
		vars{"input": vars{"resourceId": draft, "fileId": file.ID}})
	if width := evaluate[int](page, fmt.Sprintf(show, file.SignedURL+"&again")); width != 0 {
		t.Error("a picture is shown that was taken away")
	}
}

// redDot is a picture of 3 by 3 pixels.
var redDot = func() []byte {
	picture := image.NewRGBA(image.Rect(0, 0, 3, 3))
	draw.Draw(picture, picture.Rect, image.NewUniform(color.RGBA{R: 255, A: 255}), image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		panic(err) // memory does not fail
	}
	return out.Bytes()
}()

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

// TestLongKilledInTheMiddleOfUploads kills the server while files come and go. After a start the folder has those files that resources
// have, and all of them can be read.
func TestLongKilledInTheMiddleOfUploads(t *testing.T) {
	t.Parallel()
	const rounds, enough = 8, 20
	h := serve(t)
	people := []string{"amara.goldfinch@honeycomb.example", "ruth.primrose@honeycomb.example", "kwame.redwing@tidemillreach.example"}
	before := h.blobs()
	drafts := map[string]string{}
	for _, who := range people {
		drafts[who] = createDraft(h.as(who), "Lights out")
	}
	for range rounds {
		shareUntilKilled(h, drafts, enough)
		h.start()
		files := 0
		for who, draft := range drafts {
			reader := h.as(who)
			for _, url := range fileURLs(reader, draft) {
				files++
				if content, _ := reader.download(url); len(content) == 0 {
					t.Errorf("%s is empty", url)
				}
			}
		}
		eventually(t, "the folder has as many files as resources have", func() bool { return h.blobs() == before+files })
	}
}

// blobs is how many files are kept, whole or half.
func (h *house) blobs() (count int) {
	for _, path := range h.stored() {
		if strings.HasPrefix(filepath.Base(path), "file_") {
			count++
		}
	}
	return count
}

func fileURLs(c *caller, resource string) (urls []string) {
	type found struct {
		Resource struct{ Files []struct{ ID, URL string } }
	}
	for _, file := range ask[found](c, `query($id: ID!) { resource(id: $id) { files { id url } } }`, vars{"id": resource}).Resource.Files {
		urls = append(urls, file.URL)
	}
	return urls
}

// shareUntilKilled lets everybody attach files and take them away, and kills the server when enough of that was done.
func shareUntilKilled(h *house, drafts map[string]string, enough int) {
	h.t.Helper()
	type attached struct {
		AttachFile struct{ File *struct{ ID string } }
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	var done atomic.Int32
	reached := make(chan struct{})
	var all sync.WaitGroup
	for who, draft := range drafts {
		sharer := h.as(who)
		all.Go(func() {
			for n := 0; ; n++ {
				text := fmt.Appendf(nil, "Note %d", n)
				contentType, form := uploadForm(h.t, attachQuery, vars{"resourceId": draft}, "note.txt", text)
				out, err := post[attached](ctx, sharer, contentType, bytes.NewReader(form))
				if err != nil {
					return // the server is gone
				}
				if file := out.AttachFile.File; file != nil && n%4 > 0 {
					_, err = try[any](ctx, sharer, `mutation($input: RemoveFileInput!) { removeFile(input: $input) { userErrors { message } } }`,
						vars{"input": vars{"resourceId": draft, "fileId": file.ID}})
				}
				if err != nil {
					return
				}
				if int(done.Add(1)) == enough {
					close(reached)
				}
			}
		})
	}
	select {
	case <-reached:
	case <-ctx.Done():
		h.t.Error("the files did not come in time")
	}
	h.kill()
	all.Wait()
}
