package files

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// template is what to do with one: who opens it under the ending of a document is told that it is damaged.
const template = "A template is opened by its own ending only. Save it as an ordinary document (.docx, .xlsx, .pptx or of OpenDocument)."

type unsharedRow struct {
	contentTypes, endings []string
	instead               string
}

// unshared are types of files that people have and can't share, with what to do instead. A type stands for those that are made of
// it, too, which come before it. Text under one of the endings is taken for what its name says.
func unshared() []unsharedRow {
	return []unsharedRow{
		{
			[]string{"application/vnd.ms-outlook"},
			[]string{".msg"},
			"Print the message as PDF, or save its words as plain text (.txt).",
		},
		{
			[]string{"application/vnd.ms-publisher", "application/vnd.ms-visio.drawing.main+xml"},
			[]string{".pages", ".numbers", ".key", ".pub", ".one", ".vsdx"},
			"Export it as PDF, or as a Word, Excel or PowerPoint file.",
		},
		{
			[]string{"application/x-ole-storage"},
			[]string{".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".pot"},
			"Older files of Word, Excel and PowerPoint, and those with a password, can't be looked into here, and may carry programs. " +
				"Save it as .docx, .xlsx or .pptx without a password, or as PDF.",
		},
		{[]string{"text/rtf"}, []string{".rtf"}, "Save it as Word (.docx), OpenDocument (.odt) or PDF."},
		{
			[]string{typeODF + "text-template", typeODF + "spreadsheet-template", typeODF + "presentation-template"},
			[]string{".ott", ".ots", ".otp", ".dotx", ".xltx", ".potx"},
			template,
		},
		{[]string{typeODF + "graphics"}, []string{".odg", ".otg"}, "Export the drawing as PDF or PNG."},
		{
			[]string{"application/x-7z-compressed", "application/vnd.rar", "application/gzip", "application/x-tar", "application/x-bzip2", "application/x-xz"},
			[]string{".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz"},
			"Pack what is in it as ZIP.",
		},
		{
			[]string{
				"image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence", "image/avif", "image/tiff", "image/bmp", "image/jxl", "image/jp2",
			},
			[]string{".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp", ".jxl", ".jp2"},
			"Save or export the picture as JPEG. (Telephones: choose “Most compatible” among the settings of the camera.)",
		},
		{[]string{"image/apng"}, []string{".apng"}, "Save a picture that moves as GIF, and one that does not as PNG."},
		{[]string{"image/svg+xml"}, []string{".svg", ".svgz"}, "A drawing like this can hold programs. Export it as PNG or PDF."},
		{
			[]string{"text/html", "text/xml", "text/x-php"},
			[]string{".html", ".htm", ".xhtml", ".xht", ".shtml", ".mht", ".mhtml", ".xml", ".php"},
			"A page like this can hold programs. Print it as PDF, or save its words as plain text (.txt) or Markdown (.md).",
		},
		{
			[]string{
				"application/vnd.microsoft.portable-executable", "application/x-elf", "application/x-mach-binary", "application/java-archive",
				"application/vnd.android.package-archive", "application/x-ms-installer", "text/javascript",
			},
			[]string{".exe", ".com", ".scr", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".hta", ".js", ".jar"},
			"Programs can do harm on other people's computers. Put the address where it can be had into the text.",
		},
		{
			[]string{"audio/wav", "audio/x-m4a", "audio/mp4", "audio/aac", "audio/ogg", "audio/flac"},
			[]string{".wav", ".m4a", ".aac", ".ogg", ".flac"},
			"Save the sound as MP3.",
		},
		{
			[]string{"video/mp4", "video/quicktime", "video/webm", "video/matroska", "video/x-msvideo", "video/mpeg", "video/x-ms-asf", "video/x-m4v"},
			[]string{".mp4", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".wmv", ".m4v"},
			"Keep films where your school keeps its own, and put the address into the text.",
		},
	}
}

// insteadOf says what to do instead of sharing a file of this type; empty if that can be shared, or if nobody knows.
func insteadOf(found *mimetype.MIME) string {
	for _, row := range unshared() {
		if madeOf(found, row.contentTypes...) {
			return row.instead
		}
	}
	return ""
}

// insteadNamed is insteadOf for a name with this ending.
func insteadNamed(ending string) string {
	for _, row := range unshared() {
		if slices.Contains(row.endings, ending) {
			return row.instead
		}
	}
	return ""
}

// madeOf says whether the type is one of these, or derived from it.
func madeOf(found *mimetype.MIME, contentTypes ...string) bool {
	for ; found != nil; found = found.Parent() {
		if slices.Contains(contentTypes, plainType(found)) {
			return true
		}
	}
	return false
}

// plainType is the content type without its parameters.
func plainType(found *mimetype.MIME) string {
	contentType, _, _ := strings.Cut(found.String(), ";")
	return contentType
}

// cannotBeShared refuses a file for its content.
func cannotBeShared(found *mimetype.MIME, ending string) error {
	return staffroom.Invalid("file", "By its content this is a file of the type %s, which can't be shared. %s",
		plainType(found), joinSentences(cmp.Or(insteadOf(found), insteadNamed(ending)), allowed()))
}

// cannotBeNamed refuses a file for what its name says, where its content could be that.
func cannotBeNamed(ending string) error {
	if instead := insteadNamed(ending); instead != "" {
		return staffroom.Invalid("file", "Files with the ending %s can't be shared. %s %s", ending, instead, allowed())
	}
	return nil
}

func joinSentences(sentences ...string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), " ")
}
