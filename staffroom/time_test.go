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

func TestDaysAreLondons(t *testing.T) {
	for moment, want := range map[string]staffroom.Date{
		"2026-06-30T22:59:59Z": "2026-06-30", "2026-06-30T23:00:00Z": "2026-07-01", // summer
		"2026-01-15T23:59:59Z": "2026-01-15", "2026-01-16T00:00:00Z": "2026-01-16", // winter
		"2026-03-28T23:59:59Z": "2026-03-28", "2026-03-29T22:59:59Z": "2026-03-29", "2026-03-29T23:00:00Z": "2026-03-30", // clocks go forward
		"2026-10-24T23:00:00Z": "2026-10-25", "2026-10-25T23:59:59Z": "2026-10-25", // and back
		"2026-06-30T19:00:00-04:00": "2026-07-01",
	} {
		at, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		if got := staffroom.DateOf(at); got != want {
			t.Errorf("%s is on %s, want %s", moment, got, want)
		}
	}
}

// TestTermsBeginAndEndInLondon appoints and ends in the first minutes of a summer's day, which is still yesterday in UTC.
func TestTermsBeginAndEndInLondon(t *testing.T) {
	w := newWorld(t)
	now := time.Date(2026, 6, 30, 23, 10, 0, 0, time.UTC)
	network := staffroom.New(staffroom.Ports{Store: w.store, Now: func() time.Time { return now }})
	ctx := w.as(w.admin)
	appoint := staffroom.AppointInput{
		SchoolURN: w.elm.URN, AuthorityCode: "E09000023", Phases: []staffroom.Phase{staffroom.PhasePrimary}, Remit: "Reading.",
	}
	lead, err := network.LeadSchools.Appoint(ctx, appoint)
	if err != nil || lead.From != "2026-07-01" {
		t.Fatalf("the term begins on %s, %v", lead.From, err)
	}
	now = time.Date(2026, 8, 31, 23, 10, 0, 0, time.UTC)
	lead, err = network.LeadSchools.End(ctx, staffroom.EndInput{ID: lead.ID})
	if err != nil || lead.To != "2026-09-01" {
		t.Errorf("the term ends on %s, %v", lead.To, err)
	}
	if _, err := w.store.Authorities.Update(t.Context(), staffroom.AuthorityID("E09000023"), func(a *staffroom.Authority) error {
		a.ValidTo = "2026-08-31"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err = network.LeadSchools.Appoint(ctx, appoint); staffroom.CodeOf(err) != staffroom.CodeBadInput {
		t.Errorf("an appointment in an authority that ended yesterday: %v", err)
	}
}
