package markdown

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// inlines are goldmark's parsers of what stands within a line, with those paying that may look far ahead in vain. That of raw HTML is
// left out: tags are words like any others.
func inlines() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
		util.Prioritized(codeSpans{parser.NewCodeSpanParser()}, 100),
		util.Prioritized(footnoteMarks{extension.NewFootnoteParser()}, 101),
		util.Prioritized(links{parser.NewLinkParser()}, 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(emphasis{parser.NewEmphasisParser()}, 500),
		util.Prioritized(strikes{extension.NewStrikethroughParser()}, 500),
		util.Prioritized(addresses{extension.NewLinkifyParser(
			extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"}),
			extension.WithLinkifyURLRegexp(webAddress),
			extension.WithLinkifyWWWRegexp(wwwAddress),
		)}, 999),
	}
}

// codeSpans pays for looking for the end of code.
type codeSpans struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (c codeSpans) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	r := of(pc)
	if r.tooMuch != nil {
		return nil
	}
	return c.InlineParser.Parse(parent, paying{block, r, parent}, pc)
}

// footnoteMarks pays for looking for the footnote among all of them.
type footnoteMarks struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (f footnoteMarks) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	r := of(pc)
	line, _ := block.PeekLine()
	if !bytes.HasPrefix(bytes.TrimPrefix(line, []byte("!")), []byte("[^")) || !r.spend(r.notes, errMarks) {
		return nil
	}
	return f.InlineParser.Parse(parent, paying{block, r, parent}, pc)
}

// strikes looks at a run of tildes once. Goldmark would look at the rest of it from each.
type strikes struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (s strikes) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if block.PrecendingCharacter() == '~' {
		return nil
	}
	return s.InlineParser.Parse(parent, block, pc)
}

// links pays for what goldmark does with a closing bracket: it walks through what is between the brackets, and looks for an address.
type links struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (l links) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	r := of(pc)
	line, at := block.PeekLine()
	if r.tooMuch != nil {
		return nil
	}
	if line[0] == ']' && len(r.brackets) > 0 {
		last := len(r.brackets) - 1
		if !r.spend(at.Start-r.brackets[last]+pointedAddress(line), errMarks) {
			return nil
		}
		r.brackets = r.brackets[:last]
	}
	node := l.InlineParser.Parse(parent, paying{block, r, parent}, pc)
	if line[0] != ']' && node != nil {
		r.brackets = append(r.brackets, at.Start)
	}
	return node
}

// pointedAddress is how far goldmark looks for the end of the address in "](<address>".
func pointedAddress(line []byte) int {
	if !bytes.HasPrefix(line, []byte("](<")) {
		return 0
	}
	if end := bytes.IndexByte(line, '>'); end >= 0 {
		return end
	}
	return len(line)
}

// CloseBlock implements parser.CloseBlocker.
func (l links) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	of(pc).brackets = of(pc).brackets[:0]
	l.InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
}

// Addresses that become links by themselves. Unlike goldmark's own expressions these do not let a host have marks at which it begins to
// look anew.
var (
	webAddress = regexp.MustCompile(`^https?://` + host + rest)
	wwwAddress = regexp.MustCompile(`^www\.` + host + rest)
)

const (
	host = `[-a-zA-Z0-9.]*\.[a-zA-Z]+`
	rest = `(?::\d+)?(?:[/#?][-a-zA-Z0-9@:%_+.~#$!?&/=\(\);,'">\^{}\[\]` + "`" + `]*)?`
)

// addresses pays for looking whether an e-mail address begins.
type addresses struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (a addresses) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if !of(pc).spend(mailSteps(line[1:]), errMarks) {
		return nil
	}
	return a.InlineParser.Parse(parent, block, pc)
}

// The longest parts of an e-mail address before and behind the "@".
const (
	maxLocal  = 64
	maxDomain = 255
)

// mailSteps is how many steps goldmark takes to see whether the line begins with an e-mail address. Its expression for the domain
// follows many ways at once.
func mailSteps(line []byte) int {
	const ways = 16
	near := line[:min(len(line), maxLocal+1)]
	end := bytes.IndexAny(near, "@ \t\n")
	switch {
	case end < 0:
		return len(near)
	case near[end] != '@':
		return end
	}
	domain := line[end+1 : min(len(line), end+1+maxDomain)]
	if stop := bytes.IndexFunc(domain, func(r rune) bool { return r != '-' && r != '.' && !isAlphaNumeric(r) }); stop >= 0 {
		domain = domain[:stop]
	}
	return end + ways*len(domain)
}

func isAlphaNumeric(r rune) bool { return r < 0x80 && util.IsAlphaNumeric(byte(r)) }
