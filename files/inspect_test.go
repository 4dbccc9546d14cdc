package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/staffroom-schools/staffroom/files"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// inspect looks at content, which is expected to pass, and reads what would be kept.
func inspect(t *testing.T, name string, content []byte) (*staffroom.InspectedFile, []byte) {
	t.Helper()
	file, err := files.NewInspector(staffroom.MaxFileBytes, "").Inspect(t.Context(), name, bytes.NewReader(content))
	if err != nil {
		t.Fatalf("Inspect(%q): %v", name, err)
	}
	kept, err := io.ReadAll(file.Content)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Content.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if sum := sha256.Sum256(kept); file.SHA256 != hex.EncodeToString(sum[:]) || file.Size != int64(len(kept)) {
		t.Errorf("%q is described with size %d and hash %s, but has %d bytes", name, file.Size, file.SHA256, len(kept))
	}
	return file, kept
}

// refused looks at content that must not pass, and checks what people are told.
func refused(t *testing.T, name string, content []byte, say string) {
	t.Helper()
	file, err := files.NewInspector(staffroom.MaxFileBytes, "").Inspect(t.Context(), name, bytes.NewReader(content))
	if err == nil {
		_ = file.Content.Close()
		t.Errorf("%q passed as %s", name, file.ContentType)
		return
	}
	problem, ok := errors.AsType[*staffroom.Error](err)
	if !ok || problem.Code != staffroom.CodeBadInput || problem.Field != "file" || !strings.Contains(problem.Message, say) {
		t.Errorf("%q: %v, want BAD_USER_INPUT that says %q", name, err, say)
	}
}

// ownTemp gives the test a folder of its own for temporary files, and checks that it is empty in the end.
func ownTemp(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 0 {
			t.Errorf("temporary files are left: %v, %v", left, err)
		}
	})
}

const pdf = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

func TestKinds(t *testing.T) {
	ownTemp(t)
	for _, test := range []struct{ name, content, wantName, wantType string }{
		{"Plan.pdf", pdf, "Plan.pdf", "application/pdf"},
		{"plan.exe", pdf, "plan.pdf", "application/pdf"},
		{"PLAN.PDF", pdf, "PLAN.pdf", "application/pdf"},
		{"2.1 Reading", pdf, "2.1 Reading.pdf", "application/pdf"},
		{"notes.txt", "Read aloud.\n", "notes.txt", "text/plain"},
		{"notes.md", "# Read aloud\n", "notes.md", "text/markdown"},
		{"pupils.csv", "year,count\n7,120\n8,118\n", "pupils.csv", "text/csv"},
		{"pupils", "year,count\n7,120\n8,118\n", "pupils.csv", "text/csv"},
		{"latin1.csv", "school,town\nCaf\xe9,Ealing\nB,C\n", "latin1.csv", "text/csv"},
		{"song.mp3", "ID3\x04\x00\x00\x00\x00\x00\x00" + strings.Repeat("\xff\xfb\x90\x64"+strings.Repeat("\x00", 413), 4), "song.mp3", "audio/mpeg"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, kept := inspect(t, test.name, []byte(test.content))
			if file.Name != test.wantName || file.ContentType != test.wantType {
				t.Errorf("it is %q of type %s, want %q of type %s", file.Name, file.ContentType, test.wantName, test.wantType)
			}
			if string(kept) != test.content {
				t.Errorf("the content was changed to %q", kept)
			}
		})
	}
}

