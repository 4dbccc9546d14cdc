package markdown_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/staffroom-schools/staffroom/markdown"
)

// TestEmphasisIsThatOfGoldmark compares short texts of marks, where goldmark's own way to pair them is quick.
func TestEmphasisIsThatOfGoldmark(t *testing.T) {
	its := goldmark.New(goldmark.WithExtensions(extension.Strikethrough))
	parts := []string{"*", "*", "**", "***", "_", "_", "__", "~", "~~", "a", "b", " ", ".", "[", "]", "](/u)", "`", "\n"}
	chance := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same texts each time
	for range 20_000 {
		var src strings.Builder
		src.WriteString("x") // no list and no rule
		for range 1 + chance.IntN(16) {
			src.WriteString(parts[chance.IntN(len(parts))])
		}
		text := strings.ReplaceAll(src.String(), "\n", "\nx")
		var want bytes.Buffer
		if err := its.Convert([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(markdown.HTML(text), relation, "")
		if strings.Contains(got, "/u</a>") { // a link without words, which has its address here
			continue
		}
		if got != want.String() {
			t.Fatalf("%q\n got %q\nwant %q", text, got, want.String())
		}
	}
}
