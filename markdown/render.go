package markdown

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// How long what is made of a text may be: so many times as long, and some more for short ones.
const (
	timesLonger = 20
	spareBytes  = 64 << 10
)

func limitOf(source []byte) int { return spareBytes + timesLonger*len(source) }

// short is a buffer that takes no more than left.
type short struct {
	bytes.Buffer
	left int
}

// Write implements io.Writer.
func (s *short) Write(p []byte) (int, error) {
	if s.left -= len(p); s.left < 0 {
		return 0, errLarge
	}
	return s.Buffer.Write(p)
}

// renderers are goldmark's own, and ours for boxes that are ticked: forms have no place in a text.
func renderers() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(boxes{}, 100),
		util.Prioritized(extension.NewFootnoteHTMLRenderer(
			extension.WithFootnoteIDPrefixFunction(notePrefix),
			extension.WithFootnoteBacklinkTitle("Back to the text"),
		), 500),
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
		util.Prioritized(html.NewRenderer(), 1000),
	}
}

// boxes shows the boxes of task lists as characters.
type boxes struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (boxes) RegisterFuncs(to renderer.NodeRendererFuncRegisterer) {
	to.Register(extensionast.KindTaskCheckBox, func(
		w util.BufWriter, _ []byte, n ast.Node, entering bool,
	) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.WriteString(box(n.(*extensionast.TaskCheckBox))) // the buffer keeps its error for the end
		}
		return ast.WalkContinue, nil
	})
}

func box(n *extensionast.TaskCheckBox) string {
	if n.IsChecked {
		return "☑ "
	}
	return "☐ "
}

// metaNotes is where a document keeps the prefix of its footnotes' ids.
const metaNotes = "notes"

// nameNotes makes the ids of the document's footnotes its own, by what the text says.
func nameNotes(document *ast.Document, source []byte) {
	const enough = 6 // bytes
	sum := sha256.Sum256(source)
	document.AddMeta(metaNotes, []byte("note-"+hex.EncodeToString(sum[:enough])+"-"))
}

func notePrefix(n ast.Node) []byte { return n.OwnerDocument().Meta()[metaNotes].([]byte) }
