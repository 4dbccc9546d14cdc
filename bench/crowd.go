package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/staffroom-schools/staffroom/bench/load"
	"github.com/staffroom-schools/staffroom/bench/ops"
)

// What the crowd must leave to others: how long a small query may take meanwhile, and how much memory the server.
const (
	crowdP99 = 100 * time.Millisecond
	crowdMiB = 400
)

// crowdSize is how many ask for heavy things at once, crowdRate how many small queries others send a second meanwhile.
const (
	crowdSize = 200
	crowdRate = 50
)

// crowd asks for heavy things from many connections at once, each person within their limits, and looks at what is left for others.
func (b *bench) crowd(ctx context.Context) (err error) {
	all, err := b.startAll(ctx, b.writeSize, false, contenders()[:1])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopAll(all)) }()
	r := all[0]
	if err := b.indexed(ctx, r); err != nil {
		return err
	}
	if err := b.warm(ctx, all, readScenarios()[:1], 1, 0); err != nil {
		return err
	}
	peak, stop := r.watchMemory()
	heavy := make(chan *load.Result, 1)
	failed := make(chan error, 1)
	go func() {
		result, err := load.Run(ctx, b.crowdPlan(r, ops.Heavy(), crowdSize, 0))
		heavy <- result
		failed <- err
	}()
	small, err := load.Run(ctx, b.crowdPlan(r, ops.Resource(), 16, crowdRate))
	crowd := <-heavy
	stop()
	if err := errors.Join(err, <-failed); err != nil {
		return err
	}
	found := Crowd{
		Connections: crowdSize, Heavy: crowd.Requests, Refused: crowd.Refused, Small: small.Requests,
		P50: small.Quantile(0.5).Microseconds(), P99: small.Quantile(0.99).Microseconds(), Max: small.Quantile(1).Microseconds(),
		PeakMiB: float64(peak.Load()) / (1 << 20),
	}
	b.out.Crowd = &found
	b.log.InfoContext(ctx, "Measured.", "scenario", "crowd", "heavy", found.Heavy, "refused", found.Refused, "small", found.Small,
		"p50", found.P50, "p99", found.P99, "max", found.Max, "peakMiB", int(found.PeakMiB))
	return nil
}

// judge says which bound was not kept; nothing if nobody looked.
func (c *Crowd) judge() error {
	if c == nil {
		return nil
	}
	var problems []error
	if p99 := time.Duration(c.P99) * time.Microsecond; p99 >= crowdP99 {
		problems = append(problems, fmt.Errorf("beside the crowd a small query takes %s (p99), and may take %s", p99, crowdP99))
	}
	if c.PeakMiB >= crowdMiB {
		problems = append(problems, fmt.Errorf("under the crowd the server takes %.0f MiB, and may take %d", c.PeakMiB, crowdMiB))
	}
	if c.Heavy == 0 {
		problems = append(problems, errors.New("nobody in the crowd was answered"))
	}
	return errors.Join(problems...)
}

// Millis is microseconds in milliseconds, as the report writes them.
func (c *Crowd) Millis(micros int64) string { return fmt.Sprintf("%.1f", float64(micros)/1000) }

// crowdPlan asks for op for at least ten seconds, each time as another person.
func (b *bench) crowdPlan(r *running, op ops.Op, connections int, rate float64) load.Plan {
	return load.Plan{
		Address: r.address, Connections: connections, Duration: max(b.duration(), 10*time.Second), Rate: rate, Refusals: true,
		Request: func(n int) []byte { return op.Request(r.dialect, r.size, n, n) },
	}
}

// watchMemory looks at the memory of the server again and again, and keeps the most, until stop.
func (p *process) watchMemory() (peak *atomic.Int64, stop func()) {
	peak = new(atomic.Int64)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			peak.Store(max(peak.Load(), p.memory()))
			select {
			case <-end:
				return
			case <-ticker.C:
			}
		}
	}()
	return peak, func() {
		close(end)
		<-ended
	}
}
