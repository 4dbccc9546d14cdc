package markdown_test

import (
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/markdown"
)

// TestNestingIsBounded checks that quotes and lists within each other do not go so deep that showing them keeps the server, and then
// the browser, busy.
func TestNestingIsBounded(t *testing.T) {
	for _, mark := range []string{"> ", "1. ", "- a\n", ">- "} {
		src := strings.Repeat(mark, 100_000/len(mark)) + "end"
		if mark == "- a\n" {
			var b strings.Builder
			for i := range 400 {
				b.WriteString(strings.Repeat("  ", i) + "- a\n")
			}
			src = b.String()
		}
		html, took := render(src)
		if took > 500*time.Millisecond {
			t.Errorf("%q takes %v", mark, took)
		}
		if mark != "- a\n" && !strings.Contains(html, "end") {
			t.Errorf("%q loses what stands in it", mark)
		}
		if deep := max(strings.Count(html, "<blockquote>"), strings.Count(html, "<ul>"), strings.Count(html, "<ol>")); deep > 50 {
			t.Errorf("%q is %d deep", mark, deep)
		}
	}
	if html := markdown.HTML("> a\n>> b\n>> - c\n>>   - d"); strings.Count(html, "<blockquote>") != 2 || strings.Count(html, "<ul>") != 2 {
		t.Errorf("sensible nesting: %s", html)
	}
}

// render says how long the fastest of three times takes, as others may use the machine, too.
func render(src string) (html string, took time.Duration) {
	took = time.Hour
	for range 3 {
		begin := time.Now()
		html = markdown.HTML(src)
		took = min(took, time.Since(begin))
	}
	return html, took
}
