package staffroom_test

import (
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestTimeIsWrittenAsItsLayout compares the digits that are written by hand with what package time makes of the layout.
func TestTimeIsWrittenAsItsLayout(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("no time zones here:", err)
	}
	moments := []time.Time{
		time.Unix(0, 0), time.Date(2026, 7, 5, 4, 3, 2, 9_999_999, london), time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(800, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(12026, 1, 2, 0, 0, 0, 0, time.UTC),
	}
	for n := range 2000 {
		moments = append(moments, time.UnixMilli(int64(n)*1_234_567_891))
	}
	for _, moment := range moments {
		want := moment.UTC().Format("2006-01-02T15:04:05.000Z")
		if got := staffroom.At(moment).String(); got != want {
			t.Errorf("%v is written %s, not %s", moment, got, want)
		}
	}
}
