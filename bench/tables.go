package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// spread is the median of repeats, and between what they lie.
type spread struct{ median, least, most float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	slices.Sort(values)
	n := len(values)
	return spread{(values[(n-1)/2] + values[n/2]) / 2, values[0], values[n-1]}
}

// over is the spread of one figure of all things that are wanted.
func over[T any](all []T, wanted func(T) bool, figure func(T) float64) spread {
	var values []float64
	for _, one := range all {
		if wanted(one) {
			values = append(values, figure(one))
		}
	}
	return spreadOf(values)
}

// table writes a table of Markdown.
func table(head []string, rows [][]string) string {
	if len(rows) == 0 {
		return "Not measured yet.\n"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, row := range rows {
		fmt.Fprintf(&out, "| %s |\n", strings.Join(row, " | "))
	}
	return out.String()
}

// figure writes a number with as many digits as mean something.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func (s spread) String() string {
	if s == (spread{}) {
		return "–"
	}
	return fmt.Sprintf("%s (%s–%s)", figure(s.median), figure(s.least), figure(s.most))
}

// titles are the scenarios' names for people.
func titles() map[string]string {
	return map[string]string{
		"resource": "(a) a resource with its authors", "page": "(b) a page of 20 resources", "thread": "(c) a thread of 50 posts",
		"search": "(d) faceted search", "create": "(e) a new resource", "mix": "(f) nine reads, one write",
	}
}

// names are the contenders that have samples, in the order of contenders.
func (r *report) names() []string {
	var out []string
	for _, c := range append(contenders(), keepsNothing(), contender{name: rawLoop}) {
		if slices.ContainsFunc(r.Samples, func(s Sample) bool { return s.Contender == c.name }) {
			out = append(out, c.name)
		}
	}
	return out
}

// figures is the spread of a figure over the repeats of one cell of a table.
func (r *report) figures(scenario, contender string, connections int, cached, fixed bool, of func(Sample) float64) spread {
	return over(r.Samples, func(s Sample) bool {
		return s.Scenario == scenario && s.Contender == contender && s.Connections == connections && s.Cached == cached && (s.Rate > 0) == fixed &&
			(s.Beside == "" || s.Contender == bare)
	}, of)
}

func perSecond(s Sample) float64 { return s.PerSecond }
func p50(s Sample) float64       { return float64(s.P50) / 1000 }
func p99(s Sample) float64       { return float64(s.P99) / 1000 }
func memory(s Sample) float64    { return s.MemoryMiB }
func serverMicros(s Sample) float64 {
	return s.ServerCPU * 1e6 / float64(max(1, s.Requests))
}

func generatorShare(s Sample) float64 {
	return 100 * s.GeneratorCPU / max(1e-9, s.GeneratorCPU+s.ServerCPU)
}

// connections is how many were used at once, where not one.
func (r *report) connections() int {
	most := 1
	for _, s := range r.Samples {
		most = max(most, s.Connections)
	}
	return most
}

// Reads is the table of (a) to (d).
func (r *report) Reads(cached bool) string {
	return r.samples([]string{"resource", "page", "thread", "search"}, r.connections(), cached)
}

// Writes is the table of (e) and (f) with this many connections; 0 for many.
func (r *report) Writes(connections int) string {
	if connections == 0 {
		connections = r.connections()
	}
	return r.samples([]string{"create", "mix"}, connections, false)
}

func (r *report) samples(scenarios []string, connections int, cached bool) string {
	var rows [][]string
	for _, scenario := range scenarios {
		for _, name := range r.names() {
			speed := r.figures(scenario, name, connections, cached, false, perSecond)
			if speed == (spread{}) {
				continue
			}
			cell := func(fixed bool, of func(Sample) float64) string {
				return r.figures(scenario, name, connections, cached, fixed, of).String()
			}
			rows = append(rows, []string{
				titles()[scenario], name, speed.String(), cell(false, serverMicros), cell(false, p50), cell(false, p99), cell(true, p99), cell(false, memory), cell(false, generatorShare) + " %",
			})
		}
	}
	return table([]string{"scenario", "server", "requests a second", "processor µs a request", "p50 ms", "p99 ms", "p99 ms at a fixed rate", "memory MiB", "generator's share of the processor"}, rows)
}

// Rates says which rates were fixed.
func (r *report) Rates() string {
	var parts []string
	for _, scenario := range []string{"resource", "page", "thread", "search", "create", "mix"} {
		for _, s := range r.Samples {
			if s.Scenario == scenario && s.Rate > 0 && !s.Cached {
				parts = append(parts, fmt.Sprintf("%s %.0f", scenario, s.Rate))
				break
			}
		}
	}
	return strings.Join(parts, ", ")
}

