package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/staffroom-schools/staffroom/bench/floor"
	"github.com/staffroom-schools/staffroom/bench/ops"
	"github.com/staffroom-schools/staffroom/bench/seed"
)

// contender is a server that answers the scenarios.
type contender struct {
	name    string
	dialect ops.Dialect
	// caches says that it can keep whole answers, and is then measured with and without.
	caches bool
	// indexes says that it searches in an index that it keeps up to date itself.
	indexes bool
	// command starts it on the data folder, listening on address; readiness is the path that says when it answers.
	command   func(ctx context.Context, b *bench, data, address string, how manner) *exec.Cmd
	readiness string
}

// manner is how a contender is started.
type manner struct {
	// cached lets it keep whole answers.
	cached bool
	// alone keeps it in one process, in which news reaches all subscribers.
	alone bool
}

// ours is the name of Staffroom among them.
const ours = "staffroom"

// contenders are all of them, ours first.
func contenders() []contender {
	all := []contender{
		{name: ours, dialect: ops.GraphQL, indexes: true, command: staffroomCommand, readiness: "/readyz"},
		{name: "floor", dialect: ops.Plain, command: floorCommand, readiness: "/readyz"},
	}
	for _, peer := range []string{"mercurius", "apollo", "yoga"} {
		all = append(all, contender{name: peer, dialect: ops.GraphQL, caches: true, command: peerCommand(peer), readiness: "/readyz"})
	}
	return append(all, contender{name: "pocketbase", dialect: ops.PocketBase, command: pocketBaseCommand, readiness: "/api/health"})
}

// staffroomCommand runs the program as a school's network would: its own provider is not needed, as sessions are there already, and
// addresses of clients come from a proxy in front.
func staffroomCommand(ctx context.Context, b *bench, data, address string, _ manner) *exec.Cmd {
	_, port, _ := net.SplitHostPort(address) // we made the address
	cmd := exec.CommandContext(ctx, b.binary, "serve", "--data", filepath.Base(data), "--listen", address,
		"--public-url", "http://localhost:"+port, "--oidc-issuer", "https://sign-in.example", "--oidc-client-id", "bench",
		"--oidc-client-secret-file", b.secret, "--trusted-proxy", "127.0.0.0/8")
	cmd.Dir = filepath.Dir(data)
	return cmd
}

// bare is Staffroom when it keeps nothing of what it read.
const bare = "staffroom --keep 0"

// keepsNothing is that contender.
func keepsNothing() contender {
	return contender{name: bare, dialect: ops.GraphQL, indexes: true, readiness: "/readyz", command: func(ctx context.Context, b *bench, data, address string, how manner) *exec.Cmd {
		cmd := staffroomCommand(ctx, b, data, address, how)
		cmd.Args = append(cmd.Args, "--keep", "0")
		return cmd
	}}
}

// floorCommand runs this program again, as the floor.
func floorCommand(ctx context.Context, b *bench, data, address string, _ manner) *exec.Cmd {
	return exec.CommandContext(ctx, b.self, "floor", seed.File(data), wordsIn(data), address)
}

// wordsIn is the file of words for searching without Staffroom, beside a data folder; empty if there is none.
func wordsIn(data string) string {
	if _, err := os.Stat(wordsFile(data)); err != nil {
		return ""
	}
	return wordsFile(data)
}

func wordsFile(data string) string {
	return filepath.Join(filepath.Dir(data), "words-v"+floor.WordsLayout+".db")
}

// floorMain is the floor's own process.
func floorMain(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("floor needs a file, one of words or none, and an address")
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", args[2])
	if err != nil {
		return err
	}
	return floor.Serve(ctx, args[0], args[1], listener)
}

// peerCommand runs a peer of bench/peers: one process, but for the cluster of Mercurius.
func peerCommand(name string) func(context.Context, *bench, string, string, manner) *exec.Cmd {
	return func(ctx context.Context, b *bench, data, address string, how manner) *exec.Cmd {
		_, port, _ := net.SplitHostPort(address) // we made the address
		cmd := exec.CommandContext(ctx, "node", filepath.Join(b.peers, "src", name+".js"))
		cmd.Env = append(os.Environ(), "NODE_ENV=production", "PORT="+port, "DATABASE="+seed.File(data), "WORDS="+wordsIn(data),
			"RESPONSE_CACHE="+strconv.FormatBool(how.cached), "ALONE="+strconv.FormatBool(how.alone))
		return cmd
	}
}

// pocketBaseCommand runs PocketBase, on a folder of its own that bench/pocketbase fills from the store.
func pocketBaseCommand(ctx context.Context, b *bench, data, address string, _ manner) *exec.Cmd {
	return exec.CommandContext(ctx, b.pocketBase, "serve", "--http", address, "--dir", filepath.Join(filepath.Dir(data), "pocketbase"))
}
