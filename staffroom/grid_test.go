package staffroom_test

import (
	"math"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// controlPoint is a place whose latitude and longitude (ETRS89, which is WGS84 to within a metre) and grid reference are
// both known exactly.
type controlPoint struct {
	name                                   string
	latitude, longitude, easting, northing float64
}

// controlPoints are Ordnance Survey's own: the test points TP01 to TP40 that it publishes with its definitive
// transformation OSTN15 (developer pack, OSTN15_OSGM15_TestInput/TestOutput). They reach from Scilly to Shetland.
func controlPoints() []controlPoint {
	return []controlPoint{
		{"TP01", 49.92226394, -6.299777520, 91492.146, 11318.804},
		{"TP02", 49.96006138, -5.203046100, 170370.718, 11572.405},
		{"TP03", 50.43885826, -4.108645636, 250359.811, 62016.569},
		{"TP04", 50.57563665, -1.297822772, 449816.371, 75335.861},
		{"TP05", 50.93127938, -1.450514337, 438710.920, 114792.250},
		{"TP06", 51.40078220, -3.551283492, 292184.870, 168003.465},
		{"TP07", 51.37447026, 1.444547304, 639821.835, 169565.858},
		{"TP08", 51.42754743, -2.544076183, 362269.991, 169978.690},
		{"TP09", 51.48936565, -0.119925572, 530624.974, 178388.464},
		{"TP10", 51.85890896, -4.308524770, 241124.584, 220332.641},
		{"TP11", 51.89436637, 0.897243270, 599445.590, 225722.826},
		{"TP12", 52.25529382, -2.154586144, 389544.190, 261912.153},
		{"TP13", 52.25160951, -0.912489570, 474335.969, 262047.755},
		{"TP14", 52.75136687, 0.401535471, 562180.547, 319784.995},
		{"TP15", 52.96219109, -1.197476559, 454002.834, 340834.943},
		{"TP16", 53.34480280, -2.640493208, 357455.843, 383290.436},
		{"TP17", 53.41628516, -4.289180698, 247958.971, 393492.909},
		{"TP18", 53.41630925, -4.289177929, 247959.241, 393495.583},
		{"TP19", 53.77911026, -3.040454907, 331534.564, 431920.794},
		{"TP20", 53.80021520, -1.663791682, 422242.186, 433818.701},
		{"TP21", 54.08666318, -4.634521682, 227778.330, 468847.388},
		{"TP22", 54.11685144, -0.077731332, 525745.670, 470703.214},
		{"TP23", 54.32919541, -4.388491181, 244780.636, 495254.887},
		{"TP24", 54.89542340, -2.938277411, 339921.145, 556034.761},
		{"TP25", 54.97912274, -1.616576852, 424639.355, 565012.703},
		{"TP26", 55.85399953, -4.296490163, 256340.925, 664697.269},
		{"TP27", 55.92478266, -3.294792193, 319188.434, 670947.534},
		{"TP28", 57.00606696, -5.828366919, 167634.202, 797067.144},
		{"TP29", 57.13902519, -2.048560307, 397160.491, 805349.736},
		{"TP30", 57.48625001, -4.219263986, 267056.768, 846176.972},
		{"TP31", 57.81351838, -8.578544561, 9587.909, 899448.996},
		{"TP32", 58.21262247, -7.592555606, 71713.132, 938516.404},
		{"TP33", 58.51560361, -6.260914555, 151968.652, 966483.780},
		{"TP34", 58.58120461, -3.726310221, 299721.891, 967202.992},
		{"TP35", 59.03743871, -3.214540011, 330398.323, 1017347.016},
		{"TP36", 59.09335035, -4.417576746, 261596.778, 1025447.602},
		{"TP37", 59.09671617, -5.827993398, 180862.461, 1029604.114},
		{"TP38", 59.53470794, -1.625169661, 421300.525, 1072147.239},
		{"TP39", 59.85409914, -1.274869104, 440725.073, 1107878.448},
		{"TP40", 60.13308092, -2.073828228, 395999.668, 1138728.951},
	}
}

const closeEnough = 5 // metres

func TestGridAgreesWithOrdnanceSurvey(t *testing.T) {
	worst := 0.0
	for _, p := range controlPoints() {
		easting, northing := staffroom.ToGrid(p.latitude, p.longitude)
		off := math.Hypot(easting-p.easting, northing-p.northing)
		if off > closeEnough {
			t.Errorf("%s: ToGrid is %.2f m off", p.name, off)
		}
		latitude, longitude := staffroom.FromGrid(p.easting, p.northing)
		back := metresApart(latitude, longitude, p.latitude, p.longitude)
		if back > closeEnough {
			t.Errorf("%s: FromGrid is %.2f m off", p.name, back)
		}
		worst = max(worst, off, back)
	}
	t.Logf("the worst point is %.2f m off", worst)
}

func TestGridThereAndBack(t *testing.T) {
	for _, p := range controlPoints() {
		latitude, longitude := staffroom.FromGrid(p.easting, p.northing)
		easting, northing := staffroom.ToGrid(latitude, longitude)
		if off := math.Hypot(easting-p.easting, northing-p.northing); off > 0.05 {
			t.Errorf("%s: there and back is %.3f m off", p.name, off)
		}
	}
}

// metresApart is exact enough for points near each other.
func metresApart(lat1, lng1, lat2, lng2 float64) float64 {
	const perDegree = 111_320
	return perDegree * math.Hypot(lat1-lat2, (lng1-lng2)*math.Cos(lat1*math.Pi/180))
}
