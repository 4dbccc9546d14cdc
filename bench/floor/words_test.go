package floor

import (
	"path/filepath"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// stored is two resources as Staffroom keeps them, and one that is not published.
const stored = `
	CREATE TABLE resources (n INTEGER PRIMARY KEY, id TEXT, doc TEXT, "$.kind" TEXT AS (doc->>'$.kind'), "$.licence" TEXT AS (doc->>'$.licence'),
		"$.authorityCode" TEXT AS (doc->>'$.authorityCode'), "$.visibility" TEXT AS (doc->>'$.visibility'), "$.status" TEXT AS (doc->>'$.status'));
	INSERT INTO resources (id, doc) VALUES
		('one', '{"title":"Reading aloud","summary":"Why.","body":"Pupils who read","kind":"CASE_STUDY","topics":["attendance"],"phases":["PRIMARY"],
			"licence":"CC_BY_4_0","authorityCode":"E1","visibility":"PUBLIC","status":"PUBLISHED"}'),
		('two', '{"title":"Quiet time","summary":"How.","body":"Reads by himself","kind":"TOOL","topics":["attendance"],"phases":["PRIMARY","NURSERY"],
			"licence":"CC_BY_4_0","authorityCode":"E2","visibility":"PUBLIC","status":"PUBLISHED"}'),
		('draft', '{"title":"Reading","summary":"","body":"","kind":"TOOL","topics":[],"phases":["PRIMARY"],
			"licence":"CC_BY_4_0","authorityCode":"E2","visibility":"PUBLIC","status":"DRAFT"}');`

func searched(t *testing.T, conn *sqlite.Conn, words, phase string) string {
	t.Helper()
	stmt, out := conn.Prep(searchSQL), &answer{}
	stmt.BindText(1, matching(words))
	stmt.BindText(2, phase)
	if err := writeSearch(out, stmt); err != nil {
		t.Fatal(err)
	}
	if err := stmt.Reset(); err != nil {
		t.Fatal(err)
	}
	return string(out.text)
}

func TestSearch(t *testing.T) {
	path, words := filepath.Join(t.TempDir(), "store.db"), filepath.Join(t.TempDir(), "words.db")
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := sqlitex.ExecuteScript(conn, stored, nil); err != nil {
		t.Fatal(err)
	}
	if err := FillWords(path, words); err != nil {
		t.Fatal(err)
	}
	if err := sqlitex.ExecuteTransient(conn, "ATTACH ? AS words", &sqlitex.ExecOptions{Args: []any{words}}); err != nil {
		t.Fatal(err)
	}
	const first = `{"id":"one","title":"Reading aloud","summary":"Why."}`
	for _, test := range []struct{ words, phase, want string }{
		{"nothing", "PRIMARY", `{"data":{"search":{"totalCount":0,"facets":[],"nodes":[]}}}`},
		{"reading", "SECONDARY", `{"data":{"search":{"totalCount":0,"facets":[],"nodes":[]}}}`},
		{`"pupils" reading`, "PRIMARY", `{"data":{"search":{"totalCount":1,"facets":[{"name":"TYPE","values":[{"value":"RESOURCE","count":1}]},` +
			`{"name":"AUTHORITY","values":[{"value":"E1","count":1}]},{"name":"PHASE","values":[{"value":"PRIMARY","count":1}]},` +
			`{"name":"TOPIC","values":[{"value":"attendance","count":1}]},{"name":"KIND","values":[{"value":"CASE_STUDY","count":1}]},` +
			`{"name":"LICENCE","values":[{"value":"CC_BY_4_0","count":1}]}],"nodes":[` + first + `]}}}`},
		{"read", "PRIMARY", `{"data":{"search":{"totalCount":2,"facets":[{"name":"TYPE","values":[{"value":"RESOURCE","count":2}]},` +
			`{"name":"AUTHORITY","values":[{"value":"E1","count":1},{"value":"E2","count":1}]},` +
			`{"name":"PHASE","values":[{"value":"PRIMARY","count":2},{"value":"NURSERY","count":1}]},` +
			`{"name":"TOPIC","values":[{"value":"attendance","count":2}]},{"name":"KIND","values":[{"value":"CASE_STUDY","count":1},{"value":"TOOL","count":1}]},` +
			`{"name":"LICENCE","values":[{"value":"CC_BY_4_0","count":2}]}],"nodes":[` + first + `,{"id":"two","title":"Quiet time","summary":"How."}]}}}`},
	} {
		if got := searched(t, conn, test.words, test.phase); got != test.want {
			t.Errorf("%s for %s:\n%s, want\n%s", test.words, test.phase, got, test.want)
		}
	}
}
