package server

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// part is a part of a form: a field, or a file if it has a file name.
type part struct{ name, file, content string }

const (
	attachOne  = `{"query":"mutation($f: Upload!) {attach(file: $f)}","variables":{"f":null}}`
	attachMany = `{"query":"mutation($f: [Upload!]!) {attachAll(files: $f)}","variables":{"f":[null,null]}}`
)

func form(t *testing.T, parts ...part) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		create := func() (io.Writer, error) { return w.CreateFormField(p.name) }
		if p.file != "" {
			create = func() (io.Writer, error) { return w.CreateFormFile(p.name, p.file) }
		}
		to, err := create()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", &body)
	return withHeaders(r, "Content-Type", w.FormDataContentType(), "Staffroom-Client", "test", "Authorization", "Bearer ann")
}

func TestUploads(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	h := newHouse(t, limited(func(l *Limits) { l.FileBytes, l.UploadBytes, l.Files = 1000, 5000, 2 }))
	a := h.do(form(t, part{"operations", "", attachOne}, part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a.txt", "hello"}))
	if a.Code != 200 || string(a.data) != `{"attach":"a.txt (5): hello"}` {
		t.Errorf("one file: %d %s", a.Code, a.Body)
	}
	a = h.do(form(t, part{"operations", "", attachMany}, part{"map", "", `{"x":["variables.f.1"],"y":["variables.f.0"]}`},
		part{"x", "x.txt", "of x"}, part{"y", "y.txt", "of y"}))
	if a.Code != 200 || string(a.data) != `{"attachAll":"y.txt (4): of y; x.txt (4): of x"}` {
		t.Errorf("two files: %d %s", a.Code, a.Body)
	}
	a = h.do(form(t, part{"operations", "", attachMany}, part{"map", "", `{"x":["variables.f.1","variables.f.0"]}`}, part{"x", "x.txt", "twice"}))
	if a.Code != 200 || string(a.data) != `{"attachAll":"x.txt (5): twice; x.txt (5): twice"}` {
		t.Errorf("a file in two places: %d %s", a.Code, a.Body)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left (%v)", len(left), err)
	}
}

func TestUploadsAreRefused(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	operations, places := part{"operations", "", attachOne}, part{"map", "", `{"0":["variables.f"]}`}
	for name, test := range map[string]struct {
		status int
		parts  []part
	}{
		"file too big":            {413, []part{operations, places, {"0", "a", strings.Repeat("x", 1001)}}},
		"all too big":             {413, []part{operations, places, {"0", "a", strings.Repeat("x", 6000)}}},
		"too many files":          {413, []part{operations, {"map", "", `{"0":["variables.f"],"1":["variables.f"],"2":["variables.f"]}`}}},
		"operations too big":      {413, []part{{"operations", "", strings.Repeat(" ", 2100)}}},
		"wrong order":             {400, []part{places, operations}},
		"nothing":                 {400, nil},
		"broken operations":       {400, []part{{"operations", "", `{`}}},
		"broken map":              {400, []part{operations, {"map", "", `[`}}},
		"map of the wrong form":   {422, []part{operations, {"map", "", `{"0":"variables.f"}`}}},
		"file that does not come": {400, []part{operations, places}},
		"file not in the map":     {400, []part{operations, places, {"1", "a", "x"}}},
		"file twice":              {400, []part{operations, places, {"0", "a", "x"}, {"0", "a", "x"}}},
		"path elsewhere":          {400, []part{operations, {"map", "", `{"0":["query"]}`}, {"0", "a", "x"}}},
		"path to nothing":         {400, []part{operations, {"map", "", `{"0":["variables.g"]}`}, {"0", "a", "x"}}},
		"path through nothing":    {400, []part{operations, {"map", "", `{"0":["variables.f.3.x"]}`}, {"0", "a", "x"}}},
		"path twice":              {400, []part{operations, {"map", "", `{"0":["variables.f","variables.f"]}`}, {"0", "a", "x"}}},
		"index out of bounds":     {400, []part{{"operations", "", attachMany}, {"map", "", `{"0":["variables.f.7"]}`}, {"0", "a", "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, limited(func(l *Limits) { l.FileBytes, l.UploadBytes, l.Files, l.BodyBytes = 1000, 5000, 2, 2000 }))
			for _, known := range []bool{true, false} {
				r := form(t, test.parts...)
				if !known {
					r.ContentLength = -1
				}
				a := h.do(r)
				a.want(t, test.status, staffroom.CodeBadInput)
				if a.raw["data"] != nil {
					t.Errorf("it was executed: %s", a.Body)
				}
			}
		})
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left (%v)", len(left), err)
	}
}

func TestVisitorsUploadNothing(t *testing.T) {
	r := form(t, part{"operations", "", attachOne}, part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a.txt", "hello"})
	r.Header.Del("Authorization")
	newHouse(t).do(r).want(t, 401, staffroom.CodeUnauthenticated)
}

func TestUploadsNeedAHeader(t *testing.T) {
	h := newHouse(t)
	for header, status := range map[string]int{"": 403, "Staffroom-Client": 200, "Apollo-Require-Preflight": 200, "GraphQL-Require-Preflight": 200} {
		r := form(t, part{"operations", "", attachOne}, part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a.txt", "hello"})
		r.Header.Del("Staffroom-Client")
		if header != "" {
			r.Header.Set(header, "1")
		}
		if a := h.do(r); a.Code != status {
			t.Errorf("with the header %q: %d %s", header, a.Code, a.Body)
		}
	}
}

// signsOut reads a body, and ends somebody's session before the first byte of it.
type signsOut struct {
	io.ReadCloser
	once func()
}

func (s signsOut) Read(p []byte) (int, error) {
	s.once()
	return s.ReadCloser.Read(p)
}

// TestUploadNeedsTheSessionAtItsEnd checks that nobody keeps rights that were taken away by sending slowly.
func TestUploadNeedsTheSessionAtItsEnd(t *testing.T) {
	h := newHouse(t)
	r := form(t, part{"operations", "", attachOne}, part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a.txt", "hello"})
	r.Body = signsOut{r.Body, sync.OnceFunc(func() { h.auth.end("ann") })}
	h.do(r).want(t, http.StatusUnauthorized, staffroom.CodeUnauthenticated)
}
