package markdown

import (
	"bytes"
	"fmt"

	"github.com/yuin/goldmark/ast"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxDepth is how deep everything may stand in each other, emphasis and pictures included.
const maxDepth = 100

// keptNotes keeps footnotes that the text never refers to, in goldmark's list of those that it does: it would drop them.
type keptNotes struct{}

// Transform implements parser.ASTTransformer. It comes before goldmark's own.
func (keptNotes) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	for c := document.FirstChild(); c != nil; c = c.NextSibling() {
		list, ok := c.(*extensionast.FootnoteList)
		if !ok {
			continue
		}
		for n := list.FirstChild(); n != nil; n = n.NextSibling() {
			if note := n.(*extensionast.Footnote); note.Index < 0 {
				list.Count++
				note.Index = list.Count
			}
		}
	}
}

// keptWords makes of what would not be seen something that is: a picture becomes a link, a link shows its address if it has no words or may
// not lead there, and the definition of a link that is nowhere used is a paragraph like others. It also marks all links as not ours.
type keptWords struct{}

// Transform implements parser.ASTTransformer. It comes last.
func (keptWords) Transform(document *ast.Document, reader text.Reader, pc parser.Context) {
	k := keeping{reading: of(pc), source: reader.Source(), used: map[string]bool{}}
	k.children(document, 0, false)
	for _, definition := range k.definitions {
		k.definition(definition)
	}
}

// keeping goes through one text.
type keeping struct {
	*reading
	source      []byte
	definitions []*ast.LinkReferenceDefinition
	// used are the labels that links refer to.
	used map[string]bool
}

func (k *keeping) children(of ast.Node, depth int, inLink bool) {
	if depth > maxDepth {
		k.fail(errDeep)
		return
	}
	for c := of.FirstChild(); c != nil; {
		next := c.NextSibling() // c may be replaced
		k.node(c, depth, inLink)
		c = next
	}
}

func (k *keeping) node(n ast.Node, depth int, inLink bool) {
	switch n := n.(type) {
	case *ast.Image:
		k.use(n.Reference)
		k.children(n, depth+1, true)
		k.picture(n, inLink)
	case *ast.Link:
		k.use(n.Reference)
		k.children(n, depth+1, true)
		k.link(n)
	case *ast.AutoLink:
		n.SetAttributeString("rel", []byte(rel))
	case *ast.LinkReferenceDefinition:
		k.definitions = append(k.definitions, n)
	case *ast.FencedCodeBlock:
		k.info(n)
	case *extensionast.FootnoteBacklink:
		if n.RefCount == 0 { // nothing to go back to
			n.Parent().RemoveChild(n.Parent(), n)
		}
	default:
		k.children(n, depth+1, inLink)
	}
}

// picture puts a link in the place of a picture: it would be fetched from other people's servers. Within a link it is its words only.
func (k *keeping) picture(n *ast.Image, inLink bool) {
	link := ast.NewLink()
	link.Destination, link.Title = n.Destination, n.Title
	for c := n.FirstChild(); c != nil; c = n.FirstChild() {
		link.AppendChild(link, c)
	}
	n.Parent().ReplaceChild(n.Parent(), n, link)
	k.link(link)
	if !inLink {
		return
	}
	for c := link.FirstChild(); c != nil; c = link.FirstChild() {
		link.Parent().InsertBefore(link.Parent(), link, c)
	}
	link.Parent().RemoveChild(link.Parent(), link)
}

// link shows the address of a link that has no words, and behind its words one that no link may lead to. Many links may have one address,
// which is escaped anew for each.
func (k *keeping) link(n *ast.Link) {
	n.SetAttributeString("rel", []byte(rel))
	if !k.spend(len(n.Title)+2*len(n.Destination), errLarge) {
		return
	}
	switch {
	case !k.hasWords(n):
		n.AppendChild(n, ast.NewString(n.Destination))
	case !leads(n.Destination):
		n.AppendChild(n, ast.NewString(fmt.Appendf(nil, " (%s)", n.Destination)))
	}
}

func (k *keeping) hasWords(n ast.Node) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			if !util.IsBlank(c.Segment.Value(k.source)) {
				return true
			}
		case *ast.String, *ast.AutoLink, *extensionast.FootnoteLink:
			return true
		default:
			if k.hasWords(c) {
				return true
			}
		}
	}
	return false
}

func (k *keeping) use(reference *ast.ReferenceLink) {
	if reference != nil {
		k.used[util.ToLinkReference(reference.Value)] = true
	}
}

// definition shows the definition of a link that nothing refers to. Of several with one label, links refer to the first.
func (k *keeping) definition(n *ast.LinkReferenceDefinition) {
	label := util.ToLinkReference(n.Label)
	if k.used[label] {
		delete(k.used, label)
		return
	}
	paragraph := ast.NewParagraph()
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		shown := ast.NewTextSegment(line.TrimRightSpace(k.source))
		shown.SetSoftLineBreak(i+1 < n.Lines().Len())
		paragraph.AppendChild(paragraph, shown)
	}
	n.Parent().ReplaceChild(n.Parent(), n, paragraph)
}

// info shows what stands behind the fence of a block of code, unless it is the name of the language of what follows.
func (k *keeping) info(n *ast.FencedCodeBlock) {
	if n.Info == nil || n.Lines().Len() > 0 && bytes.IndexByte(n.Info.Segment.Value(k.source), ' ') < 0 {
		return
	}
	paragraph := ast.NewParagraph()
	paragraph.AppendChild(paragraph, n.Info)
	n.Parent().InsertBefore(n.Parent(), n, paragraph)
}
