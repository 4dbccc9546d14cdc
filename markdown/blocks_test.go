package markdown_test

import (
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/markdown"
)

// TestNestingIsBounded checks that quotes and lists within each other do not go so deep that showing them keeps a browser busy.
func TestNestingIsBounded(t *testing.T) {
	for _, mark := range []string{"> ", "1. ", ">- "} {
		html := markdown.HTML(strings.Repeat(mark, 20_000/len(mark)) + "end")
		if !strings.Contains(html, "end") {
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
