package sqlite

import (
	"encoding/json"
	"fmt"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// put stores a document: a new one if its version is 0, or else in place of the version it names.
type put struct {
	table *table
	doc   any
	meta  *staffroom.Meta
	// isNew says that it replaces nothing; if it does, was is the state of what it replaces, nil if that is not known.
	isNew bool
	was   []tag
	// before is what meta was, for undo.
	before staffroom.Meta
}

// apply implements change. The document is encoded here because its time must follow the order of commits.
func (p *put) apply(c *conn, now staffroom.Time) error {
	p.before = *p.meta
	p.stamp(now)
	err := p.store(c)
	if err != nil {
		p.undo()
	}
	return err
}

func (p *put) stamp(now staffroom.Time) {
	p.meta.Version++
	if p.meta.CreatedAt.IsZero() {
		p.meta.CreatedAt = now
	}
	if p.before.Version == 0 || now.After(p.meta.UpdatedAt.Time) {
		p.meta.UpdatedAt = now
	}
}

func (p *put) store(c *conn) error {
	doc, err := json.Marshal(p.doc)
	if err != nil {
		return fmt.Errorf("sqlite: document %s has no JSON: %w", p.meta.ID, err)
	}
	if p.before.Version == 0 {
		return conflict(p.table, c.insertNew(p.table, p.meta.ID, p.meta.Version, doc))
	}
	err = c.query(p.table.replace, []any{p.meta.Version, doc, p.meta.ID, p.before.Version}, nil)
	if err != nil {
		return conflict(p.table, err)
	}
	if c.raw.Changes() == 0 {
		return p.table.missed(c, p.meta.ID)
	}
	return nil
}

// concerns implements change.
func (p *put) concerns() concern {
	c := concern{table: p.table, id: p.meta.ID}
	if is := p.table.tags.state(p.doc); is != nil && (p.isNew || p.was != nil) {
		c.states = append(c.states, is)
		if !p.isNew {
			c.states = append(c.states, p.was)
		}
	}
	return c
}

// undo implements change.
func (p *put) undo() { *p.meta = p.before }

// missed says why a change met no document: there is none, or it has another version.
func (t *table) missed(c *conn, id string) error {
	found, err := c.first(t.exists, []any{id}, func(*driver.Stmt) error { return nil })
	switch {
	case err != nil:
		return unavailable(err)
	case found:
		return outdated(t)
	default:
		return notFound(t)
	}
}

// remove deletes a document.
type remove struct {
	table *table
	id    string
}

// apply implements change.
func (r *remove) apply(c *conn, _ staffroom.Time) error {
	if err := c.query(r.table.remove, []any{r.id}, nil); err != nil {
		return unavailable(err)
	}
	if c.raw.Changes() == 0 {
		return notFound(r.table)
	}
	return nil
}

// concerns implements change.
func (r *remove) concerns() concern { return concern{table: r.table, id: r.id} }

// undo implements change.
func (r *remove) undo() {}

// expire deletes up to sweepTogether documents whose time has passed.
type expire struct {
	table *table
	index staffroom.IndexSpec
	// deleted is how many it was.
	deleted int
}

// apply implements change.
func (e *expire) apply(c *conn, now staffroom.Time) error {
	path := e.index.Fields[0]
	sql := fmt.Sprintf("DELETE FROM %s WHERE n IN (SELECT n FROM %s AS d INDEXED BY %s WHERE %s < ? LIMIT %d)", quote(e.table.schema.Name),
		quote(e.table.schema.Name), quote(e.table.indexName(e.index)), column(documents, path), sweepTogether)
	err := c.query(sql, []any{now}, nil)
	e.deleted = c.raw.Changes()
	return unavailable(err)
}

// concerns implements change.
func (e *expire) concerns() concern {
	if e.deleted == 0 {
		return concern{}
	}
	return concern{table: e.table}
}

// undo implements change.
func (e *expire) undo() { e.deleted = 0 }
