package ops

import (
	"testing"

	"github.com/staffroom-schools/staffroom/bench/seed"
)

// TestPagesAreNotOfWhatWasJustAskedFor: pages are asked for after single resources, and must not find them in memory more often than by chance.
func TestPagesAreNotOfWhatWasJustAskedFor(t *testing.T) {
	const size, cases = seed.Size(100_000), 1000
	at := map[string]int{}
	for i := range int(size) {
		at[object("id", seed.ResourceID(i))] = i
		at[object("to", seed.PublishedAt(i).String())] = i
	}
	near := 0
	for n := range cases {
		after := at[Page().variables(size, n)] - at[Resource().variables(size, n)]
		if after >= 0 && after <= 20 {
			near++
		}
	}
	if near > cases/100 {
		t.Errorf("of %d pages %d have the resource in them that is asked for as often", cases, near)
	}
}
