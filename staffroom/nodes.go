package staffroom

import "context"

// Nodes is aligned with ids: a *Authority, *School, *Member, *LeadSchool, *Resource, *Thread or *Post, and nil where there is no
// such thing or the viewer may not see it; nobody can tell the two apart.
func (n *Network) Nodes(ctx context.Context, ids []string) ([]any, error) {
	return n.Searches.nodes(ctx, ids)
}

// nodes groups ids by their prefixes and asks each service once.
func (p *Ports) nodes(ctx context.Context, ids []string) ([]any, error) {
	out := make([]any, len(ids))
	places := map[string][]int{}
	for i, id := range ids {
		prefix := PrefixOf(id)
		places[prefix] = append(places[prefix], i)
	}
	for prefix, at := range places {
		if err := p.nodesOf(ctx, prefix, ids, at, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nodesOf fills in the nodes of one kind, which are at the given places.
func (p *Ports) nodesOf(ctx context.Context, prefix string, ids []string, at []int, out []any) error {
	switch prefix {
	case PrefixAuthority:
		return place(ctx, (&Authorities{p}).ByIDs, ids, at, out)
	case PrefixSchool:
		return place(ctx, (&Schools{p}).ByIDs, ids, at, out)
	case PrefixMember:
		return place(ctx, (&Members{p}).ByIDs, ids, at, out)
	case PrefixLeadSchool:
		return place(ctx, (&LeadSchools{p}).ByIDs, ids, at, out)
	case PrefixResource:
		return place(ctx, (&Resources{p}).ByIDs, ids, at, out)
	case PrefixThread:
		return place(ctx, (&Threads{p}).ByIDs, ids, at, out)
	case PrefixPost:
		return place(ctx, (&Threads{p}).PostsByIDs, ids, at, out)
	default:
		return nil
	}
}

func place[T any](ctx context.Context, byIDs func(context.Context, []string) ([]*T, error), ids []string, at []int, out []any) error {
	wanted := make([]string, len(at))
	for i, j := range at {
		wanted[i] = ids[j]
	}
	docs, err := byIDs(ctx, wanted)
	if err != nil {
		return err
	}
	for i, j := range at {
		if docs[i] != nil {
			out[j] = docs[i]
		}
	}
	return nil
}
