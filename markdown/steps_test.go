package markdown_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/staffroom-schools/staffroom/markdown"
)

// How much work reading and rendering a text may be, in blocks of code that run: so many for each byte, and what it takes to begin.
const (
	blocksPerByte = 1500
	blocksBefore  = 3_000_000
)

// oneText names the text for TestOneText.
const oneText = "STAFFROOM_TEXT"

// TestLongWorkGrowsWithTheText counts each block of code of ours and of the libraries that runs for a text, as Go does for its coverage.
// So nobody has to believe what the package counts itself, and no clock is asked.
func TestLongWorkGrowsWithTheText(t *testing.T) {
	counting := filepath.Join(t.TempDir(), "counting.test")
	run(t, exec.CommandContext(t.Context(), "go", "test", "-c", "-o", counting, "-covermode=count",
		"-coverpkg=.,github.com/yuin/goldmark/...,github.com/microcosm-cc/bluemonday,golang.org/x/net/html,regexp", "."))
	for name, src := range heavy(longest) {
		profile := filepath.Join(t.TempDir(), "profile")
		child := exec.CommandContext(t.Context(), counting, "-test.run=^TestOneText$", "-test.coverprofile="+profile)
		child.Env = append(os.Environ(), oneText+"="+name)
		run(t, child)
		if ran := blocksIn(t, profile); ran > blocksBefore+blocksPerByte*len(src) {
			t.Errorf("%s takes %d blocks of code for %d bytes", name, ran, len(src))
		}
	}
}

// TestOneText renders one text, for who counts.
func TestOneText(t *testing.T) {
	name := os.Getenv(oneText)
	if name == "" {
		t.Skip("TestLongWorkGrowsWithTheText runs it")
	}
	src := heavy(longest)[name]
	markdown.HTML(src)
	markdown.Text(src)
}

func run(t *testing.T, command *exec.Cmd) {
	t.Helper()
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
}

// blocksIn adds up a profile of coverage. The last word of a line is how often a block ran.
func blocksIn(t *testing.T, profile string) int {
	t.Helper()
	lines, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for line := range bytes.Lines(lines) {
		line = bytes.TrimSpace(line)
		times, err := strconv.Atoi(string(line[bytes.LastIndexByte(line, ' ')+1:]))
		if err == nil { // the first line is the mode
			sum += times
		}
	}
	return sum
}
