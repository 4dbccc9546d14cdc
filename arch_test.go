package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/staffroom-schools/staffroom"

// mayImport is who may import what of ours: the table of docs/architecture.md. A package that is not in it fails the test.
func mayImport() map[string][]string {
	return map[string][]string{
		"staffroom":            {},
		"store/sqlite":         {"staffroom"},
		"store/mongo":          {"staffroom"},
		"store/mongo/wiretest": {},
		"store/storetest":      {"staffroom"},
		"store":                {"staffroom", "store/sqlite", "store/mongo"},
		"search":               {"staffroom", "markdown"},
		"events":               {"staffroom"},
		"files":                {"staffroom"},
		"markdown":             {},
		"gias":                 {"staffroom"},
		"auth":                 {"staffroom"},
		"auth/devidp":          {"staffroom", "auth"},
		"scalars":              {"staffroom"},
		"relay":                {"staffroom"},
		"direct":               {},
		"direct/generate":      {},
		"graph":                {"staffroom", "scalars", "relay", "direct"},
		"resolvers":            {"staffroom", "scalars", "relay", "direct", "graph"},
		"sample":               {"staffroom", "gias"},
		"web":                  {},
		"server":               {"staffroom"},
		"e2e":                  {},
		"bench":                {"bench/seed", "bench/load", "bench/ops", "bench/floor"},
		"bench/seed":           {"staffroom", "store/sqlite"},
		"bench/load":           {},
		"bench/ops":            {"staffroom", "bench/seed"},
		"bench/floor":          {"staffroom"},
	}
}

// rooms is where third-party code lives: a module, and the packages of ours that may import it. What is not named here may be
// used anywhere.
func rooms() map[string][]string {
	return map[string][]string{
		"go.mongodb.org/mongo-driver":        {"store/mongo"},
		"github.com/go-json-experiment/json": {"store/sqlite", "server"},
		"zombiezen.com/go/sqlite":            {"store/sqlite", "bench/floor"},
		"modernc.org/":                       {},
		"github.com/blevesearch/":            {"search"},
		"github.com/RoaringBitmap/":          {"search"},
		"gocloud.dev":                        {"files"},
		"github.com/gabriel-vasile/mimetype": {"files"},
		"golang.org/x/image":                 {"files"},
		"github.com/kovidgoyal/imaging":      {"files"},
		"github.com/gofrs/flock":             {"files"},
		"github.com/99designs/gqlgen":        {"graph", "resolvers", "scalars", "server", "direct", "direct/generate", ""},
		"github.com/vektah/gqlparser":        {"graph", "resolvers", "server", "direct", "direct/generate"},
		"github.com/vikstrous/dataloadgen":   {"resolvers"},
		"github.com/coreos/go-oidc":          {"auth"},
		"golang.org/x/oauth2":                {"auth"},
		"github.com/zitadel/oidc":            {"auth/devidp"},
		"github.com/go-jose/go-jose":         {"auth", "auth/devidp"},
		"github.com/klauspost/compress":      {"server"},
		"github.com/rs/cors":                 {"server", "auth/devidp"},
		"github.com/coder/websocket":         {"server", "bench", "bench/floor"},
		"github.com/alecthomas/kong":         {""},
		"github.com/schollz/progressbar":     {""},
		"github.com/yuin/goldmark":           {"markdown"},
		"github.com/microcosm-cc/bluemonday": {"markdown"},
		"github.com/chromedp/":               {"e2e"},
		"net/http":                           {"auth", "auth/devidp", "server", "files", "e2e", "bench", "bench/load", "bench/floor", ""},
		"golang.org/x/text/encoding/charmap": {"gias"},
		"golang.org/x/net/publicsuffix":      {"gias"},
		"github.com/goccy/go-yaml":           {"sample"},
		"encoding/csv":                       {"gias"},
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestPackagesImportWhatTheyMay(t *testing.T) {
	table := mayImport()
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if name == "" || strings.HasPrefix(name, "bench") {
			continue // main puts everything together, bench measures everything
		}
		allowed, known := table[name]
		if !known {
			t.Errorf("package %s is not in the table of docs/architecture.md and of this test", name)
			continue
		}
		for _, path := range p.Imports {
			ours, found := strings.CutPrefix(path, module+"/")
			if found && !slices.Contains(allowed, ours) && !strings.HasPrefix(ours, name+"/internal/") {
				t.Errorf("%s may not import %s", name, ours)
			}
		}
	}
}

func TestThirdPartiesStayInTheirRooms(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if strings.HasPrefix(name, "bench") {
			continue // it holds others against us, by their own means
		}
		for _, path := range p.Imports {
			for prefix, allowed := range rooms() {
				if strings.HasPrefix(path, prefix) && !slices.Contains(allowed, name) {
					t.Errorf("%s may not import %s; only %v may", orMain(name), path, allowed)
				}
			}
		}
	}
}

func orMain(name string) string {
	if name == "" {
		return "main"
	}
	return name
}
