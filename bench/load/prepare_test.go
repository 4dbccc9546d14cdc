package load

import (
	"fmt"
	"testing"
)

func TestPreparedRequestsAreTheSame(t *testing.T) {
	request := func(n int) []byte { return fmt.Appendf(nil, "request %d", n) }
	prepared := Prepare(2*together+1, request)
	for _, n := range []int{0, 1, together - 1, together, 2*together + 1, 3*together - 1, 3 * together, 10 * together} {
		if got := string(prepared(n)); got != string(request(n)) {
			t.Errorf("request %d is %q", n, got)
		}
	}
}
