package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	driver "zombiezen.com/go/sqlite"
)

const (
	// applicationID marks a file as ours: "Stfr".
	applicationID = 0x53746672
	// layoutVersion is the version of the layout that this program writes, kept in the file's user_version.
	layoutVersion = 1
	// soundSQLite is the first version after the WAL-reset bug (3.7.0 to 3.51.2), which could lose acknowledged writes.
	soundSQLite = 3051003
)

// openWriter opens the connection that writes and brings the file to the layout of tables.
func openWriter(ctx context.Context, f file, opts Options, tables map[string]*table) (*conn, error) {
	if driver.VersionNumber < soundSQLite {
		return nil, fmt.Errorf("sqlite: SQLite %s may lose writes; build with a newer one", driver.Version)
	}
	c, err := connect(f, opts.BusyTimeout, opts.OnQuery)
	if err != nil {
		return nil, unavailable(err)
	}
	if err := c.guarded(ctx, func() error { return c.prepareFile(ctx, f, opts, tables) }); err != nil {
		return nil, closing(c, explain(ctx, err))
	}
	return c, nil
}

// prepareFile looks whose file it is before it changes anything.
func (c *conn) prepareFile(ctx context.Context, f file, opts Options, tables map[string]*table) error {
	if err := c.identify(f); err != nil {
		return err
	}
	if err := patiently(opts.BusyTimeout, func() error { return c.useWAL(f) }); err != nil { // for which SQLite itself waits for nobody
		return err
	}
	err := c.execAll(f.synchronous(), "PRAGMA cache_size=-16000", "PRAGMA temp_store=MEMORY", "PRAGMA journal_size_limit=67108864",
		fmt.Sprintf("PRAGMA wal_autocheckpoint=%d", checkpointAfter))
	if err == nil && opts.MaxPages > 0 {
		err = c.execAll(fmt.Sprintf("PRAGMA max_page_count=%d", opts.MaxPages))
	}
	if err != nil {
		return err
	}
	if current, err := c.current(tables); err != nil {
		return err
	} else if !current {
		if err := c.toldOf(ctx, opts, func() error { return c.bringUp(f, tables) }); err != nil {
			return err
		}
	}
	return c.learnNumbers(tables)
}

// bringUp brings the file to the layout as a whole or not at all.
func (c *conn) bringUp(f file, tables map[string]*table) error {
	return c.transact(func() error {
		if err := c.identify(f); err != nil { // somebody may have been faster
			return err
		}
		return c.arrange(tables)
	})
}

// toldOf tells the operator of work that may take long, which it does on a file that is not new.
func (c *conn) toldOf(ctx context.Context, opts Options, work func() error) error {
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	if version == 0 {
		return work()
	}
	begin := time.Now()
	opts.Log.InfoContext(ctx, "The store is brought to the layout of this version. That takes seconds for 100,000 documents, and may be interrupted.")
	if err := work(); err != nil {
		return err
	}
	opts.Log.InfoContext(ctx, "The store has the layout of this version.", "seconds", time.Since(begin).Seconds())
	return nil
}

// useWAL has SQLite write a log ahead, which readers need not wait for. Where the disk cannot share memory, SQLite would go on without.
func (c *conn) useWAL(f file) error {
	var mode string
	_, err := c.first("PRAGMA journal_mode=WAL", nil, func(s *driver.Stmt) error {
		mode = s.ColumnText(0)
		return nil
	})
	if err == nil && mode != "wal" {
		err = fmt.Errorf("sqlite: %s is on a disk that programs cannot share memory on, as network disks are: put it on a local disk", f.path)
	}
	return err
}

// transact runs f in a transaction that has the lock for writing from the start.
func (c *conn) transact(f func() error) error {
	if err := c.execAll("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		err = c.execAll("COMMIT")
	}
	if err != nil && !c.raw.AutocommitEnabled() {
		err = errors.Join(err, c.execAll("ROLLBACK"))
	}
	return err
}

// identify refuses a file that is no store of ours, or one too new. An empty one is as good as ours.
func (c *conn) identify(f file) error {
	foreign := fmt.Errorf("%s is not a Staffroom store: it belongs to another program; nothing in it was changed, give another path", f.path)
	var application, version, objects int64
	// All at one moment: another program may be filling the file.
	_, err := c.first("SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version", nil, func(s *driver.Stmt) error {
		application, version, objects = s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnInt64(2)
		return nil
	})
	switch {
	case driver.ErrCode(err).ToPrimary() == driver.ResultNotADB:
		return foreign
	case err != nil:
		return err
	case application != applicationID && (application != 0 || objects > 0):
		return foreign
	case version > layoutVersion:
		return fmt.Errorf("%s was written by a newer Staffroom (layout %d; this one knows up to %d): use that one, or a copy made before", f.path, version, layoutVersion)
	}
	return nil
}

func (c *conn) number(sql string) (n int64, err error) {
	_, err = c.first(sql, nil, func(s *driver.Stmt) error {
		n = s.ColumnInt64(0)
		return nil
	})
	return n, err
}

