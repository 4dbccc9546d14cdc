package gias

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

var postcodePattern = regexp.MustCompile(`^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9])([A-Z]{2})$`)

// postcode is text as a postcode in capitals with one space, and its sector and district. What has not the form of one, as
// abroad and for the forces, stays as it is and has neither.
func postcode(text string) (whole, sector, district string) {
	text = strings.ToUpper(text)
	parts := postcodePattern.FindStringSubmatch(strings.ReplaceAll(text, " ", ""))
	if parts == nil {
		return text, "", ""
	}
	district = parts[1]
	sector = district + " " + parts[2]
	return sector + parts[3], sector, district
}

// maxAddress is how long a web address may be, in bytes.
const maxAddress = 2000

// website is text as a URL with http or https, and the registrable domain of its host: what one may have registered below
// a public suffix (www.thomascoram.camden.sch.uk is thomascoram.camden.sch.uk). Both are empty for what leads nowhere; the
// register checks nothing here, and a school is not rejected for it.
func website(text string) (address, domain string) {
	if text == "" || len(text) > maxAddress || strings.ContainsAny(text, ` "<>\`) {
		return "", ""
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return "", ""
	}
	host, err := idna.Lookup.ToASCII(strings.TrimSuffix(u.Hostname(), "."))
	if err != nil || !strings.Contains(host, ".") || net.ParseIP(host) != nil {
		return "", ""
	}
	domain = registrable(host)
	if domain == "" && !isPublicSuffix(host) {
		return "", ""
	}
	if port := u.Port(); port != "" {
		host = net.JoinHostPort(host, port)
	}
	u.Host = host
	if u.Path == "/" {
		u.Path = ""
	}
	return u.String(), domain
}

// reserved is the top-level domain for examples (RFC 2606), which no list of real ones has: made-up registers use it.
const reserved = "example"

// registrable is the registrable domain of host; empty if there is none, or its last label is no top-level domain.
func registrable(host string) string {
	if suffix, listed := publicsuffix.PublicSuffix(host); !listed && suffix != reserved && !strings.Contains(suffix, ".") {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return domain
}

// isPublicSuffix says whether host itself is one under which others register, as camden.sch.uk is.
func isPublicSuffix(host string) bool {
	suffix, listed := publicsuffix.PublicSuffix(host)
	return listed && suffix == host
}
