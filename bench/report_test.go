package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   spread
	}{
		{nil, spread{}},
		{[]float64{3}, spread{3, 3, 3}},
		{[]float64{9, 1, 2}, spread{2, 1, 9}},
		{[]float64{4, 1, 2, 9}, spread{3, 1, 9}},
	} {
		if got := spreadOf(test.values); got != test.want {
			t.Errorf("%v: %v, want %v", test.values, got, test.want)
		}
	}
}

// made is a report in which we are as fast as said, and others answer 1000 requests a second.
func made(perSecond float64) *report {
	r := &report{&Results{}}
	for _, name := range []string{ours, "floor", "mercurius"} {
		for repeat := range 3 {
			s := Sample{Scenario: "page", Contender: name, Connections: 32, Repeat: repeat, Requests: 100, PerSecond: 1000, P50: 900}
			if name == ours {
				s.PerSecond = perSecond
			}
			r.Samples = append(r.Samples, s)
		}
	}
	for _, name := range []string{ours, bare} {
		r.Growth = append(r.Growth, Sample{Scenario: "page", Contender: name, Resources: 1_000_000, P50: int64(perSecond)})
	}
	for _, beside := range []string{"", ours} {
		r.Growth = append(r.Growth, Sample{Scenario: "page", Contender: bare, Resources: 1000, Beside: beside, P50: 100})
	}
	r.Growth = append(r.Growth, Sample{Scenario: "page", Contender: ours, Resources: 1000, P50: 20})
	return r
}

func TestGoalsSayWhetherTheyAreMet(t *testing.T) {
	for _, test := range []struct {
		perSecond             float64
		floor, mercurius, log bool
	}{{400, false, false, false}, {600, true, false, false}, {1600, true, true, false}, {150, false, false, true}} {
		var floor, mercurius, growth, asRun goal
		for _, g := range made(test.perSecond).goals() {
			switch {
			case !strings.Contains(g.text, "(b)") || strings.Contains(g.text, "keeping nothing in memory, beside"):
			case strings.Contains(g.text, "floor"):
				floor = g
			case strings.Contains(g.text, "Mercurius"):
				mercurius = g
			case strings.Contains(g.text, "as people run it"):
				asRun = g
			default:
				growth = g
			}
		}
		if !floor.known || !mercurius.known || !growth.known || !asRun.known {
			t.Fatalf("goals are not judged: %+v %+v %+v %+v", floor, mercurius, growth, asRun)
		}
		if floor.met != test.floor || mercurius.met != test.mercurius || growth.met != test.log || asRun.met != test.log {
			t.Errorf("at %.0f: floor %t, Mercurius %t, growth %t, as people run it %t", test.perSecond, floor.met, mercurius.met, growth.met, asRun.met)
		}
	}
}

// TestTurnsAreComparedOneByOne has a machine that is four times as fast in one minute as in another.
func TestTurnsAreComparedOneByOne(t *testing.T) {
	r := &report{&Results{}}
	for repeat, pace := range []float64{1, 4, 2} {
		for name, perSecond := range map[string]float64{ours: 3000, rawLoop: 3600, "floor": 1000, "mercurius": 1500} {
			for _, connections := range []int{1, 32} {
				r.Samples = append(r.Samples, Sample{
					Scenario: "create", Contender: name, Connections: connections, Repeat: repeat, PerSecond: pace * perSecond, P50: int64(1e6 / pace / perSecond),
				})
			}
		}
	}
	for _, g := range r.writeGoals() {
		if !g.known || !g.met || g.found[:10] != "1.20 times" {
			t.Errorf("%+v", g)
		}
	}
}

// TestGrowthIsComparedTurnByTurn has the machine become slower and slower.
func TestGrowthIsComparedTurnByTurn(t *testing.T) {
	r := &report{&Results{}}
	for repeat, pace := range []int64{1, 4, 8} {
		for size, micros := range map[int]int64{1000: 1000, 1_000_000: 1500} {
			r.Growth = append(r.Growth, Sample{Scenario: "search", Contender: bare, Resources: size, Repeat: repeat, P50: pace * micros})
		}
	}
	// The first turn of the small network and the last one of the large one alone would be twelve times.
	if got := r.growth(inGrowth(bare, "search", 1000, ""), inGrowth(bare, "search", 1_000_000, "")); got != (spread{1.5, 1.5, 1.5}) {
		t.Errorf("it grows %v times, want 1.5 in each turn", got)
	}
}

