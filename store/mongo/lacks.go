package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// lacks names what a server can't do that MongoDB can. This is the one place that knows servers by name; what it names is
// left out for them, and everything else is expected of every server.
type lacks struct {
	// server is its name; empty for a server that lacks nothing.
	server string
	// partialIndexes: an index can't be limited to some documents.
	partialIndexes bool
	// expiringIndexes: it deletes nothing when its time has passed.
	expiringIndexes bool
	// validators: it does not check documents.
	validators bool
	// bulkReplaces: many replacements in one command get it stuck, and it does not tell which of them it refused.
	bulkReplaces bool
	// duplicateCodes: it reports a unique value that is taken as a fault of its own when a document is replaced.
	duplicateCodes bool
}

// whatLacks asks the server who it is.
func whatLacks(ctx context.Context, db *mongo.Database) (lacks, error) {
	var info struct {
		FerretDB string `bson:"ferretdbVersion"`
	}
	if err := db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info); err != nil {
		return lacks{}, fmt.Errorf("ask the server for its version: %w", err)
	}
	if info.FerretDB != "" { // only version 1 says so
		return lacks{
			server:          "FerretDB 1",
			partialIndexes:  true,
			expiringIndexes: true,
			validators:      true,
			bulkReplaces:    true,
			duplicateCodes:  true,
		}, nil
	}
	return lacks{}, nil
}

// log tells operators what they do without.
func (l lacks) log(ctx context.Context, log *slog.Logger) {
	if l.server != "" {
		log.WarnContext(ctx, "This server is for tests and trials only: what it lacks is left out.", "server", l.server,
			"lacks", "partial indexes, unique lists, expiring documents, validators, indexed queries")
	}
}

// duplicate says whether err is about something unique that is taken.
func (l lacks) duplicate(err error) bool {
	if mongo.IsDuplicateKeyError(err) {
		return true
	}
	command, ok := errors.AsType[mongo.CommandError](err)
	return l.duplicateCodes && ok && strings.Contains(command.Message, "UNIQUE constraint failed")
}
