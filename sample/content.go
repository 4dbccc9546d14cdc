package sample

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/staffroom-schools/staffroom/staffroom"
)

//go:embed schools.csv people.yaml leadschools.yaml threads.yaml resources files
var texts embed.FS

// content is what the files say, in their order.
type content struct {
	people      []person
	leadSchools []leadSchool
	resources   []resource
	threads     []thread
}

// leadSchool is an entry of leadschools.yaml.
type leadSchool struct {
	URN       string            `yaml:"urn"`
	Authority string            `yaml:"authority"`
	Phases    []staffroom.Phase `yaml:"phases"`
	// Contact is the subject of a person.
	Contact string         `yaml:"contact"`
	From    staffroom.Date `yaml:"from"`
	To      staffroom.Date `yaml:"to"`
	// Ended is the day on which the appointment was ended, for Reason.
	Ended  staffroom.Date `yaml:"ended"`
	Reason string         `yaml:"reason"`
	Remit  string         `yaml:"remit"`
}

// resource is what stands before a text in the files of resources, and the text.
type resource struct {
	Title   string `yaml:"title"`
	Summary string `yaml:"summary"`
	// Author is the subject of a person.
	Author     string                   `yaml:"author"`
	Kind       staffroom.ResourceKind   `yaml:"kind"`
	Topics     []string                 `yaml:"topics"`
	Phases     []staffroom.Phase        `yaml:"phases"`
	Licence    staffroom.Licence        `yaml:"licence"`
	Visibility staffroom.Visibility     `yaml:"visibility"`
	Status     staffroom.ResourceStatus `yaml:"status"`
	// Reason is why it was withdrawn.
	Reason string `yaml:"reason"`
	// DaysAgo is when it was published, or made if it is a draft.
	DaysAgo int `yaml:"daysAgo"`
	// File is the name of an attachment in the folder files.
	File string `yaml:"file"`
	Body string `yaml:"-"`
}

// thread is an entry of threads.yaml.
type thread struct {
	Title string `yaml:"title"`
	// Space is "network" or a GSS code.
	Space string `yaml:"space"`
	// About is the title of a resource.
	About string `yaml:"about"`
	// DaysAgo is when the last post was written.
	DaysAgo int    `yaml:"daysAgo"`
	Posts   []post `yaml:"posts"`
}

type post struct {
	// By is the subject of a person.
	By   string `yaml:"by"`
	Body string `yaml:"body"`
}

// mustRead panics if the embedded files cannot be read, which a test of this package rules out.
func mustRead() *content {
	c, err := readContent()
	if err != nil {
		panic("sample: " + err.Error())
	}
	return c
}

func readContent() (*content, error) {
	c := &content{}
	for name, into := range map[string]any{
		"people.yaml": &c.people, "leadschools.yaml": &c.leadSchools, "threads.yaml": &c.threads,
	} {
		text, err := texts.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := decode(text, into); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	var err error
	c.resources, err = readResources()
	return c, err
}

// decode refuses what the type does not know, so that a mistyped key is found.
func decode(text []byte, into any) error {
	return yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(into)
}

func readResources() ([]resource, error) {
	names, err := fs.Glob(texts, "resources/*.md")
	if err != nil {
		return nil, err
	}
	var all []resource
	for _, name := range names {
		text, err := texts.ReadFile(name)
		if err != nil {
			return nil, err
		}
		some, err := splitResources(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// splitResources reads a file of resources: lines of three hyphens stand before and after the YAML of each.
func splitResources(text string) ([]resource, error) {
	parts := strings.Split("\n"+strings.ReplaceAll(text, "\r\n", "\n"), "\n---\n")
	if len(parts)%2 == 0 {
		return nil, fmt.Errorf("the %d lines of three hyphens do not come in pairs", len(parts)-1)
	}
	var all []resource
	for i := 1; i < len(parts); i += 2 {
		r := resource{Status: staffroom.StatusPublished, Body: strings.TrimSpace(parts[i+1])}
		if err := decode([]byte(parts[i]), &r); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}
