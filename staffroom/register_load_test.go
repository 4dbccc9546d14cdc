package staffroom_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"

	"github.com/staffroom-schools/staffroom/gias"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// The bounds that an import of fifty thousand schools keeps.
const (
	manySchools   = 50_000
	manyMemoryKiB = 200 << 10
)

// childFolder is set for the process that imports alone, so that its peak memory is that of an import.
const childFolder = "STAFFROOM_TEST_IMPORT_INTO"

func TestLongImportOfFiftyThousandIsSmall(t *testing.T) {
	if folder := os.Getenv(childFolder); folder != "" {
		importMany(t, folder)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), childFolder+"="+t.TempDir())
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("the import failed: %v\n%s", err, out)
	}
	usage, ok := child.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok || runtime.GOOS != "linux" {
		t.Fatalf("peak memory can't be measured on %s", runtime.GOOS)
	}
	t.Logf("%d schools took %d MiB", schoolsToImport(), usage.Maxrss>>10)
	if raceDetector() {
		return // it takes many times the memory, and these were few of the schools
	}
	if usage.Maxrss > manyMemoryKiB {
		t.Errorf("the import took %d KiB of memory, more than %d", usage.Maxrss, manyMemoryKiB)
	}
}

// schoolsToImport is how many schools the test imports.
func schoolsToImport() int {
	if raceDetector() {
		return manySchools / 25
	}
	return manySchools
}

// raceDetector says whether the tests were built with -race.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}

func importMany(t *testing.T, folder string) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(folder, "many.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	read, write := io.Pipe()
	go func() { write.CloseWithError(writeMany(write)) }()
	reader, err := gias.Establishments(read)
	if err != nil {
		t.Fatal(err)
	}
	register := staffroom.New(staffroom.Ports{Store: store}).Register
	done, err := register.ImportEstablishments(t.Context(), reader.Rows(), staffroom.ImportWatch{})
	if err != nil || done.Added != schoolsToImport() || done.Rejected != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// writeMany writes a register file of made-up schools whose rows are as wide as real ones.
func writeMany(w io.Writer) error {
	const fillers = 100
	out := bufio.NewWriter(w)
	header := `"URN","LA (code)","LA (name)","EstablishmentNumber","EstablishmentName","TypeOfEstablishment (code)",` +
		`"TypeOfEstablishment (name)","EstablishmentTypeGroup (code)","EstablishmentStatus (code)","PhaseOfEducation (code)","OpenDate",` +
		`"StatutoryLowAge","StatutoryHighAge","NumberOfPupils","PercentageFSM","Street","Town","Postcode","SchoolWebsite",` +
		`"GSSLACode (name)","Easting","Northing"`
	_, _ = out.WriteString(header)
	for i := range fillers {
		_, _ = fmt.Fprintf(out, `,"Filler %d (name)"`, i)
	}
	filler := strings.Repeat(`,"Not applicable"`, fillers) + "\r\n"
	for i := range schoolsToImport() {
		_, _ = fmt.Fprintf(out, "\r\n"+`"%d","209","Lewisham","%04d","Example School %d","34","Academy converter","10","1","%d","01-09-2011",`+
			`"3","11","%d","%d.5","%d Example Street","London","SE%d %dAB","www.example%d.lewisham.sch.uk","E09000023","%d","%d"`,
			100_000+i, i%10_000, i, i%8, 100+i%900, i%100, i, 1+i%28, i%10, i, 530_000+i%10_000, 170_000+i%9_999)
		_, _ = out.WriteString(filler[:len(filler)-2])
	}
	return out.Flush()
}
