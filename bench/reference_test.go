package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/staffroom-schools/staffroom/bench/ops"
)

// referenceCommit is the one whose Staffroom today's is compared with, in the same minutes, on the same machine and network, so that it does not
// matter what that machine is good at. Move it to a newer commit, and say there why, once something became faster, something worth it must take
// longer, or the old program can't read or answer what is asked today.
const referenceCommit = "508fb34ac3072e675f5708ac1e225d1d9134a169"

// mostMore is how many times the processor time of the reference a request may take. A regression of 30 percent is seen, and the noise of a busy
// machine, which is below ten percent, is not.
const mostMore = 1.15

// reference builds the Staffroom of that commit; nil in a copy of the sources that has no history.
func (b *bench) reference(t *testing.T) *contender {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "git", "cat-file", "-e", referenceCommit+"^{commit}").Run(); err != nil {
		t.Logf("compared with the floor alone, as the commit %s is not in this copy of the sources: git fetch --unshallow", referenceCommit)
		return nil
	}
	sources, binary := t.TempDir(), filepath.Join(b.data, "reference")
	for _, step := range [][]string{
		{".", "git", "clone", "--quiet", "--shared", "--no-checkout", ".", sources},
		{sources, "git", "checkout", "--quiet", referenceCommit},
		{sources, "go", "build", "-o", binary, "."},
	} {
		cmd := exec.CommandContext(t.Context(), step[1], step[2:]...)
		cmd.Dir = step[0]
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", step[1], step[2], err, out)
		}
	}
	command := func(ctx context.Context, b *bench, data, address string, how manner) *exec.Cmd {
		old := *b
		old.binary = binary
		return staffroomCommand(ctx, &old, data, address, how)
	}
	return &contender{name: "reference", dialect: ops.GraphQL, indexes: true, readiness: "/readyz", command: command}
}
