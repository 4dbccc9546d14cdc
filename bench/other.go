package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/staffroom-schools/staffroom/bench/floor"
	"github.com/staffroom-schools/staffroom/bench/ops"
	"github.com/staffroom-schools/staffroom/bench/seed"
)

// rawLoop is the name of what inserts without any server.
const rawLoop = "raw loop"

// insertRaw inserts the same documents into the same tables without any server, one transaction after the other, while nobody else is asked;
// others are asked in turn, on so many connections.
func (b *bench) insertRaw(data string, repeat, connections int) (err error) {
	conn, err := floor.Open(seed.File(data), "PRAGMA cache_size=-16000")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	body, own, start := ops.Body(), ownCPU(), time.Now()
	var times []time.Duration
	for time.Since(start) < b.duration() {
		before := time.Now()
		if _, err := floor.Insert(conn, body); err != nil {
			return err
		}
		times = append(times, time.Since(before))
	}
	elapsed := time.Since(start).Seconds()
	slices.Sort(times)
	at := func(q float64) int64 { return times[min(len(times)-1, int(q*float64(len(times))))].Microseconds() }
	b.out.Samples = append(b.out.Samples, Sample{
		Scenario: "create", Contender: rawLoop, Resources: int(b.writeSize), Connections: connections, Repeat: repeat, Requests: len(times), Seconds: elapsed,
		PerSecond: float64(len(times)) / elapsed, P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: at(1), ServerCPU: (ownCPU() - own).Seconds(),
	})
	return nil
}

// starts measures how long a server takes to answer on a network that is there, and what memory it holds when nobody asks.
func (b *bench) starts(ctx context.Context) error {
	for _, size := range b.memory {
		data, err := b.network(ctx, size)
		if err != nil {
			return err
		}
		for repeat := range b.repeats {
			if err := b.startOnce(ctx, data, size, repeat); err != nil {
				return err
			}
		}
	}
	return nil
}

// idle is how long a server is left alone before its memory is looked at.
const idle = 10 * time.Second

func (b *bench) startOnce(ctx context.Context, data string, size seed.Size, repeat int) error {
	r, err := b.start(ctx, contenders()[0], data, size, manner{})
	if err != nil {
		return err
	}
	if size > 0 && repeat == 0 { // the index may be new; that start does not count
		if err := errors.Join(b.indexed(ctx, r), r.stop()); err != nil {
			return err
		}
		if r, err = b.start(ctx, contenders()[0], data, size, manner{}); err != nil {
			return err
		}
	}
	time.Sleep(idle)
	documents := 0
	if size > 0 {
		documents = size.Documents()
	}
	b.out.Starts = append(b.out.Starts, Start{
		Resources: int(size), Documents: documents, Repeat: repeat, ReadyMillis: float64(r.ready.Microseconds()) / 1000, IdleMiB: float64(r.memory()) / (1 << 20),
	})
	return r.stop()
}

// imports measures the import of a register file into an empty store.
func (b *bench) imports(ctx context.Context) error {
	file := filepath.Join(b.data, fmt.Sprintf("establishments-%d.csv", b.imported))
	if err := writeRegister(file, b.imported); err != nil {
		return err
	}
	for repeat := range b.repeats {
		folder, err := os.MkdirTemp(b.data, "import")
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, b.binary, "import", "establishments", file, "--store", "sqlite:"+filepath.Join(folder, "staffroom.db"))
		start := time.Now()
		out, err := cmd.CombinedOutput()
		took := time.Since(start)
		if err := errors.Join(err, os.RemoveAll(folder)); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		if !strings.Contains(string(out), fmt.Sprintf("added %d", b.imported)) && !strings.Contains(string(out), "rejected 0") {
			return fmt.Errorf("the import did not do its work:\n%s", out)
		}
		peak := 0.0
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			peak = float64(usage.Maxrss) / 1024
		}
		b.out.Imports = append(b.out.Imports, Import{b.imported, repeat, took.Seconds(), peak})
	}
	return nil
}

// writeRegister writes a register file of made-up schools whose rows are as wide as real ones.
func writeRegister(path string, schools int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriter(f)
	header := `URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (code),TypeOfEstablishment (name),` +
		`EstablishmentTypeGroup (code),EstablishmentStatus (code),PhaseOfEducation (code),OpenDate,StatutoryLowAge,StatutoryHighAge,` +
		`NumberOfPupils,PercentageFSM,Street,Town,Postcode,SchoolWebsite,GSSLACode (name),Easting,Northing`
	const fillers = 100
	for i := range fillers {
		header += fmt.Sprintf(",Filler %d (name)", i)
	}
	_, _ = io.WriteString(out, header+"\r\n")
	filler := strings.Repeat(",Not applicable", fillers) + "\r\n"
	for i := range schools {
		_, _ = fmt.Fprintf(out, "%d,209,Lewisham,%04d,Example School %d,34,Academy converter,10,1,%d,01-09-2011,3,11,%d,%d.5,%d Example Street,London,"+
			"SE%d %dAB,www.example%d.lewisham.sch.uk,E09000023,%d,%d",
			100_000+i, i%10_000, i, i%8, 100+i%900, i%100, i, 1+i%28, i%10, i, 530_000+i%10_000, 170_000+i%9_999)
		_, _ = io.WriteString(out, filler)
	}
	return out.Flush()
}
