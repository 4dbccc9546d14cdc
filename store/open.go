// Package store opens the store that an address names.
package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/mongo"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// Option changes how a store is opened.
type Option func(*settings)

type settings struct{ keep *int }

// Keep is up to how many bytes of what was read the store keeps in memory, for as long as they are true; 0 keeps nothing. Without it, that
// is as much as suits a small server. MongoDB keeps what it reads itself.
func Keep(bytes int) Option { return func(s *settings) { s.keep = &bytes } }

// Open opens the store at url: "sqlite:PATH", where a path of ":memory:" means a store that is gone after Close, or an address
// of MongoDB. It makes what the store needs and lacks. The caller closes it.
func Open(ctx context.Context, url string, log *slog.Logger, options ...Option) (*staffroom.Store, error) {
	var s settings
	for _, option := range options {
		option(&s)
	}
	scheme, path, _ := strings.Cut(url, ":")
	switch {
	case scheme == "sqlite" && path != "":
		return sqlite.Open(ctx, path, sqlite.Options{Log: log, Keep: s.keep})
	case scheme == "mongodb" || scheme == "mongodb+srv":
		return mongo.Open(ctx, url, mongo.Options{Log: log})
	default:
		// The address is not repeated, because it may hold a password.
		return nil, fmt.Errorf("this is no address of a store: give sqlite:PATH, mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE")
	}
}
