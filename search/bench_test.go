package search_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// BenchmarkManyResources reports how long it takes to index documents (100,000, or SEARCH_DOCUMENTS) and to answer faceted
// queries, with words as frequent as in real text.
func BenchmarkManyResources(b *testing.B) {
	count := 100_000
	if n, err := strconv.Atoi(os.Getenv("SEARCH_DOCUMENTS")); err == nil {
		count = n
	}
	w := newWorld()
	words := vocabulary()
	for i := range count {
		w.resources.put(invented(i, words))
	}
	w.open(b, b.TempDir())
	started := time.Now()
	w.catchUp(b)
	_, _ = fmt.Fprintf(os.Stderr, "indexed %d documents in %v\n", count, time.Since(started)) // a benchmark with parts logs nothing
	facets := []staffroom.Facet{
		staffroom.FacetKind, staffroom.FacetAuthority, staffroom.FacetPhase, staffroom.FacetTopic, staffroom.FacetFormat, staffroom.FacetLicence,
	}
	for name, q := range map[string]staffroom.TextQuery{
		"rare":     {Text: words[3000]},
		"common":   {Text: words[2]},
		"two":      {Text: words[20] + " " + words[300]},
		"four":     {Text: strings.Join(words[10:14], " ")},
		"mistyped": {Text: "x" + words[40] + "q " + words[50]},
		"typo":     {Text: words[400][:3] + "q" + words[400][4:] + " " + words[50]},
		"filtered": {Text: words[30], Filter: map[staffroom.Facet][]string{staffroom.FacetAuthority: {"E09000007"}}},
		"all":      {},
	} {
		q.Facets, q.Limit, q.Audiences, q.Highlights = facets, 20, []string{staffroom.AudienceEveryone}, true
		b.Run(name, func(b *testing.B) { measure(b, w, q) })
		q.Facets = nil
		b.Run(name+"/nofacets", func(b *testing.B) { measure(b, w, q) })
	}
}

// measure asks for a page of another length each time, as the last answers are kept.
func measure(b *testing.B, w *world, q staffroom.TextQuery) {
	b.Helper()
	var took []time.Duration
	var total int
	for b.Loop() {
		q.Limit = 20 + len(took)%150
		began := time.Now()
		result := w.find(b, q)
		if total = result.Total; result.Facets != nil {
			result.Facets()
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(total), "hits")
}

func vocabulary() []string {
	random := rand.New(rand.NewPCG(1, 2)) // made-up words need no secrecy
	words := make([]string, 20_000)
	for i := range words {
		var word strings.Builder
		for range 2 + random.IntN(3) {
			word.WriteByte("bcdfghklmnprstvw"[random.IntN(16)])
			word.WriteByte("aeiou"[random.IntN(5)])
		}
		words[i] = word.String() + "n"
	}
	return words
}

func invented(i int, words []string) staffroom.Resource {
	random := rand.New(rand.NewPCG(uint64(i), 7)) // made-up words need no secrecy
	frequency := rand.NewZipf(random, 1.1, 10, uint64(len(words)-1))
	text := func(n int) string {
		out := make([]string, n)
		for i := range out {
			out[i] = words[frequency.Uint64()]
		}
		return strings.Join(out, " ")
	}
	r := resource(fmt.Sprintf("resource_%06d", i), text(6), text(25), text(200))
	r.UpdatedAt = past(i)
	r.PublishedAt = r.UpdatedAt
	r.AuthorityCode = fmt.Sprintf("E0900%04d", 1+random.IntN(33))
	r.Kind = staffroom.ResourceKinds[random.IntN(7)]
	r.Topics = []string{"topic" + strconv.Itoa(random.IntN(20)), "topic" + strconv.Itoa(random.IntN(20))}
	r.Phases = []staffroom.Phase{staffroom.PhasePrimary, staffroom.PhaseSecondary}[:1+random.IntN(2)]
	return r
}
