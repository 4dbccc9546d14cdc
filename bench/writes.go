package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/staffroom-schools/staffroom/bench/ops"
	"github.com/staffroom-schools/staffroom/bench/seed"
)

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
