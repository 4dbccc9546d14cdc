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
	judge := func(text string, connections int, of func(Sample) float64, times func(mine, raw float64) float64) goal {
		found := turns(r.Samples, plain(ours, "create", connections), plain(rawLoop, "create", connections), of, times)
		return goal{text: text, found: timesOf(found), met: found.median <= 1.3, known: found.median > 0}
	}
	return []goal{
		judge("(e) within 1.3 times the raw loop at the same durability: the time for one, of many that are written at once", r.connections(), perSecond,
			func(mine, raw float64) float64 { return raw / mine }),
		judge("(e) within 1.3 times the raw loop at the same durability: p50 on one connection", 1, p50,
			func(mine, raw float64) float64 { return mine / raw }),
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
	of := func(contender string) func(Sample) bool {
		wanted := plain(contender, scenario, r.connections())
		return func(s Sample) bool { return wanted(s) && s.Beside == pass }
	}
	found := turns(r.Samples, of(one), of(other), perSecond, func(mine, theirs float64) float64 { return mine / theirs })
	return goal{text: text, found: timesOf(found), met: found.median >= least, known: found.median > 0}
}

// plain says which samples are of one contender, asked as fast as it answers for things that nobody keeps the answers to.
func plain(contender, scenario string, connections int) func(Sample) bool {
	return func(s Sample) bool {
		return s.Scenario == scenario && s.Contender == contender && s.Connections == connections && !s.Cached && s.Rate == 0
	}
}

// turns is the spread of how one's figure compares with another's, turn by turn: a machine may be twice as fast in one minute as in the
// next.
func turns(samples []Sample, one, other func(Sample) bool, of func(Sample) float64, compare func(one, other float64) float64) spread {
	others := map[int]float64{}
	for _, s := range samples {
		if other(s) {
			others[s.Repeat] = of(s)
		}
	}
	var found []float64
	for _, s := range samples {
		if theirs := others[s.Repeat]; one(s) && theirs > 0 && of(s) > 0 {
			found = append(found, compare(of(s), theirs))
		}
	}
	return spreadOf(found)
}

func timesOf(s spread) string {
	return fmt.Sprintf("%.2f times (%.2f–%.2f)", s.median, s.least, s.most)
}

// growthGoals compares how times grow from the smallest to the largest network with how the logarithm does: when Staffroom keeps nothing,
// and as people run it, which makes a small network faster than that, as all of it is in memory.
func (r *report) growthGoals() []goal {
	sizes := r.sizes()
	if len(sizes) < 2 {
		return nil
	}
	first, last := sizes[0], sizes[len(sizes)-1]
	allowed := math.Log(float64(last)) / math.Log(float64(first))
	var out []goal
	for _, scenario := range []string{"resource", "page", "thread", "search"} {
		out = append(out, r.growthBare(scenario, first, last, allowed), r.growthAsRun(scenario, first, last, allowed))
	}
	return out
}

func (r *report) growthBare(scenario string, first, last int, allowed float64) goal {
	found := r.growth(inGrowth(bare, scenario, first, ""), inGrowth(bare, scenario, last, ""))
	return goal{
		text:  fmt.Sprintf("%s, keeping nothing in memory, grows no faster than the logarithm from %d to %d resources (%.1f times)", titles()[scenario], first, last, allowed),
		found: timesOf(found), met: found.median <= allowed, known: found.median > 0,
	}
}

// growth is how many times longer one takes than another, turn by turn.
func (r *report) growth(from, to func(Sample) bool) spread {
	return turns(r.Growth, to, from, p50, func(large, small float64) float64 { return large / small })
}

// growthAsRun tells both: how far the largest network is from what the logarithm allows, which nothing in memory is measured by, and how much
// slower than a small one, which is all in memory.
func (r *report) growthAsRun(scenario string, first, last int, allowed float64) goal {
	large := inGrowth(ours, scenario, last, "")
	found := r.growth(inGrowth(bare, scenario, first, ours), large)
	inMemory := r.growth(inGrowth(ours, scenario, first, ""), large)
	return goal{
		text:  fmt.Sprintf("%s, as people run it: with %d resources within %.1f times what it takes with %d and nothing in memory", titles()[scenario], last, allowed, first),
		found: fmt.Sprintf("%s; %s what it takes with %d, all of which are in memory", timesOf(found), timesOf(inMemory), first),
		met:   found.median <= allowed, known: found.median > 0,
	}
}
