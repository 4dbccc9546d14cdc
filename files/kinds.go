package files

import (
	"fmt"
	"slices"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// kind is a type of file that may be shared. Names that have none of its endings are given the first.
type kind struct {
	staffroom.FileKind
	family family
}

// family says how a kind is looked at.
type family int

const (
	document family = iota // kept as it is
	text                   // kept as it is, if it is text to the end
	picture                // encoded anew
	archive                // kept as it is, if its table of contents is harmless
)

// Content types that code names.
const (
	typePDF   = "application/pdf"
	typeJPEG  = "image/jpeg"
	typePNG   = "image/png"
	typeGIF   = "image/gif"
	typeWebP  = "image/webp"
	typeZIP   = "application/zip"
	typeText  = "text/plain"
	typeOOXML = "application/vnd.openxmlformats-officedocument."
	typeODF   = "application/vnd.oasis.opendocument."
	typeWord  = typeOOXML + "wordprocessingml.document"
	typeExcel = typeOOXML + "spreadsheetml.sheet"
	typePower = typeOOXML + "presentationml.presentation"
)

// kinds are all types of files that may be shared. Video is not among them: it carries the place where it was taken, and
// can't be encoded anew here. What else is not, and what to do instead, is in instead.go.
func kinds() []kind {
	of := func(family family, name, contentType string, endings ...string) kind {
		return kind{staffroom.FileKind{Name: name, ContentType: contentType, Endings: endings}, family}
	}
	return []kind{
		of(document, "PDF", typePDF, ".pdf"),
		of(archive, "Word", typeWord, ".docx"),
		of(archive, "Excel", typeExcel, ".xlsx"),
		of(archive, "PowerPoint", typePower, ".pptx"),
		of(archive, "OpenDocument text", typeODF+"text", ".odt"),
		of(archive, "OpenDocument spreadsheet", typeODF+"spreadsheet", ".ods"),
		of(archive, "OpenDocument presentation", typeODF+"presentation", ".odp"),
		of(archive, "EPUB book", "application/epub+zip", ".epub"),
		of(text, "plain text", typeText, ".txt", ".text", ".log", ".srt", ".tex"),
		of(text, "Markdown", "text/markdown", ".md", ".markdown"),
		of(text, "CSV table", "text/csv", ".csv"),
		of(text, "table with tabs", "text/tab-separated-values", ".tsv"),
		of(text, "JSON", "application/json", ".json"),
		of(text, "vCard", "text/vcard", ".vcf"),
		of(text, "iCalendar", "text/calendar", ".ics"),
		of(picture, "JPEG picture", typeJPEG, ".jpg", ".jpeg"),
		of(picture, "PNG picture", typePNG, ".png"),
		of(picture, "GIF picture", typeGIF, ".gif"),
		of(picture, "WebP picture", typeWebP, ".webp"),
		of(document, "MP3 sound", "audio/mpeg", ".mp3"),
		of(archive, "ZIP archive", typeZIP, ".zip"),
	}
}

func kindOf(contentType string) (kind, bool) {
	return find(func(k kind) bool { return k.ContentType == contentType })
}

// kindSaid is the kind that a name's ending says.
func kindSaid(ending string) (kind, bool) {
	return find(func(k kind) bool { return slices.Contains(k.Endings, ending) })
}

func find(is func(kind) bool) (kind, bool) {
	all := kinds()
	at := slices.IndexFunc(all, is)
	if at < 0 {
		return kind{}, false
	}
	return all[at], true
}

// String is the kind in words: "Word (.docx)".
func (k kind) String() string { return fmt.Sprintf("%s (%s)", k.Name, k.Endings[0]) }

// allowed says in words what may be shared.
func allowed() string {
	var words []string
	for _, k := range kinds() {
		words = append(words, k.String())
	}
	return "Allowed are " + strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1] + "."
}
