package resolvers

import (
	"context"
	"encoding/json"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// leadSchoolsKey asks for the first page of an authority's lead schools.
type leadSchoolsKey struct {
	code string
	leadSchoolsAsked
}

// leadSchoolsAsked is the arguments of the field, alike for every authority of a list. gqlgen makes them anew for each of those, so
// they are compared as JSON.
type leadSchoolsAsked struct{ arguments string }

type leadSchoolsArguments struct {
	Filter *staffroom.LeadSchoolFilter
	First  *int
}

func leadSchoolsKeyOf(code string, filter *staffroom.LeadSchoolFilter, first *int) leadSchoolsKey {
	arguments, err := json.Marshal(leadSchoolsArguments{filter, first})
	if err != nil {
		panic("resolvers: arguments of a field have no JSON: " + err.Error())
	}
	return leadSchoolsKey{code, leadSchoolsAsked{string(arguments)}}
}

// leadSchoolPages loads the first pages of many authorities at once.
func leadSchoolPages(network *staffroom.Network) fetch[leadSchoolsKey, *staffroom.List[staffroom.LeadSchool]] {
	return func(ctx context.Context, keys []leadSchoolsKey) ([]*staffroom.List[staffroom.LeadSchool], error) {
		places := map[leadSchoolsAsked][]int{}
		for i, key := range keys {
			places[key.leadSchoolsAsked] = append(places[key.leadSchoolsAsked], i)
		}
		found := make([]*staffroom.List[staffroom.LeadSchool], len(keys))
		for asked, at := range places {
			codes := make([]string, len(at))
			for i, place := range at {
				codes[i] = keys[place].code
			}
			lists, err := askedOf(ctx, network, asked, codes)
			if err != nil {
				return nil, err
			}
			for i, place := range at {
				found[place] = lists[i]
			}
		}
		return found, nil
	}
}

func askedOf(ctx context.Context, network *staffroom.Network, asked leadSchoolsAsked, codes []string) ([]*staffroom.List[staffroom.LeadSchool], error) {
	var arguments leadSchoolsArguments
	if err := json.Unmarshal([]byte(asked.arguments), &arguments); err != nil {
		return nil, err
	}
	return network.LeadSchools.FirstPages(ctx, codes, orZero(arguments.Filter), arguments.First)
}
