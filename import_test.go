package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

const smallHeader = "URN,EstablishmentName,GSSLACode (name),OpenDate\n"

// importTest imports files that it writes into a store in memory.
type importTest struct {
	*testing.T
	network *staffroom.Network
	store   *staffroom.Store
	folder  string
	out     bytes.Buffer
}

func newImportTest(t *testing.T) *importTest {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlite.InMemory, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return &importTest{T: t, network: staffroom.New(staffroom.Ports{Store: store}), store: store, folder: t.TempDir()}
}

func (t *importTest) file(name, text string) string {
	t.Helper()
	path := filepath.Join(t.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// into is the store of the test.
func (t *importTest) into(work func(*staffroom.Network) error) error { return work(t.network) }

func (t *importTest) establishments(ctx context.Context, paths ...string) error {
	t.out.Reset()
	return importEstablishments(ctx, t.into, paths, &t.out, slog.New(slog.DiscardHandler))
}

func (t *importTest) printed(want ...string) {
	t.Helper()
	if got := strings.ReplaceAll(t.out.String(), t.folder+string(filepath.Separator), ""); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("printed\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestImportPrintsWhatItDid(t *testing.T) {
	test := newImportTest(t)
	one := test.file("one.csv", smallHeader+"100100,Example,E09000023,\n100101,Other,E09000023,31-02-2001\n100102,Short\n")
	two := test.file("two.csv", smallHeader+"100100,Example,E09000023,\n")
	if err := test.establishments(t.Context(), one, two); err != nil {
		t.Fatal(err)
	}
	test.printed(
		`one.csv:3: OpenDate "31-02-2001": must be a day of the calendar, written like 31-12-2025`,
		`one.csv:4: GSSLACode (name): the row has 2 fields, and the header has 4; it ends before this column`,
		`one.csv: added 1, changed 0, unchanged 0, closed 0, rejected 2`,
		`two.csv: added 0, changed 0, unchanged 1, closed 0, rejected 0`,
	)

	links := test.file("links.csv", "URN,LinkURN,LinkType\n100100,100099,Predecessor\n100999,100100,Successor\n")
	test.out.Reset()
	if err := importLinks(t.Context(), test.into, []string{links}, &test.out, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	test.printed(
		`links.csv:3: URN "100999": there is no school with this URN here; import its establishment first`,
		`links.csv: added 1, changed 0, unchanged 0, removed 0, rejected 1`,
	)
}

func TestImportPrintsAHundredRejectedRows(t *testing.T) {
	test := newImportTest(t)
	path := test.file("bad.csv", smallHeader+strings.Repeat("x,Example,E09000023,\n", 250))
	if err := test.establishments(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(test.out.String()), "\n")
	if len(lines) != 102 || !strings.HasSuffix(lines[100], "bad.csv: 150 more rows were rejected") || !strings.HasSuffix(lines[101], "rejected 250") {
		t.Errorf("printed %d lines, at last %q", len(lines), lines[len(lines)-2:])
	}
}

func TestARefusedFileKeepsAllFromBeingImported(t *testing.T) {
	test := newImportTest(t)
	good := test.file("good.csv", smallHeader+"100100,Example,E09000023,\n")
	err := test.establishments(t.Context(), good, test.file("page.csv", "<html>"), test.file("empty.csv", ""), filepath.Join(test.folder, "missing.csv"))
	for _, says := range []string{"nothing was imported", "page.csv was refused. This is a web page", "empty.csv was refused", "missing.csv"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error %v does not speak of %q", err, says)
		}
	}
	for what, count := range map[string]func(context.Context, ...staffroom.Cond) (int, error){
		"schools": test.store.Schools.Count, "authorities": test.store.Authorities.Count,
	} {
		if n, err := count(t.Context()); n != 0 || err != nil {
			t.Errorf("%d %s were written, %v", n, what, err)
		}
	}
}

// stopAt ends the context when so much was read.
type stopAt struct {
	*bytes.Buffer
	stop func()
}

func (s stopAt) Write(p []byte) (int, error) {
	s.stop()
	return s.Buffer.Write(p)
}

func TestAnInterruptedImportSaysThatItCanBeRunAgain(t *testing.T) {
	test := newImportTest(t)
	var b strings.Builder
	for i := range 2000 {
		if fmt.Fprintf(&b, "%d,Example,E09000023,\n", 100_000+i); i == 1200 {
			b.WriteString("this row is printed\n")
		}
	}
	path := test.file("long.csv", smallHeader+b.String())
	ctx, cancel := context.WithCancel(t.Context())
	err := importEstablishments(ctx, test.into, []string{path}, stopAt{&test.out, cancel}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "interrupted") || !strings.Contains(err.Error(), "same command again") {
		t.Errorf("the interrupted import gives %v", err)
	}
	if !strings.Contains(test.out.String(), "added 1000,") {
		t.Errorf("printed %s", &test.out)
	}
	if err := test.establishments(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(test.out.String(), "added 1000, changed 0, unchanged 1000, closed 0, rejected 1") {
		t.Errorf("the second time printed %s", &test.out)
	}
}

func TestNothingIsOpenedForAFileThatIsRefused(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	var complaints strings.Builder
	status := run(t.Context(), []string{"import", "establishments", "--data", data, "missing.csv"}, io.Discard, &complaints)
	if status != 1 || !strings.Contains(complaints.String(), "missing.csv") {
		t.Errorf("ended with %d: %s", status, &complaints)
	}
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a store was made for a file that was refused (%v)", err)
	}
}
