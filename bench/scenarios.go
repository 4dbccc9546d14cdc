package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/staffroom-schools/staffroom/bench/load"
	"github.com/staffroom-schools/staffroom/bench/ops"
)

// scenario is what is asked for, case by case.
type scenario struct {
	name string
	op   func(n int) ops.Op
	// all is every op of it, to compare answers and to see who can be asked.
	all []ops.Op
	// among is how many cases there are; 0 for any number, none of which comes twice.
	among int
}

func single(op ops.Op) scenario {
	return scenario{name: op.Name, op: func(int) ops.Op { return op }, all: []ops.Op{op}}
}

// readScenarios are (a) to (d).
func readScenarios() []scenario {
	return []scenario{single(ops.Resource()), single(ops.Page()), single(ops.Thread()), single(ops.Search())}
}

// writeScenarios are (e) and (f).
func writeScenarios() []scenario {
	return []scenario{
		single(ops.Create()),
		{name: "mix", op: ops.Mix(), all: []ops.Op{ops.Create(), ops.Resource(), ops.Page(), ops.Thread()}},
	}
}

// can says whether the contender can be asked for all of the scenario.
func (s scenario) can(r *running) bool {
	for _, op := range s.all {
		if !op.Can(r.dialect) {
			return false
		}
	}
	return true
}

// measure asks one contender for a while. Cases begin at first, so that none is asked for twice in a run.
func (b *bench) measure(ctx context.Context, r *running, s scenario, sample Sample, first int) (Sample, error) {
	sample.Scenario, sample.Contender, sample.Resources, sample.Beside = s.name, r.name, int(r.size), r.beside
	if sample.Cached {
		s.among = ops.Cached
	}
	request := load.Prepare(b.enough(r.pace[s.name], sample.Rate), func(n int) []byte {
		person := n + first
		n = person
		if s.among > 0 {
			n %= s.among
		}
		return s.op(n).Request(r.dialect, r.size, n, person)
	})
	cpu, own := r.cpu(), ownCPU()
	result, err := load.Run(ctx, load.Plan{
		Address: r.address, Connections: sample.Connections, Duration: b.duration(), Rate: sample.Rate, Request: request,
	})
	if err != nil {
		return sample, fmt.Errorf("%s: %s: %w", r.name, s.name, err)
	}
	sample.fill(result)
	if sample.Rate == 0 {
		r.pace[s.name] = max(r.pace[s.name], sample.PerSecond)
	}
	sample.ServerCPU, sample.GeneratorCPU = (r.cpu() - cpu).Seconds(), (ownCPU() - own).Seconds()
	sample.MemoryMiB = float64(r.memory()) / (1 << 20)
	b.log.InfoContext(ctx, "Measured.", "scenario", s.name, "contender", r.name, "cached", sample.Cached, "rate", sample.Rate,
		"perSecond", int(sample.PerSecond), "p50", sample.P50, "p99", sample.P99,
		"cpuMicrosPerRequest", int(sample.ServerCPU*1e6/float64(max(1, sample.Requests))))
	return sample, nil
}

// mostPrepared bounds the memory for requests.
const mostPrepared = 500_000

// enough is how many requests are made before a measurement: a third more than were answered in the same time before, or at this rate.
func (b *bench) enough(pace, rate float64) int {
	if rate == 0 {
		rate = 1.3 * pace
	}
	return min(mostPrepared, int(rate*b.seconds)+b.connections)
}

// stride is how many cases lie between the beginnings of two runs.
const stride = 1_000_000

// task is a scenario that is asked for in turns, on so many connections.
type task struct {
	scenario
	connections int
	// besides measures what is not asked, but measured beside those that are; it has its turn after each of theirs. Nil for nothing.
	besides func(repeat int) error
}

func tasks(list []scenario, connections int) []task {
	out := make([]task, len(list))
	for i, s := range list {
		out[i] = task{scenario: s, connections: connections}
	}
	return out
}

// rounds asks all contenders for all tasks, as fast as they go, before any task comes again: so the repeats of each are spread over all the time that
// this takes, and no task meets only one pace of the machine.
func (b *bench) rounds(ctx context.Context, all []*running, list []task, cached bool) error {
	for repeat := range b.repeats {
		for _, t := range list {
			like := Sample{Connections: t.connections, Cached: cached, Repeat: repeat}
			if err := b.turns(ctx, all, t.scenario, like, repeat, &b.out.Samples); err != nil {
				return err
			}
			if t.besides == nil {
				continue
			}
			if err := t.besides(repeat); err != nil {
				return err
			}
		}
	}
	return nil
}

