package main

import (
	"fmt"
	"math"
	"slices"
)

// goal is something that was promised, and what came of it; or something that was not promised, and is good to know beside the rest.
type goal struct {
	text, found string
	met, known  bool
	unpromised  bool
}

// Goals is the table of what was promised.
func (r *report) Goals() string {
	var rows [][]string
	for _, g := range r.goals() {
		verdict := map[bool]string{true: "met", false: "**not met**"}[g.met]
		switch {
		case !g.known:
			g.found, verdict = "–", "not measured"
		case g.unpromised:
			verdict = "no goal was set"
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
	for _, scenario := range []string{"resource", "page", "thread"} {
		beside := r.beside(bare, scenario, "mercurius", 0, titles()[scenario]+", keeping nothing in memory, beside Mercurius in two processes, uncached")
		beside.unpromised = true
		out = append(out, beside)
	}
	out = append(out, r.searchGoal())
	for _, other := range []struct{ name, who string }{{"mercurius", "Mercurius in two processes"}, {"floor", "the floor"}} {
		beside := r.ratio("search", other.name, 0, "(d) beside "+other.who+", which searches with FTS5, uncached")
		beside.unpromised = true
		out = append(out, beside)
	}
	out = append(out, r.writeGoals()...)
	out = append(out, r.growthGoals()...)
	return append(out, r.startGoals()...)
}

// writeGoals compare (e) with the raw loop: how many there are in a second when many write, and how long one takes.
func (r *report) writeGoals() []goal {
	raw := func(of func(Sample) float64) float64 {
		return r.figures("create", "raw loop", 1, false, false, of).median
	}
	mine := func(connections int, of func(Sample) float64) float64 {
		return r.figures("create", ours, connections, false, false, of).median
	}
	judge := func(text string, times float64) goal {
		return goal{text: text, found: fmt.Sprintf("%.2f times", times), met: times <= 1.3, known: times > 0 && !math.IsNaN(times) && !math.IsInf(times, 0)}
	}
	return []goal{
		judge("(e) within 1.3 times the raw loop at the same durability: the time for one, of many that are written at once", raw(perSecond)/mine(r.connections(), perSecond)),
		judge("(e) within 1.3 times the raw loop at the same durability: p50 on one connection", mine(1, p50)/raw(p50)),
	}
}

// searchGoal judges (d) by the worse of two: at the fixed rate, which the slowest contender sets, and on one connection without a pause.
func (r *report) searchGoal() goal {
	fixed := r.figures("search", ours, r.connections(), false, true, p99).median
	alone := over(r.Growth, func(s Sample) bool {
		return s.Contender == ours && s.Scenario == "search" && s.Resources == r.Resources()
	}, p99).median
	return goal{
		text:  fmt.Sprintf("(d) p99 under 20 ms at %d resources, at the fixed rate and on one connection without a pause", r.Resources()),
		found: figure(fixed) + " ms, " + figure(alone) + " ms", met: max(fixed, alone) < 20, known: fixed > 0 && alone > 0 && r.Resources() >= 100_000,
	}
}

// startGoals judge each network that is not empty.
func (r *report) startGoals() []goal {
	documents := []int{}
	for _, s := range r.Starts {
		if s.Documents > 0 {
			documents = append(documents, s.Documents)
		}
	}
	slices.Sort(documents)
	var out []goal
	for _, n := range slices.Compact(documents) {
		same := func(s Start) bool { return s.Documents == n }
		memory := over(r.Starts, same, func(s Start) float64 { return s.IdleMiB }).median
		ready := over(r.Starts, same, func(s Start) float64 { return s.ReadyMillis }).median
		out = append(
			out,
			goal{text: fmt.Sprintf("idle memory under 80 MiB (%d documents)", n), found: figure(memory) + " MiB", met: memory < 80, known: true},
			goal{text: fmt.Sprintf("start on a filled store under 300 ms (%d documents)", n), found: figure(ready) + " ms", met: ready < 300, known: true},
		)
	}
	return out
}

// ratio is our speed by another's.
func (r *report) ratio(scenario, other string, least float64, text string) goal {
	return r.beside(ours, scenario, other, least, text)
}

// beside is one's speed by another's, of the pass in which they took turns.
func (r *report) beside(one, scenario, other string, least float64, text string) goal {
	pass := ""
	if one == bare {
		pass = bare
	}
	of := func(contender string) float64 {
		return over(r.Samples, func(s Sample) bool {
			return s.Scenario == scenario && s.Contender == contender && s.Beside == pass && s.Connections == r.connections() && !s.Cached && s.Rate == 0
		}, perSecond).median
	}
	mine, theirs := of(one), of(other)
	quotient := mine / theirs
	return goal{text: text, found: fmt.Sprintf("%.2f times", quotient), met: quotient >= least, known: mine > 0 && theirs > 0}
}

// growthGoals compares how times grow from the smallest to the largest network with how the logarithm does: as people run Staffroom, which
// has a small network in memory and not a large one, and when it keeps nothing.
func (r *report) growthGoals() []goal {
	var out []goal
	for _, scenario := range []string{"resource", "page", "thread", "search"} {
		out = append(out, r.growthGoal(ours, scenario, ""))
	}
	for _, scenario := range []string{"resource", "page", "thread"} {
		out = append(out, r.growthGoal(bare, scenario, ", keeping nothing in memory,"))
	}
	return slices.DeleteFunc(out, func(g goal) bool { return g.text == "" })
}

func (r *report) growthGoal(contender, scenario, how string) goal {
	sizes := r.sizes()
	if len(sizes) < 2 {
		return goal{}
	}
	first, last := sizes[0], sizes[len(sizes)-1]
	allowed := math.Log(float64(last)) / math.Log(float64(first))
	small, large := r.grown(contender, scenario, first), r.grown(contender, scenario, last)
	times := large.median / small.median
	return goal{
		text:  fmt.Sprintf("%s%s grows no faster than the logarithm from %d to %d resources (%.1f times)", titles()[scenario], how, first, last, allowed),
		found: fmt.Sprintf("%.2f times", times), met: times <= allowed, known: small.median > 0 && large.median > 0,
	}
}
