package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// defaultDatabase is used when the address names no database.
const defaultDatabase = "staffroom"

// operationTimeout bounds an operation, retries included, whose context has no deadline of its own.
const operationTimeout = 30 * time.Second

// connect makes the client; it does not wait for the server.
func connect(uri string, opts Options) (*mongo.Database, error) {
	parsed, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, badAddress(uri, err)
	}
	client, err := mongo.Connect(settings(uri, opts))
	if err != nil {
		return nil, badAddress(uri, err)
	}
	name := parsed.Database
	if name == "" {
		name = defaultDatabase
	}
	return client.Database(name), nil
}

// settings are those of the client. What the store promises is set after the address has been read, so that no address can
// weaken it: writes are acknowledged by a majority and journaled, reads go to the primary.
func settings(uri string, opts Options) *options.ClientOptions {
	journaled := true
	return options.Client().
		SetAppName("staffroom").
		SetMinPoolSize(opts.MinConnections).
		SetConnectTimeout(10 * time.Second).
		SetTimeout(operationTimeout).
		SetServerSelectionTimeout(opts.SelectTimeout).
		ApplyURI(uri).
		SetRetryWrites(true).
		SetRetryReads(true).
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journaled}).
		SetReadPreference(readpref.Primary())
}

// badAddress says what is wrong with uri without repeating its password. The driver's own words may hold any piece of the
// address, so they are taken from reading it once more with a plain host in place of everything before the path.
func badAddress(uri string, err error) error {
	scheme, rest, found := strings.Cut(uri, "://")
	if found {
		rest = rest[strings.LastIndex(rest, "@")+1:]
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		if _, err = connstring.ParseAndValidate(scheme + "://host" + rest[end:]); err == nil {
			err = errors.New("before the path belongs user:password@host:port, or only host:port; user name and password must be percent-encoded")
		}
	}
	return staffroom.Invalid("", "The store's address is not one of MongoDB (mongodb://host:27017/staffroom): %v.", err)
}

// hosts names the servers of uri, without credentials.
func hosts(uri string) string {
	parsed, err := connstring.Parse(uri)
	if err != nil {
		return "its address"
	}
	return strings.Join(parsed.Hosts, ", ")
}

// unreachable says that no server answered while opening.
func unreachable(ctx context.Context, uri string, cause error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("mongo: connect: %w", ctx.Err())
	}
	if refused(cause) {
		err := staffroom.Errorf(staffroom.CodeUnavailable,
			"The MongoDB server at %s does not accept the user name and password.", hosts(uri))
		err.Cause = cause
		return err
	}
	err := staffroom.Errorf(staffroom.CodeUnavailable,
		"The MongoDB server at %s does not answer. Check that it runs and that its address is right.", hosts(uri))
	err.Cause = cause
	return err
}
