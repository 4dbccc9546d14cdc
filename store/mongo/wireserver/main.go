// Command wireserver is a small server that speaks the MongoDB wire protocol, to test and try store/mongo where no MongoDB
// is at hand. It is FerretDB 1 on SQLite: slow, and not for anybody's data.
//
//	wireserver [--listen 127.0.0.1:0] [--dir DIR]
//
// It prints the address to connect to, as one line, once it takes connections. It stops at SIGINT or SIGTERM, and when its
// standard input is a pipe that closes, so that it does not outlive the test that started it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "`address` to listen on; port 0 takes a free one")
	dir := flag.String("dir", "", "`folder` for the data; without it, they are gone at the end")
	flag.Parse()
	if err := run(*listen, *dir, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "wireserver:", err)
		os.Exit(1)
	}
}

// run serves until a signal, or until stdin closes.
func run(listen, dir string, stdin *os.File, stdout io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go stopWithPipe(stdin, stop)

	private, err := os.MkdirTemp("", "wireserver-")
	if err != nil {
		return fmt.Errorf("make a folder for the server: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(private)) }()
	if dir == "" {
		dir = private
	}
	socket := filepath.Join(private, "db.sock")
	db, err := open(dir, socket)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	err = serve(ctx, listen, socket, stdout)
	stop()
	return errors.Join(err, <-done)
}

// open prepares FerretDB with its files in dir, to be reached through a socket. It sends no telemetry.
func open(dir, socket string) (*ferretdb.FerretDB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for the data: %w", err)
	}
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/",
	})
	if err != nil {
		return nil, fmt.Errorf("open the data in %s: %w", dir, err)
	}
	return db, nil
}

// serve relays connections to the socket until ctx ends.
func serve(ctx context.Context, listen, socket string, stdout io.Writer) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	if _, err := fmt.Fprintf(stdout, "mongodb://%s/\n", listener.Addr()); err != nil {
		return fmt.Errorf("print the address: %w", err)
	}
	r := relay{socket: socket}
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept a connection: %w", err)
		}
		go r.connection(ctx, conn)
	}
}

// stopWithPipe calls stop when stdin ends, if it is a pipe: a terminal and /dev/null say nothing about who started us.
func stopWithPipe(stdin *os.File, stop func()) {
	info, err := stdin.Stat()
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return
	}
	_, _ = io.Copy(io.Discard, stdin)
	stop()
}
