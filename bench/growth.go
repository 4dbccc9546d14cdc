package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/staffroom-schools/staffroom/bench/seed"
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
	groups, err := b.growthGroups(ctx, folders)
	if err != nil {
		return err
	}
	for _, group := range groups {
		if err := b.growTogether(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// place is a contender on a network of some size; what beside is, Sample.Beside says.
type place struct {
	contender
	folder string
	size   seed.Size
	beside string
}

// growthGroups are those that take turns: Staffroom as people run it, and when it keeps nothing, as only one Staffroom at a time may have a
// data folder.
func (b *bench) growthGroups(ctx context.Context, folders []string) ([][]place, error) {
	asRun := b.everywhere(folders, contenders()[:2])
	if b.wants(ours) && len(folders) > 0 {
		small, err := b.smallBare(ctx, folders)
		if err != nil {
			return nil, err
		}
		asRun = append(asRun, small)
	}
	return [][]place{asRun, b.everywhere(folders, []contender{keepsNothing()})}, nil
}

// everywhere are contenders on the networks of all sizes.
func (b *bench) everywhere(folders []string, list []contender) []place {
	var out []place
	for i, size := range b.growth {
		for _, c := range list {
			if b.wants(c.name) || c.name == bare {
				out = append(out, place{contender: c, folder: folders[i], size: size})
			}
		}
	}
	return out
}

// smallBare is Staffroom when it keeps nothing, on a copy of the smallest network: the largest one, as people run it, is compared with that, and so
// takes turns with it.
func (b *bench) smallBare(ctx context.Context, folders []string) (place, error) {
	smallest := slices.Min(b.growth)
	folder, err := copyNetwork(ctx, folders[slices.Index(b.growth, smallest)], filepath.Join(b.data, "copies", "small"))
	return place{keepsNothing(), folder, smallest, ours}, err
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

// growTogether starts a group, and asks it.
func (b *bench) growTogether(ctx context.Context, group []place) error {
	var all []*running
	for _, at := range group {
		r, err := b.start(ctx, at.contender, at.folder, at.size, manner{})
		if err != nil {
			return errors.Join(err, stopAll(all))
		}
		r.beside = at.beside
		all = append(all, r)
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
