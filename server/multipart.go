package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// preflightHeaders are what a request that a form could send must have one of: a page of another origin cannot set them without
// asking first. The first is ours, the others are those that Apollo's and other clients send anyway.
func preflightHeaders() []string {
	return []string{"Staffroom-Client", "Apollo-Require-Preflight", "GraphQL-Require-Preflight"}
}

// upload reads one request of the GraphQL multipart request specification: "operations", then "map", then the files. Files go
// to the disk as they come, so that memory does not grow with them.
type upload struct {
	limits  Limits
	request *request
	// folder is where files are received.
	folder string
	// paths are where each file belongs, by the name of its part.
	paths map[string][]string
	files []*os.File
}

func (s *Server) readMultipart(w http.ResponseWriter, r *http.Request) (*request, func(), *refusal) {
	nothing := func() {}
	if !slices.ContainsFunc(preflightHeaders(), func(name string) bool { return r.Header.Get(name) != "" }) {
		return nil, nothing, forbidden("An upload must have the header " + preflightHeaders()[0] + ", with the name of your program as its value.")
	}
	if staffroom.ViewerFrom(r.Context()).Member == nil {
		return nil, nothing, signInFirst()
	}
	if r.ContentLength > int64(s.limits.UploadBytes) {
		return nil, nothing, tooBig("An upload", s.limits.UploadBytes).with("Connection", "close")
	}
	release, refused := s.enterUpload(r.Context())
	if refused != nil {
		return nil, nothing, refused.with("Connection", "close")
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.limits.UploadTimeout + s.limits.RequestTimeout + s.limits.WriteTimeout))
	r.Body = http.MaxBytesReader(w, s.pace(w, r.Body), int64(s.limits.UploadBytes))
	u := &upload{limits: s.limits, folder: s.config.UploadFolder}
	done := func() {
		u.remove()
		release()
	}
	if refused = u.read(r); refused != nil {
		return nil, done, refused.with("Connection", "close")
	}
	if sessionEnded(r.Context(), s.auth.Recheck) {
		return nil, done, signInAgain()
	}
	return u.request, done, nil
}

// enterUpload takes a place for an upload. Who waits for one does so for so long that others who send nothing have lost theirs.
func (s *Server) enterUpload(ctx context.Context) (release func(), refused *refusal) {
	release, err := s.uploads.take(ctx, owner(ctx), 1, s.limits.UploadPatience+s.limits.QueueTimeout)
	switch {
	case errors.Is(err, errTooMany):
		return nil, tooManyAtOnce()
	case err != nil:
		return nil, busy("uploads")
	}
	return release, nil
}

// signInFirst answers visitors: they have nothing to add files to, and the places for uploads are few.
func signInFirst() *refusal {
	refused := refuse(http.StatusUnauthorized, staffroom.CodeUnauthenticated, "Sign in before you upload anything.")
	refused.malformed = true
	return refused.with("WWW-Authenticate", "Bearer").with("Connection", "close")
}

// signInAgain answers who lost the session, or rights, in the minutes that an upload may take.
func signInAgain() *refusal {
	refused := refuse(http.StatusUnauthorized, staffroom.CodeUnauthenticated,
		"You were signed out, or your rights have changed, during the upload. Sign in and send it again.")
	refused.malformed = true
	return refused.with("WWW-Authenticate", "Bearer")
}

func (u *upload) remove() {
	for _, file := range u.files {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}
}

func (u *upload) read(r *http.Request) *refusal {
	reader, err := r.MultipartReader()
	if err != nil {
		return malformed(http.StatusBadRequest, "The body is not multipart/form-data as it says it is.")
	}
	operations, refused := u.field(reader, "operations")
	if refused != nil {
		return refused
	}
	if u.request, refused = decodeRequest(operations, u.limits.Values); refused != nil {
		return refused
	}
	u.request.large = len(operations) >= u.limits.LargeBodyBytes
	places, refused := u.field(reader, "map")
	if refused != nil {
		return refused
	}
	if refused := decodeJSON(places, &u.paths, "The map", u.limits.Values); refused != nil {
		return refused
	}
	if len(u.paths) > u.limits.Files {
		return malformed(http.StatusRequestEntityTooLarge, fmt.Sprintf("At most %d files can be sent at a time.", u.limits.Files))
	}
	if refused := u.readFiles(reader); refused != nil {
		return refused
	}
	// What comes after the last part is nobody's, but net/http would wait for it before it sends a long answer.
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return u.broken(err)
	}
	return nil
}

