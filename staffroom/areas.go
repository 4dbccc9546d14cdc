package staffroom

import (
	"context"
	"slices"
	"strings"
)

// areas is the codes of authorities as a filter means them: those that were given, and those of ended authorities whose place one
// of them alone took. The register lists a school under its old authority until a newer file says otherwise, and it is a school of
// the new one all the same. An area that was divided (Dorset in 2019) is nobody's: which part a school is in, the codes do not tell.
func (p *Ports) areas(ctx context.Context, codes []string) ([]string, error) {
	all := gssCodes(codes)
	for next := all; len(next) > 0; {
		page, err := p.Store.Authorities.Find(ctx, Query{
			Where: []Cond{Contains(FieldAuthoritySuccessors, next...)}, Limit: MaxLimit,
		})
		if err != nil {
			return nil, err
		}
		next = nil
		for _, ended := range page.Items {
			if len(ended.SuccessorCodes) == 1 && !slices.Contains(all, ended.Code) {
				next = append(next, ended.Code)
			}
		}
		all = append(all, next...)
	}
	return all, nil
}

// gssCodes is codes as they are stored, each once.
func gssCodes(codes []string) []string {
	out := make([]string, len(codes))
	for i, code := range codes {
		out[i] = strings.ToUpper(strings.TrimSpace(code))
	}
	return distinct(out)
}
