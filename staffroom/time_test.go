package staffroom_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestTimesAreReadAsAnyRFC3339Time(t *testing.T) {
	for _, text := range []string{
		"2026-03-01T09:30:00.000Z", "2026-03-01T09:30:00.123Z", "2024-02-29T23:59:59.999Z", "0001-01-01T00:00:00.001Z", "9999-12-31T23:59:59.000Z",
		"2026-03-01T09:30:00Z", "2026-03-01T10:30:00.123+01:00", "2026-03-01T09:30:00.123456789Z",
		"2026-02-29T09:30:00.000Z", "2026-13-01T09:30:00.000Z", "2026-00-10T09:30:00.000Z", "2026-04-31T09:30:00.000Z", "2026-03-00T09:30:00.000Z",
		"2026-03-01T24:00:00.000Z", "2026-03-01T09:60:00.000Z", "2026-03-01T09:30:60.000Z", "2026-03-01T09:30:00.00xZ", "2026-03-01 09:30:00.000Z", "", "now",
	} {
		want, wantErr := time.Parse(time.RFC3339Nano, text)
		var got staffroom.Time
		err := json.Unmarshal([]byte(`"`+text+`"`), &got)
		if (err != nil) != (wantErr != nil) || err == nil && got != staffroom.At(want) {
			t.Errorf("%q is read as %v, %v instead of %v, %v", text, got, err, want, wantErr)
		}
	}
}
