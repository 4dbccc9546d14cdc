package auth

import (
	"net/url"
	"strings"
	"testing"
)

func TestLocalPath(t *testing.T) {
	for raw, want := range map[string]string{
		"/":                                    "/",
		"/schools?phase=PRIMARY&x=a/b":         "/schools?phase=PRIMARY&x=a/b",
		"/search?q=https://evil.example":       "/search?q=https://evil.example",
		"/r%C3%A9sum%C3%A9":                    "/r%C3%A9sum%C3%A9",
		"/a#part":                              "/a#part",
		"":                                     "/",
		"schools":                              "/",
		"//evil.example":                       "/",
		"///evil.example":                      "/",
		`/\evil.example`:                       "/",
		`\\evil.example`:                       "/",
		"/%2f%2fevil.example":                  "/",
		"%2f%2fevil.example":                   "/",
		"/%2fevil.example":                     "/",
		"/%252fevil.example":                   "/",
		"/%5cevil.example":                     "/",
		"/%255cevil.example":                   "/",
		"/a/..//evil.example":                  "/",
		"/\tevil":                              "/",
		"/\n/evil.example":                     "/",
		"/%09/evil.example":                    "/",
		"/%0d%0aLocation:x":                    "/",
		"/\x00":                                "/",
		"/\u0085/evil":                         "/",
		"https://evil.example/":                "/",
		"javascript:alert(1)":                  "/",
		"http:/evil.example":                   "/",
		"/%zz":                                 "/",
		"/sign-in?return_to=/x":                "/",
		"/sign-in/callback":                    "/",
		"/sign-out":                            "/",
		"/" + strings.Repeat("a", maxReturnTo): "/",
	} {
		if got := localPath(raw); got != want {
			t.Errorf("localPath(%q) = %q, want %q", raw, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c", "//evil", `/\evil`, "/%2f%2fevil", "https://evil", "/%5c/evil", "/\t/evil", "/a/..//b", "/%252f%252f"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://staffroom.example/sign-in/callback")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := localPath(raw)
		if got != raw && got != "/" {
			t.Fatalf("%q became %q: it is taken or left, never changed", raw, got)
		}
		// As a browser resolves it: without tabs and newlines, and with backslashes as slashes.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(got)
		there, err := base.Parse(seen)
		if err != nil {
			t.Fatalf("%q leads nowhere: %v", got, err)
		}
		if there.Host != base.Host || there.Scheme != base.Scheme || strings.HasPrefix(there.Path, "//") {
			t.Fatalf("%q leads to %s", raw, there)
		}
	})
}
