package staffroom

import "math"

// The register places schools by grid references: metres on the National Grid, which lies on the datum OSGB36. Maps and
// browsers want degrees of WGS84. The formulas and every figure here are those of Ordnance Survey, "A guide to coordinate
// systems in Great Britain" (www.ordnancesurvey.co.uk/documents/resources/guide-coordinate-systems-great-britain.pdf):
// annex A for the ellipsoids and the projection, annexes B and C for the conversions, and its section on the datum for the
// Helmert transformation. Grid and degrees so agree within 5 m all over Great Britain; the tests hold this against Ordnance
// Survey's own points.

// ellipsoid is a figure of the earth, by its half axes in metres.
type ellipsoid struct{ a, b float64 }

func airy1830() ellipsoid { return ellipsoid{6377563.396, 6356256.909} }
func wgs84() ellipsoid    { return ellipsoid{6378137.000, 6356752.3141} }

// e2 is the square of the eccentricity.
func (e ellipsoid) e2() float64 { return 1 - (e.b*e.b)/(e.a*e.a) }

// The projection of the National Grid: its scale, true origin (degrees) and the grid reference of that origin (metres).
const (
	gridScale       = 0.9996012717
	originLatitude  = 49
	originLongitude = -2
	originEasting   = 400_000
	originNorthing  = -100_000
)

const degree = math.Pi / 180

// FromGrid is the latitude and longitude (WGS84, degrees) of a place on the National Grid (metres), within 5 m.
func FromGrid(easting, northing float64) (latitude, longitude float64) {
	lat, lng := unproject(easting, northing)
	lat, lng = osgb36ToWGS84().between(lat, lng, airy1830(), wgs84())
	return lat / degree, lng / degree
}

// ToGrid is the place on the National Grid (metres) of a latitude and longitude (WGS84, degrees), within 5 m. It means
// something in and around Great Britain only.
func ToGrid(latitude, longitude float64) (easting, northing float64) {
	lat, lng := osgb36ToWGS84().back().between(latitude*degree, longitude*degree, wgs84(), airy1830())
	return project(lat, lng)
}

// radii are the transverse and the meridional radius of curvature at a latitude, scaled as the grid is; and what the guide
// calls eta squared.
func radii(lat float64) (nu, rho, eta2 float64) {
	e := airy1830()
	bend := 1 - e.e2()*math.Sin(lat)*math.Sin(lat)
	nu = e.a * gridScale / math.Sqrt(bend)
	rho = nu * (1 - e.e2()) / bend
	return nu, rho, nu/rho - 1
}

// meridian is the length along the meridian from the true origin, scaled as the grid is (the guide's M).
func meridian(lat float64) float64 {
	e := airy1830()
	n := (e.a - e.b) / (e.a + e.b)
	n2, n3 := n*n, n*n*n
	less, more := lat-originLatitude*degree, lat+originLatitude*degree
	return e.b * gridScale * ((1+n+5.0/4*n2+5.0/4*n3)*less -
		(3*n+3*n2+21.0/8*n3)*math.Sin(less)*math.Cos(more) +
		(15.0/8*n2+15.0/8*n3)*math.Sin(2*less)*math.Cos(2*more) -
		35.0/24*n3*math.Sin(3*less)*math.Cos(3*more))
}

// project is annex C.1: latitude and longitude (OSGB36, radians) to easting and northing.
func project(lat, lng float64) (easting, northing float64) {
	nu, rho, eta2 := radii(lat)
	sin, cos := math.Sincos(lat)
	tan2 := math.Tan(lat) * math.Tan(lat)
	cos3, cos5 := cos*cos*cos, cos*cos*cos*cos*cos

	i := meridian(lat) + originNorthing
	ii := nu / 2 * sin * cos
	iii := nu / 24 * sin * cos3 * (5 - tan2 + 9*eta2)
	iiia := nu / 720 * sin * cos5 * (61 - 58*tan2 + tan2*tan2)
	iv := nu * cos
	v := nu / 6 * cos3 * (nu/rho - tan2)
	vi := nu / 120 * cos5 * (5 - 18*tan2 + tan2*tan2 + 14*eta2 - 58*tan2*eta2)

	d := lng - originLongitude*degree
	d2 := d * d
	northing = i + d2*(ii+d2*(iii+d2*iiia))
	easting = originEasting + d*(iv+d2*(v+d2*vi))
	return easting, northing
}