// TestGrowthAsRunIsComparedWithWhoTookTurns has a machine that is slow while Staffroom is asked as people run it, and fast, or slower still, while it
// keeps nothing.
func TestGrowthAsRunIsComparedWithWhoTookTurns(t *testing.T) {
	for _, otherMinutes := range []int64{1, 40} {
		r := &report{&Results{}}
		for repeat, pace := range []int64{4, 10, 20} {
			for _, s := range []Sample{
				{Contender: ours, Resources: 1000, P50: pace * 500},
				{Contender: ours, Resources: 1_000_000, P50: pace * 1500},
				{Contender: bare, Resources: 1000, Beside: ours, P50: pace * 1000},
				{Contender: bare, Resources: 1000, P50: otherMinutes * 1000},
				{Contender: bare, Resources: 1_000_000, P50: otherMinutes * 1800},
			} {
				s.Scenario, s.Repeat = "page", repeat
				r.Growth = append(r.Growth, s)
			}
		}
		got := r.growthAsRun("page", 1000, 1_000_000, 2)
		if want := "1.50 times (1.50–1.50); 3.00 times (3.00–3.00) what it takes with 1000, all of which are in memory"; !got.known || !got.met || got.found != want {
			t.Errorf("%+v, want %s", got, want)
		}
		if got := r.growthBare("page", 1000, 1_000_000, 2).found; got != "1.80 times (1.80–1.80)" {
			t.Errorf("keeping nothing, it grows %s", got)
		}
		if got := r.grown(bare, "page", 1000).median; got != float64(otherMinutes) {
			t.Errorf("the table has %g ms for keeping nothing, and not that of its own turns", got)
		}
	}
}

func TestTheReportNamesWhatWasMeasured(t *testing.T) {
	r := &report{&Results{Parts: map[string]Part{"read": {Commit: "aaa"}, "write": {Commit: "aaa"}}}}
	if got := r.Commits(); got != "commit aaa" {
		t.Errorf("one commit is %q", got)
	}
	again := &Results{Machine: Machine{Commit: "bbb"}, Parts: map[string]Part{"growth": {Commit: "bbb"}}}
	folder := t.TempDir()
	for _, results := range []*Results{r.Results, again} {
		if err := results.save(folder); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := loadResults(folder)
	if err != nil {
		t.Fatal(err)
	}
	if got := (&report{kept}).Commits(); got != "commits aaa (read, write) and bbb (growth)" {
		t.Errorf("a part that was measured again makes it %q", got)
	}
}

func TestSearchIsJudgedByTheWorseOfTwo(t *testing.T) {
	for _, test := range []struct {
		fixed, alone int64
		known, met   bool
	}{{5000, 6000, true, true}, {5000, 60_000, true, false}, {50_000, 6000, true, false}, {5000, 0, false, false}} {
		r := &report{&Results{Samples: []Sample{
			{Scenario: "page", Contender: ours, Resources: 100_000, Connections: 32},
			{Scenario: "search", Contender: ours, Resources: 100_000, Connections: 32, Rate: 20, P99: test.fixed},
		}}}
		if test.alone > 0 {
			r.Growth = []Sample{{Scenario: "search", Contender: ours, Resources: 100_000, P99: test.alone}, {Scenario: "search", Contender: ours, Resources: 1_000_000, P99: 1e9}}
		}
		if got := r.searchGoal(); got.known != test.known || got.known && got.met != test.met {
			t.Errorf("%+v: %+v", test, got)
		}
	}
}

func TestWhatWasNotMeasuredIsNotJudged(t *testing.T) {
	for _, g := range (&report{&Results{}}).goals() {
		if g.known {
			t.Errorf("%q is judged by nothing", g.text)
		}
	}
}

func TestPlotsAreXML(t *testing.T) {
	for name, plot := range made(500).plots() {
		decoder := xml.NewDecoder(strings.NewReader(plot))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}
