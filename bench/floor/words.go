package floor

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// WordsLayout names what files of words look like. Whoever changes them changes it, so that old ones are made anew.
const WordsLayout = "1"

// wordsSQL lays out the file of words: FTS5 over the same words that Staffroom indexes, by the number of the resource, and beside it what
// is counted. The texts themselves stay in the store.
const wordsSQL = `
	CREATE VIRTUAL TABLE words USING fts5(title, summary, body, details, content='', tokenize='porter unicode61');
	CREATE TABLE counted (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, authority TEXT NOT NULL, licence TEXT NOT NULL);
	CREATE TABLE counted_phases (phase TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (n, phase)) WITHOUT ROWID;
	CREATE TABLE counted_topics (topic TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (n, topic)) WITHOUT ROWID;
	CREATE TEMP TABLE topics (id TEXT PRIMARY KEY, name TEXT NOT NULL);`

// fillSQL copies what everybody may find out of the store.
const fillSQL = `
	INSERT INTO words (rowid, title, summary, body, details)
		SELECT d.n, d.doc->>'$.title', d.doc->>'$.summary', d.doc->>'$.body', lower(replace(d."$.kind", '_', ' ')) || ', ' ||
			coalesce((SELECT group_concat(t.name, ', ') FROM json_each(d.doc, '$.topics') AS e CROSS JOIN topics AS t ON t.id = e.value), '') || ', ' ||
			coalesce((SELECT group_concat(lower(replace(e.value, '_', ' ')), ', ') FROM json_each(d.doc, '$.phases') AS e), '')
		FROM store.resources AS d WHERE d."$.status" = 'PUBLISHED' AND d."$.visibility" = 'PUBLIC';
	INSERT INTO counted SELECT d.n, d."$.kind", d."$.authorityCode", d."$.licence"
		FROM store.resources AS d WHERE d."$.status" = 'PUBLISHED' AND d."$.visibility" = 'PUBLIC';
	INSERT INTO counted_phases SELECT e.value, d.n FROM counted JOIN store.resources AS d USING (n) JOIN json_each(d.doc, '$.phases') AS e;
	INSERT INTO counted_topics SELECT e.value, d.n FROM counted JOIN store.resources AS d USING (n) JOIN json_each(d.doc, '$.topics') AS e;
	INSERT INTO words (words) VALUES ('optimize');
	ANALYZE;`

// FillWords makes the file at words, for searching the resources of the store at path, unless it is there.
func FillWords(path, words string) error {
	if _, err := os.Stat(words); err == nil {
		return nil
	}
	begun := words + ".begun" // gets its name once it is whole
	if err := os.Remove(begun); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := fillWords(path, begun); err != nil {
		return fmt.Errorf("cannot make %s: %w", words, err)
	}
	return os.Rename(begun, words)
}

func fillWords(path, words string) (err error) {
	conn, err := sqlite.OpenConn(words, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, pragma := range []string{"PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF"} { // if it is cut off, it is made anew
		if err := sqlitex.ExecuteTransient(conn, pragma, nil); err != nil {
			return err
		}
	}
	if err := sqlitex.ExecuteTransient(conn, "ATTACH ? AS store", &sqlitex.ExecOptions{Args: []any{path}}); err != nil {
		return err
	}
	if err := sqlitex.ExecuteScript(conn, wordsSQL, nil); err != nil {
		return err
	}
	for _, topic := range staffroom.Topics() {
		if err := sqlitex.Execute(conn, "INSERT INTO topics VALUES (?, ?)", &sqlitex.ExecOptions{Args: []any{topic.ID, topic.Name}}); err != nil {
			return err
		}
	}
	return sqlitex.ExecuteScript(conn, fillSQL, nil)
}

// searchSQL finds resources for one phase by words, and gives rows of three sorts: how many there are; how many have each value of each
// facet; and the best. The weights of fields are those of Staffroom.
const searchSQL = `
	WITH hits AS (
		SELECT w.rowid AS n, bm25(words, 5, 2, 1, 3) AS score, c.kind, c.authority, c.licence
		FROM words.words AS w CROSS JOIN words.counted_phases AS p ON p.n = w.rowid AND p.phase = ?2 CROSS JOIN words.counted AS c ON c.n = w.rowid
		WHERE words MATCH ?1
	), together AS (
		SELECT kind, authority, licence, count(*) AS found FROM hits GROUP BY kind, authority, licence
	), facets AS (
		SELECT 'AUTHORITY' AS name, authority AS value, sum(found) AS found FROM together GROUP BY authority
		UNION ALL SELECT 'PHASE', p.phase, count(*) FROM hits CROSS JOIN words.counted_phases AS p USING (n) GROUP BY p.phase
		UNION ALL SELECT 'TOPIC', t.topic, count(*) FROM hits CROSS JOIN words.counted_topics AS t USING (n) GROUP BY t.topic
		UNION ALL SELECT 'KIND', kind, sum(found) FROM together GROUP BY kind
		UNION ALL SELECT 'LICENCE', licence, sum(found) FROM together GROUP BY licence
	)
	SELECT '' AS part, '' AS value, count(*) AS found, '' AS title, '' AS summary FROM hits
	UNION ALL SELECT * FROM (SELECT name, value, found, '', '' FROM facets ORDER BY instr('AUTHORITY PHASE TOPIC KIND LICENCE', name), found DESC, value)
	UNION ALL SELECT 'HIT', d.id, 0, d.doc->'$.title', d.doc->'$.summary'
		FROM (SELECT n, score FROM hits ORDER BY score, n LIMIT 20) AS best CROSS JOIN resources AS d ON d.n = best.n`

// matching writes words as FTS5 wants them: all of them, and nothing in them an operator.
func matching(words string) string {
	quoted := strings.Fields(strings.ReplaceAll(words, `"`, ""))
	for i, word := range quoted {
		quoted[i] = `"` + word + `"`
	}
	return strings.Join(quoted, " ")
}

// writeSearch writes total, facets and hits as they come.
func writeSearch(out *answer, rows *sqlite.Stmt) error {
	if _, err := rows.Step(); err != nil {
		return err
	}
	out.add(`{"data":{"search":{"totalCount":`)
	out.column(rows, 2)
	if rows.ColumnInt(2) == 0 {
		out.add(`,"facets":[],"nodes":[]}}}`)
		return nil
	}
	out.add(`,"facets":[{"name":"TYPE","values":[{"value":"RESOURCE","count":`)
	out.column(rows, 2)
	for part := "TYPE"; ; {
		found, err := rows.Step()
		if err != nil {
			return err
		}
		if !found {
			out.add(`}]}}}`)
			return nil
		}
		part = writePart(out, rows, part)
	}
}

// writePart ends the row before, which belonged to a part, and writes this one but for its end. It gives the part that it belongs to.
func writePart(out *answer, rows *sqlite.Stmt, before string) (part string) {
	const hits = "HIT"
	part = rows.ColumnText(0)
	switch part {
	case before:
		out.add(`},`)
	case hits:
		out.add(`}]}],"nodes":[`)
	default:
		out.add(`}]},{"name":"` + part + `","values":[`)
	}
	if part == hits {
		out.add(`{"id":`)
		out.id(rows, 1)
		out.fields(rows, 3, "title", "summary")
	} else {
		out.add(`{"value":`)
		out.id(rows, 1)
		out.fields(rows, 2, "count")
	}
	return part
}
