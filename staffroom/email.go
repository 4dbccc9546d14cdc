package staffroom

import (
	"regexp"
	"strings"
)

// maxEmail is the longest address that mail servers take, in bytes (RFC 5321).
const maxEmail = 254

// emailPattern is a plain address in lower case: names with dots between them, an @, and the name of a domain that is not a number.
// What mail servers once took for a way through other servers (user%other@, other!user@), quotes, comments, brackets and all that is not
// ASCII are not plain: two programs could read different domains in them.
var emailPattern = regexp.MustCompile(
	`^[a-z0-9_'+&~=-]{1,64}(?:\.[a-z0-9_'+&~=-]{1,64})*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`)

// plainEmail is an e-mail address in the one form in which addresses are stored and compared: in lower case. It is empty for what is
// no plain address; that is not stored, and says nothing about anybody.
func plainEmail(address string) string {
	if len(address) > maxEmail {
		return ""
	}
	lower := strings.Map(lowerASCII, address)
	if local, _, _ := strings.Cut(lower, "@"); len(local) > 64 || !emailPattern.MatchString(lower) {
		return ""
	}
	return lower
}

// lowerASCII leaves other letters as they are: some of them, like the sign of the kelvin, have ASCII ones as their lower case.
func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// domainOf is the part of an e-mail address behind the @; empty if it is no plain address.
func domainOf(email string) string {
	_, domain, _ := strings.Cut(plainEmail(email), "@")
	return domain
}
