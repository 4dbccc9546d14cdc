package staffroom

import "slices"

// BuiltInAuthorities are those that the network knows without any file: the 32 boroughs of London and the City, and the
// authorities outside that it works with, with their dates and successors. They have ids, but are not stored by this.
//
// Source: Office for National Statistics, Register of Geographic Codes, and Department for Education. Contains public sector
// information licensed under the Open Government Licence v3.0.
func BuiltInAuthorities() []Authority { return slices.Concat(london(), outsideLondon()) }

// codesFrom is the day from which the codes of the Office for National Statistics count; most authorities are older.
const codesFrom Date = "2009-01-01"

func london() []Authority {
	boroughs := []Authority{
		{Code: "E09000001", DfECode: "201", Name: "City of London"},
		{Code: "E09000002", DfECode: "301", Name: "Barking and Dagenham"},
		{Code: "E09000003", DfECode: "302", Name: "Barnet"},
		{Code: "E09000004", DfECode: "303", Name: "Bexley"},
		{Code: "E09000005", DfECode: "304", Name: "Brent"},
		{Code: "E09000006", DfECode: "305", Name: "Bromley"},
		{Code: "E09000007", DfECode: "202", Name: "Camden"},
		{Code: "E09000008", DfECode: "306", Name: "Croydon"},
		{Code: "E09000009", DfECode: "307", Name: "Ealing"},
		{Code: "E09000010", DfECode: "308", Name: "Enfield"},
		{Code: "E09000011", DfECode: "203", Name: "Greenwich"},
		{Code: "E09000012", DfECode: "204", Name: "Hackney"},
		{Code: "E09000013", DfECode: "205", Name: "Hammersmith and Fulham"},
		{Code: "E09000014", DfECode: "309", Name: "Haringey"},
		{Code: "E09000015", DfECode: "310", Name: "Harrow"},
		{Code: "E09000016", DfECode: "311", Name: "Havering"},
		{Code: "E09000017", DfECode: "312", Name: "Hillingdon"},
		{Code: "E09000018", DfECode: "313", Name: "Hounslow"},
		{Code: "E09000019", DfECode: "206", Name: "Islington"},
		{Code: "E09000020", DfECode: "207", Name: "Kensington and Chelsea"},
		{Code: "E09000021", DfECode: "314", Name: "Kingston upon Thames"},
		{Code: "E09000022", DfECode: "208", Name: "Lambeth"},
		{Code: "E09000023", DfECode: "209", Name: "Lewisham"},
		{Code: "E09000024", DfECode: "315", Name: "Merton"},
		{Code: "E09000025", DfECode: "316", Name: "Newham"},
		{Code: "E09000026", DfECode: "317", Name: "Redbridge"},
		{Code: "E09000027", DfECode: "318", Name: "Richmond upon Thames"},
		{Code: "E09000028", DfECode: "210", Name: "Southwark"},
		{Code: "E09000029", DfECode: "319", Name: "Sutton"},
		{Code: "E09000030", DfECode: "211", Name: "Tower Hamlets"},
		{Code: "E09000031", DfECode: "320", Name: "Waltham Forest"},
		{Code: "E09000032", DfECode: "212", Name: "Wandsworth"},
		{Code: "E09000033", DfECode: "213", Name: "Westminster"},
	}
	for i := range boroughs {
		boroughs[i].London = true
		boroughs[i].ValidFrom = codesFrom
		boroughs[i].identify()
	}
	return boroughs
}

func outsideLondon() []Authority {
	authorities := []Authority{
		{Code: "E06000025", DfECode: "803", Name: "South Gloucestershire", ValidFrom: codesFrom},
		{Code: "E06000028", DfECode: "837", Name: "Bournemouth", ValidFrom: codesFrom, ValidTo: "2019-03-31", SuccessorCodes: []string{"E06000058"}},
		{Code: "E06000029", DfECode: "836", Name: "Poole", ValidFrom: codesFrom, ValidTo: "2019-03-31", SuccessorCodes: []string{"E06000058"}},
		{Code: "E06000035", DfECode: "887", Name: "Medway", ValidFrom: codesFrom},
		{Code: "E06000044", DfECode: "851", Name: "Portsmouth", ValidFrom: codesFrom},
		{Code: "E06000058", DfECode: "839", Name: "Bournemouth, Christchurch and Poole", ValidFrom: "2019-04-01"},
		{Code: "E06000059", DfECode: "838", Name: "Dorset", ValidFrom: "2019-04-01"},
		{Code: "E06000066", DfECode: "933", Name: "Somerset", ValidFrom: "2023-04-01"},
		{Code: "E10000009", DfECode: "835", Name: "Dorset", ValidFrom: codesFrom, ValidTo: "2019-03-31", SuccessorCodes: []string{"E06000059", "E06000058"}}, // Christchurch went to the second
		{Code: "E10000020", DfECode: "926", Name: "Norfolk", ValidFrom: codesFrom},
		{Code: "E10000027", DfECode: "933", Name: "Somerset", ValidFrom: codesFrom, ValidTo: "2023-03-31", SuccessorCodes: []string{"E06000066"}},
	}
	for i := range authorities {
		authorities[i].identify()
	}
	return authorities
}

// identify fills in what follows from the code and the name.
func (a *Authority) identify() {
	a.ID = AuthorityID(a.Code)
	a.SortName = Fold(a.Name)
}
