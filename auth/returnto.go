package auth

import (
	"net/url"
	"strings"
)

// maxReturnTo is the longest path that a sign-in leads back to, in bytes.
const maxReturnTo = 2048

// localPath is raw if it is a path on this server, and "/" for everything else: other sites, however they are written,
// and the pages of signing in and out themselves.
func localPath(raw string) string {
	const home = "/"
	if raw == "" || len(raw) > maxReturnTo || raw[0] != '/' || strings.ContainsFunc(raw, unsafeInPath) {
		return home
	}
	u, err := url.Parse(raw)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Opaque != "" {
		return home
	}
	if !plainPath(u.EscapedPath()) {
		return home
	}
	if u.Path == SignInPath || strings.HasPrefix(u.Path, SignInPath+"/") || strings.HasPrefix(u.Path, SignOutPath) {
		return home
	}
	return raw
}

// plainPath says whether path leads to no other host, even for a browser or proxy that decodes it once or more than once.
func plainPath(path string) bool {
	for range 4 {
		if strings.Contains(path, "//") || strings.ContainsFunc(path, unsafeInPath) {
			return false
		}
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return false
		}
		if decoded == path {
			return true
		}
		path = decoded
	}
	return false
}

// unsafeInPath finds what browsers drop or turn into a slash: control characters and backslashes.
func unsafeInPath(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' || (r >= 0x80 && r < 0xa0) }