// sizes are the networks in Growth.
func (r *report) sizes() []int {
	var out []int
	for _, s := range r.Growth {
		out = append(out, s.Resources)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (r *report) grown(contender, scenario string, size int) spread {
	return over(r.Growth, inGrowth(contender, scenario, size, ""), p50)
}

// inGrowth says which samples are of one contender on a network of this size, and took turns with those that beside says.
func inGrowth(contender, scenario string, size int, beside string) func(Sample) bool {
	return func(s Sample) bool {
		return s.Contender == contender && s.Scenario == scenario && s.Resources == size && s.Beside == beside
	}
}

// GrowthTable is how one request's time grows with the network.
func (r *report) GrowthTable() string {
	var rows [][]string
	for _, scenario := range []string{"resource", "page", "thread", "search"} {
		for _, name := range []string{ours, bare, "floor"} {
			if !slices.ContainsFunc(r.Growth, func(s Sample) bool { return s.Scenario == scenario && s.Contender == name }) {
				continue
			}
			row := []string{titles()[scenario], name}
			for _, size := range r.sizes() {
				row = append(row, r.grown(name, scenario, size).String())
			}
			rows = append(rows, row)
		}
	}
	head := []string{"p50 in ms, one connection", "server"}
	for _, size := range r.sizes() {
		head = append(head, fmt.Sprintf("%d resources", size))
	}
	return table(head, rows)
}

// subscribers are the numbers of them in Fanouts.
func (r *report) subscribers() []int {
	var out []int
	for _, f := range r.Fanouts {
		out = append(out, f.Subscribers)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// FanoutTable is (g).
func (r *report) FanoutTable() string {
	var rows [][]string
	seen := map[string]bool{}
	for _, f := range r.Fanouts {
		key := fmt.Sprint(f.Contender, f.Subscribers)
		if seen[key] {
			continue
		}
		seen[key] = true
		of := func(figure func(Fanout) float64) string {
			return over(r.Fanouts, func(o Fanout) bool { return o.Contender == f.Contender && o.Subscribers == f.Subscribers }, figure).String()
		}
		rows = append(rows, []string{
			fmt.Sprint(f.Subscribers), f.Contender, of(func(f Fanout) float64 { return f.Half }), of(func(f Fanout) float64 { return f.Most }),
			of(func(f Fanout) float64 { return f.All }), of(func(f Fanout) float64 { return 1000 * f.ServerCPU }),
			of(func(f Fanout) float64 { return f.MemoryMiB }),
			of(func(f Fanout) float64 { return 100 * f.GeneratorCPU / max(1e-9, f.GeneratorCPU+f.ServerCPU) }) + " %",
		})
	}
	return table([]string{
		"subscribers", "server", "half have it, ms", "99 %, ms", "all, ms", "processor ms a post", "memory MiB", "generator's share of the processor",
	}, rows)
}

// StartTable is start-up and idle memory.
func (r *report) StartTable() string {
	var rows [][]string
	seen := map[int]bool{}
	for _, s := range r.Starts {
		if seen[s.Resources] {
			continue
		}
		seen[s.Resources] = true
		same := func(o Start) bool { return o.Resources == s.Resources }
		rows = append(rows, []string{
			fmt.Sprint(s.Resources), fmt.Sprint(s.Documents), over(r.Starts, same, func(s Start) float64 { return s.ReadyMillis }).String(),
			over(r.Starts, same, func(s Start) float64 { return s.IdleMiB }).String(),
		})
	}
	return table([]string{"resources", "documents in all", "ready after ms", "idle memory MiB"}, rows)
}

// ImportTable is the import of the register.
func (r *report) ImportTable() string {
	all := func(Import) bool { return true }
	var rows [][]string
	if len(r.Imports) > 0 {
		rows = append(rows, []string{
			fmt.Sprint(r.Imports[0].Establishments), over(r.Imports, all, func(i Import) float64 { return i.Seconds }).String(),
			over(r.Imports, all, func(i Import) float64 { return i.MemoryMiB }).String(),
		})
	}
	return table([]string{"establishments", "seconds", "peak memory MiB"}, rows)
}

// Resources is the size of the network that was read.
func (r *report) Resources() int {
	for _, s := range r.Samples {
		if s.Scenario == "page" {
			return s.Resources
		}
	}
	return 0
}

// Minutes is how long the measuring took, without making networks.
func (r *report) Minutes() string {
	sum := time.Duration(0)
	for _, part := range r.Parts {
		sum += part.Took
	}
	return fmt.Sprintf("%.0f", sum.Minutes())
}

// Commits is what was measured: one commit, or each with its parts if some were measured again with another one.
func (r *report) Commits() string {
	parts := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(r.Parts)) {
		commit := r.Parts[name].Commit
		parts[commit] = append(parts[commit], name)
	}
	commits := slices.Sorted(maps.Keys(parts))
	if len(commits) == 1 {
		return "commit " + commits[0]
	}
	for i, commit := range commits {
		commits[i] = fmt.Sprintf("%s (%s)", commit, strings.Join(parts[commit], ", "))
	}
	return "commits " + strings.Join(commits, " and ")
}

// Date is when it was measured.
func (r *report) Date() string { return r.Machine.When.Format(time.DateOnly) }

// Keep is how many MiB Staffroom keeps on this machine when nobody says: as keep.go at the top level reckons.
func (r *report) Keep() int { return min(max(r.Machine.MemoryMiB/128, 48), 256) }
