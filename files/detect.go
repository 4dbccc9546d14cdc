package files

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// detect finds out the kind. A name that ends like a text's is believed if the content is text to its end, whatever it begins with: a
// letter that begins with "From: " is not an e-mail. All else is found out by content, and the name must not say otherwise.
func detect(name string, r io.ReadSeeker) (kind, error) {
	ending := endingOf(tidyName(name))
	said, known := kindSaid(ending)
	words, err := isText(r)
	if err != nil {
		return kind{}, err
	}
	if known && said.family == text && words {
		return said, nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return kind{}, err
	}
	found, err := mimetype.DetectReader(r)
	if err != nil {
		return kind{}, err
	}
	k, ok := kindOf(plainType(found))
	switch {
	case words && k.ContentType != typePDF: // which may be all text
		return detectText(said, known, found, ending)
	case madeOf(found, typeText):
		return k, staffroom.Invalid("file",
			"This looks like a text, but is not one to its end. Save it as plain text (UTF-8), or share it as PDF.")
	case !ok && known && said.family == text && found.Parent() == nil: // nobody knows what it is
		return k, staffroom.Invalid("file",
			"By its name this is %s, but it has in it what no text has, so it can't be shared. Save it as plain text (UTF-8), or share it as PDF.", said)
	case !ok:
		return k, cannotBeShared(found, ending)
	case known && (said.family != k.family || k.family == document && said.ContentType != k.ContentType):
		return k, misnamed(said, found)
	default:
		return k, nil
	}
}

// detectText finds out the kind of a text whose name does not say that it is one.
func detectText(said kind, known bool, found *mimetype.MIME, ending string) (kind, error) {
	if known {
		return said, misnamed(said, found)
	}
	if madeOf(found, typeText) && insteadOf(found) != "" { // what no text is, such as a picture, it only begins like
		return said, cannotBeShared(found, ending)
	}
	if err := cannotBeNamed(ending); err != nil {
		return said, err
	}
	for ; found != nil; found = found.Parent() {
		if k, ok := kindOf(plainType(found)); ok && k.family == text {
			return k, nil
		}
	}
	k, _ := kindOf(typeText)
	return k, nil
}

// misnamed refuses a file that is not what its name says: whoever sent it, or opens it, expects something else.
func misnamed(said kind, found *mimetype.MIME) error {
	return staffroom.Invalid("file",
		"By its name this is %s, but by its content a file of the type %s. Give it the ending of what it is, or save it again. %s",
		said, plainType(found), joinSentences(insteadOf(found), allowed()))
}

// isText says whether all of r is text: in UTF-8, in an older encoding with eight bits, or in UTF-16 with a byte-order mark.
func isText(r io.ReadSeeker) (bool, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	characters := transform.NewReader(bufio.NewReader(r), unicode.BOMOverride(transform.Nop))
	chunk := make([]byte, 64<<10)
	for {
		n, err := characters.Read(chunk)
		if bytes.ContainsFunc(chunk[:n], neverInText) {
			return false, nil
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// neverInText says that a character controls a device and is in no text: all such but tab, the ends of lines and pages, the end of a
// text in DOS, and escape.
func neverInText(c rune) bool {
	return c < ' ' && !strings.ContainsRune("\t\n\v\f\r\x1a\x1b", c)
}
