// Package floor is the least that answers the scenarios: net/http, one prepared SQLite statement for each, and JSON put together by
// hand. It checks, limits and logs nothing, and asks nobody who he is. What is slower than it is what a program costs.
package floor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"sync"
	"time"

	"github.com/coder/websocket"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// authorsSQL gives the authors of the resource d as JSON.
const authorsSQL = `(SELECT json_group_array(json_object('id', m.id, 'name', m.doc->'$.name'))
	FROM json_each(d.doc, '$.authorIds') AS a CROSS JOIN members AS m ON m.id = a.value)`

const resourceSQL = `SELECT d.id, d.doc->'$.title', d.doc->'$.summary', d.doc->'$.body', d.doc->'$.kind', d.doc->'$.phases', d.doc->'$.publishedAt', ` +
	authorsSQL + ` FROM resources AS d WHERE d.id = ?`

const pageSQL = `SELECT d.id, d.doc->'$.title', d.doc->'$.summary', d.doc->'$.kind', d.doc->'$.publishedAt', ` + authorsSQL + `, c.id, c.doc->'$.establishment.name',
	(SELECT k.number FROM "resources/audience_school" AS k WHERE k."$.audience" = 'everyone' AND k."$.schoolId" = c.id)
	FROM "resources/audience_published" AS p CROSS JOIN resources AS d ON d.n = p.n CROSS JOIN schools AS c ON c.id = d."$.schoolId"
	WHERE p."$.audience" = 'everyone' AND p."$.publishedAt" >= '' AND p."$.publishedAt" < ? ORDER BY p."$.publishedAt" DESC, p.id DESC LIMIT 21`

const threadSQL = `SELECT p.id, p.doc->'$.body', p.doc->'$.meta.createdAt', m.id, m.doc->'$.name', (SELECT doc->'$.title' FROM threads WHERE id = ?1), ?1
	FROM posts AS p CROSS JOIN members AS m ON m.id = p.doc->>'$.authorId'
	WHERE p."$.threadId" = ?1 AND p."$.meta.createdAt" >= '' ORDER BY p."$.meta.createdAt", p.id LIMIT 50`

const createSQL = `INSERT INTO resources (id, version, doc) VALUES (?, 1, ?)`

// server answers with what a few connections read.
type server struct {
	readers chan *sqlite.Conn
	writing sync.Mutex
	writer  *sqlite.Conn
}

// Serve answers on the listener until ctx ends, from the SQLite file at path. With a file of [FillWords] at words, it searches, too.
func Serve(ctx context.Context, path, words string, listener net.Listener) (err error) {
	s := &server{readers: make(chan *sqlite.Conn, 2+2*runtime.GOMAXPROCS(0))}
	defer func() { err = errors.Join(err, s.close()) }()
	for range cap(s.readers) {
		reader, err := Open(path, "PRAGMA query_only=ON", "PRAGMA cache_size=-8000")
		if err != nil {
			return err
		}
		s.readers <- reader
		if words == "" {
			continue
		}
		if err := sqlitex.ExecuteTransient(reader, "ATTACH ? AS words", &sqlitex.ExecOptions{Args: []any{words}}); err != nil {
			return err
		}
	}
	if s.writer, err = Open(path, "PRAGMA cache_size=-16000"); err != nil {
		return err
	}
	h := &http.Server{Handler: s.routes(), ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = h.Close() })
	defer stop()
	if err := h.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Open opens a connection with the settings that Staffroom's have.
