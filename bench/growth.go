package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

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
