package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/staffroom-schools/staffroom/events"
	"github.com/staffroom-schools/staffroom/files"
	"github.com/staffroom-schools/staffroom/markdown"
	"github.com/staffroom-schools/staffroom/sample"
	"github.com/staffroom-schools/staffroom/search"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store"
)

// parts is what a server is made of: the services, and what they stand on.
type parts struct {
	network *staffroom.Network
	ports   staffroom.Ports
	store   *staffroom.Store
	index   *search.Index
	disk    *disk
	// incoming is the folder that uploads are received in.
	incoming string
	// closers are closed in reverse order.
	closers []io.Closer
}

// openParts opens the store, the files and the search index in the data folder; the store and the index keep at most so many bytes each of
// what was read. What was opened is closed again if a part fails.
func openParts(ctx context.Context, globals *Globals, keep int, log *slog.Logger) (*parts, error) {
	p := &parts{}
	if err := p.open(ctx, globals, keep, log); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *parts) open(ctx context.Context, globals *Globals, keep int, log *slog.Logger) (err error) {
	if err := globals.makeData(); err != nil {
		return err
	}
	if p.store, err = store.Open(ctx, globals.storeURL(), log, store.Keep(keep)); err != nil {
		return err
	}
	p.closers = append(p.closers, closer(p.store.Close))
	uploads, err := files.Open(ctx, filepath.Join(globals.Data, "files"))
	if err != nil {
		return err
	}
	p.closers, p.incoming = append(p.closers, uploads), uploads.Incoming()
	hub := events.NewHub()
	p.closers = append(p.closers, hub)
	if p.index, err = search.Open(indexFolder(globals), p.store, hub, log); err != nil {
		return err
	}
	p.closers = append(p.closers, p.index)
	p.ports = staffroom.Ports{
		Store: p.store, Index: p.index, Events: hub, Blobs: uploads, Log: log,
		Inspector: files.NewInspector(staffroom.MaxFileBytes, uploads.Incoming()), ReadMarkdown: inTurn(markdown.Read),
	}
	p.network = staffroom.New(p.ports)
	p.disk = newDisk(globals)
	err = p.network.Register.SeedAuthorities(ctx)
	if staffroom.CodeOf(err) == staffroom.CodeUnavailable { // as when the disk is full, which keeps nobody from reading
		log.WarnContext(ctx, "The built-in authorities cannot be brought up to date now.", "error", err)
		return nil
	}
	return err
}

// ready says why nothing should be asked here; nil if it may be.
func (p *parts) ready(ctx context.Context) error {
	if err := p.store.Ping(ctx); err != nil {
		return err
	}
	return p.disk.check()
}

// indexFolder is where the search index of this store is: one for each store that was used with the data folder.
func indexFolder(globals *Globals) string {
	sum := sha256.Sum256([]byte(globals.storeURL()))
	return filepath.Join(globals.Data, "search", hex.EncodeToString(sum[:6]))
}

// fillSample makes the sample network in a store that nobody has signed in to yet.
func (p *parts) fillSample(ctx context.Context, issuer string, log *slog.Logger) error {
	if err := sample.Fill(ctx, p.ports, issuer); err != nil {
		return fmt.Errorf("cannot make the sample network: %w", err)
	}
	log.InfoContext(ctx, "The sample network is there.")
	if err := p.index.CatchUp(ctx); err != nil {
		log.WarnContext(ctx, "The sample network can't be searched yet.", "error", err) // the index keeps trying
	}
	return ctx.Err()
}

// sweepEvery is how often is looked for what belongs to nothing, after the start.
const sweepEvery = time.Hour

// sweep takes away what belongs to nothing, until ctx ends.
func (p *parts) sweep(ctx context.Context, log *slog.Logger) error {
	for {
		if err := p.network.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "What belongs to nothing could not be taken away.", "error", err)
		}
		select {
		case <-time.After(sweepEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *parts) close() error {
	var problems []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		problems = append(problems, p.closers[i].Close())
	}
	return errors.Join(problems...)
}

// closer makes an io.Closer of a function.
type closer func() error

// Close calls the function.
func (c closer) Close() error { return c() }
