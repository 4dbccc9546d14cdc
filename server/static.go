package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// static is a folder of files that were built once. Beside a file lies what it is compressed, as name.br and name.gz, where that is
// shorter: the build makes them.
type static struct{ fs.FS }

// has says whether there is a file that is asked for by its own name.
func (s static) has(name string) bool {
	info, err := fs.Stat(s.FS, name)
	return err == nil && info.Mode().IsRegular() && encodingOf(name) == ""
}

// serve sends a file of this name, in the encoding that the client likes best.
func (s static) serve(w http.ResponseWriter, r *http.Request, name string) {
	content, encoding, err := s.read(r, name)
	if err != nil {
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	header.Add("Vary", "Accept-Encoding")
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	sum := sha256.Sum256(content)
	header.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// read is the bytes to be sent. A range is one of the file itself.
func (s static) read(r *http.Request, name string) (content []byte, encoding string, err error) {
	if r.Header.Get("Range") == "" {
		for _, encoding := range acceptedEncodings(r) {
			if content, err := fs.ReadFile(s.FS, name+suffixes()[encoding]); err == nil {
				return content, encoding, nil
			}
		}
	}
	content, err = fs.ReadFile(s.FS, name)
	return content, "", err
}

// suffixes is how the names of compressed files end, by their encoding.
func suffixes() map[string]string { return map[string]string{"br": ".br", "gzip": ".gz"} }

// encodingOf is the encoding of a compressed file; empty for any other.
func encodingOf(name string) string {
	for encoding, suffix := range suffixes() {
		if strings.HasSuffix(name, suffix) {
			return encoding
		}
	}
	return ""
}

// acceptedEncodings are those of ours that the client takes, the shortest first (RFC 9110, 12.5.3).
func acceptedEncodings(r *http.Request) (encodings []string) {
	ranges := acceptedRanges(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	for _, encoding := range []string{"br", "gzip"} {
		if slices.ContainsFunc(ranges, func(a accepted) bool { return a.kind == encoding && a.quality > 0 }) {
			encodings = append(encodings, encoding)
		}
	}
	return encodings
}
