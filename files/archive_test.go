package files_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/staffroom-schools/staffroom/files"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// entry is a file in an archive that a test packs.
type entry struct {
	name, content string
	mode          fs.FileMode
	change        func(*zip.FileHeader)
}

func packed(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			header.SetMode(e.mode)
		}
		if e.change != nil {
			e.change(header)
		}
		part, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const contentTypes = `<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="x.main+xml"/></Types>`

func office(t *testing.T, part string, more ...entry) []byte {
	t.Helper()
	return packed(t, append([]entry{{name: "[Content_Types].xml", content: contentTypes}, {name: part, content: "<x/>"}}, more...)...)
}

func openDocument(t *testing.T, contentType string, more ...entry) []byte {
	t.Helper()
	first := entry{name: "mimetype", content: contentType, change: func(h *zip.FileHeader) {
		h.Method, h.CRC32 = zip.Store, crc32.ChecksumIEEE([]byte(contentType))
		h.CompressedSize64, h.UncompressedSize64 = uint64(len(contentType)), uint64(len(contentType))
	}}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	header := &zip.FileHeader{Name: first.name}
	first.change(header)
	part, err := w.CreateRaw(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, contentType); err != nil {
		t.Fatal(err)
	}
	for _, e := range append([]entry{{name: "META-INF/manifest.xml", content: "<x/>"}, {name: "content.xml", content: "<x/>"}}, more...) {
		part, err := w.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestArchivesThatPass(t *testing.T) {
	ownTemp(t)
	thumbnail := entry{name: "docProps/thumbnail.bin", content: noise(8000)}
	for _, test := range []struct {
		name     string
		content  []byte
		wantName string
	}{
		{"plan.docx", office(t, "word/document.xml"), "plan.docx"},
		{"plan", office(t, "xl/workbook.xml"), "plan.xlsx"},
		{"plan.zip", office(t, "ppt/presentation.xml"), "plan.pptx"},
		{"slides.pptx", packed(t, entry{name: "[Content_Types].xml", content: contentTypes}, thumbnail, entry{name: "ppt/presentation.xml", content: "<x/>"}), "slides.pptx"},
		{"text.odt", openDocument(t, "application/vnd.oasis.opendocument.text"), "text.odt"},
		{"sheet", openDocument(t, "application/vnd.oasis.opendocument.spreadsheet"), "sheet.ods"},
		{"show", openDocument(t, "application/vnd.oasis.opendocument.presentation"), "show.odp"},
		{"book.epub", openDocument(t, "application/epub+zip"), "book.epub"},
		{"late.epub", packed(t, entry{name: "a.xhtml", content: "<x/>"}, entry{name: "mimetype", content: "application/epub+zip\n"}), "late.epub"},
		{"late.odt", packed(t, entry{name: "content.xml", content: "<x/>"},
			entry{name: "mimetype", content: "application/vnd.oasis.opendocument.text"}), "late.odt"},
		{"pack.zip", packed(t, entry{name: "a/b.txt", content: "x"}, entry{name: "Basic/"}, entry{name: "Basic/c..d.txt", content: "y"}, entry{name: `d\e.txt`}), "pack.zip"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, kept := inspect(t, test.name, test.content)
			if file.Name != test.wantName || !bytes.Equal(kept, test.content) {
				t.Errorf("it became %q of type %s, changed: %t", file.Name, file.ContentType, !bytes.Equal(kept, test.content))
			}
		})
	}
}

// noise is text that can't be packed smaller, always the same.
func noise(length int) string {
	out, state := make([]byte, length), uint32(1)
	for i := range out {
		state = state*1664525 + 1013904223
		out[i] = byte(state >> 24)
	}
	return string(out)
}

func TestHostileArchives(t *testing.T) {
	ownTemp(t)
	for _, name := range []string{"../evil.sh", "a/../../evil.sh", "/etc/cron.d/evil", `..\evil.bat`, `a\..\..\evil.bat`, "C:/evil.bat", `C:\evil.bat`, "a/.. /b", "a\nb", "a/.."} {
		refused(t, name, packed(t, entry{name: "ok.txt", content: "x"}, entry{name: name, content: "x"}), "outside of its folder")
	}
	refused(t, "link.zip", packed(t, entry{name: "link", content: "/etc/passwd", mode: fs.ModeSymlink | 0o777}), "link")
	refused(t, "device.zip", packed(t, entry{name: "device", mode: fs.ModeDevice | 0o666}), "device")
	refused(t, "locked.zip", packed(t, entry{name: "x", content: "x", change: func(h *zip.FileHeader) { h.Flags |= 1 }}), "password")

	many := make([]entry, 1001)
	for i := range many {
		many[i] = entry{name: fmt.Sprint(i)}
	}
	refused(t, "many.zip", packed(t, many...), "1001 entries")
	refused(t, "bomb.zip", packed(t, entry{name: "zeros", content: strings.Repeat("\x00", 30<<20)}), "swells")
	refused(t, "half.zip", packed(t, entry{name: "x", content: noise(5000)})[:3000], "damaged")

	flipped := packed(t, entry{name: "x", content: noise(5000)})
	flipped[2000] ^= 0xFF
	refused(t, "flipped.zip", flipped, "damaged")
}

// TestArchiveThatLies changes the size that the table of contents gives, so that only unpacking shows the truth.
func TestArchiveThatLies(t *testing.T) {
	bomb := packed(t, entry{name: "zeros", content: strings.Repeat("\x00", 30<<20)})
	truth := []byte{0x00, 0x00, 0xE0, 0x01} // 30 MiB
	if n := bytes.Count(bomb, truth); n == 0 {
		t.Fatal("the size is not where it was expected")
	}
	refused(t, "lie.zip", bytes.ReplaceAll(bomb, truth, []byte{10, 0, 0, 0}), "")
}

func TestMacrosAreRefused(t *testing.T) {
	ownTemp(t)
	const say = "macros"
	refused(t, "a.docx", office(t, "word/document.xml", entry{name: "word/vbaProject.bin", content: "x"}), say)
	refused(t, "b.docx", office(t, "word/document.xml", entry{name: "word/VBAPROJECT.BIN", content: "x"}), say)
	renamed := strings.Replace(contentTypes, "x.main", "application/vnd.ms-word.document.macroEnabled.main", 1)
	refused(t, "c.docx", packed(t, entry{name: "[Content_Types].xml", content: renamed}, entry{name: "word/document.xml"}), say)
	refused(t, "d.odt", openDocument(t, "application/vnd.oasis.opendocument.text", entry{name: "Basic/Standard/Module1.xml", content: "x"}), say)
	refused(t, "e.zip", packed(t, entry{name: "x.txt", content: "x"}, entry{name: "word/vbaProject.bin", content: "x"}), say)
}

// TestTemplatesAreRefused checks that none is given the ending of a document, under which nobody can open it.
func TestTemplatesAreRefused(t *testing.T) {
	ownTemp(t)
	for name, main := range map[string]string{
		"letter.dotx": "wordprocessingml.template", "sheet.xlsx": "spreadsheetml.template", "slides.potx": "presentationml.template",
	} {
		list := strings.Replace(contentTypes, "x.main", "application/vnd.openxmlformats-officedocument."+main+".main", 1)
		part := map[byte]string{'w': "word/document.xml", 's': "xl/workbook.xml", 'p': "ppt/presentation.xml"}[main[0]]
		refused(t, name, packed(t, entry{name: "[Content_Types].xml", content: list}, entry{name: part}), "This is a template")
	}
}

func TestProgramsInArchivesOfTheirOwnAreRefused(t *testing.T) {
	jar := packed(t, entry{name: "META-INF/MANIFEST.MF", content: "Main-Class: X"}, entry{name: "X.class", content: "x"})
	refused(t, "game.jar", jar, "can't be shared")
	refused(t, "game.zip", jar, "can't be shared")
	refused(t, "program.jar", packed(t, entry{name: "x.class", content: "x"}), "can't be shared")
	refused(t, "poster.pages", packed(t, entry{name: "Index/Document.iwa", content: "x"}), "Export it as PDF")
}

// checkAnything is what must hold of every upload: it passes with a harmless name and an allowed type, or it is refused in
// words for people.
func checkAnything(t *testing.T, name string, content []byte) {
	file, err := files.NewInspector(1<<20, "").Inspect(t.Context(), name, bytes.NewReader(content))
	if err != nil {
		if staffroom.CodeOf(err) != staffroom.CodeBadInput {
			t.Errorf("%q, %q: %v", name, content, err)
		}
		return
	}
	defer func() { _ = file.Content.Close() }()
	if n := utf8.RuneCountInString(file.Name); n > 120 || !utf8.ValidString(file.Name) || strings.ContainsAny(file.Name, "/\\\x00\n") || strings.HasPrefix(file.Name, ".") {
		t.Errorf("%q became %q", name, file.Name)
	}
}
