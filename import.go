package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/staffroom-schools/staffroom/gias"
	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// maxRejectedShown is how many rejected rows of a file are printed one by one.
	maxRejectedShown = 100
	// importLogEvery is the time between two log lines about how far an import is.
	importLogEvery = 2 * time.Second
)

// importEstablishments imports register files of establishments, one after the other. All of them are looked at before the
// store is opened by into: if one is refused, nothing is written. What was done, and every rejected row, is printed to out.
func importEstablishments(ctx context.Context, into opener, paths []string, out io.Writer, log *slog.Logger) error {
	return importFiles(ctx, into, paths, out, log, gias.Establishments,
		func(network *staffroom.Network, r *gias.EstablishmentReader, watch staffroom.ImportWatch) (staffroom.ImportResult, string, error) {
			done, err := network.Register.ImportEstablishments(ctx, r.Rows(), watch)
			return done, fmt.Sprintf("added %d, changed %d, unchanged %d, closed %d, rejected %d",
				done.Added, done.Changed, done.Unchanged, done.Closed, done.Rejected), err
		})
}

// importLinks imports register files of links; it is as importEstablishments.
func importLinks(ctx context.Context, into opener, paths []string, out io.Writer, log *slog.Logger) error {
	return importFiles(ctx, into, paths, out, log, gias.Links,
		func(network *staffroom.Network, r *gias.LinkReader, watch staffroom.ImportWatch) (staffroom.ImportResult, string, error) {
			done, err := network.Register.ImportLinks(ctx, r.Rows(), watch)
			return done, fmt.Sprintf("added %d, changed %d, unchanged %d, removed %d, rejected %d",
				done.Added, done.Changed, done.Unchanged, done.Removed, done.Rejected), err
		})
}

// opener opens the store for a piece of work, and closes it again.
type opener func(work func(*staffroom.Network) error) error

// registerReader is a reader of the package gias.
type registerReader interface{ BytesRead() int64 }

// importFunc imports what r reads, and says in words what that did.
type importFunc[R registerReader] func(network *staffroom.Network, r R, watch staffroom.ImportWatch) (staffroom.ImportResult, string, error)

func importFiles[R registerReader](
	ctx context.Context, into opener, paths []string, out io.Writer, log *slog.Logger, open func(io.Reader) (R, error), run importFunc[R],
) error {
	var files []*registerFile[R]
	var refused []error
	for _, path := range paths {
		f, err := openRegisterFile(path, open)
		if err != nil {
			refused = append(refused, err)
			continue
		}
		defer func() { _ = f.Close() }() // it was only read
		files = append(files, f)
	}
	if len(refused) > 0 {
		return fmt.Errorf("nothing was imported: %w", errors.Join(refused...))
	}
	return into(func(network *staffroom.Network) error {
		for _, f := range files {
			if err := f.importTo(ctx, network, out, log, run); err != nil {
				return err
			}
		}
		return nil
	})
}

// registerFile is an opened file whose header was found good.
type registerFile[R registerReader] struct {
	*os.File
	path   string
	size   int64
	reader R
}

func openRegisterFile[R registerReader](path string, open func(io.Reader) (R, error)) (*registerFile[R], error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file can't be opened: %w", err)
	}
	f := &registerFile[R]{File: file, path: path, size: -1}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		f.size = info.Size()
	}
	if f.reader, err = open(file); err != nil {
		_ = file.Close()
		if bad, ok := errors.AsType[*staffroom.Error](err); ok {
			return nil, fmt.Errorf("%s was refused. %s", path, bad.Message)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// importTo imports the file and prints what that did, also if it did not get to the end.
func (f *registerFile[R]) importTo(ctx context.Context, network *staffroom.Network, out io.Writer, log *slog.Logger, run importFunc[R]) error {
	progress := newImportProgress(f.path, f.size, os.Stderr, log)
	rejected := 0
	done, words, err := run(network, f.reader, staffroom.ImportWatch{
		Rejected: func(bad *staffroom.RowError) {
			if rejected++; rejected <= maxRejectedShown {
				progress.clear()
				_, _ = fmt.Fprintf(out, "%s:%d: %s\n", f.path, bad.Line, rejection(bad))
			}
		},
		Progress: func(staffroom.ImportResult) { progress.show(ctx, f.reader.BytesRead()) },
	})
	progress.clear()
	if more := done.Rejected - maxRejectedShown; more > 0 {
		_, _ = fmt.Fprintf(out, "%s: %d more rows were rejected\n", f.path, more)
	}
	if _, printing := fmt.Fprintf(out, "%s: %s\n", f.path, words); printing != nil && err == nil {
		err = printing
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		// Not wrapped: whoever stopped it is to be told where it stands, and a script that it is not done.
		return fmt.Errorf("%s: the import was interrupted; what is counted above is stored, and the same command again does the rest", f.path)
	default:
		return fmt.Errorf("%s: the import stopped; what is counted above is stored, and the same command can be run again: %w", f.path, err)
	}
}

// rejection is why a row was rejected, without its line.
func rejection(bad *staffroom.RowError) string {
	switch {
	case bad.Column == "":
		return bad.Reason
	case bad.Value == "":
		return bad.Column + ": " + bad.Reason
	default:
		return fmt.Sprintf("%s %q: %s", bad.Column, bad.Value, bad.Reason)
	}
}

// importProgress shows how far an import is: by a bar on a terminal, by log lines elsewhere.
type importProgress struct {
	path   string
	size   int64
	bar    *progressbar.ProgressBar
	log    *slog.Logger
	logged time.Time
}

func newImportProgress(path string, size int64, screen *os.File, log *slog.Logger) *importProgress {
	p := &importProgress{path: path, size: size, log: log, logged: time.Now()}
	if term.IsTerminal(int(screen.Fd())) {
		p.bar = progressbar.NewOptions64(size,
			progressbar.OptionSetWriter(screen),
			progressbar.OptionSetDescription(path),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
		)
	}
	return p
}

func (p *importProgress) show(ctx context.Context, read int64) {
	if p.bar != nil {
		_ = p.bar.Set64(read)
		return
	}
	if time.Since(p.logged) < importLogEvery {
		return
	}
	p.logged = time.Now()
	p.log.InfoContext(ctx, "importing", "file", p.path, "bytesRead", read, "bytes", p.size)
}

// clear takes the bar off the screen, so that a line can be printed.
func (p *importProgress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
