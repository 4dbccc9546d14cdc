package main

import (
	"fmt"
	"math"
)

// goal is something that was promised, and what came of it.
type goal struct {
	text, found string
	met, known  bool
}

// Goals is the table of what was promised.
func (r *report) Goals() string {
	var rows [][]string
	for _, g := range r.goals() {
		verdict := map[bool]string{true: "met", false: "**not met**"}[g.met]
		if !g.known {
			g.found, verdict = "–", "not measured"
		}
		rows = append(rows, []string{g.text, g.found, verdict})
	}
	return table([]string{"goal", "found", ""}, rows)
}

func (r *report) goals() []goal {
	var out []goal
	for _, scenario := range []string{"resource", "page", "thread"} {
		out = append(
			out,
			r.ratio(scenario, "mercurius", 1.5, titles()[scenario]+", uncached: at least 1.5 times Mercurius in two processes"),
			r.ratio(scenario, "floor", 0.5, titles()[scenario]+", uncached: at least half of the floor"),
		)
	}
	search := r.figures("search", ours, r.connections(), false, true, p99)
	out = append(out, goal{"(d) p99 under 20 ms at 100,000 resources, at a fixed rate", figure(search.median) + " ms", search.median < 20, search.median > 0 && r.Resources() >= 100_000})
	write, raw := r.figures("create", ours, 1, false, false, p50), r.figures("create", "raw loop", 1, false, false, p50)
	out = append(out, goal{
		"(e) on one connection within 1.3 times the raw loop at the same durability (p50)", fmt.Sprintf("%.2f times", write.median/raw.median),
		write.median <= 1.3*raw.median, write.median > 0 && raw.median > 0,
	})
	out = append(out, r.growthGoals()...)
	largest := Start{}
	for _, s := range r.Starts {
		if s.Documents >= largest.Documents {
			largest = s
		}
	}
	same := func(s Start) bool { return s.Resources == largest.Resources }
	memory := over(r.Starts, same, func(s Start) float64 { return s.IdleMiB })
	ready := over(r.Starts, same, func(s Start) float64 { return s.ReadyMillis })
	return append(
		out,
		goal{fmt.Sprintf("idle memory under 80 MiB (%d documents)", largest.Documents), figure(memory.median) + " MiB", memory.median < 80, memory.median > 0},
		goal{fmt.Sprintf("start on a filled store under 300 ms (%d documents)", largest.Documents), figure(ready.median) + " ms", ready.median < 300, ready.median > 0},
	)
}

// ratio is our speed by another's.
func (r *report) ratio(scenario, other string, least float64, text string) goal {
	mine := r.figures(scenario, ours, r.connections(), false, false, perSecond)
	theirs := r.figures(scenario, other, r.connections(), false, false, perSecond)
	quotient := mine.median / theirs.median
	return goal{text, fmt.Sprintf("%.2f", quotient), quotient >= least, mine.median > 0 && theirs.median > 0}
}

// growthGoals compares how times grow from the smallest to the largest network with how the logarithm does.
func (r *report) growthGoals() []goal {
	sizes := r.sizes()
	if len(sizes) < 2 {
		return nil
	}
	first, last := sizes[0], sizes[len(sizes)-1]
	allowed := math.Log(float64(last)) / math.Log(float64(first))
	var out []goal
	for _, scenario := range []string{"resource", "page", "thread", "search"} {
		small, large := r.grown(scenario, first), r.grown(scenario, last)
		times := large.median / small.median
		out = append(out, goal{
			fmt.Sprintf("%s grows no faster than the logarithm from %d to %d resources (%.1f times)", titles()[scenario], first, last, allowed),
			fmt.Sprintf("%.2f times", times), times <= allowed, small.median > 0 && large.median > 0,
		})
	}
	return out
}
