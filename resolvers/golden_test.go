package resolvers_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestOperations runs each file of testdata on a network of its own: operations one after the other, each under a line "# as NAME",
// in which <ada> means her id. The answers are compared with the JSON file beside it; -update writes that.
func TestOperations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.graphql")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no operations in testdata")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".graphql"), func(t *testing.T) {
			script, err := os.ReadFile(file)
			must(t, err)
			golden(t, strings.TrimSuffix(file, ".graphql")+".json", newWorld(t).play(t, string(script)))
		})
	}
}

// play runs the operations of a script and gives all answers, indented.
func (w *world) play(t *testing.T, script string) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, step := range strings.Split("\n"+script, "\n# as ")[1:] {
		who, operation, _ := strings.Cut(step, "\n")
		answer := w.run(t, strings.TrimSpace(who), operation, nil)
		if err := json.Indent(&out, []byte(answer), "", "  "); err != nil {
			t.Fatalf("%v in %s", err, answer)
		}
		out.WriteByte('\n')
		w.tick(t)
	}
	return out.Bytes()
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(file, got, 0o600))
		return
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it and run the test with -update.\n%s", file, firstDifference(want, got))
	}
}

// firstDifference is the first line that differs, with those around it.
func firstDifference(want, got []byte) string {
	wants, gots := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	i := 0
	for i < len(wants) && i < len(gots) && wants[i] == gots[i] {
		i++
	}
	around := func(lines []string) string { return strings.Join(lines[max(0, i-4):min(len(lines), i+5)], "\n") }
	return "want:\n" + around(wants) + "\ngot:\n" + around(gots)
}
