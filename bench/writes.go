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
	for _, c := range b.chosen() {
		if c.dialect == ops.PocketBase {
			continue
		}
		r, err := b.startCopy(ctx, c, size)
		if err != nil {
			return nil, errors.Join(err, stopAll(all))
		}
		all = append(all, r)
	}
	return all, nil
}

// startCopy starts a contender on a copy of its own of the network of this size.
func (b *bench) startCopy(ctx context.Context, c contender, size seed.Size) (*running, error) {
	data, err := b.network(ctx, size)
	if err != nil {
		return nil, err
	}
	copied, err := copyNetwork(ctx, data, filepath.Join(b.data, "copies", c.name))
	if err != nil {
		return nil, err
	}
	r, err := b.start(ctx, c, copied, size, manner{})
	if err != nil || !c.indexes {
		return r, err
	}
	if err := b.indexed(ctx, r); err != nil {
		return nil, errors.Join(err, r.stop())
	}
	return r, nil
}

func (b *bench) writeAll(ctx context.Context, all []*running) error {
	if err := b.warm(ctx, all, writeScenarios(), b.connections, 0); err != nil {
		return err
	}
	raw, err := copyNetwork(ctx, filepath.Join(seed.Folder(b.data, b.writeSize)), filepath.Join(b.data, "copies", "raw"))
	if err != nil {
		return err
	}
	alone, many := b.writeTasks(raw, 1), b.writeTasks(raw, b.connections)
	if err := b.rounds(ctx, all, append(alone, many...), false); err != nil {
		return err
	}
	return b.pacedRounds(ctx, all, many, false)
}

// writeTasks are (e), beside the raw loop, and (f).
func (b *bench) writeTasks(raw string, connections int) []task {
	list := tasks(writeScenarios(), connections)
	list[0].besides = func(repeat int) error { return b.insertRaw(raw, repeat, connections) }
	return list
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
