package files

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Limits of archives. Word, PowerPoint and the like are archives too, with more and smaller entries.
const (
	maxEntries         = 1_000
	maxDocumentEntries = 5_000
	maxInflated        = 500 << 20 // bytes, of all entries together
	maxRatio           = 100       // times the size of the archive,
	ratioFrom          = 20 << 20  // once it is more than this many bytes
)

// checkArchive refuses an archive that could do harm to who unpacks it, or that is damaged, and says what kind of document it is.
// Archives within archives are not opened.
func checkArchive(ctx context.Context, k kind, sent *spool) (kind, error) {
	info, err := sent.Stat()
	if err != nil {
		return k, err
	}
	contents, err := zip.NewReader(sent, info.Size())
	if err != nil {
		return k, brokenArchive(err)
	}
	k = refine(k, contents)
	limit := maxDocumentEntries
	if k.ContentType == typeZIP {
		limit = maxEntries
	}
	if len(contents.File) > limit {
		return k, staffroom.Invalid("file", "The archive has %d entries, and may have %d. Share it in parts.", len(contents.File), limit)
	}
	for _, entry := range contents.File {
		if err := checkEntry(entry); err != nil {
			return k, err
		}
	}
	if err := checkParts(contents); err != nil {
		return k, err
	}
	return k, inflate(ctx, contents, info.Size())
}

func brokenArchive(cause error) error {
	problem := staffroom.Invalid("file", "The file is damaged: it can't be unpacked. Save or pack it again.")
	problem.Cause = cause
	return problem
}

// refine finds out what kind of document an archive is by all of its table of contents; detection sees only its beginning.
func refine(k kind, contents *zip.Reader) kind {
	if k.ContentType != typeZIP {
		return k
	}
	if named := entry(contents, "mimetype"); named != nil { // of OpenDocument and EPUB; it should be the first entry, and is not always
		const enough = 100
		contentType, err := readEntry(named, enough)
		if other, ok := kindOf(strings.TrimSpace(contentType)); ok && err == nil && other.family == archive {
			return other
		}
	}
	if entry(contents, "[Content_Types].xml") == nil {
		return k
	}
	for part, contentType := range map[string]string{
		"word/document.xml": typeWord, "xl/workbook.xml": typeExcel, "ppt/presentation.xml": typePower,
	} {
		if other, ok := kindOf(contentType); ok && entry(contents, part) != nil {
			return other
		}
	}
	return k
}

func entry(contents *zip.Reader, name string) *zip.File {
	for _, f := range contents.File {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// checkEntry refuses what would be unpacked somewhere else, or can't be looked into.
func checkEntry(f *zip.File) error {
	const encrypted = 1
	switch {
	case escapes(f.Name):
		return staffroom.Invalid("file", "The archive has an entry that would be unpacked outside of its folder. Pack it again.")
	case f.Mode()&^fs.ModePerm&^fs.ModeDir != 0:
		return staffroom.Invalid("file", "The archive has an entry that is a link or a device. Pack it again with files and folders only.")
	case f.Flags&encrypted != 0:
		return staffroom.Invalid("file", "The archive is protected with a password, so nobody can check it. Pack it again without.")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return staffroom.Invalid("file", "The archive is packed in a way that is not known here. Pack it again as an ordinary ZIP file.")
	default:
		return nil
	}
}

// escapes says whether a name leads out of the folder, on any system.
func escapes(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	drive := len(name) >= 2 && name[1] == ':'
	if name == "" || name[0] == '/' || drive || strings.ContainsFunc(name, unicode.IsControl) {
		return true
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.TrimRight(part, " .") == "" && strings.HasPrefix(part, "..") {
			return true
		}
	}
	return false
}

// checkParts refuses documents that bring programs with them, and templates.
func checkParts(contents *zip.Reader) error {
	openDocument := entry(contents, "META-INF/manifest.xml") != nil
	macros := slices.ContainsFunc(contents.File, func(f *zip.File) bool {
		name := strings.ToLower(f.Name)
		return strings.HasSuffix(name, "vbaproject.bin") ||
			openDocument && (strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/"))
	})
	if types := entry(contents, "[Content_Types].xml"); types != nil && !macros {
		const enough = 4 << 20
		list, err := readEntry(types, enough)
		if err != nil {
			return brokenArchive(err)
		}
		list = strings.ToLower(list)
		macros = strings.Contains(list, "vbaproject") || strings.Contains(list, "macroenabled")
		if !macros && strings.Contains(list, "template.main+xml") {
			return staffroom.Invalid("file", "This is a template, which can't be shared. %s", template)
		}
	}
	if macros {
		return staffroom.Invalid("file", "The document has macros, which can do harm on other people's computers. Save it without them (as .docx, .xlsx or .pptx) and share that.")
	}
	return nil
}

func readEntry(f *zip.File, limit int64) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(io.LimitReader(r, limit))
	return string(content), errors.Join(err, r.Close())
}

// inflate unpacks everything to nowhere: what an archive says of its size may be a lie.
func inflate(ctx context.Context, contents *zip.Reader, packed int64) error {
	left := int64(maxInflated)
	if most := max(packed*maxRatio, ratioFrom); most < left {
		left = most
	}
	for _, f := range contents.File {
		r, err := f.Open()
		if err != nil {
			return brokenArchive(err)
		}
		n, err := io.Copy(io.Discard, io.LimitReader(&patient{ctx, r}, left+1))
		err = errors.Join(err, r.Close())
		left -= n
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case left < 0:
			return staffroom.Invalid("file", "The archive swells too much when it is unpacked. Share what is in it in parts.")
		case err != nil:
			return brokenArchive(err)
		}
	}
	return nil
}
