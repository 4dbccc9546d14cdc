package files

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// kind is a type of file that may be shared.
type kind struct {
	contentType string
	// endings that fit; the first is given to names that have none of them.
	endings []string
	family  family
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
	typeJPEG     = "image/jpeg"
	typePNG      = "image/png"
	typeGIF      = "image/gif"
	typeWebP     = "image/webp"
	typeZIP      = "application/zip"
	typeText     = "text/plain"
	typeCSV      = "text/csv"
	typeMarkdown = "text/markdown"
	typeOOXML    = "application/vnd.openxmlformats-officedocument."
	typeODF      = "application/vnd.oasis.opendocument."
	typeWord     = typeOOXML + "wordprocessingml.document"
	typeExcel    = typeOOXML + "spreadsheetml.sheet"
	typePower    = typeOOXML + "presentationml.presentation"
)

// allowed says in words what kinds lists.
const allowed = "PDF, Word, Excel, PowerPoint and OpenDocument files, plain text, CSV, Markdown, JPEG, PNG, GIF and WebP pictures, MP3 sound and ZIP archives"

// kinds are all types of files that may be shared. Video is not among them: it carries the place where it was taken, and
// can't be encoded anew here.
func kinds() []kind {
	return []kind{
		{"application/pdf", []string{".pdf"}, document},
		{"audio/mpeg", []string{".mp3"}, document},
		{typeWord, []string{".docx"}, archive},
		{typeExcel, []string{".xlsx"}, archive},
		{typePower, []string{".pptx"}, archive},
		{typeODF + "text", []string{".odt"}, archive},
		{typeODF + "spreadsheet", []string{".ods"}, archive},
		{typeODF + "presentation", []string{".odp"}, archive},
		{typeZIP, []string{".zip"}, archive},
		{typeText, []string{".txt"}, text},
		{typeCSV, []string{".csv"}, text},
		{typeMarkdown, []string{".md", ".markdown"}, text},
		{typeJPEG, []string{".jpg", ".jpeg"}, picture},
		{typePNG, []string{".png"}, picture},
		{typeGIF, []string{".gif"}, picture},
		{typeWebP, []string{".webp"}, picture},
	}
}

func kindOf(contentType string) (kind, bool) {
	all := kinds()
	at := slices.IndexFunc(all, func(k kind) bool { return k.contentType == contentType })
	if at < 0 {
		return kind{}, false
	}
	return all[at], true
}

// detect finds out the kind by content. Only between kinds of text, which look alike, the name decides.
func detect(name string, r io.ReadSeeker) (kind, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return kind{}, err
	}
	found, err := mimetype.DetectReader(r)
	if err != nil {
		return kind{}, err
	}
	contentType, _, _ := strings.Cut(found.String(), ";")
	if contentType == "text/tab-separated-values" {
		contentType = typeText
	}
	k, ok := kindOf(contentType)
	if !ok {
		return kind{}, staffroom.Invalid("file", "By its content this is a file of the type %s, which can't be shared. Allowed are %s.", contentType, allowed)
	}
	if k.family == text {
		ending := strings.ToLower(filepath.Ext(name))
		for _, other := range kinds() {
			if other.family == text && slices.Contains(other.endings, ending) {
				return other, nil
			}
		}
	}
	return k, nil
}
