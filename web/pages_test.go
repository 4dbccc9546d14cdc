package web

import (
	"net/http"
	"slices"
	"testing"
)

// TestPagesArePatterns checks that the list can be served, and has the pages that everything leads to.
func TestPagesArePatterns(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, page := range pages {
		mux.Handle("GET "+page, http.NotFoundHandler())
	}
	for _, page := range []string{"/", "/search", "/resources/{id}", "/threads/{id}", "/join"} {
		if !slices.Contains(pages, page) {
			t.Errorf("%s is no page", page)
		}
	}
}
