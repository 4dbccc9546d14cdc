package server

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressor makes what compresses answers with zstd or gzip, for clients that take them. What is shorter than a packet stays as it is, and
// so do streams of events, which must not wait for more.
//
// An answer shows nothing that another one keeps secret (there are no tokens against forged forms in pages, and sessions are in cookies
// alone), so that its compressed length tells nobody anything (CVE-2013-3587, BREACH).
func compressor() (func(http.Handler) http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(gzhttp.DefaultMinSize), gzhttp.ContentTypes([]string{
		typeGraphQL, typeJSON, "application/graphql", "text/html", "text/css",
	}))
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler {
		compressed := wrap(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Upgrade") != "" || graphqlType(r) == typeEvents {
				next.ServeHTTP(w, r)
				return
			}
			compressed.ServeHTTP(w, r)
		})
	}, nil
}
