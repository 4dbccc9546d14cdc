package staffroom

import (
	"cmp"
	"context"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Near is a point that schools are looked for around: a postcode, or latitude and longitude in degrees (WGS84).
type Near struct {
	Postcode            string
	Latitude, Longitude *float64
	// WithinKm bounds the distance: more than 0, and MaxWithinKm at most.
	WithinKm float64
}

// MaxWithinKm is the most that nearness may mean, in kilometres.
const MaxWithinKm = 50

const (
	metresPerKm = 1000
	firstRingKm = 2
	// maxInBox bounds how many schools are looked at around a point; England's densest 100 km square has about 6,000.
	maxInBox = 20_000
)

// point is a place on the National Grid, in metres.
type point struct{ easting, northing float64 }

func (p point) kmTo(easting, northing int) float64 {
	return math.Hypot(p.easting-float64(easting), p.northing-float64(northing)) / metresPerKm
}

// around is the point that n means, and how many kilometres around it are near.
func (s *Schools) around(ctx context.Context, n *Near) (at point, km float64, err error) {
	var wrong mistakes
	if !(n.WithinKm > 0 && n.WithinKm <= MaxWithinKm) {
		wrong.note(Invalid("filter.near.withinKm", "The distance is more than 0 and at most %d km.", MaxWithinKm))
	}
	at, err = s.locate(ctx, n)
	wrong.note(err)
	return at, n.WithinKm, wrong.err()
}

// locate is the point that n means.
func (s *Schools) locate(ctx context.Context, n *Near) (point, error) {
	switch {
	case n.Postcode != "" && (n.Latitude != nil || n.Longitude != nil):
		return point{}, Invalid("filter.near", "Give a postcode or a latitude and longitude, not both.")
	case n.Postcode != "":
		return s.locatePostcode(ctx, n.Postcode)
	case n.Latitude == nil || n.Longitude == nil:
		return point{}, Invalid("filter.near", "Give a postcode, or both latitude and longitude.")
	case !(*n.Latitude > 49 && *n.Latitude < 61 && *n.Longitude > -9 && *n.Longitude < 3):
		return point{}, Invalid("filter.near", "The point %g, %g is outside of Great Britain.", *n.Latitude, *n.Longitude)
	default:
		easting, northing := ToGrid(*n.Latitude, *n.Longitude)
		return point{easting, northing}, nil
	}
}

var postcodePattern = regexp.MustCompile(`^([A-Z]{1,2}\d[A-Z\d]?)(?:(\d)([A-Z]{2})?)?$`)

// locatePostcode places a postcode by the schools of the register that have it, or else by those of its sector or
// district: the project ships no list of all postcodes.
func (s *Schools) locatePostcode(ctx context.Context, postcode string) (point, error) {
	compact := strings.ToUpper(strings.Join(strings.Fields(postcode), ""))
	parts := postcodePattern.FindStringSubmatch(compact)
	if parts == nil {
		return point{}, Invalid("filter.near.postcode", "%q is no postcode; one looks like SE13 7BN.", postcode)
	}
	district, sector := parts[1], parts[1]+" "+parts[2]
	var steps []Cond
	if parts[3] != "" {
		steps = append(steps, Equal(FieldSchoolPostcode, sector+parts[3]))
	}
	if parts[2] != "" {
		steps = append(steps, Equal(FieldSchoolPostcodeSector, sector))
	}
	for _, step := range append(steps, Equal(FieldSchoolPostcodeDistrict, district)) {
		page, err := s.Store.Schools.Find(ctx, Query{Where: []Cond{step}, Limit: MaxPage})
		if err != nil {
			return point{}, err
		}
		if middle, ok := middleOf(page.Items); ok {
			return middle, nil
		}
	}
	return point{}, Invalid("filter.near.postcode",
		"No school of the register is in %s, so we do not know where it is. Try a postcode nearby, or a latitude and longitude.", postcode)
}

func middleOf(schools []*School) (point, bool) {
	var sum point
	n := 0.0
	for _, school := range schools {
		if school.Place != nil {
			sum.easting += float64(school.Place.Easting)
			sum.northing += float64(school.Place.Northing)
			n++
		}
	}
	return point{sum.easting / n, sum.northing / n}, n > 0
}

// near lists schools from near to far. It looks in rings that double until there are enough for the page, so that a page in a
// city does not read the whole county.
func (s *Schools) near(ctx context.Context, f SchoolFilter, p Paging) (*List[School], error) {
	at, within, err := s.around(ctx, f.Near)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(f.Text) != "" {
		return s.nearByText(ctx, f, at, within, p)
	}
	first := math.Min(firstRingKm, within)
	if p.Last != nil || deref(p.Before) != "" {
		first = within // the end of the list is wanted
	}
	for ring := first; ; ring = math.Min(ring*2, within) {
		ranks, err := s.ring(ctx, f, at, ring)
		if err != nil {
			return nil, err
		}
		list, err := cut(ranks, nearOrder, p)
		if err != nil {
			return nil, err
		}
		if ring >= within {
			return list, nil
		}
		if list.HasNext {
			list.total = func(ctx context.Context) (int, error) {
				all, err := s.ring(ctx, f, at, within)
				return len(all), err
			}
			return list, nil
		}
	}
}

// nearOrder ties cursors to lists by distance.
const nearOrder = "schools/near"

// ring is all schools that match f at most km from the point, from near to far.
func (s *Schools) ring(ctx context.Context, f SchoolFilter, at point, km float64) ([]rank[School], error) {
	reach := km * metresPerKm
	q := Query{
		Where: append(f.where(),
			Between(FieldSchoolEasting, int64(at.easting-reach), int64(at.easting+reach)+1),
			Between(FieldSchoolNorthing, int64(at.northing-reach), int64(at.northing+reach)+1)),
		Limit: MaxLimit,
	}
	var found []*School
	for len(found) < maxInBox {
		page, err := s.Store.Schools.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		found = append(found, page.Items...)
		if !page.More {
			break
		}
		q.After = page.Cursor(len(page.Items) - 1)
	}
	return byDistance(found, at, km), nil
}

func byDistance(schools []*School, at point, km float64) []rank[School] {
	ranks := make([]rank[School], 0, len(schools))
	for _, school := range schools {
		if school == nil || school.Place == nil {
			continue
		}
		if d := at.kmTo(school.Place.Easting, school.Place.Northing); d <= km {
			ranks = append(ranks, rank[School]{school, school.ID, d})
		}
	}
	sortRanks(ranks)
	return ranks
}

func sortRanks[T any](ranks []rank[T]) {
	slices.SortFunc(ranks, func(a, b rank[T]) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id))
	})
}

// nearByText lists those of the schools around the point that the text finds, from near to far.
func (s *Schools) nearByText(ctx context.Context, f SchoolFilter, at point, km float64, p Paging) (*List[School], error) {
	around, err := s.ring(ctx, f, at, km)
	if err != nil {
		return nil, err
	}
	if len(around) == 0 {
		return cut(around, nearOrder, p)
	}
	ids := make([]string, len(around))
	for i, r := range around {
		ids[i] = r.id
	}
	hits, err := s.Index.Search(ctx, TextQuery{
		Text: f.Text, Prefixes: []string{PrefixSchool}, IDs: ids, Audiences: ViewerFrom(ctx).Audiences(), Limit: len(ids),
	})
	if err != nil {
		return nil, err
	}
	found := make(map[string]bool, len(hits.Hits))
	for _, hit := range hits.Hits {
		found[hit.ID] = true
	}
	return cut(slices.DeleteFunc(around, func(r rank[School]) bool { return !found[r.id] }), nearOrder, p)
}
