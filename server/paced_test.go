package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// startedUpload is the beginning of an upload by a member, the end of which is the file.
func startedUpload(member string) string {
	body := "--b\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + attachOne +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{\"0\":[\"variables.f\"]}" +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"0\"; filename=\"a.txt\"\r\n\r\n"
	return "POST /graphql HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nStaffroom-Client: t\r\nAuthorization: Bearer " + member +
		"\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n" + body
}

func smallUpload(t *testing.T, member string) *http.Request {
	t.Helper()
	r := form(t, part{"operations", "", attachOne}, part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a", "x"})
	r.Header.Set("Authorization", "Bearer "+member)
	return r
}

// drip sends ten bytes every half second, for some seconds.
func drip(t *testing.T, to net.Conn, seconds int) {
	t.Helper()
	go func() {
		for range 2 * seconds {
			if _, err := io.WriteString(to, "0123456789"); err != nil {
				return
			}
			time.Sleep(time.Second / 2)
		}
	}()
	synctest.Wait()
}

// ended reads the answer that ends an upload.
func ended(t *testing.T, connection net.Conn) (status int, body string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	read, err := io.ReadAll(response.Body)
	if err != nil || !response.Close {
		t.Errorf("the answer breaks off or the connection stays: %v", err)
	}
	return response.StatusCode, string(read)
}

// TestUploadsThatStall ends uploads that send nothing, or too little, and no others.
func TestUploadsThatStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) { l.UploadSpeed, l.UploadPatience = 10, 5*time.Second })).pipe()
		silent, slow, steady := h.send(startedUpload("ann")), h.send(startedUpload("bob")), h.send(startedUpload("cat"))
		go func() {
			for {
				time.Sleep(4 * time.Second)
				if _, err := io.WriteString(slow, "0123456789"); err != nil {
					return
				}
			}
		}()
		drip(t, steady, 60)
		for name, connection := range map[string]net.Conn{"silent": silent, "slow": slow} {
			status, body := ended(t, connection)
			if status != http.StatusRequestTimeout || !strings.Contains(body, "10 bytes a second over 5s") || !strings.Contains(body, "UNAVAILABLE") {
				t.Errorf("a %s upload: %d %s", name, status, body)
			}
		}
		time.Sleep(30 * time.Second)
		rest := strings.Repeat("x", 100_000)
		if _, err := io.WriteString(steady, rest[:90_000]); err != nil {
			t.Errorf("a steady upload was ended, too: %v", err)
		}
	})
}

// TestIdleUploadsKeepNobodyOut begins more uploads than there are places, and sends no more of them.
func TestIdleUploadsKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).pipe()
		for range 20 {
			h.send(startedUpload("ann"))
		}
		synctest.Wait()
		begin := time.Now() // of a clock that stands still unless all wait
		h.do(smallUpload(t, "bob")).want(t, 200, "")
		if waited := time.Since(begin); waited > 0 {
			t.Errorf("another member waited %v", waited)
		}
		for i := range 16 {
			h.send(startedUpload(fmt.Sprint("member", i)))
		}
		synctest.Wait()
		h.do(smallUpload(t, "cat")).want(t, 200, "")
		h.do(smallUpload(t, "ann")).want(t, 200, "")
	})
}

// TestUploadsOfVisitorsTakeNoPlace begins uploads without a token.
func TestUploadsOfVisitorsTakeNoPlace(t *testing.T) {
	h := newHouse(t)
	r := smallUpload(t, "")
	r.Header.Del("Authorization")
	h.do(r).want(t, http.StatusUnauthorized, staffroom.CodeUnauthenticated)
	if h.uploads.used != 0 {
		t.Errorf("%d places are taken", h.uploads.used)
	}
}
