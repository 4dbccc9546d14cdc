// Staffroom is a knowledge-sharing network for schools in one program: a GraphQL server, its store and its web client.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// CLI is the command line. Every flag can be given as an environment variable, too: --oidc-issuer as STAFFROOM_OIDC_ISSUER.
type CLI struct {
	Globals

	Serve    ServeCmd    `cmd:"" help:"Run the server: GraphQL, sign-in, files and the web client."`
	Import   ImportCmd   `cmd:"" help:"Read files of the national register of schools into the store."`
	Schema   SchemaCmd   `cmd:"" help:"Print the GraphQL schema."`
	DevToken DevTokenCmd `cmd:"" help:"Print an access token of the built-in identity provider (development only)."`
	Grant    GrantCmd    `cmd:"" help:"Give a role to a person who has signed in: how a network gets its first administrator."`
	Version  VersionCmd  `cmd:"" help:"Print the version."`
}

// Globals are the flags of every command.
type Globals struct {
	Data  string `help:"Folder for the embedded store, uploaded files and the search index." default:"./data"`
	Store string `help:"Where documents are kept: sqlite:PATH or mongodb://HOST/DATABASE. Default: SQLite in the data folder." placeholder:"URL"`
	Log   string `help:"Form of log lines: text or json." enum:"text,json" default:"text"`
}

const description = `A free knowledge-sharing network for schools, run by its organisers.

Try it:  staffroom serve --dev   and open http://localhost:8080`

func main() {
	takeWriteErrors()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // who asks a second time is not asked to wait
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the command that args name, and returns the exit status: 2 if args were wrong, 1 if the command failed.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cli CLI
	status := -1
	parser, err := newParser(&cli, stdout, stderr, func(code int) { status = code })
	if err != nil {
		fmt.Fprintln(stderr, "staffroom:", err)
		return 1
	}
	command, err := parser.Parse(args)
	if status >= 0 { // --help was asked for and printed
		return status
	}
	if err != nil {
		fmt.Fprintf(stderr, "staffroom: %v\nTry: staffroom --help\n", err)
		return 2
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(stdout, (*io.Writer)(nil))
	if err := runLogging(command, &cli.Globals, stderr); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "staffroom:", err)
		return 1
	}
	return 0
}

// runLogging runs a command, and has written all its log lines when it returns.
func runLogging(command *kong.Context, globals *Globals, stderr io.Writer) error {
	log, flush := newLog(stderr, globals.Log)
	defer flush()
	return command.Run(globals, log)
}

func newParser(cli *CLI, stdout, stderr io.Writer, exit func(int)) (*kong.Kong, error) {
	return kong.New(cli,
		kong.Name("staffroom"), kong.Description(description), kong.DefaultEnvars("STAFFROOM"),
		kong.Writers(stdout, stderr), kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, Summary: false, WrapUpperBound: 100}),
	)
}
