package main

import (
	"bytes"
	_ "embed" // the report's text
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// reportText is the report with places for what was measured. What people have to say about the figures stands in it.
//
//go:embed performance.md.tmpl
var reportText string

// peersText names the packages that the peers are made of, in exact versions.
//
//go:embed peers/package.json
var peersText []byte

const (
	reportFile  = "docs/performance.md"
	plotsFolder = "docs/performance"
)

// report is what the text of the report asks for.
type report struct{ *Results }

// PeerVersions is what the peers are made of.
func (r *report) PeerVersions() (string, error) {
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal(peersText, &manifest); err != nil {
		return "", err
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(manifest.Dependencies)) {
		all = append(all, name+" "+manifest.Dependencies[name])
	}
	return strings.Join(all, ", "), nil
}

// reportAgain writes the report and its plots from what was measured last.
func reportAgain(data string) error {
	results, err := loadResults(data)
	if err != nil {
		return err
	}
	parsed, err := template.New("report").Parse(reportText)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, &report{results}); err != nil {
		return err
	}
	if err := os.MkdirAll(plotsFolder, 0o755); err != nil { //nolint:gosec // documents are for everybody
		return err
	}
	for name, plot := range (&report{results}).plots() {
		if err := os.WriteFile(filepath.Join(plotsFolder, name+".svg"), []byte(plot), 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	return os.WriteFile(reportFile, out.Bytes(), 0o644) //nolint:gosec // as above
}
