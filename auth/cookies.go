package auth

import (
	"net/http"
	"net/url"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxCookie is longer than any token of ours, in bytes; longer ones are not looked up.
const maxCookie = 100

// cookies writes and reads the two cookies: the session, and the one that ties a sign-in to its browser.
type cookies struct {
	prefix string
	secure bool
}

// cookiesFor chooses how cookies are called. The prefix __Host- keeps other hosts of the same domain from setting them,
// and requires Secure. On plain http://localhost there is neither: not every browser and tool
// sends a Secure cookie back there.
func cookiesFor(public *url.URL) cookies {
	if public.Scheme == "https" {
		return cookies{prefix: "__Host-", secure: true}
	}
	return cookies{}
}

func (c cookies) session() string { return c.prefix + "staffroom" }

func (c cookies) signIn() string { return c.prefix + "staffroom-sign-in" }

// read is the value of the cookie; empty if there is none, or more than one, of which one is not ours.
func (c cookies) read(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 || len(found[0].Value) > maxCookie {
		return ""
	}
	return found[0].Value
}

// setSession lets the browser keep the session until it is closed; the server ends it earlier.
func (c cookies) setSession(w http.ResponseWriter, token string) {
	http.SetCookie(w, c.cookie(c.session(), token, 0))
}

func (c cookies) setSignIn(w http.ResponseWriter, value string) {
	http.SetCookie(w, c.cookie(c.signIn(), value, int(staffroom.SignInLife.Seconds())))
}

func (c cookies) clear(w http.ResponseWriter, name string) {
	http.SetCookie(w, c.cookie(name, "", -1))
}

func (c cookies) cookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
