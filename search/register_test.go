package search_test

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// putRegister fills the world with the real schools of the register's sample: their names and what they are looked up by.
func putRegister(t *testing.T, w *world) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "shared", "gias", "establishments-2017-sample.csv"))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skip("the sample of the register is not beside the project")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows := csv.NewReader(charmap.Windows1252.NewDecoder().Reader(file))
	header, err := rows.Read()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range header {
		column[name] = i
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		status := staffroom.SchoolOpen
		if row[column["EstablishmentStatus (name)"]] == "Closed" {
			status = staffroom.SchoolClosed
		}
		s := school(row[column["EstablishmentName"]], row[column["Town"]], status)
		s.URN, s.Postcode = row[column["URN"]], row[column["Postcode"]]
		s.ID = s.URN
		w.schools.put(s)
	}
}

func TestMistypedNamesFindRealSchools(t *testing.T) {
	w := newWorld()
	putRegister(t, w)
	w.open(t, "")
	w.catchUp(t)
	for _, test := range []struct{ text, urn string }{
		{"Thomas Coram Centre", "100005"},
		{"Thomas Corum Center", "100005"},
		{"thomas corma", "100005"},
		{"100005", "100005"},
	} {
		if got := w.ids(t, test.text); len(got) == 0 || got[0] != test.urn {
			t.Errorf("%q found %v, want %s first", test.text, got, test.urn)
		}
	}
}
