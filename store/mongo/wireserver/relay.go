package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
)

// The parts of a message of the wire protocol that a relay must know; all numbers are little-endian.
const (
	headerSize = 16               // length, request, response to, kind
	kindAt     = 12               // where in the header its kind is
	kindMsg    = 2013             // OP_MSG, the kind that carries commands
	commandAt  = 16 + 4 + 1 + 4   // where in OP_MSG its first field is: after flags, section kind and document length
	maxMessage = 48 * 1000 * 1000 // what a MongoDB server takes
)

// relay stands before FerretDB and lets one write through at a time. FerretDB 1 looks for the documents to write and then
// writes them in two steps, so two replacements of the same version could both succeed; a MongoDB server never does that.
type relay struct {
	socket string
	writes sync.Mutex
}

// connection passes on the requests of one client until either side hangs up.
func (r *relay) connection(ctx context.Context, client net.Conn) {
	defer func() { _ = client.Close() }() // it hung up, or is to
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	var dialer net.Dialer
	server, err := dialer.DialContext(ctx, "unix", r.socket)
	if err != nil {
		slog.Error("The database does not answer.", "error", err)
		return
	}
	defer func() { _ = server.Close() }() // every reply has been read
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		reply, err := r.exchange(server, request)
		if err != nil {
			return
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

// exchange sends one request and waits for its reply.
func (r *relay) exchange(server io.ReadWriter, request []byte) ([]byte, error) {
	if isWrite(request) {
		r.writes.Lock()
		defer r.writes.Unlock()
	}
	if _, err := server.Write(request); err != nil {
		return nil, fmt.Errorf("pass on a request: %w", err)
	}
	return readMessage(server)
}

func readMessage(from io.Reader) ([]byte, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, fmt.Errorf("read the header of a message: %w", err)
	}
	size := binary.LittleEndian.Uint32(header)
	if size < headerSize || size > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes cannot be", size)
	}
	message := make([]byte, size)
	copy(message, header)
	if _, err := io.ReadFull(from, message[headerSize:]); err != nil {
		return nil, fmt.Errorf("read a message: %w", err)
	}
	return message, nil
}

// isWrite says whether a request changes documents. The name of a command is the name of its first field.
func isWrite(request []byte) bool {
	if len(request) <= commandAt+1 || binary.LittleEndian.Uint32(request[kindAt:]) != kindMsg {
		return false
	}
	name, _, _ := bytes.Cut(request[commandAt+1:], []byte{0})
	switch string(name) {
	case "insert", "update", "delete", "findAndModify":
		return true
	default:
		return false
	}
}
