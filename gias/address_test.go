package gias

import "testing"

func TestPostcode(t *testing.T) {
	for text, want := range map[string][3]string{
		"":          {"", "", ""},
		"SE13 7BN":  {"SE13 7BN", "SE13 7", "SE13"},
		"se137bn":   {"SE13 7BN", "SE13 7", "SE13"},
		"EC2Y 8BB":  {"EC2Y 8BB", "EC2Y 8", "EC2Y"},
		"M1 1AA":    {"M1 1AA", "M1 1", "M1"},
		"BFPO 57":   {"BFPO 57", "", ""},
		"13 rue A":  {"13 RUE A", "", ""},
		"SE13 7BNX": {"SE13 7BNX", "", ""},
	} {
		whole, sector, district := postcode(text)
		if got := [3]string{whole, sector, district}; got != want {
			t.Errorf("postcode(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWebsite(t *testing.T) {
	for text, want := range map[string][2]string{
		"":                                     {"", ""},
		"www.example.com":                      {"http://www.example.com", "example.com"},
		"https://www.Example.COM/":             {"https://www.example.com", "example.com"},
		"http://ccfl.camden.sch.uk":            {"http://ccfl.camden.sch.uk", "ccfl.camden.sch.uk"},
		"http://www.ccfl.camden.sch.uk/a?b=c":  {"http://www.ccfl.camden.sch.uk/a?b=c", "ccfl.camden.sch.uk"},
		"http://camden.sch.uk":                 {"http://camden.sch.uk", ""},
		"http://example.co.uk:8080/x":          {"http://example.co.uk:8080/x", "example.co.uk"},
		"https://example.github.io":            {"https://example.github.io", "example.github.io"},
		"http://écolé.example.org":             {"http://xn--col-9lad.example.org", "example.org"},
		"http://www.example.com.":              {"http://www.example.com", "example.com"},
		"https://www.madeup.example/school":    {"https://www.madeup.example/school", "madeup.example"},
		"javascript:alert(1)":                  {"", ""},
		"javascript://www.example.com/%0aa()":  {"", ""},
		"ftp://example.com":                    {"", ""},
		"http://user:secret@example.com":       {"", ""},
		"http://192.0.2.1/":                    {"", ""},
		"http://[2001:db8::1]/":                {"", ""},
		"http://localhost":                     {"", ""},
		"http://school.internal":               {"", ""},
		"http:///www.example.com":              {"", ""},
		"http//www.example.com":                {"", ""},
		"www.example.com www.other.com":        {"", ""},
		"none":                                 {"", ""},
		"http://exa_mple.com":                  {"", ""},
		"http://www.example.com/\"><script>":   {"", ""},
		"http://www.example.com\\@evil.org":    {"", ""},
		"http://www.example.com:99999999/path": {"http://www.example.com:99999999/path", "example.com"},
	} {
		address, domain := website(text)
		if got := [2]string{address, domain}; got != want {
			t.Errorf("website(%q) = %q, want %q", text, got, want)
		}
	}
}