func TestRefusedKinds(t *testing.T) {
	ownTemp(t)
	for _, test := range []struct{ name, content, say string }{
		{"html as picture.png", "<!DOCTYPE html><html><script>alert(1)</script>", "text/html"},
		{"page", "<html><body onload=alert(1)>", "text/html"},
		{"page.html", "<html><body onload=alert(1)>", "text/html"},
		{"words.html", "Read aloud.\n<script>alert(1)</script>", ".html"},
		{"feed", `<?xml version="1.0"?><rss/>`, "application/rss"},
		{"drawing.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "image/svg+xml"},
		{"drawing.png", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, "image/svg+xml"},
		{"program.pdf", "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + strings.Repeat("\x00", 200), "can't be shared"},
		{"old.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "can't be shared"},
		{"film.mp4", "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41", "video/mp4"},
		{"plain.bat", "del *.*\n", ".bat"},
		{"bytes.txt", "\x01\x02\x03\x04", "can't be shared"},
		{"plan.pdf", "Read aloud.\n", "By its name this is PDF (.pdf), but by its content a file of the type text/plain"},
		{"plan.docx", pdf, "By its name this is Word (.docx), but by its content a file of the type application/pdf"},
		{"song.mp3", pdf, "By its name this is MP3 sound (.mp3)"},
		{"plan.txt", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\x00\n", "By its name this is plain text (.txt), but by its content a file of the type application/pdf"},
		{"photo.heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "as JPEG"},
		{"photo.jpg", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "as JPEG"},
		{"letter.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "Save it as .docx"},
		{"letter.doc", "Dear all,\n", "Save it as .docx"},
		{"letter.rtf", `{\rtf1\ansi Dear all}`, "Save it as Word (.docx)"},
		{"letter", `{\rtf1\ansi Dear all}`, "Save it as Word (.docx)"},
		{"letter.docx", `{\rtf1\ansi Dear all}`, "Save it as Word (.docx)"},
		{"secret.docx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "without a password"},
		{"no mark.txt", "H\x00e\x00l\x00l\x00o\x00", "Save it as plain text (UTF-8)"},
		{"scan.tiff", "II*\x00\x08\x00\x00\x00" + strings.Repeat("\x00", 100), "as JPEG"},
		{"late.txt", strings.Repeat("words ", 2000) + "\x00\x01MZ", "not one to its end"},
		{"two in one.pdf", "<b>\n" + pdf, "does not begin like one"},
		{"gif in pdf.pdf", "GIF89a\n" + pdf, "does not begin like one"},
		{"nothing.pdf", "", "empty"},
		{"voice.m4a", "\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42", "Save the sound as MP3"},
		{"pack.7z", "7z\xbc\xaf\x27\x1c" + strings.Repeat("\x00", 50), "as ZIP"},
		{"pack.rar", "Rar!\x1a\x07\x00" + strings.Repeat("\x00", 50), "as ZIP"},
		{"pack.tar.gz", "\x1f\x8b\x08" + strings.Repeat("\x00", 50), "as ZIP"},
		{"plan.vsdx", string(packed(t, entry{name: "[Content_Types].xml", content: contentTypes}, entry{name: "visio/document.xml", content: "<x/>"})), "as PDF"},
		{"letter.ott", string(openDocument(t, "application/vnd.oasis.opendocument.text-template")), "as an ordinary document"},
		{"drawing.odg", string(openDocument(t, "application/vnd.oasis.opendocument.graphics")), "as PDF or PNG"},
	} {
		t.Run(test.name, func(t *testing.T) { refused(t, test.name, []byte(test.content), test.say) })
	}
}

// TestTextIsTextWhateverItBeginsWith shares texts that begin like files of other types.
func TestTextIsTextWhateverItBeginsWith(t *testing.T) {
	ownTemp(t)
	const bom16 = "\xff\xfe"
	for begin, names := range map[string][]string{
		"From: ann@school.example\nTo: bob@school.example\nSubject: Reading\n\nHello": {"letter.txt", "letter.md", "letter"},
		"Return-Path: <a@b>\nReceived: from x\n":                                      {"letter.txt"},
		"<!-- of the reading week -->\n# Reading\n":                                   {"a.md", "a.markdown", "a.txt"},
		"<h1 align=\"center\">Reading</h1>\n\nWords.\n":                               {"a.md"},
		"<!DOCTYPE html>\n<html><body onload=alert(1)>":                               {"a.md", "a.txt"},
		"---\ntitle: Reading\n---\n\nWords\n":                                         {"a.md"},
		`{"topic": "reading"}`:                                                        {"a.json", "a.txt", "a.md", "a"},
		`[1, 2, 3]`:                                                                   {"a.json"},
		"{not json at all":                                                            {"a.json"},
		"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nEND:VCARD\r\n":                       {"a.vcf", "a.txt", "a"},
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n":                         {"a.ics", "a.txt", "a"},
		"#!/bin/sh\necho hello\n":                                                     {"a.txt", "a.md", "a"},
		"#!/usr/bin/env python3\nprint(1)\n":                                          {"a.txt"},
		"%!PS is how PostScript begins":                                               {"a.txt", "a"},
		"%PDF-1.7 is how PDF begins":                                                  {"a.txt"},
		`{\rtf1 is how RTF begins`:                                                    {"a.txt"},
		`<?xml version="1.0"?><note/>`:                                                {"a.txt"},
		`<svg xmlns="http://www.w3.org/2000/svg"/>`:                                   {"a.txt"},
		"<?php is how PHP begins":                                                     {"a.md"},
		"GIF89a is a format":                                                          {"a.txt", "a"},
		"BM25 ranks documents":                                                        {"a.txt", "a"},
		"ID3 is in front of sounds":                                                   {"a.txt", "a"},
		"MZ was his sign":                                                             {"a.txt", "a"},
		"II*ordinary":                                                                 {"a.txt"},
		"RIFF of a guitar, WAVE after WAVE":                                           {"a.txt"},
		"ID,name\n1,Ann\n":                                                            {"a.csv", "a.txt"},
		"\ufeffschool,town\nCafé,Ealing\n":                                            {"a.csv", "a.txt"},
		"one line":                                                                    {"a.csv", "a.tsv"},
		"school\ttown\nA\tB\nC\tD\n":                                                  {"a.tsv", "a.txt"},
		"1\n00:00:01,000 --> 00:00:02,000\nHello\n":                                   {"a.srt", "a.txt"},
		bom16 + "H\x00e\x00l\x00l\x00o\x00\n\x00":                                     {"a.txt", "a.csv"},
		"\xfe\xff\x00H\x00i":                                                          {"a.txt"},
		"Caf\xe9 in Windows-1252, \x93quoted\x94":                                     {"a.txt", "a.csv"},
		"P1\n# not a picture":                                                         {"a.txt"},
		"the end in DOS\x1a":                                                          {"a.txt"},
		"\x1b[1mbold on a terminal\x1b[0m":                                            {"a.log"},
	} {
		for _, name := range names {
			content := begin
			file, kept := inspect(t, name, []byte(content))
			if ending := filepath.Ext(name); ending != "" && file.Name != name {
				t.Errorf("%q became %q: %.30q", name, file.Name, begin)
			}
			if !strings.HasPrefix(file.ContentType, "text/") && file.ContentType != "application/json" || file.ContentType == "text/html" {
				t.Errorf("%q is of type %s: %.30q", name, file.ContentType, begin)
			}
			if string(kept) != content {
				t.Errorf("%q was changed: %.30q", name, begin)
			}
		}
	}
}

// TestRefusalsNameWhatIsAllowed looks for each kind in the words that people are told.
func TestRefusalsNameWhatIsAllowed(t *testing.T) {
	rules := files.NewInspector(1000, "").Rules()
	if rules.MaxBytes != 1000 || len(rules.Kinds) < 15 {
		t.Fatalf("the rules are %+v", rules)
	}
	for _, kind := range rules.Kinds {
		say := kind.Name + " (" + kind.Endings[0] + ")"
		refused(t, "film.mp4", []byte("\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"), say)
		refused(t, "page.html", []byte("words"), say)
		refused(t, "words.pdf", []byte("words"), say)
	}
}

// TestDocumentationListsTheKinds compares docs/limits.md with what is let through.
func TestDocumentationListsTheKinds(t *testing.T) {
	page, err := os.ReadFile("../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, kind := range files.NewInspector(1, "").Rules().Kinds {
		rows = append(rows, "| "+kind.Name+" | `"+strings.Join(kind.Endings, "`, `")+"` | `"+kind.ContentType+"` |")
	}
	if table := strings.Join(rows, "\n"); !strings.Contains(string(page), "|---|---|---|\n"+table+"\n\n") {
		t.Errorf("docs/limits.md has not this table:\n%s", table)
	}
}

func TestSizeIsLimitedWhileReading(t *testing.T) {
	ownTemp(t)
	const limit = 1 << 20
	exact := pdf + strings.Repeat(" ", limit-len(pdf))
	file, err := files.NewInspector(limit, "").Inspect(t.Context(), "x.pdf", strings.NewReader(exact))
	if err != nil {
		t.Fatalf("a file of just the limit: %v", err)
	}
	if err := file.Content.Close(); err != nil {
		t.Error(err)
	}
	endless := io.MultiReader(strings.NewReader(exact), zeros{})
	_, err = files.NewInspector(limit, "").Inspect(t.Context(), "x.pdf", endless)
	if staffroom.CodeOf(err) != staffroom.CodeBadInput || !strings.Contains(err.Error(), "1 MiB") {
		t.Errorf("an endless file: %v, want BAD_USER_INPUT that names the limit", err)
	}
}

// TestUploadsLieInTheirFolder looks for what is kept of a text and of a picture, which is drawn anew.
func TestUploadsLieInTheirFolder(t *testing.T) {
	for name, content := range map[string][]byte{"a.txt": []byte("words"), "a.png": encodedPNG(t, sample())} {
		folder := t.TempDir()
		t.Setenv("TMPDIR", filepath.Join(folder, "nowhere"))
		file, err := files.NewInspector(staffroom.MaxFileBytes, folder).Inspect(t.Context(), name, bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if found, err := os.ReadDir(folder); err != nil || len(found) != 1 {
			t.Errorf("%s: in the folder is %v, %v", name, found, err)
		}
		if err := file.Content.Close(); err != nil {
			t.Error(err)
		}
		if found, err := os.ReadDir(folder); err != nil || len(found) > 0 {
			t.Errorf("%s: in the folder is left %v, %v", name, found, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestBrokenUploadLeavesNothing(t *testing.T) {
	ownTemp(t)
	broken := errors.New("the connection broke")
	inspector := files.NewInspector(staffroom.MaxFileBytes, "")
	_, err := inspector.Inspect(t.Context(), "x.pdf", io.MultiReader(strings.NewReader(pdf), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("Inspect: %v, want the reader's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := inspector.Inspect(ctx, "x.pdf", strings.NewReader(pdf)); !errors.Is(err, context.Canceled) {
		t.Errorf("Inspect with a cancelled context: %v", err)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"../../etc/passwd":                   "passwd.pdf",
		`C:\Users\me\plan.pdf`:               "plan.pdf",
		"a\x00b\nc\r\td.pdf":                 "ab c d.pdf",
		"":                                   "file.pdf",
		".pdf":                               "file.pdf",
		"..":                                 "file.pdf",
		"  spaced   out .pdf":                "spaced out.pdf",
		"fdp\u202Efdp.exe":                   "fdpfdp.pdf",
		"e\u0301te\u0301.pdf":                "été.pdf",
		`what? "why" <how>|*.pdf`:            "what- -why- -how---.pdf",
		"bad\xff\xfeutf8.pdf":                "badutf8.pdf",
		"\u200b\u2800.pdf":                   "file.pdf",
		"one\u2028two.pdf":                   "one two.pdf",
		"\u0645\u06cc\u200c\u062e\u0648.pdf": "\u0645\u06cc\u200c\u062e\u0648.pdf",
		"\U0001f469\u200d\U0001f3eb.pdf":     "\U0001f469\u200d\U0001f3eb.pdf",
		"Notes by Mr.Smith":                  "Notes by Mr.Smith.pdf",
		"Week 3 v1.final":                    "Week 3 v1.final.pdf",
		"page.html":                          "page.pdf",
		strings.Repeat("é", 300):             strings.Repeat("é", 116) + ".pdf",
		strings.Repeat("x", 300) + ".pdf":    strings.Repeat("x", 116) + ".pdf",
	} {
		if file, _ := inspect(t, name, []byte(pdf)); file.Name != want {
			t.Errorf("%q became %q, want %q", name, file.Name, want)
		}
	}
}
