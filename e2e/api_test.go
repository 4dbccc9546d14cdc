package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// vars are the variables of an operation.
type vars map[string]any

// caller is a client of the API for one person.
type caller struct {
	t       testing.TB
	address string
	token   string
}

// as is a client with an access token of the person with this address, as `staffroom dev-token` gives it out.
func (h *house) as(email string) *caller {
	h.t.Helper()
	token, problems, status := command(h.t, "dev-token", email, "--data", h.data)
	if status != 0 {
		h.t.Fatalf("no token for %s: %s", email, problems)
	}
	return &caller{t: h.t, address: h.address, token: strings.TrimSpace(token)}
}

// visitor is a client that is not signed in.
func (h *house) visitor() *caller { return &caller{t: h.t, address: h.address} }

// ask runs an operation that must succeed.
func ask[T any](c *caller, query string, variables vars) T {
	c.t.Helper()
	out, err := try[T](c.t.Context(), c, query, variables)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// try runs an operation.
func try[T any](ctx context.Context, c *caller, query string, variables vars) (T, error) {
	body, err := json.Marshal(vars{"query": query, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	return post[T](ctx, c, "application/json", bytes.NewReader(body))
}

// upload runs a mutation with a file as input.file.
func upload[T any](c *caller, query string, input vars, name string, content []byte) T {
	c.t.Helper()
	contentType, form := uploadForm(c.t, query, input, name, content)
	out, err := post[T](c.t.Context(), c, contentType, bytes.NewReader(form))
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// uploadForm is the request of upload.
func uploadForm(t testing.TB, query string, input vars, name string, content []byte) (contentType string, text []byte) {
	t.Helper()
	input["file"] = nil // the form brings it
	operations, err := json.Marshal(vars{"query": query, "variables": vars{"input": input}})
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	write := func(part io.Writer, err error, content []byte) {
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormField("operations")
	write(part, err, operations)
	part, err = form.CreateFormField("map")
	write(part, err, []byte(`{"0":["variables.input.file"]}`))
	part, err = form.CreateFormFile("0", name)
	write(part, err, content)
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), body.Bytes()
}

func post[T any](ctx context.Context, c *caller, contentType string, body io.Reader) (out T, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address+"/graphql", body)
	if err != nil {
		return out, err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/graphql-response+json")
	request.Header.Set("Staffroom-Client", "e2e")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return out, err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return out, err
	}
	var answer struct {
		Data   T
		Errors json.RawMessage
	}
	if err := json.Unmarshal(read, &answer); err != nil {
		return out, fmt.Errorf("status %d, and no JSON: %w: %.300s", response.StatusCode, err, read)
	}
	if response.StatusCode != http.StatusOK || answer.Errors != nil {
		return out, fmt.Errorf("status %d: %.600s", response.StatusCode, read)
	}
	return answer.Data, nil
}

// download gets a file, and what the answer's headers say.
func (c *caller) download(url string) ([]byte, http.Header) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("status %d of %s: %v", response.StatusCode, url, err)
	}
	return content, response.Header
}
