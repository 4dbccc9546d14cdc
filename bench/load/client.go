// Package load sends requests as fast as a server answers them, or at a fixed rate, and measures how long the answers take.
//
// It is small on purpose: on a machine with few cores whatever the generator uses is missing for the server, and net/http's client
// uses about as much as a quick server. So requests are bytes made beforehand, and answers are read only as far as needed.
package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

// patience is how long an answer is waited for, at most; half as long at least.
const patience = 30 * time.Second

// client is one connection to a server, which is kept.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
	body   []byte
	// until is when the connection gives up.
	until time.Time
}

func dial(ctx context.Context, address string) (*client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (c *client) close() { _ = c.conn.Close() }

// do sends a request and reads the answer. The body is valid until the next call.
func (c *client) do(request []byte) (status int, body []byte, err error) {
	if err := c.renew(); err != nil {
		return 0, nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, err
	}
	status, length, err := c.head()
	if err != nil {
		return 0, nil, err
	}
	if length < 0 {
		c.body, err = c.chunks()
		return status, c.body, err
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.reader, c.body)
	return status, c.body, err
}

// renew gives the connection patience again when half of it is used up: a new deadline for each request would cost as much as reading
// the answer.
func (c *client) renew() error {
	if now := time.Now(); c.until.Sub(now) < patience/2 {
		c.until = now.Add(patience)
		return c.conn.SetDeadline(c.until)
	}
	return nil
}

// head reads the status line and the headers; length is that of the body, and negative if it comes in chunks.
func (c *client) head() (status, length int, err error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 {
		return 0, 0, fmt.Errorf("this is no answer of HTTP: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return status, length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			length = -1
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

// chunks reads a body that comes in pieces, and the empty line after them.
func (c *client) chunks() ([]byte, error) {
	body, err := io.ReadAll(httputil.NewChunkedReader(c.reader))
	if err != nil {
		return nil, err
	}
	line, err := c.reader.ReadSlice('\n')
	if err == nil && len(bytes.TrimSpace(line)) > 0 {
		err = errors.New("trailers are not read")
	}
	return body, err
}

// Once sends one request on a connection of its own.
func Once(ctx context.Context, address string, request []byte) (status int, body []byte, err error) {
	c, err := dial(ctx, address)
	if err != nil {
		return 0, nil, err
	}
	defer c.close()
	return c.do(request)
}