// stored reads what the file holds beside the tables of collections: SQL by name.
func (c *conn) stored(tables map[string]*table) (map[string]object, error) {
	found := map[string]object{}
	err := c.query("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL", nil, func(s *driver.Stmt) error {
		o := object{kind: s.ColumnText(0), name: s.ColumnText(1), sql: s.ColumnText(2)}
		if tables[o.name] == nil && strings.Contains(o.name, "/") {
			found[o.name] = o
		}
		return nil
	})
	return found, err
}

// current says whether there is nothing to arrange, which needs no lock to find out.
func (c *conn) current(tables map[string]*table) (bool, error) {
	version, err := c.number("PRAGMA user_version")
	if err != nil || version != layoutVersion {
		return false, err
	}
	stored, err := c.stored(tables)
	if err != nil {
		return false, err
	}
	for _, t := range tables {
		have, err := c.columnTypes(t)
		if err != nil {
			return false, err
		}
		for _, f := range t.schema.Fields {
			if !f.Many && have[columnName(f.Path)] != sqlType(f.Type) {
				return false, nil
			}
		}
		for _, o := range t.objects() {
			if stored[o.name].sql != o.sql {
				return false, nil
			}
			delete(stored, o.name)
		}
	}
	return len(stored) == 0, nil
}

// arrange brings the file to the layout: it drops what is no longer declared or was declared otherwise, and makes and fills
// what is missing.
func (c *conn) arrange(tables map[string]*table) error {
	stored, err := c.stored(tables)
	if err != nil {
		return err
	}
	if err := c.dropOld(tables, stored); err != nil {
		return err
	}
	for _, t := range tables {
		if err := c.arrangeTable(t, stored); err != nil {
			return fmt.Errorf("collection %q: %w", t.schema.Name, err)
		}
	}
	return c.execAll(fmt.Sprintf("PRAGMA application_id=%d", applicationID), fmt.Sprintf("PRAGMA user_version=%d", layoutVersion))
}

// dropOld drops objects that the layout has not, or has otherwise, and takes them out of stored. Triggers go first, then
// indexes, then side tables; the objects of a dropped side table are made again with it.
func (c *conn) dropOld(tables map[string]*table, stored map[string]object) error {
	wanted := map[string]string{}
	for _, t := range tables {
		for _, o := range t.objects() {
			wanted[o.name] = o.sql
		}
	}
	for _, kind := range []string{"trigger", "index", "table"} {
		for name, o := range stored {
			parent := strings.Join(strings.SplitN(name, "/", 3)[:2], "/")
			stale := wanted[name] != o.sql || stored[parent].kind == "table" && stored[parent].sql != wanted[parent]
			if o.kind != kind || !stale {
				continue
			}
			if err := c.execAll("DROP " + strings.ToUpper(kind) + " " + quote(name)); err != nil {
				return err
			}
			delete(stored, name)
		}
	}
	return nil
}

// arrangeTable makes the table or the columns it lacks, and then the objects that are not among those stored.
func (c *conn) arrangeTable(t *table, stored map[string]object) error {
	have, err := c.columnTypes(t)
	if err != nil {
		return err
	}
	if len(have) == 0 {
		err = c.execAll(t.createTable())
	} else {
		err = c.addColumns(t, have)
	}
	if err != nil {
		return err
	}
	for _, o := range t.objects() {
		if _, ok := stored[o.name]; ok {
			continue
		}
		if err := c.execAll(o.sql); err != nil {
			return err
		}
		if o.fill == "" {
			continue
		}
		if err := c.execAll(o.fill); err != nil {
			return err
		}
	}
	return nil
}

// addColumns adds the columns of new fields, which costs nothing as they are virtual. A field whose type has changed needs a
// migration of its own.
func (c *conn) addColumns(t *table, have map[string]string) error {
	for _, f := range t.schema.Fields {
		was, ok := have[columnName(f.Path)]
		switch {
		case f.Many || was == sqlType(f.Type):
		case ok:
			return fmt.Errorf("sqlite: field %q is stored as %s and declared as %s: this needs a migration", f.Path, was, f.Type)
		default:
			if err := c.execAll("ALTER TABLE " + quote(t.schema.Name) + " ADD COLUMN " + t.columnSQL(f)); err != nil {
				return err
			}
		}
	}
	return nil
}

// columnTypes gives the types of the columns that t has in the file, by name; none if there is no such table.
func (c *conn) columnTypes(t *table) (map[string]string, error) {
	types := map[string]string{}
	err := c.query("SELECT name, type FROM pragma_table_xinfo(?)", []any{t.schema.Name}, func(s *driver.Stmt) error {
		// SQLite keeps GENERATED ALWAYS as a part of the type.
		types[s.ColumnText(0)], _, _ = strings.Cut(s.ColumnText(1), " ")
		return nil
	})
	return types, err
}
