package main

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// flagsOf lists the flags of the program and of its commands, and the paths of the commands that can be run.
func flagsOf(t *testing.T) (flags, commands []string) {
	t.Helper()
	parser, err := newParser(&CLI{}, io.Discard, io.Discard, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			switch {
			case f.Name == "help":
			case f.Tag.Negatable != "":
				flags = append(flags, "--[no-]"+f.Name)
			default:
				flags = append(flags, "--"+f.Name)
			}
		}
		if n.Type == kong.CommandNode && n.Leaf() {
			commands = append(commands, strings.TrimPrefix(n.Path(), "staffroom "))
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(parser.Model.Node)
	return flags, commands
}

func TestConfigurationIsDocumented(t *testing.T) {
	page, err := os.ReadFile("docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(--[^`]+)`").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, row[1])
	}
	flags, commands := flagsOf(t)
	for _, flag := range flags {
		if !slices.Contains(documented, flag) {
			t.Errorf("docs/configuration.md has no row for %s", flag)
		}
	}
	for _, flag := range documented {
		if !slices.Contains(flags, flag) {
			t.Errorf("docs/configuration.md describes %s, which the program does not have", flag)
		}
	}
	for _, command := range commands {
		name, _, _ := strings.Cut(command, " <")
		if !strings.Contains(string(page), "staffroom "+name) {
			t.Errorf("docs/configuration.md says nothing about staffroom %s", name)
		}
	}
	if len(flags) < 10 || len(commands) < 6 {
		t.Errorf("found only %d flags and %d commands; does this test still look at the right thing?", len(flags), len(commands))
	}
}

func TestServeWithoutDevListsEverythingThatIsMissing(t *testing.T) {
	var out, complaints strings.Builder
	if status := run(t.Context(), []string{
		"serve", "--data", t.TempDir(), "--trusted-proxy", "x", "--allow-origin", "nowhere", "--dev-redirect", "http://localhost/",
	}, &out, &complaints); status != 1 {
		t.Errorf("the status is %d, want 1", status)
	}
	for _, flag := range []string{
		"--oidc-issuer", "--oidc-client-id", "--oidc-client-secret-file", "--public-url", "--trusted-proxy", "--allow-origin", "--dev-redirect",
	} {
		if n := strings.Count(complaints.String(), flag+":") + strings.Count(complaints.String(), flag+" is missing"); n != 1 {
			t.Errorf("%s is complained about %d times, want once, in:\n%s", flag, n, &complaints)
		}
	}
}

func TestDevStaysOnThisMachine(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0"} {
		var complaints strings.Builder
		if status := run(t.Context(), []string{"serve", "--dev", "--data", t.TempDir(), "--listen", address}, io.Discard, &complaints); status != 1 || !strings.Contains(complaints.String(), "--listen") {
			t.Errorf("serve --dev --listen %s ended with %d: %s", address, status, &complaints)
		}
	}
}

func TestDevRedirectsAreChecked(t *testing.T) {
	var complaints strings.Builder
	args := []string{"serve", "--dev", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--dev-redirect", "http://app.test/callback"}
	if status := run(t.Context(), args, io.Discard, &complaints); status != 1 || !strings.Contains(complaints.String(), "--dev-redirect:") {
		t.Errorf("it ended with %d: %s", status, &complaints)
	}
}

func TestCommandLineMistakes(t *testing.T) {
	for _, args := range [][]string{{}, {"nonsense"}, {"serve", "--nonsense"}, {"import", "establishments"}, {"grant", "a@b.example", "KING"}} {
		var complaints strings.Builder
		if status := run(t.Context(), args, io.Discard, &complaints); status != 2 || !strings.Contains(complaints.String(), "--help") {
			t.Errorf("%v ended with %d: %s", args, status, &complaints)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"version"}, {"schema"}} {
		var out strings.Builder
		if status := run(t.Context(), args, &out, io.Discard); status != 0 || out.Len() == 0 {
			t.Errorf("%v ended with %d and printed %q", args, status, &out)
		}
	}
}
