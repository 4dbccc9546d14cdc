package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that is measured.
type process struct {
	cmd     *exec.Cmd
	address string
	// ready is how long it took from its start to its first answer.
	ready time.Duration
	log   *os.File
}

// launch starts a server and waits until path answers 200. What it prints goes to a file beside the data, as it would in earnest.
func launch(ctx context.Context, cmd *exec.Cmd, address, path, logFile string) (*process, error) {
	log, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	p := &process{cmd: cmd, address: address, log: log}
	if err := p.await(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w; see %s", filepath.Base(cmd.Path), err, logFile), p.stop())
	}
	p.ready = time.Since(start)
	return p, nil
}

// await asks until it is answered.
func (p *process) await(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+path, http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			err = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return err
			}
		}
		if stat := statFields(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid)); len(stat) == 0 || stat[0] == "Z" {
			return errors.New("it ended before it was ready")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready in time: %w", p.address, errors.Join(err, ctx.Err()))
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// stop asks the server and its workers to end, and waits.
func (p *process) stop() error {
	defer p.log.Close() //nolint:errcheck // only other programs wrote to it
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		return err
	}
	late := time.AfterFunc(10*time.Second, func() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	defer late.Stop()
	_ = p.cmd.Wait() // how it takes the signal is its own affair
	return nil
}

// freeAddress is an address on this machine that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// tree is the process and all that descend from it.
func (p *process) tree() []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, file := range stats {
		if fields := statFields(file); len(fields) > 1 {
			parent, _ := strconv.Atoi(fields[1])
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{p.cmd.Process.Pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// statFields are the fields of /proc/PID/stat from the state on; none if the process is gone.
func statFields(file string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

// ticks is how many times a second Linux counts processor time in /proc, on every machine we know.
const ticks = 100

// cpu is the processor time that the server has used, with its workers.
func (p *process) cpu() time.Duration {
	sum := 0
	for _, pid := range p.tree() {
		if fields := statFields(fmt.Sprintf("/proc/%d/stat", pid)); len(fields) > 12 {
			user, _ := strconv.Atoi(fields[11])
			system, _ := strconv.Atoi(fields[12])
			sum += user + system
		}
	}
	return time.Duration(sum) * time.Second / ticks
}

// calm waits until the server has nothing to do for some seconds, a few minutes at most: it looks for work of its own once times are quiet.
func (p *process) calm() {
	const look, enough = 2 * time.Second, 3
	for start, calm := time.Now(), 0; calm < enough && time.Since(start) < 5*time.Minute; {
		before := p.cpu()
		time.Sleep(look)
		if calm++; p.cpu()-before >= look/10 {
			calm = 0
		}
	}
}

// memory is the resident memory of the server with its workers, in bytes. Pages that are shared count once (PSS).
func (p *process) memory() int64 {
	sum := int64(0)
	for _, pid := range p.tree() {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
				kib, _ := strconv.ParseInt(fields[1], 10, 64)
				sum += kib << 10
			}
		}
	}
	return sum
}

// ownCPU is the processor time that this process, the load generator, has used.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
