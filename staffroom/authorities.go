package staffroom

import (
	"context"
	"strings"
)

// Authorities is the directory of local authorities. It is public.
type Authorities struct{ *Ports }

// AuthorityFilter narrows a list of authorities.
type AuthorityFilter struct {
	// London keeps those in London (true) or outside (false); nil keeps both.
	London *bool
}

// Boroughs lists the 33 authorities of London by name.
func (s *Authorities) Boroughs(ctx context.Context) ([]*Authority, error) {
	page, err := s.Store.Authorities.Find(ctx, Query{
		Where: []Cond{Equal(FieldAuthorityLondon, true)}, By: FieldAuthorityName, Limit: MaxPage,
	})
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}

// ByCode finds an authority by its GSS code, or the live one by its three-digit DfE code; nil if there is none.
func (s *Authorities) ByCode(ctx context.Context, code string) (*Authority, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	field := FieldAuthorityCode
	if len(code) == 3 {
		field = FieldAuthorityDfECode
	}
	page, err := s.Store.Authorities.Find(ctx, Query{Where: []Cond{Equal(field, code)}, Limit: DefaultPage})
	if err != nil {
		return nil, err
	}
	var found *Authority
	for _, a := range page.Items {
		if found == nil || a.ValidTo == "" {
			found = a
		}
	}
	return found, nil
}

// ByCodes is aligned with codes (GSS): nil where there is no such authority.
func (s *Authorities) ByCodes(ctx context.Context, codes []string) ([]*Authority, error) {
	ids := make([]string, len(codes))
	for i, code := range codes {
		ids[i] = AuthorityID(code)
	}
	return s.ByIDs(ctx, ids)
}

// ByIDs is aligned with ids: nil where there is no such authority.
func (s *Authorities) ByIDs(ctx context.Context, ids []string) ([]*Authority, error) {
	return s.Store.Authorities.GetMany(ctx, ids)
}

// Find lists authorities by name.
func (s *Authorities) Find(ctx context.Context, f AuthorityFilter, p Paging) (*List[Authority], error) {
	q := Query{By: FieldAuthorityName}
	if f.London != nil {
		q.Where = append(q.Where, Equal(FieldAuthorityLondon, *f.London))
	}
	return find(ctx, s.Store.Authorities, q, p)
}
