package resolvers

import (
	"context"
	"encoding/json"

	"github.com/vikstrous/dataloadgen"

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
func leadSchoolPages(network *staffroom.Network) *dataloadgen.Loader[leadSchoolsKey, *staffroom.List[staffroom.LeadSchool]] {
	return dataloadgen.NewMappedLoader(func(ctx context.Context, keys []leadSchoolsKey) (map[leadSchoolsKey]*staffroom.List[staffroom.LeadSchool], error) {
		codes := map[leadSchoolsAsked][]string{}
		for _, key := range keys {
			codes[key.leadSchoolsAsked] = append(codes[key.leadSchoolsAsked], key.code)
		}
		found := map[leadSchoolsKey]*staffroom.List[staffroom.LeadSchool]{}
		for asked, of := range codes {
			lists, err := askedOf(ctx, network, asked, of)
			if err != nil {
				return nil, err
			}
			for i, code := range of {
				found[leadSchoolsKey{code, asked}] = lists[i]
			}
		}
		return found, nil
	}, dataloadgen.WithWait(batchWait))
}

func askedOf(ctx context.Context, network *staffroom.Network, asked leadSchoolsAsked, codes []string) ([]*staffroom.List[staffroom.LeadSchool], error) {
	var arguments leadSchoolsArguments
	if err := json.Unmarshal([]byte(asked.arguments), &arguments); err != nil {
		return nil, err
	}
	return network.LeadSchools.FirstPages(ctx, codes, orZero(arguments.Filter), arguments.First)
}