// unproject is annex C.2: easting and northing to latitude and longitude (OSGB36, radians).
func unproject(easting, northing float64) (lat, lng float64) {
	foot := footLatitude(northing)
	nu, rho, eta2 := radii(foot)
	tan, sec := math.Tan(foot), 1/math.Cos(foot)
	tan2 := tan * tan
	tan4, tan6 := tan2*tan2, tan2*tan2*tan2
	nu2 := nu * nu
	nu3, nu5, nu7 := nu*nu2, nu*nu2*nu2, nu*nu2*nu2*nu2

	vii := tan / (2 * rho * nu)
	viii := tan / (24 * rho * nu3) * (5 + 3*tan2 + eta2 - 9*tan2*eta2)
	ix := tan / (720 * rho * nu5) * (61 + 90*tan2 + 45*tan4)
	x := sec / nu
	xi := sec / (6 * nu3) * (nu/rho + 2*tan2)
	xii := sec / (120 * nu5) * (5 + 28*tan2 + 24*tan4)
	xiia := sec / (5040 * nu7) * (61 + 662*tan2 + 1320*tan4 + 720*tan6)

	d := easting - originEasting
	d2 := d * d
	lat = foot - d2*(vii-d2*(viii-d2*ix))
	lng = originLongitude*degree + d*(x-d2*(xi-d2*(xii-d2*xiia)))
	return lat, lng
}

// footLatitude is the latitude on the central meridian that has this northing.
func footLatitude(northing float64) float64 {
	const nearEnough, most = 0.00001, 20 // metres, steps; it takes four or five
	lat := originLatitude * degree
	for range most {
		short := northing - originNorthing - meridian(lat)
		lat += short / (airy1830().a * gridScale)
		if math.Abs(short) < nearEnough {
			break
		}
	}
	return lat
}

// helmert moves, turns and scales cartesian coordinates: metres, radians and a factor.
type helmert struct{ tx, ty, tz, rx, ry, rz, s float64 }

// osgb36ToWGS84 is the transformation whose inverse (WGS84 to OSGB36) the guide prints: for so small figures it is the same
// with every sign changed.
func osgb36ToWGS84() helmert {
	const second, million = degree / 3600, 1e-6
	return helmert{
		tx: 446.448, ty: -125.157, tz: 542.060,
		rx: 0.1502 * second, ry: 0.2470 * second, rz: 0.8421 * second,
		s: -20.4894 * million,
	}
}

// back is the transformation in the other direction.
func (h helmert) back() helmert {
	return helmert{-h.tx, -h.ty, -h.tz, -h.rx, -h.ry, -h.rz, -h.s}
}

// between takes a latitude and longitude (radians, at height 0) from one datum to another.
func (h helmert) between(lat, lng float64, from, to ellipsoid) (toLat, toLng float64) {
	x, y, z := from.cartesian(lat, lng)
	k := 1 + h.s
	return to.geographic(
		h.tx+k*x-h.rz*y+h.ry*z,
		h.ty+h.rz*x+k*y-h.rx*z,
		h.tz-h.ry*x+h.rx*y+k*z)
}

// cartesian is annex B.1, at height 0.
func (e ellipsoid) cartesian(lat, lng float64) (x, y, z float64) {
	sinLat, cosLat := math.Sincos(lat)
	sinLng, cosLng := math.Sincos(lng)
	nu := e.a / math.Sqrt(1-e.e2()*sinLat*sinLat)
	return nu * cosLat * cosLng, nu * cosLat * sinLng, (1 - e.e2()) * nu * sinLat
}

// geographic is annex B.2 without the height.
func (e ellipsoid) geographic(x, y, z float64) (lat, lng float64) {
	const nearEnough, most = 1e-12, 20 // radians, steps; it takes four or five
	p := math.Hypot(x, y)
	lat = math.Atan2(z, p*(1-e.e2()))
	for range most {
		before := lat
		sin := math.Sin(lat)
		nu := e.a / math.Sqrt(1-e.e2()*sin*sin)
		lat = math.Atan2(z+e.e2()*nu*sin, p)
		if math.Abs(lat-before) < nearEnough {
			break
		}
	}
	return lat, math.Atan2(y, x)
}
