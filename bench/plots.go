package main

import (
	"fmt"
	"math"
	"strings"
)

// plots are the pictures of the report, by name.
func (r *report) plots() map[string]string {
	return map[string]string{
		"reads-uncached": r.bars("Requests a second, uncached", false),
		"reads-cached":   r.bars("Requests a second, cached", true),
		"growth":         r.curves(),
		"fanout":         r.fanoutBars(),
	}
}

// colours tell contenders or scenarios apart, for the colour-blind too (Okabe and Ito).
func colours() []string {
	return []string{"#0072b2", "#999999", "#e69f00", "#d55e00", "#cc79a7", "#009e73", "#56b4e9"}
}

const plotHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 %d" font-family="sans-serif" font-size="12" role="img" aria-label="%s">` +
	`<rect width="760" height="%d" fill="#fff"/><text x="20" y="24" font-size="15">%s</text>` + "\n"

// bar is one bar of a plot.
type bar struct {
	name   string
	figure spread
}

// bars draws how many requests each contender answers in (a) to (d).
func (r *report) bars(title string, cached bool) string {
	var groups []string
	bars := map[string][]bar{}
	for _, scenario := range []string{"resource", "page", "thread", "search"} {
		groups = append(groups, titles()[scenario])
		for _, name := range r.names() {
			figure := r.figures(scenario, name, r.connections(), cached, false, perSecond)
			bars[titles()[scenario]] = append(bars[titles()[scenario]], bar{name, figure})
		}
	}
	return barPlot(title, groups, bars)
}

// fanoutBars draws how long posts take to 99 of 100 subscribers.
func (r *report) fanoutBars() string {
	var groups []string
	bars := map[string][]bar{}
	for _, n := range r.subscribers() {
		group := fmt.Sprintf("%d subscribers", n)
		groups = append(groups, group)
		for _, c := range contenders() {
			same := func(f Fanout) bool { return f.Contender == c.name && f.Subscribers == n }
			bars[group] = append(bars[group], bar{c.name, over(r.Fanouts, same, func(f Fanout) float64 { return f.Most })})
		}
	}
	return barPlot("Milliseconds until 99 of 100 subscribers have a post: shorter is better", groups, bars)
}

// barPlot draws groups of bars, each group to its own scale. Colours go by place in the group.
func barPlot(title string, groups []string, bars map[string][]bar) string {
	var out strings.Builder
	y := 40
	for _, group := range groups {
		most := 0.0
		for _, b := range bars[group] {
			most = max(most, b.figure.median)
		}
		if most == 0 {
			continue
		}
		y += 14
		fmt.Fprintf(&out, `<text x="20" y="%d" font-weight="bold">%s</text>`+"\n", y, group)
		for i, b := range bars[group] {
			if b.figure.median == 0 {
				continue
			}
			width := 480 * b.figure.median / most
			y += 20
			fmt.Fprintf(&out, `<text x="20" y="%d">%s</text><rect x="120" y="%d" width="%.1f" height="15" fill="%s"/><text x="%.1f" y="%d">%s</text>`+"\n",
				y, b.name, y-12, width, colours()[i%7], 126+width, y, b.figure)
		}
		y += 14
	}
	return fmt.Sprintf(plotHead, y+20, title, y+20, title) + out.String() + "</svg>\n"
}

// curves draws the time of one request over the size of the network, both logarithmic.
func (r *report) curves() string {
	const title = "p50 of one request in ms, by resources of the network"
	sizes := r.sizes()
	var out strings.Builder
	if len(sizes) > 1 {
		x := func(size int) float64 {
			return 70 + 560*(math.Log10(float64(size))-math.Log10(float64(sizes[0])))/(math.Log10(float64(sizes[len(sizes)-1]))-math.Log10(float64(sizes[0])))
		}
		y := func(ms float64) float64 { return 230 - 57*math.Log10(max(ms, 0.05)) } // 0.1 ms to a second
		for _, ms := range []float64{0.1, 1, 10, 100, 1000} {
			fmt.Fprintf(&out, `<path d="M70 %.0fH630" stroke="#ddd"/><text x="20" y="%.0f">%g ms</text>`+"\n", y(ms), y(ms)+4, ms)
		}
		for _, size := range sizes {
			fmt.Fprintf(&out, `<text x="%.0f" y="322" text-anchor="middle">%d</text>`+"\n", x(size), size)
		}
		lowest := math.Inf(1) // of the names so far, which must not cover each other
		for i, scenario := range []string{"resource", "page", "thread", "search"} {
			var points []string
			for _, size := range sizes {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(size), y(r.grown(ours, scenario, size).median)))
			}
			lowest = min(lowest-13, y(r.grown(ours, scenario, sizes[len(sizes)-1]).median)+4)
			fmt.Fprintf(&out, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/><text x="636" y="%.0f" fill="%s">%s</text>`+"\n",
				strings.Join(points, " "), colours()[i], lowest, colours()[i], scenario)
		}
	}
	return fmt.Sprintf(plotHead, 330, title, 330, title) + out.String() + "</svg>\n"
}
