package staffroom_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// another is another server over the same store and files, by whose clock it is so much later.
func (w *world) another(later time.Duration) *staffroom.Network {
	return staffroom.New(staffroom.Ports{
		Store: w.store, Blobs: w.blobs, Inspector: believer{}, Index: noIndex{},
		Now: func() time.Time { return time.Now().Add(later) },
	})
}

// TestSignaturesOfFiles makes signatures for files and uses them, on this server and on another.
func TestSignaturesOfFiles(t *testing.T) {
	w := newWorld(t)
	r := w.draft(w.teacher, "With a file", staffroom.VisibilityMembers)
	_, file, err := w.Resources.AttachFile(w.as(w.teacher), staffroom.AttachFile{ResourceID: r.ID, Name: "a.txt", Content: strings.NewReader("hello")})
	expectCode(t, "the author", err, "")
	sign := func(as *staffroom.Member) string {
		t.Helper()
		signature, err := w.Resources.SignFile(w.as(as), r.ID, file.ID)
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	open := func(n *staffroom.Network, resource, file, signature string) error {
		found, content, err := n.Resources.OpenSignedFile(t.Context(), resource, file, signature)
		if err == nil {
			read, readErr := io.ReadAll(content)
			if string(read) != "hello" || readErr != nil || found.Name != "a.txt" {
				t.Errorf("got %q of %s, %v", read, found.Name, readErr)
			}
		}
		return err
	}
	theirs, neighbours, visitors := sign(w.teacher), sign(w.neighbour), sign(nil)
	expectCode(t, "the author's", open(w.Network, r.ID, file.ID, theirs), "")
	expectCode(t, "on another server", open(w.another(0), r.ID, file.ID, theirs), "")
	expectCode(t, "a neighbour's of a draft", open(w.Network, r.ID, file.ID, neighbours), staffroom.CodeNotFound)
	expectCode(t, "after nine minutes", open(w.another(9*time.Minute), r.ID, file.ID, theirs), "")
	expectCode(t, "after sixteen minutes", open(w.another(16*time.Minute), r.ID, file.ID, theirs), staffroom.CodeForbidden)

	elsewhere := w.draft(w.teacher, "Another one", staffroom.VisibilityPublic)
	parts := strings.Split(theirs, ".")
	for what, signature := range map[string]string{
		"nothing": "", "dots": "..", "cut short": theirs[:len(theirs)-1], "longer": theirs + "A", "of another time": "9" + theirs,
		"of another member": parts[0] + "." + w.admin.ID + "." + parts[2], "of a visitor": parts[0] + ".." + parts[2], "of nobody": parts[0] + "." + parts[2],
	} {
		expectCode(t, what, open(w.Network, r.ID, file.ID, signature), staffroom.CodeForbidden)
	}
	expectCode(t, "for another resource", open(w.Network, elsewhere.ID, file.ID, theirs), staffroom.CodeForbidden)
	expectCode(t, "for another file", open(w.Network, r.ID, staffroom.NewID(staffroom.PrefixFile), theirs), staffroom.CodeForbidden)

	if _, err := w.Resources.Publish(w.as(w.teacher), r.ID, nil); err != nil {
		t.Fatal(err)
	}
	expectCode(t, "a neighbour's of what was published", open(w.Network, r.ID, file.ID, neighbours), "")
	expectCode(t, "a visitor's of what is for members", open(w.Network, r.ID, file.ID, visitors), staffroom.CodeNotFound)
	if _, err := w.Resources.Withdraw(w.as(w.teacher), r.ID, "Out of date."); err != nil {
		t.Fatal(err)
	}
	expectCode(t, "a neighbour's of what was withdrawn", open(w.Network, r.ID, file.ID, neighbours), staffroom.CodeNotFound)
	expectCode(t, "the author's of what was withdrawn", open(w.Network, r.ID, file.ID, theirs), "")
	if _, err := w.Members.EndMembership(w.as(w.head), staffroom.EndMembershipInput{MemberID: w.teacher.ID}); err != nil {
		t.Fatal(err)
	}
	expectCode(t, "of who left", open(w.Network, r.ID, file.ID, theirs), staffroom.CodeNotFound)
	if _, err := w.Resources.RemoveFile(w.as(w.head), r.ID, file.ID); err != nil {
		t.Fatal(err)
	}
	expectCode(t, "of what was taken away", open(w.Network, r.ID, file.ID, sign(w.head)), staffroom.CodeNotFound)
}

// TestSignaturesOfClients makes signatures for a third-party client that may not read, which are worth as much as a visitor's.
func TestSignaturesOfClients(t *testing.T) {
	w := newWorld(t)
	r := w.draft(w.teacher, "With a file", staffroom.VisibilityMembers)
	_, file, err := w.Resources.AttachFile(w.as(w.teacher), staffroom.AttachFile{ResourceID: r.ID, Name: "a.txt", Content: strings.NewReader("hello")})
	expectCode(t, "the author", err, "")
	for scope, want := range map[string]staffroom.Code{staffroom.ScopeRead: "", staffroom.ScopeWrite: staffroom.CodeNotFound} {
		ctx := staffroom.WithViewer(t.Context(), &staffroom.Viewer{Member: w.teacher, ClientID: "app", Scopes: []string{scope}})
		signature, err := w.Resources.SignFile(ctx, r.ID, file.ID)
		expectCode(t, scope, err, "")
		_, _, err = w.Resources.OpenSignedFile(t.Context(), r.ID, file.ID, signature)
		expectCode(t, scope, err, want)
	}
}

// TestSignaturesStayTheSame checks that a page that is loaded again finds its pictures in the browser's cache.
func TestSignaturesStayTheSame(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for minute := range 5 {
		signature, err := w.another(time.Duration(minute)*time.Minute).Resources.SignFile(w.as(w.teacher), "resource", "file")
		expectCode(t, "signing", err, "")
		seen[signature] = true
	}
	if len(seen) > 2 {
		t.Errorf("in five minutes there were %d signatures", len(seen))
	}
}
