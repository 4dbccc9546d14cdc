package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

func TestHelpNamesEveryCommand(t *testing.T) {
	t.Parallel()
	help, problems, status := command(t, "--help")
	if status != 0 || problems != "" {
		t.Errorf("status %d: %s", status, problems)
	}
	for _, want := range []string{
		"serve", "import establishments", "import links", "schema", "dev-token", "grant", "version", "--data", "--store", "STAFFROOM_DATA",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("the help does not speak of %s:\n%s", want, help)
		}
	}
}

func TestWrongCommandLinesAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"srve"}, {"serve", "--listn", "x"}, {"import", "establishments"}, {}} {
		if _, problems, status := command(t, args...); status != 2 || !strings.Contains(problems, "staffroom --help") {
			t.Errorf("staffroom %q ends with status %d: %s", args, status, problems)
		}
	}
}

// What is wrong with the configuration is said all at once, so that nobody has to start the server five times.
func TestServeListsAllConfigurationErrorsAtOnce(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	_, problems, status := command(t, "serve", "--data", data, "--oidc-client-secret-file", data+"/nothing",
		"--trusted-proxy", "everywhere", "--allow-origin", "https://client.example/path")
	if status != 1 {
		t.Errorf("status %d", status)
	}
	for _, flag := range []string{
		"--oidc-issuer", "--oidc-client-id", "--oidc-client-secret-file", "--public-url", "--trusted-proxy", "--allow-origin",
	} {
		if n := strings.Count(problems, "\n"+flag); n != 1 {
			t.Errorf("%d lines are about %s:\n%s", n, flag, problems)
		}
	}
	_, problems, status = command(t, "serve", "--dev", "--data", data, "--listen", "0.0.0.0:0", "--oidc-issuer", "https://id.example")
	if status != 1 || !strings.Contains(problems, "--listen: ") || !strings.Contains(problems, "--dev: ") {
		t.Errorf("status %d of a development server that is open to all: %s", status, problems)
	}
}

func TestDevTokensNeedAServerAndAPersonOfIt(t *testing.T) {
	t.Parallel()
	_, problems, status := command(t, "dev-token", "amara.goldfinch@honeycomb.example", "--data", t.TempDir())
	if status != 1 || !strings.Contains(problems, "serve --dev") {
		t.Errorf("status %d: %s", status, problems)
	}
}

// TestServeIsReady starts a server on an empty folder, as everybody does who tries it out.
func TestServeIsReady(t *testing.T) {
	if _, err := buildOnce(); err != nil {
		t.Fatal(err)
	}
	h := serve(t)
	for _, want := range []string{
		h.address + "/graphiql/", h.address + "/graphql", h.address + "/sign-in", "amara.goldfinch@honeycomb.example", "Headteacher", "dev-token",
	} {
		if !strings.Contains(h.said.String(), want) {
			t.Errorf("the server does not say %s:\n%s", want, h.said)
		}
	}
	if status, _ := h.get("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d", status)
	}
	for path, want := range map[string]int{
		"/": 200, "/resources/new": 200, "/threads/thread_00000000000000000000000000": 200, "/schools/910344": 200,
		"/healthzz": 404, "/api": 404, "/idp/healthz": 404, "/resources/x/y": 404, "/threads/healthz": 404, "/schools/readyz": 404,
	} {
		if status, _ := h.get(path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	served := h.schema()
	printed, _, status := command(t, "schema")
	if status != 0 || printed != served || !strings.Contains(printed, "type LeadSchool implements Node") {
		t.Errorf("status %d of the schema, printed with %d bytes and served with %d", status, len(printed), len(served))
	}
	h.stop()
	h.start()
	type viewer struct{ Viewer struct{ Name string } }
	if who := ask[viewer](h.as("amara.goldfinch@honeycomb.example"), `{ viewer { name } }`, nil); who.Viewer.Name != "Amara Goldfinch" {
		t.Errorf("after another start the viewer is %+v", who)
	}
}

func (h *house) schema() string {
	h.t.Helper()
	status, body := h.get("/schema.graphql")
	if status != http.StatusOK {
		h.t.Fatalf("/schema.graphql: %d", status)
	}
	return body
}

// TestStoppingFinishesWhatIsUnderWay asks the server to stop in the middle of an upload.
func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	h := serve(t)
	author := h.as("amara.goldfinch@honeycomb.example")
	draft := createDraft(author, "Half of it was there")

	text := strings.Repeat("One line of notes like the others.\n", 3000)
	contentType, form := uploadForm(t, attachQuery, vars{"resourceId": draft}, "notes.txt", []byte(text))
	body, pipe := io.Pipe()
	type attached struct {
		AttachFile struct{ File struct{ Size int } }
	}
	answer := make(chan error, 1)
	var got attached
	go func() {
		var err error
		got, err = post[attached](t.Context(), author, contentType, body)
		answer <- err
	}()
	half := len(form) / 2
	if _, err := pipe.Write(form[:half]); err != nil {
		t.Fatal(err)
	}
	if err := h.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server takes nothing new", func() bool {
		status, _ := h.get("/readyz")
		return status != http.StatusOK
	})
	if _, err := pipe.Write(form[half:]); err != nil {
		t.Errorf("the rest of the upload: %v", err)
	}
	if err := pipe.Close(); err != nil {
		t.Error(err)
	}
	if err := <-answer; err != nil || got.AttachFile.File.Size != len(text) {
		t.Errorf("an upload that was under way: %+v, %v", got, err)
	}
	h.wantStopped()
}

// createDraft makes a draft, and gives its id.
func createDraft(c *caller, title string) string {
	c.t.Helper()
	type made struct {
		CreateResource struct {
			Resource   struct{ ID string }
			UserErrors []struct{ Message string }
		}
	}
	out := ask[made](c, `mutation($input: CreateResourceInput!) { createResource(input: $input) { resource { id } userErrors { message } } }`, vars{
		"input": vars{"title": title, "summary": "For a quiet Friday.", "body": "It **works**.", "kind": "TOOL", "topics": []string{"mathematics"}, "licence": "CC_BY_4_0", "visibility": "PUBLIC"},
	}).CreateResource
	if out.Resource.ID == "" {
		c.t.Fatalf("no draft was made: %+v", out.UserErrors)
	}
	return out.Resource.ID
}

// TestASecondSignalEndsAtOnce has a server wait for an upload that does not come, and asks it a second time to end.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := serve(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.Replace(h.address, "localhost", "127.0.0.1", 1), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=b\r\nStaffroom-Client: e2e\r\n"+
		"Authorization: Bearer %s\r\nContent-Length: 1000\r\n\r\n--b\r\n",
		strings.TrimPrefix(h.address, "http://"), h.as("amara.goldfinch@honeycomb.example").token)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		if err := h.process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	h.until("saying that it stops", func() bool { return strings.Contains(h.log.String(), "Stopping") })
	ask()
	eventually(t, "the end of the server", func() bool { return !h.running() })
	if status, ok := h.process.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM { //nolint:misspell // the library spells it so
		t.Errorf("the server ended with %v, not by the signal", h.failure)
	}
}
