package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/staffroom-schools/staffroom/bench/floor"
	"github.com/staffroom-schools/staffroom/bench/load"
	"github.com/staffroom-schools/staffroom/bench/ops"
	"github.com/staffroom-schools/staffroom/bench/seed"
)

// bench is where everything is, and how much is measured.
type bench struct {
	settings
	log *slog.Logger
	// binary is Staffroom, self this program, pocketBase the program of bench/pocketbase.
	binary, self, pocketBase string
	// peers is the folder bench/peers, secret a file that holds one.
	peers, secret string
	out           *Results
	// crowds is how many crowds of subscribers there were.
	crowds int
}

// newBench builds what is measured.
func newBench(ctx context.Context, s settings, log *slog.Logger) (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(s.data)
	if err != nil {
		return nil, err
	}
	s.data = root
	b := &bench{
		settings: s, log: log, self: self, out: newResults(ctx, s), peers: filepath.Join("bench", "peers"),
		binary: filepath.Join(root, "staffroom"), pocketBase: filepath.Join(root, "pocketbase"), secret: filepath.Join(root, "client-secret"),
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(b.secret, []byte("nobody signs in while this runs\n"), 0o600); err != nil {
		return nil, err
	}
	return b, b.build(ctx)
}

// build compiles Staffroom, and PocketBase and the peers if they are to be measured.
func (b *bench) build(ctx context.Context) error {
	steps := [][]string{{".", "go", "build", "-o", b.binary, "."}}
	if b.wants("pocketbase") {
		steps = append(steps, []string{filepath.Join("bench", "pocketbase"), "go", "build", "-o", b.pocketBase, "."})
	}
	if (b.wants("mercurius") || b.wants("apollo") || b.wants("yoga")) && !b.installed() {
		steps = append(steps, []string{b.peers, "npm", "ci", "--no-audit", "--no-fund"})
	}
	for _, step := range steps {
		cmd := exec.CommandContext(ctx, step[1], step[2:]...) //nolint:gosec // the steps are those above
		cmd.Dir, cmd.Stdout, cmd.Stderr = step[0], os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s in %s: %w", step[1], step[0], err)
		}
	}
	return nil
}

// installed says whether the packages of the peers are there, and those that package-lock.json names now.
func (b *bench) installed() bool {
	wanted, err1 := os.Stat(filepath.Join(b.peers, "package-lock.json"))
	there, err2 := os.Stat(filepath.Join(b.peers, "node_modules", ".package-lock.json"))
	return errors.Join(err1, err2) == nil && !there.ModTime().Before(wanted.ModTime())
}

// chosen are the contenders that are measured.
func (b *bench) chosen() []contender {
	var out []contender
	for _, c := range contenders() {
		if b.wants(c.name) {
			out = append(out, c)
		}
	}
	return out
}

// running is a contender at work.
type running struct {
	contender
	*process
	size seed.Size
	// pace is how many requests a second it answered when it was last asked, by scenario.
	pace map[string]float64
	// beside is what Sample.Beside says in its samples.
	beside string
}

// start starts a contender on a data folder.
func (b *bench) start(ctx context.Context, c contender, data string, size seed.Size, how manner) (*running, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	logFile := filepath.Join(filepath.Dir(data), c.name+".log")
	if c.name == "pocketbase" {
		if err := b.fillPocketBase(ctx, data); err != nil {
			return nil, err
		}
	}
	p, err := launch(ctx, c.command(ctx, b, data, address, how), address, c.readiness, logFile)
	if err != nil {
		return nil, err
	}
	b.log.InfoContext(ctx, "Started.", "contender", c.name, "ready", p.ready, "cached", how.cached)
	return &running{contender: c, process: p, size: size, pace: map[string]float64{}}, nil
}

// fillPocketBase copies the rows that PocketBase is asked for into its own file, once.
func (b *bench) fillPocketBase(ctx context.Context, data string) error {
	folder := filepath.Join(filepath.Dir(data), "pocketbase")
	if _, err := os.Stat(filepath.Join(folder, "filled")); err == nil {
		return nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.pocketBase, "fill", "--dir", folder, seed.File(data))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot fill PocketBase: %w\n%s", err, out)
	}
	return os.WriteFile(filepath.Join(folder, "filled"), nil, 0o600)
}

// startAll starts contenders on the network of this size, each idle until it is asked.
func (b *bench) startAll(ctx context.Context, size seed.Size, cached bool, list []contender) (all []*running, err error) {
	data, err := b.network(ctx, size)
	if err != nil {
		return nil, err
	}
	if err := floor.FillWords(seed.File(data), wordsFile(data)); err != nil {
		return nil, err
	}
	for _, c := range list {
		r, err := b.start(ctx, c, data, size, manner{cached: cached && c.caches})
		if err != nil {
			return nil, errors.Join(err, stopAll(all))
		}
		all = append(all, r)
	}
	return all, nil
}

func stopAll(all []*running) error {
	var problems []error
	for _, r := range all {
		problems = append(problems, r.stop())
	}
	return errors.Join(problems...)
}

// network is the data folder of the network of this size, with its people signed in.
func (b *bench) network(ctx context.Context, size seed.Size) (string, error) {
	data, err := seed.Ensure(ctx, b.data, size, b.log)
	if err != nil {
		return "", err
	}
	return data, seed.SignIn(ctx, data, size)
}

// ask asks for one case, and gives the answer.
func (r *running) ask(ctx context.Context, op ops.Op, n int) ([]byte, error) {
	status, body, err := load.Once(ctx, r.address, op.Request(r.dialect, r.size, n, n))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.name, op.Name, err)
	}
	if status != 200 {
		return nil, fmt.Errorf("%s: %s: status %d: %.500s", r.name, op.Name, status, body)
	}
	return bytes.TrimSpace(body), nil
}

// prepare makes all networks that are measured, with their search indexes: what takes longest, and is kept between runs.
func (b *bench) prepare(ctx context.Context) error {
	for _, size := range b.sizes() {
		data, err := b.network(ctx, size)
		if err != nil {
			return err
		}
		if size == b.size && b.measures("read") {
			if err := floor.FillWords(seed.File(data), wordsFile(data)); err != nil {
				return err
			}
		}
		if !b.wants(ours) {
			continue
		}
		r, err := b.start(ctx, contenders()[0], data, size, manner{})
		if err != nil {
			return err
		}
		if size > 0 {
			err = b.indexed(ctx, r)
			r.calm() // what searches look up is prepared at rest, once
		}
		if err := errors.Join(err, r.stop()); err != nil {
			return err
		}
	}
	return nil
}

// indexed waits until the search index of the server has the whole network.
func (b *bench) indexed(ctx context.Context, r *running) error {
	op, start, told := ops.Count(), time.Now(), time.Now()
	for {
		answer, err := r.ask(ctx, op, 0)
		if err != nil {
			return err
		}
		if bytes.Contains(answer, fmt.Appendf(nil, `"totalCount":%d}`, r.size)) {
			b.log.InfoContext(ctx, "The search index has everything.", "resources", int(r.size), "waited", time.Since(start).Round(time.Millisecond))
			if time.Since(start) > time.Second {
				r.calm() // a new index is put in order for a while
			}
			return nil
		}
		if time.Since(start) > 2*time.Hour {
			return fmt.Errorf("the search index did not catch up: %.200s", answer)
		}
		if time.Since(told) > 15*time.Second {
			b.log.InfoContext(ctx, "The search index is being made.", "resources", int(r.size), "answer", string(answer))
			told = time.Now()
		}
		time.Sleep(500 * time.Millisecond)
	}
}