// field reads a part that is no file.
func (u *upload) field(reader *multipart.Reader, name string) ([]byte, *refusal) {
	part, err := reader.NextPart()
	if err != nil {
		return nil, u.broken(err)
	}
	if part.FormName() != name {
		return nil, malformed(http.StatusBadRequest, "The parts of an upload are \"operations\", then \"map\", then the files.")
	}
	text, err := io.ReadAll(io.LimitReader(part, int64(u.limits.BodyBytes)+1))
	if err != nil {
		return nil, u.broken(err)
	}
	if len(text) > u.limits.BodyBytes {
		return nil, tooBig("The part \""+name+"\"", u.limits.BodyBytes)
	}
	return text, nil
}

func (u *upload) readFiles(reader *multipart.Reader) *refusal {
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return u.broken(err)
		}
		if refused := u.readFile(part); refused != nil {
			return refused
		}
	}
	if len(u.paths) > 0 {
		return malformed(http.StatusBadRequest, "The map names files that did not come.")
	}
	return nil
}

func (u *upload) readFile(part *multipart.Part) *refusal {
	paths, ok := u.paths[part.FormName()]
	if !ok {
		return malformed(http.StatusBadRequest, "A file came that the map does not name, or came twice.")
	}
	delete(u.paths, part.FormName())
	file, err := os.CreateTemp(u.folder, "upload-*")
	if err != nil {
		return u.noSpace()
	}
	u.files = append(u.files, file)
	size, err := io.Copy(file, io.LimitReader(&sourceReader{Reader: part}, int64(u.limits.FileBytes)+1))
	if read, ok := errors.AsType[*sourceError](err); ok {
		return u.broken(read.err)
	}
	if err != nil {
		return u.noSpace()
	}
	if size > int64(u.limits.FileBytes) {
		return tooBig("A file", u.limits.FileBytes)
	}
	for _, path := range paths {
		value := graphql.Upload{
			File:        io.NewSectionReader(file, 0, size),
			Filename:    part.FileName(),
			Size:        size,
			ContentType: part.Header.Get("Content-Type"),
		}
		if !put(u.request.Variables, path, value) {
			return malformed(http.StatusBadRequest, "The map must lead to places in the variables that are null, like variables.input.file.")
		}
	}
	return nil
}

// put sets the place in variables that path ("variables.files.0") leads to, which must be there and null.
func put(variables map[string]any, path string, value any) bool {
	root, rest, ok := strings.Cut(path, ".")
	if !ok || root != "variables" {
		return false
	}
	steps := strings.Split(rest, ".")
	var place any = variables
	for _, step := range steps[:len(steps)-1] {
		place = child(place, step)
	}
	last := steps[len(steps)-1]
	switch parent := place.(type) {
	case map[string]any:
		if old, there := parent[last]; !there || old != nil {
			return false
		}
		parent[last] = value
		return true
	case []any:
		index, err := strconv.Atoi(last)
		if err != nil || index < 0 || index >= len(parent) || parent[index] != nil {
			return false
		}
		parent[index] = value
		return true
	}
	return false
}

func child(place any, step string) any {
	switch parent := place.(type) {
	case map[string]any:
		return parent[step]
	case []any:
		if index, err := strconv.Atoi(step); err == nil && index >= 0 && index < len(parent) {
			return parent[index]
		}
	}
	return nil
}

// broken answers a body that could not be read to its end.
func (u *upload) broken(err error) *refusal {
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return tooBig("An upload", u.limits.UploadBytes)
	}
	if isLate(err) {
		return tooSlow(u.limits)
	}
	return malformed(http.StatusBadRequest, "The upload is broken off, or not multipart/form-data as it says it is.")
}

func (u *upload) noSpace() *refusal {
	refused := busy("uploads")
	refused.errors[0].Message = "The server has no room for uploads at the moment. Try again later."
	return refused
}

// sourceReader marks errors of reading, to tell them from those of writing to the disk.
type sourceReader struct{ io.Reader }

type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }

func (r *sourceReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &sourceError{err}
	}
	return n, err
}
