package staffroom

import (
	"math"
	"testing"
)

// The worked example of the guide's annex C is the projection alone, without a change of datum.
func TestProjectionMatchesTheWorkedExample(t *testing.T) {
	const latitude, longitude = (52 + 39/60.0 + 27.2531/3600) * degree, (1 + 43/60.0 + 4.5177/3600) * degree
	const easting, northing = 651409.903, 313177.270

	e, n := project(latitude, longitude)
	if math.Abs(e-easting) > 0.001 || math.Abs(n-northing) > 0.001 {
		t.Errorf("project = %.4f, %.4f, want %.3f, %.3f", e, n, easting, northing)
	}
	lat, lng := unproject(easting, northing)
	if math.Abs(lat-latitude) > 1e-9 || math.Abs(lng-longitude) > 1e-9 {
		t.Errorf("unproject = %.10f, %.10f, want %.10f, %.10f", lat, lng, latitude, longitude)
	}
}
