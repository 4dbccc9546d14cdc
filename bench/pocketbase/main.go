// Pocketbase is PocketBase with the rows that the scenarios of bench/ ask for: `fill` copies them out of Staffroom's store into
// PocketBase's own file, `serve` is PocketBase's own command.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"path/filepath"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

func main() {
	app := pocketbase.New()
	app.RootCmd.AddCommand(&cobra.Command{
		Use:  "fill FILE",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return fill(cmd.Context(), app, args[0]) },
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

// fill makes the collections and copies the rows.
func fill(ctx context.Context, app *pocketbase.PocketBase, from string) error {
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	if err := makeCollections(app); err != nil {
		return err
	}
	folder := app.DataDir()
	if err := app.ResetBootstrapState(); err != nil { // closes its file
		return err
	}
	return copyRows(ctx, filepath.Join(folder, "data.db"), from)
}

// makeCollections makes the collections, readable by everybody.
func makeCollections(app core.App) error {
	schools := public("schools", &core.TextField{Name: "name"}, &core.NumberField{Name: "resourceCount"})
	members := public("members", &core.TextField{Name: "name"})
	if err := errors.Join(app.Save(schools), app.Save(members)); err != nil {
		return err
	}
	resources := public(
		"resources", &core.TextField{Name: "title"}, &core.TextField{Name: "summary"}, &core.TextField{Name: "body", Max: 100_000},
		&core.TextField{Name: "kind"}, &core.JSONField{Name: "phases"}, &core.TextField{Name: "publishedAt"},
		&core.RelationField{Name: "authors", CollectionId: members.Id, MaxSelect: 10}, &core.RelationField{Name: "school", CollectionId: schools.Id, MaxSelect: 1},
	)
	resources.AddIndex("resources_published", false, "publishedAt", "")
	posts := public(
		"posts", &core.TextField{Name: "thread"}, &core.TextField{Name: "body", Max: 100_000}, &core.TextField{Name: "created"},
		&core.RelationField{Name: "author", CollectionId: members.Id, MaxSelect: 1},
	)
	posts.AddIndex("posts_thread", false, "thread, created", "")
	return errors.Join(app.Save(resources), app.Save(posts))
}

func public(name string, fields ...core.Field) *core.Collection {
	made, everybody := core.NewBaseCollection(name), ""
	made.ListRule, made.ViewRule = &everybody, &everybody
	made.Fields.Add(fields...)
	return made
}

// copyRows copies with plain SQL. PocketBase's ids have 15 characters: a letter for the kind, and the place among the documents of that kind.
func copyRows(ctx context.Context, to, from string) (err error) {
	db, err := sql.Open("sqlite", to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // the one that the other file is attached to
	id := func(kind string) string {
		return `printf('` + kind + `%014d', (SELECT place FROM places_` + kind + ` WHERE n = ` + kind + `.n))`
	}
	var steps []string
	for _, table := range []string{"schools AS c", "members AS m", "resources AS r", "threads AS t", "posts AS p"} {
		kind := table[len(table)-1:]
		steps = append(steps, `CREATE TEMP TABLE places_`+kind+` (n INTEGER PRIMARY KEY, place INTEGER NOT NULL)`,
			`INSERT INTO places_`+kind+` SELECT n, row_number() OVER (ORDER BY n) - 1 FROM "from".`+table)
	}
	steps = append(
		steps,
		`INSERT INTO schools (id, name, resourceCount) SELECT `+id("c")+`, c.doc->>'$.establishment.name',
			coalesce((SELECT k.number FROM "from"."resources/audience_school" AS k WHERE k."$.audience" = 'everyone' AND k."$.schoolId" = c.id), 0) FROM "from".schools AS c`,
		`INSERT INTO members (id, name) SELECT `+id("m")+`, m.doc->>'$.name' FROM "from".members AS m`,
		`INSERT INTO resources (id, title, summary, body, kind, phases, publishedAt, authors, school)
			SELECT `+id("r")+`, r.doc->>'$.title', r.doc->>'$.summary', r.doc->>'$.body', r.doc->>'$.kind', r.doc->'$.phases',
			replace(r.doc->>'$.publishedAt', 'T', ' '),
			(SELECT json_group_array(`+id("m")+`) FROM json_each(r.doc, '$.authorIds') AS a CROSS JOIN "from".members AS m ON m.id = a.value),
			(SELECT `+id("c")+` FROM "from".schools AS c WHERE c.id = r."$.schoolId") FROM "from".resources AS r WHERE r."$.status" = 'PUBLISHED'`,
		`INSERT INTO posts (id, thread, body, created, author)
			SELECT `+id("p")+`, (SELECT `+id("t")+` FROM "from".threads AS t WHERE t.id = p."$.threadId"), p.doc->>'$.body',
			replace(p.doc->>'$.meta.createdAt', 'T', ' '), (SELECT `+id("m")+` FROM "from".members AS m WHERE m.id = p.doc->>'$.authorId') FROM "from".posts AS p`,
		`ANALYZE`,
	)
	if _, err := db.ExecContext(ctx, `ATTACH ? AS "from"`, from); err != nil {
		return err
	}
	for _, step := range steps {
		if _, err := db.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("%.40s: %w", step, err)
		}
	}
	return nil
}
