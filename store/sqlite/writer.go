package sqlite

import (
	"context"
	"errors"
	"runtime"
	"time"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// maxTogether is how many changes share one transaction at most.
	maxTogether = 512
	// retryPause is how often a write looks whether another program has let go of the file.
	retryPause = time.Millisecond
	// courtesy is how long a long series of changes leaves the file to other programs between its transactions; it must
	// be longer than retryPause.
	courtesy = 3 * time.Millisecond
	// maxStale is how long a change may wait for another program with the time that it was given. Who looks for what has changed of late
	// allows for more.
	maxStale = time.Second
)

// change is one statement that changes one document.
type change interface {
	// apply makes the change at the time now; an error concerns this change alone, and it then has done nothing.
	apply(c *conn, now staffroom.Time) error
	// concerns says what may be outdated when it is made.
	concerns() concern
	// undo takes back what apply did to the caller's document, because the transaction failed.
	undo()
}

// job is changes that wait for a transaction.
type job struct {
	changes []change
	// results is aligned with changes.
	results []error
	// err is a failure of the whole transaction.
	err  error
	done chan struct{}
}

// writer makes all changes, in transactions that jobs waiting at the same time share: the disk is flushed once for all of
// them. Each change is one statement, which SQLite makes or leaves as a whole, so one that fails takes no other along.
type writer struct {
	conn  *conn
	opts  Options
	fresh *freshness
	// committed is called after each transaction.
	committed func()
	// turn holds something while somebody writes: whoever has put it there makes his own changes and those of all who wait then.
	turn chan struct{}
	// jobs is unbuffered: a job either waits with its sender, who may still leave, or is being worked on.
	jobs    chan *job
	closing <-chan struct{}
	// last is the latest time given to a change, so that times follow the order of commits even if the clock is set back.
	last staffroom.Time
}

func newWriter(c *conn, opts Options, fresh *freshness, closing <-chan struct{}) *writer {
	c.raw.SetBusyTimeout(min(opts.BusyTimeout, maxStale))
	return &writer{conn: c, opts: opts, fresh: fresh, turn: make(chan struct{}, 1), jobs: make(chan *job), closing: closing}
}

// write makes the changes and returns when they are safe on disk, with a result for each; the error is that of the whole.
// If ctx ends while the changes wait, none is made; once begun they are finished.
func (w *writer) write(ctx context.Context, changes ...change) ([]error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	j := &job{changes: changes, results: make([]error, len(changes)), done: make(chan struct{})}
	select {
	case w.turn <- struct{}{}: // who does not wait needs to hear of nothing else
		return w.inTurn(j)
	default:
	}
	select {
	case w.turn <- struct{}{}:
		return w.inTurn(j)
	case w.jobs <- j:
		<-j.done
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.closing:
		return nil, closedError()
	}
	return j.results, j.err
}

// inTurn makes the changes of a job, and of those that wait.
func (w *writer) inTurn(j *job) ([]error, error) {
	defer w.giveTurn()
	if isClosed(w.closing) {
		return nil, closedError()
	}
	w.commit(w.collect(j))
	return j.results, j.err
}

// giveTurn lets others write. Whoever has written also lets those run who are ready to: his next request may be there already, and one
// goroutine that never has to wait keeps a processor to itself for 10 ms, writing alone while others could write with it.
func (w *writer) giveTurn() {
	<-w.turn
	runtime.Gosched()
}

// collect adds the jobs that wait already.
func (w *writer) collect(first *job) []*job {
	jobs, n := []*job{first}, len(first.changes)
	for n < maxTogether {
		select {
		case j := <-w.jobs:
			jobs, n = append(jobs, j), n+len(j.changes)
		default:
			return jobs
		}
	}
	return jobs
}

// commit works the jobs off in one transaction and tells their senders.
func (w *writer) commit(jobs []*job) {
	err := errNotMade // for a panic
	defer func() {
		for _, j := range jobs {
			if err != nil {
				j.fail(err)
			}
			close(j.done)
		}
	}()
	err = w.transaction(jobs)
	w.committed()
}

// fail takes back the changes that were made in a transaction that failed.
func (j *job) fail(err error) {
	j.err = err
	for i, c := range j.changes {
		if j.results[i] == nil {
			c.undo()
		}
	}
}

func (w *writer) transaction(jobs []*job) (err error) {
	for _, j := range jobs {
		for i := range j.results {
			j.results[i] = errNotMade
		}
	}
	if len(jobs) == 1 && len(jobs[0].changes) == 1 {
		return w.alone(jobs)
	}
	if err := w.begin(); err != nil {
		return unavailable(err)
	}
	defer func() {
		if !w.conn.raw.AutocommitEnabled() {
			err = errors.Join(err, w.conn.query("ROLLBACK", nil, nil))
		}
	}()
	now := w.now()
	for _, j := range jobs {
		for i, c := range j.changes {
			j.results[i] = c.apply(w.conn, now)
			if w.conn.raw.AutocommitEnabled() {
				return j.results[i] // SQLite gave the whole transaction up: a full disk, say
			}
		}
	}
	committed := false
	w.fresh.begin()
	defer func() { w.fresh.end(w.conn, jobs, committed) }()
	err = w.conn.query("COMMIT", nil, nil)
	committed = err == nil
	return unavailable(err)
}

// alone makes the only change of a transaction: its statement is one by itself. That spares SQLite a copy of each page that it writes
// to, for the case that the statement fails and others do not.
func (w *writer) alone(jobs []*job) error {
	j := jobs[0]
	_ = patiently(w.opts.BusyTimeout, func() error {
		w.fresh.begin()
		defer func() { w.fresh.end(w.conn, jobs, j.results[0] == nil) }()
		j.results[0] = j.changes[0].apply(w.conn, w.now())
		return j.results[0]
	})
	if staffroom.CodeOf(j.results[0]) == staffroom.CodeUnavailable {
		return j.results[0]
	}
	return nil
}

// errNotMade marks changes that a transaction did not come to.
var errNotMade = errors.New("sqlite: the transaction failed before this change")

// now is the time of a transaction, never before that of an earlier one.
func (w *writer) now() staffroom.Time {
	if now := staffroom.At(w.opts.Now()); now.After(w.last.Time) {
		w.last = now
	}
	return w.last
}

// begin gets the lock for writing.
func (w *writer) begin() error {
	return patiently(w.opts.BusyTimeout, func() error { return w.conn.query("BEGIN IMMEDIATE", nil, nil) })
}

// patiently tries until no other program writes, or patience is over. It asks often, as SQLite's own pauses are so long that a program that
// writes much would keep others out.
func patiently(patience time.Duration, try func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if driver.ErrCode(err).ToPrimary() != driver.ResultBusy || time.Now().After(deadline) {
			return err
		}
		time.Sleep(retryPause)
	}
}

// close waits for the transaction under way.
func (w *writer) close() error {
	w.turn <- struct{}{}
	return w.conn.close()
}
