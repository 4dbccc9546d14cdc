package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/staffroom-schools/staffroom/bench/load"
)

// Results is everything that was measured, as it is kept in results.json.
type Results struct {
	Machine  Machine
	Settings string
	Samples  []Sample
	Growth   []Sample
	Fanouts  []Fanout
	Starts   []Start
	Imports  []Import
	Crowd    *Crowd
	// Agreement is over searches.
	Agreement Agreement
	// Parts are those that were measured, by name.
	Parts map[string]Part
}

// Part is which program a part was measured with last, and how long that took.
type Part struct {
	Commit string
	Took   time.Duration
}

// Machine is where it was measured, and with what.
type Machine struct {
	When                                time.Time
	Processor, Kernel, Go, Node, Commit string
	Cores                               int
	MemoryMiB                           int
	FsyncMicros                         int
}

// Sample is one contender asked for one thing for some seconds.
type Sample struct {
	Scenario, Contender string
	// Resources is the size of the network.
	Resources   int
	Connections int
	// Beside names the contender of a pass of its own, in which this was measured, too; most are measured beside all others. In Growth it names
	// the one with which another, that has turns of its own, took turns here.
	Beside string
	// Cached says that the same few cases were asked for again and again.
	Cached bool
	// Rate is the fixed rate in requests a second; 0 for as fast as it goes.
	Rate      float64
	Repeat    int
	Requests  int
	Seconds   float64
	PerSecond float64
	// In microseconds.
	P50, P90, P99, Max int64
	// Processor time in seconds.
	ServerCPU, GeneratorCPU float64
	// MemoryMiB is what the server holds afterwards.
	MemoryMiB float64
}

// Fanout is one post sent to many subscribers, several times.
type Fanout struct {
	Contender   string
	Subscribers int
	Repeat      int
	// Milliseconds from the write until half, 99 of 100 and all of the subscribers had it.
	Half, Most, All float64
	// MemoryMiB is of the server with all subscribers connected.
	MemoryMiB float64
	// Processor time in seconds for one post.
	ServerCPU, GeneratorCPU float64
}

// Start is a server started on a network, and then left idle.
type Start struct {
	Resources, Documents int
	Repeat               int
	ReadyMillis          float64
	IdleMiB              float64
}

// Import is establishments read into an empty store.
type Import struct {
	Establishments, Repeat int
	Seconds, MemoryMiB     float64
}

// Crowd is what others get while many ask for heavy things at once.
type Crowd struct {
	// Connections is how many ask for heavy things, Heavy and Refused how many of these were answered and refused.
	Connections, Heavy, Refused int
	// Small is how many small queries of others were answered meanwhile; their times are in microseconds.
	Small         int
	P50, P99, Max int64
	// PeakMiB is the most memory that the server held.
	PeakMiB float64
}

func newResults(ctx context.Context, s settings) *Results {
	r := &Results{Parts: map[string]Part{}, Settings: s.String()}
	r.Machine = Machine{
		When: time.Now().UTC(), Processor: procField("/proc/cpuinfo", "model name"), Kernel: output(ctx, "uname", "-sr"),
		Go: runtime.Version(), Node: output(ctx, "node", "--version"), Commit: output(ctx, "git", "rev-parse", "--short", "HEAD"),
		Cores: runtime.NumCPU(), FsyncMicros: fsyncMicros(s.data),
	}
	_, _ = fmt.Sscan(procField("/proc/meminfo", "MemTotal"), &r.Machine.MemoryMiB)
	r.Machine.MemoryMiB >>= 10
	return r
}

func output(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// procField is the first value of a name in a file of "name: value" lines.
func procField(file, name string) string {
	text, _ := os.ReadFile(file) // unknown, then
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// fsyncMicros is the median time that the disk takes to keep 4 KiB, which bounds every write with full durability.
func fsyncMicros(folder string) int {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0
	}
	f, err := os.CreateTemp(folder, "fsync")
	if err != nil {
		return 0
	}
	defer os.Remove(f.Name()) //nolint:errcheck // a few bytes may stay
	defer f.Close()           //nolint:errcheck // nobody reads it
	page, times := make([]byte, 4096), make([]int, 101)
	for i := range times {
		start := time.Now()
		_, err1 := f.Write(page)
		if errors.Join(err1, f.Sync()) != nil {
			return 0
		}
		times[i] = int(time.Since(start).Microseconds())
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func resultsFile(data string) string { return filepath.Join(data, "results.json") }

// save adds what was measured to what is kept: a part that was measured again replaces what it was.
func (r *Results) save(data string) error {
	kept, err := loadResults(data)
	if errors.Is(err, os.ErrNotExist) {
		kept, err = &Results{}, nil
	}
	if err != nil {
		return err
	}
	kept.Machine, kept.Settings = r.Machine, r.Settings
	kept.Samples = again(kept.Samples, r.Samples)
	kept.Growth = orKept(r.Growth, kept.Growth)
	kept.Fanouts = orKept(r.Fanouts, kept.Fanouts)
	kept.Starts = orKept(r.Starts, kept.Starts)
	kept.Imports = orKept(r.Imports, kept.Imports)
	if r.Crowd != nil {
		kept.Crowd = r.Crowd
	}
	if kept.Parts == nil {
		kept.Parts = map[string]Part{}
	}
	maps.Copy(kept.Parts, r.Parts)
	if r.Agreement.Questions > 0 {
		kept.Agreement = r.Agreement
	}
	text, err := json.MarshalIndent(kept, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(resultsFile(data), text, 0o600)
}

// again replaces all old samples of what was asked again, whoever was asked, on whatever network.
func again(old, fresh []Sample) []Sample {
	key := func(s Sample) string {
		return fmt.Sprint(s.Scenario, s.Contender, s.Beside, s.Connections == 1, s.Cached, s.Rate > 0)
	}
	measured := map[string]bool{}
	for _, s := range fresh {
		measured[key(s)] = true
	}
	return append(slices.DeleteFunc(old, func(s Sample) bool { return measured[key(s)] }), fresh...)
}

func orKept[T any](fresh, kept []T) []T {
	if len(fresh) > 0 {
		return fresh
	}
	return kept
}

func loadResults(data string) (*Results, error) {
	text, err := os.ReadFile(resultsFile(data))
	if err != nil {
		return nil, err
	}
	r := &Results{}
	return r, json.Unmarshal(text, r)
}

// fill takes over what the load generator saw.
func (s *Sample) fill(r *load.Result) {
	s.Requests, s.Seconds, s.PerSecond = r.Requests, r.Elapsed.Seconds(), r.PerSecond()
	s.P50, s.P90 = r.Quantile(0.5).Microseconds(), r.Quantile(0.9).Microseconds()
	s.P99, s.Max = r.Quantile(0.99).Microseconds(), r.Quantile(1).Microseconds()
}
