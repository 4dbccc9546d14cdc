package files

import (
	"math"
	"sync"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
)

// light adds up colours: where a profile has a curve for each of red, green and blue, as those of screens and cameras have, the light of a
// pixel is the sum of what the three give. That takes a fiftieth of the time of going through the steps for each pixel.
type light struct {
	// parts is how much red, green and blue light of sRGB each value of each of the three gives.
	parts [3][math.MaxUint8 + 1][3]float64
	// values are what sRGB has for an amount of light.
	values *[values + 1]uint8
}

// values is how many amounts of light are told apart: the steps of eight bits are never closer than twenty of them.
const values = 1 << 16

// ofD50 is from the space that profiles lead to, XYZ as seen by D50, to the light of sRGB (http://www.brucelindbloom.com, Bradford).
//
//nolint:gochecknoglobals // a constant
var ofD50 = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

//nolint:gochecknoglobals // a constant, made when it is needed
var valuesOfSRGB = sync.OnceValue(func() *[values + 1]uint8 {
	var of [values + 1]uint8
	for i := range of {
		v := float64(i) / values
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		of[i] = whole[uint8](v)
	}
	return &of
})

// lightOf is the way of adding up that gives the same as the steps; nil if there is none.
func lightOf(profile *icc.Profile, steps *icc.Pipeline) *light {
	toXYZ, err := profile.CreateTransformerToPCS(icc.RelativeColorimetricRenderingIntent, 3, true)
	if err != nil || profile.Header.ProfileConnectionSpace != icc.ColorSpaceXYZ {
		return nil
	}
	l := &light{values: valuesOfSRGB()}
	for channel := range l.parts {
		for v := range l.parts[channel] {
			var rgb [3]float64
			rgb[channel] = unit(uint8(v))
			x, y, z := toXYZ.Transform(rgb[0], rgb[1], rgb[2])
			for i, row := range ofD50 {
				l.parts[channel][v][i] = row[0]*x + row[1]*y + row[2]*z
			}
		}
	}
	if !l.agrees(steps) {
		return nil
	}
	return l
}

// agrees compares some colours with what the steps make of them.
func (l *light) agrees(steps *icc.Pipeline) bool {
	tried := []byte{0, 1, 9, 60, 128, 200, 255}
	for _, r := range tried {
		for _, g := range tried {
			for _, b := range tried {
				got := [3]byte{r, g, b}
				l.convert(got[:])
				wr, wg, wb := steps.Transform(unit(r), unit(g), unit(b))
				for i, want := range [3]float64{wr, wg, wb} {
					if off := math.Abs(float64(got[i]) - want*math.MaxUint8); !(off <= 0.75) { // half for rounding
						return false
					}
				}
			}
		}
	}
	return true
}

// convert converts a pixel in place.
func (l *light) convert(p []byte) {
	r, g, b := &l.parts[0][p[0]], &l.parts[1][p[1]], &l.parts[2][p[2]]
	for i := range 3 {
		p[i] = l.values[int(max(0, min(1, r[i]+g[i]+b[i]))*values+0.5)]
	}
}
