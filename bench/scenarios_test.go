package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/bench/seed"
)

// pretended are contenders that give the same answer to everything.
func pretended(t *testing.T, size seed.Size, names ...string) (all []*running) {
	t.Helper()
	answer := fmt.Appendf(nil, `{"data":{"search":{"totalCount":%d}}}`, size)
	for _, name := range names {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = w.Write(answer)
		}))
		t.Cleanup(server.Close)
		at := slices.IndexFunc(contenders(), func(c contender) bool { return c.name == name })
		p := &process{cmd: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}}, address: strings.TrimPrefix(server.URL, "http://")}
		all = append(all, &running{contender: contenders()[at], process: p, size: size, pace: map[string]float64{}})
	}
	return all
}

// shortly measures for as short as may be.
func shortly(t *testing.T) *bench {
	t.Helper()
	s := settings{data: t.TempDir(), seconds: 0.01, repeats: 3, connections: 2}
	return &bench{settings: s, log: slog.New(slog.DiscardHandler), out: &Results{}}
}

// order is who was asked for what, turn by turn.
func order(samples []Sample) []string {
	out := make([]string, len(samples))
	for i, s := range samples {
		out[i] = fmt.Sprintf("%d: %s of %s on %d", s.Repeat, s.Scenario, s.Contender, s.Connections)
		if s.Rate > 0 {
			out[i] += " at a fixed rate"
		}
	}
	return out
}

// TestReadsGoRoundAllScenarios: one after the other, with all its repeats, a scenario would meet one pace of the machine, and the next one another.
func TestReadsGoRoundAllScenarios(t *testing.T) {
	b := shortly(t)
	if err := b.readAll(t.Context(), pretended(t, 1000, ours, "pocketbase"), false, readScenarios()); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, rate := range []string{"", " at a fixed rate"} {
		for repeat := range b.repeats {
			for _, s := range []string{"resource", "page", "thread", "search"} {
				turns := []string{ours, "pocketbase"}
				if (rate == "") == (repeat%2 == 1) { // three turns were before those at a fixed rate
					turns = []string{"pocketbase", ours}
				}
				for _, name := range turns {
					if s != "search" || name == ours {
						want = append(want, fmt.Sprintf("%d: %s of %s on 2%s", repeat, s, name, rate))
					}
				}
			}
		}
	}
	if got := order(b.out.Samples); !slices.Equal(got, want) {
		t.Errorf("the order is\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, s := range b.out.Samples {
		if s.Rate > 0 && s.Rate != b.fixedRate(s.Scenario, false) {
			t.Errorf("%s has the rate %g, and not 60 %% of what the slowest answered, %g", s.Scenario, s.Rate, b.fixedRate(s.Scenario, false))
		}
	}
}

func TestWritesGoRoundAllScenarios(t *testing.T) {
	b := shortly(t)
	if _, err := b.network(t.Context(), b.writeSize); err != nil { // an empty one, for the raw loop
		t.Fatal(err)
	}
	if err := b.writeAll(t.Context(), pretended(t, 1000, "floor")); err != nil {
		t.Fatal(err)
	}
	var want []string
	for repeat := range b.repeats {
		for _, connections := range []int{1, b.connections} {
			for _, turn := range []string{"create of floor", "create of " + rawLoop, "mix of floor"} {
				want = append(want, fmt.Sprintf("%d: %s on %d", repeat, turn, connections))
			}
		}
	}
	for repeat := range b.repeats {
		for _, s := range []string{"create", "mix"} {
			want = append(want, fmt.Sprintf("%d: %s of floor on %d at a fixed rate", repeat, s, b.connections))
		}
	}
	if got := order(b.out.Samples); !slices.Equal(got, want) {
		t.Errorf("the order is\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := os.Stat(filepath.Join(b.data, "copies", "raw")); err != nil {
		t.Errorf("the raw loop has no copy of its own: %v", err)
	}
}
