package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// directRequirement is a line of go.mod that names a module which code of ours imports.
var directRequirement = regexp.MustCompile(`(?m)^(?:require )?\t?([a-z][^\s]*\.[^\s]+) v[^\s]+$`)

func TestEveryDependencyHasItsReason(t *testing.T) {
	page, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, file := range []string{"go.mod", "store/mongo/wireserver/go.mod"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range directRequirement.FindAllStringSubmatch(string(text), -1) {
			modules = append(modules, match[1])
		}
	}
	client, err := os.ReadFile("web/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var packages struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal(client, &packages); err != nil {
		t.Fatal(err)
	}
	for name := range packages.Dependencies {
		modules = append(modules, name)
	}
	for name := range packages.DevDependencies {
		modules = append(modules, name)
	}
	for _, module := range modules {
		if !strings.Contains(string(page), module) {
			t.Errorf("docs/dependencies.md does not say why there is %s", module)
		}
	}
	if len(modules) < 40 {
		t.Errorf("found only %d dependencies; does this test still read the right files?", len(modules))
	}
}

// link is a Markdown link to a file of the project.
var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

func TestLinksOfTheDocumentationLeadSomewhere(t *testing.T) {
	for _, file := range []string{
		"README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/api.md", "docs/clients.md", "docs/configuration.md", "docs/http.md", "docs/limits.md", "docs/adr/README.md",
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		folder := file[:strings.LastIndex("/"+file, "/")]
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(folder + match[1]); err != nil {
				t.Errorf("%s links to %s, which is not there", file, match[1])
			}
		}
	}
}
