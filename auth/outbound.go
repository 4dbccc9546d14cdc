package auth

import (
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// outboundTimeout is how long one request to the provider may take as a whole.
	outboundTimeout = 10 * time.Second
	// outboundBody is the most of an answer that is read, in bytes. Discovery documents and key sets have a few KiB.
	outboundBody = 1 << 20
)

var errTooLong = errors.New("the provider's answer is longer than 1 MiB")

// outbound is a client for requests to the provider: timed, bounded, and without following redirects, which no endpoint
// of OpenID Connect needs and which would carry secrets elsewhere.
func outbound(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout:   outboundTimeout,
		Transport: bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// bounded cuts answers that are too long, with an error.
type bounded struct{ next http.RoundTripper }

// RoundTrip is [http.RoundTripper].
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &boundedBody{ReadCloser: answer.Body, left: outboundBody}
	return answer, nil
}

type boundedBody struct {
	io.ReadCloser
	left int
}

// Read is [io.Reader].
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLong
	}
	// One byte more than is allowed tells an answer of just that length from a longer one.
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	if b.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// watching notes whether a request failed because the provider is not there, or says itself that it is at fault.
type watching struct {
	next        http.RoundTripper
	unavailable bool
}

// RoundTrip is [http.RoundTripper].
func (w *watching) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.next.RoundTrip(r)
	w.unavailable = err != nil || answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests
	return answer, err
}
