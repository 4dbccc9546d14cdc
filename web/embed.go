// Package web holds the web client and GraphiQL, as they were built by `make web`, so that the program is one file. Without
// that build (go build alone, no Node) it holds a page that says so.
package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

//go:embed all:dist
var dist embed.FS

//go:embed src/pages.json
var pages []byte

// Pages are the addresses of the web client, as patterns like "/resources/{id}".
func Pages() ([]string, error) {
	var about map[string]string
	if err := json.Unmarshal(pages, &about); err != nil {
		return nil, fmt.Errorf("web: the list of pages: %w", err)
	}
	return slices.Sorted(maps.Keys(about)), nil
}

// Client is the files of the web client, with an index.html.
func Client() (fs.FS, error) { return page("dist") }

// GraphiQL is the page of GraphiQL, with an index.html; its scripts are among the client's files.
func GraphiQL() (fs.FS, error) { return page("dist/graphiql") }

// page is the folder, or the placeholder in its stead if it was not built.
func page(folder string) (fs.FS, error) {
	if _, err := fs.Stat(dist, folder+"/index.html"); err == nil {
		return fs.Sub(dist, folder)
	}
	return placeholder{}, nil
}

// placeholder is a folder that holds nothing but the placeholder page, as index.html.
type placeholder struct{}

// Open opens the page.
func (placeholder) Open(name string) (fs.File, error) {
	if name == "index.html" {
		return dist.Open("dist/placeholder.html")
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
