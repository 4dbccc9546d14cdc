package resolvers_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"

	"github.com/staffroom-schools/staffroom/graph"
)

var (
	webConstant  = regexp.MustCompile("const (\\w+) =\\s*(?:`([^`]*)`|\"([^\"]*)\")")
	webOperation = regexp.MustCompile("`\\s*((?:query|mutation|subscription)\\b[^`]*)`")
	webInsertion = regexp.MustCompile(`\$\{(\w+)\}`)
)

// TestOperationsOfTheWebClient checks that every document which the web client sends fits the schema. Its documents are template
// literals, with constants of selections in them.
func TestOperationsOfTheWebClient(t *testing.T) {
	sources := map[string]string{}
	constants := map[string]string{}
	must(t, filepath.WalkDir("../web/src", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasPrefix(filepath.Ext(path), ".ts") {
			return err
		}
		text, err := os.ReadFile(path)
		sources[path] = string(text)
		for _, constant := range webConstant.FindAllStringSubmatch(string(text), -1) {
			constants[constant[1]] = constant[2] + constant[3]
		}
		return err
	}))
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	checked := 0
	for path, text := range sources {
		for _, operation := range webOperation.FindAllStringSubmatch(text, -1) {
			checked++
			document := operation[1]
			for webInsertion.MatchString(document) {
				document = webInsertion.ReplaceAllStringFunc(document, func(insertion string) string {
					return constants[webInsertion.FindStringSubmatch(insertion)[1]]
				})
			}
			if _, errs := gqlparser.LoadQueryWithRules(schema, document, nil); errs != nil {
				t.Errorf("%s: %v in\n%s", path, errs, document)
			}
		}
	}
	if checked < 20 {
		t.Errorf("found only %d operations in web/src", checked)
	}
}