// pacedRounds asks them in the same way at one rate for all contenders, which leaves the slowest of them some room: it is known after rounds.
func (b *bench) pacedRounds(ctx context.Context, all []*running, list []task, cached bool) error {
	for repeat := range b.repeats {
		for _, t := range list {
			like := Sample{Connections: t.connections, Cached: cached, Rate: b.fixedRate(t.name, cached), Repeat: repeat}
			if err := b.turns(ctx, all, t.scenario, like, b.repeats+repeat, &b.out.Samples); err != nil {
				return err
			}
		}
	}
	return nil
}

// turns asks all who can be asked once, one after the other. Nobody is always first, and each turn begins with cases of its own.
func (b *bench) turns(ctx context.Context, all []*running, s scenario, like Sample, turn int, keep *[]Sample) error {
	able := slices.DeleteFunc(slices.Clone(all), func(r *running) bool { return !s.can(r) })
	for i := range able {
		sample, err := b.measure(ctx, able[(i+turn)%len(able)], s, like, (1+turn)*stride)
		if err != nil {
			return err
		}
		*keep = append(*keep, sample)
	}
	return nil
}

// fixedRate is 60 percent of what the slowest contender answered.
func (b *bench) fixedRate(scenario string, cached bool) float64 {
	slowest := 0.0
	for _, s := range b.out.Samples {
		if s.Scenario == scenario && s.Cached == cached && s.Rate == 0 && s.Connections == b.connections && (slowest == 0 || s.PerSecond < slowest) {
			slowest = s.PerSecond
		}
	}
	return max(1, 0.6*slowest)
}

// warm lets everybody compile and read what they compile and read once. Cases begin at first.
func (b *bench) warm(ctx context.Context, all []*running, list []scenario, connections, first int) error {
	for _, s := range list {
		for _, r := range all {
			if !s.can(r) {
				continue
			}
			plan := load.Plan{Address: r.address, Connections: connections, Duration: min(2*time.Second, b.duration())}
			plan.Request = func(n int) []byte { return s.op(n+first).Request(r.dialect, r.size, n+first, n+first) }
			result, err := load.Run(ctx, plan)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", r.name, s.name, err)
			}
			r.pace[s.name] = result.PerSecond()
		}
	}
	return nil
}

// reads measures (a) to (d): with cases that do not come again, with a few that do, and without anything that Staffroom keeps.
func (b *bench) reads(ctx context.Context) error {
	for _, pass := range []struct {
		cached bool
		list   []contender
		asked  []scenario
		beside string
	}{
		{false, b.chosen(), readScenarios(), ""},
		{true, b.chosen(), readScenarios(), ""},
		{false, b.besideBare(), readScenarios()[:3], bare},
	} {
		all, err := b.startAll(ctx, b.size, pass.cached, pass.list)
		if err != nil {
			return err
		}
		for _, r := range all {
			r.beside = pass.beside
		}
		if err := errors.Join(b.readAll(ctx, all, pass.cached, pass.asked), stopAll(all)); err != nil {
			return err
		}
	}
	return nil
}

// besideBare are Staffroom when it keeps nothing, which cannot run beside Staffroom on one data folder, and those to compare it with.
func (b *bench) besideBare() []contender {
	list := []contender{keepsNothing()}
	for _, c := range b.chosen() {
		if c.name == "floor" || c.name == "mercurius" {
			list = append(list, c)
		}
	}
	return list
}

func (b *bench) readAll(ctx context.Context, all []*running, cached bool, list []scenario) error {
	for _, r := range all {
		if r.indexes {
			if err := b.indexed(ctx, r); err != nil {
				return err
			}
		}
	}
	if err := b.compareAll(ctx, all); err != nil {
		return err
	}
	if err := b.warm(ctx, all, list, b.connections, 0); err != nil {
		return err
	}
	asked := tasks(list, b.connections)
	if err := b.rounds(ctx, all, asked, cached); err != nil {
		return err
	}
	return b.pacedRounds(ctx, all, asked, cached)
}
