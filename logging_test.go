package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestEveryLogLineOfARequestNamesIt(t *testing.T) {
	var lines strings.Builder
	log := newLog(&lines, "text")
	globals := &Globals{Data: t.TempDir()}
	parts, err := openParts(t.Context(), globals, 0, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := parts.close(); err != nil {
			t.Error(err)
		}
	})
	serve := &ServeCmd{Dev: true}
	srv, err := serve.assemble(&settings{publicURL: "http://localhost:1"}, parts, globals.Data, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost:1/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer nonsense")
	request.Header.Set("X-Request-Id", "request-of-a-test")
	srv.ServeHTTP(httptest.NewRecorder(), request)
	found := strings.Split(strings.TrimSpace(lines.String()), "\n")
	if len(found) < 2 {
		t.Errorf("a refused token and its request make only:\n%s", &lines)
	}
	for _, line := range found {
		if strings.Count(line, "request=request-of-a-test") != 1 {
			t.Errorf("this line does not name its request once: %s", line)
		}
	}
}
