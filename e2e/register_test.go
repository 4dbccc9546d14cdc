package e2e

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

const (
	registerFile = "../../shared/gias/establishments-2017-sample.csv"
	// registered is how many schools the file has.
	registered = 6022
)

// TestRegisterIsImportedIntoARunningServer imports real schools beside a running server, is killed in the middle of it, and does the
// rest when it is run again. The server finds the schools within seconds.
func TestRegisterIsImportedIntoARunningServer(t *testing.T) {
	t.Parallel()
	_, err := os.Stat(registerFile)
	need(t, err == nil, "the sample of the register is not here: "+registerFile)
	h := serve(t)
	before := schoolCount(h)

	killedImport(h, before)
	between := schoolCount(h)
	t.Logf("%d schools were there when the import was killed", between-before)

	done := importCounts(h)
	if done["added"]+done["unchanged"] != registered || done["added"] == registered || done["changed"] != 0 || done["rejected"] != 0 {
		t.Errorf("the rest was imported as %v", done)
	}
	eventually(t, "all schools are there", func() bool { return schoolCount(h) == before+registered })
	findRealSchools(h)
	if again := importCounts(h); again["unchanged"] != registered || again["added"]+again["changed"]+again["closed"] != 0 {
		t.Errorf("the third import did %v", again)
	}
}

// killedImport imports until the first schools are there, and is killed then.
func killedImport(h *house, before int) {
	h.t.Helper()
	cmd := program(h.t.Context(), h.t, "import", "establishments", registerFile, "--data", h.data)
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	eventually(h.t, "the first schools are there", func() bool { return schoolCount(h) > before })
	if err := cmd.Process.Kill(); err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		h.t.Fatal("the import was done before it could be killed")
	}
}

// importCounts imports the file, and gives the counts that are printed at the end.
func importCounts(h *house) map[string]int {
	h.t.Helper()
	out, problems, status := command(h.t, "import", "establishments", registerFile, "--data", h.data)
	if status != 0 {
		h.t.Fatalf("the import ended with status %d: %s", status, problems)
	}
	counts := map[string]int{}
	for _, pair := range regexp.MustCompile(`\b([a-z]+) (\d+)\b`).FindAllStringSubmatch(out, -1) {
		counts[pair[1]], _ = strconv.Atoi(pair[2])
	}
	if len(counts) != 5 {
		h.t.Fatalf("the import says %q", out)
	}
	return counts
}

func schoolCount(h *house) int {
	h.t.Helper()
	type counted struct{ Schools struct{ TotalCount int } }
	return ask[counted](h.visitor(), `{ schools { totalCount } }`, nil).Schools.TotalCount
}

func findRealSchools(h *house) {
	h.t.Helper()
	type school struct{ URN, Name string }
	type found struct {
		School  school
		Schools struct{ Nodes []school }
	}
	if out := ask[found](h.visitor(), `{ school(urn: "100001") { urn name } }`, nil); out.School.Name != "City of London School for Girls" {
		h.t.Errorf("school 100001 is %+v", out.School)
	}
	eventually(h.t, "a school is found by its name", func() bool {
		nodes := ask[found](h.visitor(), `{ schools(filter: { authorities: ["E09000007"], phases: [PRIMARY], text: "beckford" }) { nodes { urn } } }`, nil).Schools.Nodes
		return len(nodes) == 1 && nodes[0].URN == "100009"
	})
	type searched struct {
		Search struct{ Nodes []school }
	}
	eventually(h.t, "the mistyped name is found", func() bool {
		hits := ask[searched](h.visitor(), `{ search(query: "Citty of Londen Scool for Girls", types: [SCHOOL], first: 3) { nodes { ... on School { urn name } } } }`, nil).Search.Nodes
		return len(hits) > 0 && hits[0].URN == "100001"
	})
}
