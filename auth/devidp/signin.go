package devidp

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// signInPath is the sign-in page, under Path.
const signInPath = "/sign-in"

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// shown is what the sign-in page shows: the people, or what went wrong.
type shown struct {
	Style   template.CSS
	Action  string
	Request string
	Client  string
	People  []Person
	Problem string
}

// codeAnswer is the answer to an authorisation request, with the issuer (RFC 9207).
type codeAnswer struct {
	Code   string `schema:"code"`
	State  string `schema:"state,omitempty"`
	Issuer string `schema:"iss"`
}

// errorAnswer is the answer to one that came to nothing.
type errorAnswer struct {
	Error       string `schema:"error"`
	Description string `schema:"error_description,omitempty"`
	State       string `schema:"state,omitempty"`
	Issuer      string `schema:"iss"`
}

// showPeople asks who signs in.
func (p *Provider) showPeople(w http.ResponseWriter, r *http.Request) {
	begun, err := p.store.request(r.URL.Query().Get("request"))
	if err != nil || begun.Done() {
		p.write(w, r, http.StatusNotFound, shown{Problem: "This sign-in is over, or took longer than ten minutes. Go back to where you came from and sign in again."})
		return
	}
	p.write(w, r, http.StatusOK, shown{
		Action: Path + signInPath, Request: begun.id, Client: begun.GetClientID(), People: p.cfg.People,
	})
}

// pickPerson signs the picked person in, and sends the browser back with a code. Only the browser that began knows the id
// of the request, so no other site can pick for it.
func (p *Provider) pickPerson(protocol *op.Provider) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		person, ok := p.person(r.PostFormValue("person"))
		if !ok {
			p.write(w, r, http.StatusBadRequest, shown{Problem: "There is no such person here. Go back and pick one from the list."})
			return
		}
		begun, err := p.store.signIn(r.PostFormValue("request"), person.Subject)
		if err != nil {
			p.write(w, r, http.StatusNotFound, shown{Problem: "This sign-in is over, or took longer than ten minutes. Go back to where you came from and sign in again."})
			return
		}
		back, err := p.back(r, protocol, begun)
		if err != nil {
			p.log.ErrorContext(r.Context(), "could not make a code", "error", err)
			p.write(w, r, http.StatusInternalServerError, shown{Problem: "The sign-in could not be finished. Go back and sign in again."})
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

// back is where the browser goes with the code.
func (p *Provider) back(r *http.Request, protocol *op.Provider, begun *request) (string, error) {
	code, err := op.CreateAuthRequestCode(r.Context(), begun, p.store, protocol.Crypto())
	if err != nil {
		return "", err
	}
	answer := codeAnswer{Code: code, State: begun.GetState(), Issuer: p.issuer}
	return op.AuthResponseURL(begun.GetRedirectURI(), begun.GetResponseType(), oidc.ResponseModeQuery, answer, protocol.Encoder())
}

func (p *Provider) write(w http.ResponseWriter, r *http.Request, status int, what shown) {
	what.Style = template.CSS(pageStyle)
	var page bytes.Buffer
	if err := p.page.Execute(&page, what); err != nil {
		p.log.ErrorContext(r.Context(), "could not write the sign-in page", "error", err)
	}
	sum := sha256.Sum256([]byte(pageStyle))
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
		"'; form-action "+p.formTargets()+"; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	if _, err := page.WriteTo(w); err != nil {
		p.log.DebugContext(r.Context(), "the page did not reach the browser", "error", err)
	}
}
