package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxStatements is how many prepared statements a connection keeps before it begins anew: enough for every query of ours,
// and a bound should some caller combine conditions in ever new ways.
const maxStatements = 512

// cacheSize is for two megabytes of pages: the upper ones of the tables, which every read needs. Larger caches of pages that are read once
// took more time, not less, and each connection has one.
const cacheSize = "PRAGMA cache_size=-2000"

// conn is a connection with its prepared statements. One goroutine uses it at a time.
type conn struct {
	raw     *driver.Conn
	onQuery func(sql string, plan []string)
	// statements are the prepared ones, by their text.
	statements map[string]*driver.Stmt
	// interrupt ends what runs when it is closed.
	interrupt chan struct{}
	// holds says that a reading transaction is open that began when the WAL index had this header.
	holds  bool
	header walHeader
	// buf is where documents are read to before they are decoded.
	buf []byte
	// room counts what is decoded for whoever has borrowed the connection; nil for nobody.
	room staffroom.ReadingRoom
}

// connect opens a connection that waits up to busy for locks of others.
func connect(f file, busy time.Duration, onQuery func(string, []string)) (*conn, error) {
	raw, err := driver.OpenConn(f.path, driver.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	raw.SetBusyTimeout(busy)
	c := &conn{raw: raw, onQuery: onQuery, statements: map[string]*driver.Stmt{}}
	c.rearm()
	return c, nil
}

// openReader opens a connection for reading only.
func openReader(f file, opts Options) (*conn, error) {
	c, err := connect(f, opts.BusyTimeout, opts.OnQuery)
	if err != nil {
		return nil, unavailable(err)
	}
	if err := c.execAll("PRAGMA query_only=ON", "PRAGMA temp_store=MEMORY", cacheSize); err != nil {
		return nil, closing(c, err)
	}
	return c, nil
}

func (c *conn) close() error { return c.raw.Close() }

// rearm makes the connection usable after an interrupt.
func (c *conn) rearm() {
	c.interrupt = make(chan struct{})
	c.raw.SetInterrupt(c.interrupt)
}

// guarded runs f so that the end of ctx interrupts it.
func (c *conn) guarded(ctx context.Context, f func() error) error {
	if ctx.Done() == nil {
		return f()
	}
	interrupt := c.interrupt
	stop := context.AfterFunc(ctx, func() { close(interrupt) })
	defer func() {
		if !stop() {
			<-interrupt
			c.rearm()
		}
	}()
	return f()
}

// query runs sql, which must be text of ours, with args as its parameters, and gives each row to row. A row is only valid
// until row returns.
func (c *conn) query(sql string, args []any, row func(*driver.Stmt) error) error {
	stmt, err := c.prepare(sql)
	if err != nil {
		return err
	}
	bind(stmt, args)
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return err
		}
		if row == nil {
			continue
		}
		if err := row(stmt); err != nil {
			return reset(stmt, err)
		}
	}
}

// first is query for one row at most; ok says whether there is one.
func (c *conn) first(sql string, args []any, row func(*driver.Stmt) error) (ok bool, err error) {
	stmt, err := c.prepare(sql)
	if err != nil {
		return false, err
	}
	bind(stmt, args)
	ok, err = stmt.Step()
	if err != nil || !ok {
		return false, err
	}
	return true, reset(stmt, row(stmt))
}

// reset ends a statement early, which also ends its reading transaction.
func reset(stmt *driver.Stmt, err error) error {
	if again := stmt.Reset(); err == nil {
		return again
	}
	return err
}

// execAll runs statements that need no parameters and give no rows that matter.
func (c *conn) execAll(statements ...string) error {
	for _, sql := range statements {
		stmt, _, err := c.raw.PrepareTransient(sql)
		if err != nil {
			return err
		}
		_, err = stmt.Step()
		if end := stmt.Finalize(); err == nil {
			err = end
		}
		if err != nil {
			return fmt.Errorf("%s: %w", strings.SplitN(sql, "\n", 2)[0], err)
		}
	}
	return nil
}

func (c *conn) prepare(sql string) (*driver.Stmt, error) {
	if stmt, known := c.statements[sql]; known {
		return stmt, stmt.Reset() // every parameter is set anew
	}
	if err := c.makeRoom(); err != nil {
		return nil, err
	}
	if err := c.report(sql); err != nil {
		return nil, err
	}
	stmt, err := c.raw.Prepare(sql)
	if err != nil {
		return nil, err
	}
	c.statements[sql] = stmt
	return stmt, nil
}

func (c *conn) makeRoom() error {
	if len(c.statements) < maxStatements {
		return nil
	}
	for sql, stmt := range c.statements {
		delete(c.statements, sql)
		if err := stmt.Finalize(); err != nil {
			return err
		}
	}
	return nil
}

// report tells onQuery of a statement that is new to this connection.
func (c *conn) report(sql string) error {
	if c.onQuery == nil {
		return nil
	}
	stmt, _, err := c.raw.PrepareTransient("EXPLAIN QUERY PLAN " + sql)
	if err != nil {
		return err
	}
	var plan []string
	more, err := stmt.Step()
	for ; more && err == nil; more, err = stmt.Step() {
		plan = append(plan, stmt.ColumnText(3))
	}
	if end := stmt.Finalize(); err == nil {
		err = end
	}
	if len(plan) > 0 {
		c.onQuery(sql, plan)
	}
	return err
}

// Scans gives the steps of a query plan that read a whole table without an index: none, for any query of ours.
func Scans(plan []string) []string {
	var scans []string
	for _, step := range plan {
		name, rest, _ := strings.Cut(strings.TrimPrefix(step, "SCAN "), " ")
		if strings.HasPrefix(step, "SCAN ") && (name == documents || name == elements) && !strings.Contains(rest, "INDEX ") {
			scans = append(scans, step)
		}
	}
	return scans
}

// bind sets the parameters of stmt in their order.
func bind(stmt *driver.Stmt, args []any) {
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			stmt.BindText(i+1, v)
		case []byte:
			stmt.BindText(i+1, string(v))
		case int64:
			stmt.BindInt64(i+1, v)
		case float64:
			stmt.BindFloat(i+1, v)
		case bool:
			stmt.BindBool(i+1, v)
		case staffroom.Time:
			stmt.BindText(i+1, v.String())
		case nil:
			stmt.BindNull(i + 1)
		default:
			panic(fmt.Sprintf("sqlite: a parameter cannot be a %T", arg))
		}
	}
}

// bytes is the text of a column, valid until the next call on this connection.
func (c *conn) bytes(stmt *driver.Stmt, column int) []byte {
	n := stmt.ColumnLen(column)
	if n > cap(c.buf) {
		c.buf = make([]byte, max(n, 2*cap(c.buf)))
	}
	return c.buf[:stmt.ColumnBytes(column, c.buf[:n])]
}