func Open(path string, pragmas ...string) (*sqlite.Conn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(10 * time.Second)
	for _, pragma := range append(pragmas, "PRAGMA synchronous=FULL", "PRAGMA temp_store=MEMORY", "PRAGMA journal_size_limit=67108864") {
		if err := sqlitex.ExecuteTransient(conn, pragma, nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

func (s *server) close() error {
	var problems []error
	for range len(s.readers) {
		problems = append(problems, (<-s.readers).Close())
	}
	if s.writer != nil {
		problems = append(problems, s.writer.Close())
	}
	return errors.Join(problems...)
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /resource", s.reading(resourceSQL, value("id"), writeResource))
	mux.HandleFunc("GET /page", s.reading(pageSQL, value("to"), writePage))
	mux.HandleFunc("GET /thread", s.reading(threadSQL, value("id"), writeThread))
	mux.HandleFunc("GET /search", s.reading(searchSQL, question, writeSearch))
	mux.HandleFunc("POST /create", s.create)
	live := &sockets{all: map[*websocket.Conn]chan struct{}{}}
	mux.HandleFunc("GET /graphql", live.connect)
	mux.HandleFunc("GET /reply", live.send)
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	return mux
}

// value binds one value of the address.
func value(name string) func(stmt *sqlite.Stmt, address url.Values) {
	return func(stmt *sqlite.Stmt, address url.Values) { stmt.BindText(1, address.Get(name)) }
}

// question binds words and a phase.
func question(stmt *sqlite.Stmt, address url.Values) {
	stmt.BindText(1, matching(address.Get("q")))
	stmt.BindText(2, address.Get("phase"))
}

// reading answers with what write makes of the rows of sql, whose parameters bind takes from the address.
func (s *server) reading(
	sql string, bind func(*sqlite.Stmt, url.Values), write func(out *answer, rows *sqlite.Stmt) error,
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn := <-s.readers
		defer func() { s.readers <- conn }()
		stmt := conn.Prep(sql)
		bind(stmt, r.URL.Query())
		out := &answer{}
		err := write(out, stmt)
		if resetErr := stmt.Reset(); err == nil {
			err = resetErr
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(out.text)
	}
}

// create stores a draft with the body that was sent.
func (s *server) create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		var id string
		s.writing.Lock()
		id, err = Insert(s.writer, string(body))
		s.writing.Unlock()
		text := `{"data":{"createResource":{"resource":{"id":"` + id + `","title":"A resource that was just written","status":"DRAFT"},"userErrors":[]}}}`
		w.Header().Set("Content-Type", "application/json")
		if err == nil {
			_, _ = io.WriteString(w, text)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// Insert stores a draft in a transaction of its own, like that of Staffroom.
func Insert(conn *sqlite.Conn, body string) (id string, err error) {
	now := staffroom.At(time.Now())
	id = staffroom.NewID(staffroom.PrefixResource)
	doc, err := json.Marshal(&staffroom.Resource{
		Meta:  staffroom.Meta{ID: id, Version: 1, CreatedAt: now, UpdatedAt: now},
		Title: "A resource that was just written", SortTitle: "a resource that was just written", Summary: "What it is about.", Body: body,
		Kind: staffroom.KindCaseStudy, Topics: []string{"attendance"}, Phases: []staffroom.Phase{staffroom.PhasePrimary}, Licence: staffroom.LicenceCCBY,
		AuthorIDs: []string{"member_01hk153x00fcmtmbvcy3d4sgf6"}, SchoolID: "school_01hk153x00fcmtmbvcy3d4sgf6", AuthorityCode: "E09000023",
		Visibility: staffroom.VisibilityPublic, Status: staffroom.StatusDraft, ChangedAt: now,
	})
	if err != nil {
		return "", err
	}
	stmt := conn.Prep(createSQL)
	stmt.BindText(1, id)
	stmt.BindText(2, string(doc))
	_, err = stmt.Step()
	return id, errors.Join(err, stmt.Reset())
}

// answer is a response in the making.
type answer struct {
	text []byte
	buf  []byte
}

func (a *answer) add(text string) { a.text = append(a.text, text...) }

// column adds a column that holds JSON.
func (a *answer) column(rows *sqlite.Stmt, i int) {
	n := rows.ColumnLen(i)
	if cap(a.buf) < n {
		a.buf = make([]byte, 2*n)
	}
	a.text = append(a.text, a.buf[:rows.ColumnBytes(i, a.buf[:n])]...)
}

// id adds a column that holds an id.
func (a *answer) id(rows *sqlite.Stmt, i int) {
	a.add(`"`)
	a.column(rows, i)
	a.add(`"`)
}

// fields adds columns from first on under their names.
func (a *answer) fields(rows *sqlite.Stmt, first int, names ...string) {
	for i, name := range names {
		a.add(`,"` + name + `":`)
		a.column(rows, first+i)
	}
}

func writeResource(out *answer, rows *sqlite.Stmt) error {
	found, err := rows.Step()
	if err != nil {
		return err
	}
	if !found {
		out.add(`{"data":{"resource":null}}`)
		return nil
	}
	out.add(`{"data":{"resource":{"id":`)
	out.id(rows, 0)
	out.fields(rows, 1, "title", "summary", "body", "kind", "phases", "publishedAt", "authors")
	out.add(`}}}`)
	return nil
}

func writePage(out *answer, rows *sqlite.Stmt) error {
	out.add(`{"data":{"resources":{"nodes":[`)
	for n := 0; ; n++ {
		found, err := rows.Step()
		if err != nil {
			return err
		}
		if !found || n == 20 {
			more := map[bool]string{true: "true", false: "false"}[found]
			out.add(`],"pageInfo":{"hasNextPage":` + more + `}}}}`)
			return nil
		}
		if n > 0 {
			out.add(",")
		}
		out.add(`{"id":`)
		out.id(rows, 0)
		out.fields(rows, 1, "title", "summary", "kind", "publishedAt", "authors")
		out.add(`,"school":{"id":`)
		out.id(rows, 6)
		out.fields(rows, 7, "name", "resourceCount")
		out.add(`}}`)
	}
}

func writeThread(out *answer, rows *sqlite.Stmt) error {
	for n := 0; ; n++ {
		found, err := rows.Step()
		switch {
		case err != nil:
			return err
		case !found && n == 0:
			out.add(`{"data":{"thread":null}}`)
			return nil
		case !found:
			out.add(`]}}}}`)
			return nil
		case n == 0:
			out.add(`{"data":{"thread":{"id":`)
			out.id(rows, 6)
			out.fields(rows, 5, "title")
			out.add(`,"posts":{"nodes":[`)
		default:
			out.add(",")
		}
		out.add(`{"id":`)
		out.id(rows, 0)
		out.fields(rows, 1, "body", "createdAt")
		out.add(`,"author":{"id":`)
		out.id(rows, 3)
		out.fields(rows, 4, "name")
		out.add(`}}`)
	}
}
