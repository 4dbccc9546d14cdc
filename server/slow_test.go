package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// TestSlowPeopleKeepNobodyOut checks that whoever holds back a part of his request, or does not read the answer, takes no place meanwhile.
func TestSlowPeopleKeepNobodyOut(t *testing.T) {
	const upload = "--b\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n%s\r\n--b\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n" +
		"{\"0\":[\"variables.f\"]}\r\n--b\r\nContent-Disposition: form-data; name=\"0\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n"
	long := strings.Repeat("y", 1000)
	file := fmt.Sprintf(upload, withText(`mutation($f: Upload!, $t: String!) { attach(file: $f)`+fields("say(text: $t)", 19)+` }`, long))
	many := withText(`query($t: String) {`+fields("hello(name: $t)", 20)+`}`, strings.Repeat("y", 240_000))
	for name, request := range map[string]string{
		"a GET whose body does not come": "GET /graphql?query=%7Bhello(name:%22" + strings.Repeat(long, 5) + "%22)%7D HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
		"an upload whose end does not come": "POST /graphql HTTP/1.1\r\nHost: x\r\nStaffroom-Client: t\r\nAuthorization: Bearer ann\r\n" +
			"Content-Type: multipart/form-data; boundary=b\r\n" + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(file)+100, file),
		"an answer that is not read": "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
			fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(many), many),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, limited(onePlace)).pipe()
				h.send(request)
				synctest.Wait()
				for range 3 {
					if status, body := h.fetch("/graphql?query={hello}"); status != http.StatusOK {
						t.Errorf("others get %d: %s", status, body)
					}
				}
			})
		})
	}
}

// withText is a request with one variable, and one for a file.
func withText(document, text string) string {
	body, err := json.Marshal(map[string]any{"query": document, "variables": map[string]any{"f": nil, "t": text}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// fields asks for a field many times.
func fields(field string, times int) string {
	var all strings.Builder
	for i := range times {
		fmt.Fprintf(&all, " a%d: %s", i, field)
	}
	return all.String()
}
