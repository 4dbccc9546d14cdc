package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/staffroom-schools/staffroom/bench/load"
	"github.com/staffroom-schools/staffroom/bench/ops"
	"github.com/staffroom-schools/staffroom/bench/seed"
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
	sample.Scenario, sample.Contender, sample.Resources = s.name, r.name, int(r.size)
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

// round asks all contenders for a scenario, one after the other, as often as there are repeats: as fast as they go, and then at one
// rate for all, which leaves the slowest of them some room. What is not asked, but measured beside them, has its turn after each repeat of the
// former.
func (b *bench) round(ctx context.Context, all []*running, s scenario, cached bool, besides func(repeat int) error) error {
	rate := 0.0
	for repeat := range 2 * b.repeats {
		if repeat == b.repeats {
			rate = b.fixedRate(s.name, cached)
		}
		sample := Sample{Connections: b.connections, Cached: cached, Rate: rate, Repeat: repeat % b.repeats}
		if err := b.turns(ctx, all, s, sample, repeat, &b.out.Samples); err != nil {
			return err
		}
		if rate > 0 {
			continue
		}
		if err := besides(repeat); err != nil {
			return err
		}
	}
	return nil
}

// turns asks all who can be asked once, one after the other. Nobody is always first, and each turn begins with cases of its own.
func (b *bench) turns(ctx context.Context, all []*running, s scenario, like Sample, turn int, keep *[]Sample) error {
	for i := range all {
		r := all[(i+turn)%len(all)]
		if !s.can(r) {
			continue
		}
		sample, err := b.measure(ctx, r, s, like, (1+turn)*stride)
		if err != nil {
			return err
		}
		*keep = append(*keep, sample)
	}
	return nil
}

// nothing is measured beside those that are asked.
func nothing(int) error { return nil }

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
		first := len(b.out.Samples)
		err = b.readAll(ctx, all, pass.cached, pass.asked)
		for i := range b.out.Samples[first:] {
			b.out.Samples[first+i].Beside = pass.beside
		}
		if err := errors.Join(err, stopAll(all)); err != nil {
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
		if r.name == ours {
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
	for _, s := range list {
		var able []*running
		for _, r := range all {
			if s.can(r) {
				able = append(able, r)
			}
		}
		if err := b.round(ctx, able, s, cached, nothing); err != nil {
			return err
		}
	}
	return nil
}

// growths measures (a) to (d) on networks of growing size, on one connection: the time that one request takes. The floor is asked, too, for what
// it needs no words for, so as to tell what grows in SQLite from what grows in Staffroom; and Staffroom when it keeps nothing, so as to
// tell what grows from what is no longer in memory.
//
// Networks of all sizes take turns, so that they meet the same machine.
func (b *bench) growths(ctx context.Context) error {
	folders := make([]string, len(b.growth))
	for i, size := range b.growth {
		var err error
		if folders[i], err = b.network(ctx, size); err != nil {
			return err
		}
		if err := readThrough(ctx, folders[i]); err != nil {
			return err
		}
	}
	for _, group := range [][]contender{contenders()[:2], {keepsNothing()}} { // one Staffroom at a time may have a data folder
		if err := b.growTogether(ctx, folders, group); err != nil {
			return err
		}
	}
	return nil
}

// readThrough reads the files of a network, so that the machine has them in memory, as far as there is room, for whoever is asked first as well.
func readThrough(ctx context.Context, data string) error {
	return filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		file, err := os.Open(path) //nolint:gosec // a file of the network
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, file)
		return errors.Join(err, file.Close())
	})
}

// growTogether asks a group of contenders, each on the networks of all sizes.
func (b *bench) growTogether(ctx context.Context, folders []string, group []contender) error {
	var all []*running
	for i, size := range b.growth {
		for _, c := range group {
			if !b.wants(c.name) && c.name != bare {
				continue
			}
			r, err := b.start(ctx, c, folders[i], size, manner{})
			if err != nil {
				return errors.Join(err, stopAll(all))
			}
			all = append(all, r)
		}
	}
	return errors.Join(b.grow(ctx, all), stopAll(all))
}

