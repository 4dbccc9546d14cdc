package server

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Media types of GraphQL responses.
const (
	typeGraphQL = "application/graphql-response+json"
	typeJSON    = "application/json"
	typeEvents  = "text/event-stream"
)

// negotiate is the one of the offered media types that the client likes best; of equals the first. Empty for none. A client
// that says nothing takes anything.
func negotiate(r *http.Request, offers ...string) string {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return offers[0]
	}
	if slices.Contains(offers, accept) {
		return accept
	}
	ranges := acceptedRanges(accept)
	best, bestQuality := "", 0.0
	for _, offer := range offers {
		if q := quality(ranges, offer); q > bestQuality {
			best, bestQuality = offer, q
		}
	}
	return best
}

// accepted is one media range of an Accept header.
type accepted struct {
	kind    string
	quality float64
}

func acceptedRanges(accept string) []accepted {
	var ranges []accepted
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil || !utf8Charset(params) {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || q < 0 || q > 1 {
				continue
			}
		}
		ranges = append(ranges, accepted{kind, q})
	}
	return ranges
}

// quality is how much the client likes a type, by the most specific range that covers it.
func quality(ranges []accepted, offer string) float64 {
	family, _, _ := strings.Cut(offer, "/")
	best, specific := 0.0, -1
	for _, r := range ranges {
		precision := -1
		switch r.kind {
		case offer:
			precision = 2
		case family + "/*":
			precision = 1
		case "*/*":
			precision = 0
		}
		if precision > specific || (precision == specific && precision >= 0 && r.quality > best) {
			best, specific = r.quality, precision
		}
	}
	return best
}

// utf8Charset says that a charset parameter, if there is one, is that of JSON.
func utf8Charset(params map[string]string) bool {
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}
