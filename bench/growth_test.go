package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/bench/seed"
)

// TestWhatIsComparedTakesTurns: the largest network as people run it, and the smallest with nothing kept, are in one group, in which no two of
// Staffroom have one data folder.
func TestWhatIsComparedTakesTurns(t *testing.T) {
	b := shortly(t)
	b.growth, b.contenders = []seed.Size{2000, 1000, 4000}, []string{ours, "floor"}
	folders := make([]string, len(b.growth))
	for i, size := range b.growth {
		folders[i] = seed.Folder(b.data, size)
		if err := os.MkdirAll(folders[i], 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folders[i], "size"), fmt.Append(nil, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	groups, err := b.growthGroups(t.Context(), folders)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for i, group := range groups {
		taken := map[string]bool{}
		for _, at := range group {
			found = append(found, fmt.Sprintf("%d: %s on %d beside %q", i, at.name, at.size, at.beside))
			if at.name != "floor" && taken[at.folder] {
				t.Errorf("%s is to be run by two at a time", at.folder)
			}
			taken[at.folder] = taken[at.folder] || at.name != "floor"
			if size, err := os.ReadFile(filepath.Join(at.folder, "size")); string(size) != fmt.Sprint(int(at.size)) {
				t.Errorf("%s on %d has a network of %s: %v", at.name, at.size, size, err)
			}
		}
	}
	want := strings.Split(`0: staffroom on 2000 beside ""
0: floor on 2000 beside ""
0: staffroom on 1000 beside ""
0: floor on 1000 beside ""
0: staffroom on 4000 beside ""
0: floor on 4000 beside ""
0: staffroom --keep 0 on 1000 beside "staffroom"
1: staffroom --keep 0 on 2000 beside ""
1: staffroom --keep 0 on 1000 beside ""
1: staffroom --keep 0 on 4000 beside ""`, "\n")
	if !slices.Equal(found, want) {
		t.Errorf("the groups are\n%s", strings.Join(found, "\n"))
	}
}

// TestGrowthGoesRoundAllNetworks: samples say which network they are of, and beside whom.
func TestGrowthGoesRoundAllNetworks(t *testing.T) {
	b := shortly(t)
	all := append(pretended(t, 1000, ours, "floor", ours), pretended(t, 2000, ours, "floor")...)
	all[2].contender, all[2].beside = keepsNothing(), ours
	if err := b.grow(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for repeat := range b.repeats {
		for _, s := range readScenarios() {
			able := []string{"staffroom on 1000", "floor on 1000", "staffroom --keep 0 on 1000 beside staffroom", "staffroom on 2000", "floor on 2000"}
			if s.name == "search" {
				able = slices.DeleteFunc(able, func(name string) bool { return strings.HasPrefix(name, "floor") })
			}
			for i := range able {
				want = append(want, fmt.Sprintf("%d: %s of %s", repeat, s.name, able[(i+repeat)%len(able)]))
			}
		}
	}
	for _, s := range b.out.Growth {
		beside := ""
		if s.Beside != "" {
			beside = " beside " + s.Beside
		}
		got = append(got, fmt.Sprintf("%d: %s of %s on %d%s", s.Repeat, s.Scenario, s.Contender, s.Resources, beside))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the order is\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
