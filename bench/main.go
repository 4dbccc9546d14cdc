// Bench measures Staffroom beside the least that could do its work and beside its peers, and writes docs/performance.md.
//
//	go run ./bench prepare  make the networks and their search indexes, which run does, too, if they are not there
//	go run ./bench run      measure, and write the report
//	go run ./bench crowd    ask for heavy things from many connections, and fail if others wait or memory grows
//	go run ./bench report   write the report again from what was measured last
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/staffroom-schools/staffroom/bench/seed"
)

// settings are what is measured, and for how long.
type settings struct {
	data        string
	size        seed.Size
	writeSize   seed.Size
	growth      []seed.Size
	memory      []seed.Size
	subscribers []int
	imported    int
	seconds     float64
	repeats     int
	connections int
	only        []string
	contenders  []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("say what to do: prepare, run, crowd, or report")
	}
	if args[0] == "floor" { // started by run
		return floorMain(ctx, args[1:])
	}
	s, err := readSettings(args[1:])
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	switch args[0] {
	case "prepare", "run", "crowd":
		if args[0] == "crowd" {
			s.only, s.contenders = []string{"crowd"}, []string{ours}
		}
		b, err := newBench(ctx, s, log)
		if err != nil {
			return err
		}
		switch args[0] {
		case "prepare":
			return b.prepare(ctx)
		case "crowd":
			err := b.crowd(ctx)
			return errors.Join(err, b.out.Crowd.judge())
		}
		return b.run(ctx)
	case "report":
		return reportAgain(s.data)
	default:
		return fmt.Errorf("there is no command %q", args[0])
	}
}

func readSettings(args []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&s.data, "data", "bench/data", "folder for networks and results")
	flags.Float64Var(&s.seconds, "seconds", 2, "how long each contender is asked each time")
	flags.IntVar(&s.repeats, "repeats", 5, "how often")
	flags.IntVar(&s.connections, "connections", 32, "connections at once")
	flags.IntVar(&s.imported, "import", 50_000, "establishments to import")
	size := flags.Int("size", 100_000, "resources of the network for the scenarios")
	writeSize := flags.Int("write-size", 10_000, "resources of the network that is written to")
	growth := flags.String("growth", "1000,10000,100000,1000000", "resources of the networks that show how times grow")
	memory := flags.String("memory", "0,100000,1000000", "resources of the networks that a server is started and left idle on")
	subscribers := flags.String("subscribers", "1000,10000", "subscribers to one thread")
	only := flags.String("only", "read,write,fanout,growth,start,import,crowd", "what to measure")
	names := flags.String("contenders", "staffroom,floor,mercurius,apollo,yoga,pocketbase", "whom to measure")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	s.size, s.writeSize = seed.Size(*size), seed.Size(*writeSize)
	s.only, s.contenders = strings.Split(*only, ","), strings.Split(*names, ",")
	var err1, err2, err3 error
	s.growth, err1 = numbers[seed.Size](*growth)
	s.memory, err2 = numbers[seed.Size](*memory)
	s.subscribers, err3 = numbers[int](*subscribers)
	return s, errors.Join(err1, err2, err3)
}

// String is how to measure the same again.
func (s *settings) String() string {
	return fmt.Sprintf(
		"-size %d -write-size %d -seconds %g -repeats %d -connections %d -growth %s -memory %s -subscribers %s -import %d", s.size, s.writeSize,
		s.seconds, s.repeats, s.connections, listed(s.growth), listed(s.memory), listed(s.subscribers), s.imported,
	)
}

func listed[N ~int](list []N) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(int(n))
	}
	return strings.Join(words, ",")
}

func numbers[N ~int](list string) ([]N, error) {
	var out []N
	for word := range strings.SplitSeq(list, ",") {
		if word == "" {
			continue
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("%q is no number of anything", word)
		}
		out = append(out, N(n))
	}
	return out, nil
}

func (s *settings) wants(contender string) bool { return slices.Contains(s.contenders, contender) }

func (s *settings) measures(part string) bool { return slices.Contains(s.only, part) }

// sizes are those of all networks that are measured.
func (s *settings) sizes() []seed.Size {
	var sizes []seed.Size
	for part, these := range map[string][]seed.Size{
		"read": {s.size}, "write": {s.writeSize}, "fanout": {s.writeSize}, "crowd": {s.writeSize}, "growth": s.growth, "start": s.memory,
	} {
		if s.measures(part) {
			sizes = append(sizes, these...)
		}
	}
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

func (s *settings) duration() time.Duration { return time.Duration(s.seconds * float64(time.Second)) }

// run measures what was asked for, and writes the report after each part, so that nothing measured is lost.
func (b *bench) run(ctx context.Context) error {
	parts := []struct {
		name    string
		measure func(context.Context) error
	}{
		{"read", b.reads},
		{"write", b.writes},
		{"fanout", b.fanouts},
		{"growth", b.growths},
		{"start", b.starts},
		{"import", b.imports},
		{"crowd", b.crowd},
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	for _, part := range parts {
		if !b.measures(part.name) {
			continue
		}
		b.log.InfoContext(ctx, "Measuring.", "part", part.name)
		start := time.Now()
		if err := part.measure(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		b.out.Parts[part.name] = Part{Commit: b.out.Machine.Commit, Took: time.Since(start)}
		if err := b.out.save(b.data); err != nil {
			return err
		}
	}
	return errors.Join(reportAgain(b.data), b.out.Crowd.judge())
}
