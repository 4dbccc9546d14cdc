package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/staffroom-schools/staffroom/auth/devidp"
	"github.com/staffroom-schools/staffroom/resolvers"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store"
)

// ImportCmd holds the imports.
type ImportCmd struct {
	Establishments ImportEstablishmentsCmd `cmd:"" help:"Read establishments: files like edubasealldata20260301.csv."`
	Links          ImportLinksCmd          `cmd:"" help:"Read links between establishments: files like links_edubasealldata20260301.csv."`
}

// ImportEstablishmentsCmd reads establishments.
type ImportEstablishmentsCmd struct {
	Files []string `arg:"" name:"file" help:"Files as Get Information about Schools gives them out."`
}

// Run imports the files.
func (c *ImportEstablishmentsCmd) Run(ctx context.Context, globals *Globals, out io.Writer, log *slog.Logger) error {
	return importEstablishments(ctx, globals.opener(ctx, log), c.Files, out, log)
}

// ImportLinksCmd reads links.
type ImportLinksCmd struct {
	Files []string `arg:"" name:"file" help:"Files as Get Information about Schools gives them out."`
}

// Run imports the files.
func (c *ImportLinksCmd) Run(ctx context.Context, globals *Globals, out io.Writer, log *slog.Logger) error {
	return importLinks(ctx, globals.opener(ctx, log), c.Files, out, log)
}

// storeURL is where documents are kept.
func (g *Globals) storeURL() string {
	if g.Store != "" {
		return g.Store
	}
	return "sqlite:" + filepath.Join(g.Data, "staffroom.db")
}

// makeData makes the data folder, if it is not there yet.
func (g *Globals) makeData() error {
	if err := os.MkdirAll(g.Data, 0o700); err != nil {
		return fmt.Errorf("--data: cannot make the folder %s: %w", g.Data, err)
	}
	return nil
}

// withRegister opens the store, with the built-in authorities in it, for one command. The search index of a server that runs on
// the same store finds the changes by itself.
func (g *Globals) withRegister(ctx context.Context, log *slog.Logger, use func(*staffroom.Network) error) (err error) {
	if g.Store == "" {
		if err := g.makeData(); err != nil {
			return err
		}
	}
	opened, err := store.Open(ctx, g.storeURL(), log)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := opened.Close(); err == nil {
			err = closeErr
		}
	}()
	network := staffroom.New(staffroom.Ports{Store: opened, Log: log})
	if err := network.Register.SeedAuthorities(ctx); err != nil {
		return err
	}
	return use(network)
}

func (g *Globals) opener(ctx context.Context, log *slog.Logger) opener {
	return func(work func(*staffroom.Network) error) error { return g.withRegister(ctx, log, work) }
}

// SchemaCmd prints the schema.
type SchemaCmd struct{}

// Run prints the whole schema with its descriptions.
func (c *SchemaCmd) Run(out io.Writer) error {
	_, err := io.WriteString(out, resolvers.SDL())
	return err
}

// DevTokenCmd makes an access token.
type DevTokenCmd struct {
	Email string `arg:"" help:"Address of one of the sample people; the server prints some when it starts."`
}

// Run prints a token for the sample person.
func (c *DevTokenCmd) Run(globals *Globals, out io.Writer) error {
	token, err := devidp.TokenFromDir(globals.Data, c.Email)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, token)
	return err
}

// VersionCmd prints the version.
type VersionCmd struct{}

// version is set when a release is built: go build -ldflags "-X main.version=v1.2.3".
var version string

// Run prints the version, and the commit that it was built from if that is known.
func (c *VersionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, "staffroom", versionText())
	return err
}

func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(development)"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "(development, commit " + setting.Value + ")"
		}
	}
	return "(development)"
}

// GrantCmd gives a role.
type GrantCmd struct {
	Email string `arg:"" help:"Address that the person signed in with."`
	Role  string `arg:"" help:"One of: ${enum}." enum:"ADMINISTRATOR,MODERATOR,BROKER,EDITOR"`
}

// Run gives the role.
func (c *GrantCmd) Run(ctx context.Context, globals *Globals, out io.Writer, log *slog.Logger) error {
	return globals.withRegister(ctx, log, func(network *staffroom.Network) error {
		m, err := network.Members.Grant(ctx, c.Email, staffroom.Role(c.Role))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s now has the roles %v.\n", m.Name, m.Roles)
		return err
	})
}