// settle is how many times each scenario is asked for as long as it is measured before it is: until what a server keeps in memory hardly changes.
const settle = 3

func (b *bench) grow(ctx context.Context, all []*running) error {
	for _, r := range all {
		if r.name != "floor" {
			if err := b.indexed(ctx, r); err != nil {
				return err
			}
		}
		for times := range settle {
			if err := b.warm(ctx, []*running{r}, grownScenarios(r), 1, (1+b.repeats+times)*stride); err != nil {
				return err
			}
		}
	}
	for repeat := range b.repeats {
		for _, s := range readScenarios() {
			able := slices.DeleteFunc(slices.Clone(all), func(r *running) bool { return !growsIn(r, s) })
			if err := b.turns(ctx, able, s, Sample{Connections: 1, Repeat: repeat}, repeat, &b.out.Growth); err != nil {
				return err
			}
		}
	}
	return nil
}

// growsIn says whether a contender is asked for a scenario on networks of growing size: the floor not for words, whose table it would take
// long to make.
func growsIn(r *running, s scenario) bool { return r.name != "floor" || s.name != "search" }

// grownScenarios are those that it is asked for.
func grownScenarios(r *running) []scenario {
	return slices.DeleteFunc(readScenarios(), func(s scenario) bool { return !growsIn(r, s) })
}

// writes measures (e) and (f), each contender on a copy of its own, and the raw loop beside them.
func (b *bench) writes(ctx context.Context) error {
	all, err := b.startCopies(ctx, b.writeSize)
	if err != nil {
		return err
	}
	return errors.Join(b.writeAll(ctx, all), stopAll(all))
}

// startCopies starts all chosen contenders that write, each on a copy of its own of the network of this size.
func (b *bench) startCopies(ctx context.Context, size seed.Size) (all []*running, err error) {
	data, err := b.network(ctx, size)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stopAll(all))
		}
	}()
	for _, c := range b.chosen() {
		if c.dialect == ops.PocketBase {
			continue
		}
		copied, err := copyNetwork(ctx, data, filepath.Join(b.data, "copies", c.name))
		if err != nil {
			return all, err
		}
		r, err := b.start(ctx, c, copied, size, manner{})
		if err != nil {
			return all, err
		}
		all = append(all, r)
		if c.name == ours {
			if err := b.indexed(ctx, r); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

func (b *bench) writeAll(ctx context.Context, all []*running) error {
	if err := b.warm(ctx, all, writeScenarios(), b.connections, 0); err != nil {
		return err
	}
	raw, err := copyNetwork(ctx, filepath.Join(seed.Folder(b.data, b.writeSize)), filepath.Join(b.data, "copies", "raw"))
	if err != nil {
		return err
	}
	for _, s := range writeScenarios() {
		besides := func(connections int) func(int) error {
			if s.name != "create" {
				return nothing
			}
			return func(repeat int) error { return b.insertRaw(raw, repeat, connections) }
		}
		if err := errors.Join(b.alone(ctx, all, s, besides(1)), b.round(ctx, all, s, false, besides(b.connections))); err != nil {
			return err
		}
	}
	return nil
}

// alone asks all contenders for a scenario on one connection, one after the other, as often as there are repeats.
func (b *bench) alone(ctx context.Context, all []*running, s scenario, besides func(repeat int) error) error {
	for repeat := range b.repeats {
		if err := b.turns(ctx, all, s, Sample{Connections: 1, Repeat: repeat}, repeat, &b.out.Samples); err != nil {
			return err
		}
		if err := besides(repeat); err != nil {
			return err
		}
	}
	return nil
}

// copyNetwork copies a data folder, and replaces what was there.
func copyNetwork(ctx context.Context, from, to string) (string, error) {
	if err := os.RemoveAll(to); err != nil {
		return "", err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "cp", "-r", from, to+"/data").CombinedOutput(); err != nil {
		return "", fmt.Errorf("cp: %w: %s", err, out)
	}
	return filepath.Join(to, "data"), nil
}
