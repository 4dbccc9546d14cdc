package staffroom

import (
	"context"
	"slices"
)

// Viewer is who asks: a visitor, or a member through a browser or a third-party client.
type Viewer struct {
	// Member is nil for a visitor.
	Member *Member
	// SessionID is the browser session through which the member asks; empty for third-party clients.
	SessionID string
	// ClientID is the third-party client that asks for the member; empty for the member's own browser session.
	ClientID string
	// Scopes limit what a third-party client may do; without a ClientID they mean nothing.
	Scopes []string
}

// The scopes of access tokens for third-party clients.
const (
	ScopeRead  = "staffroom:read"  // everything that the member may see
	ScopeWrite = "staffroom:write" // everything that the member may do
)

type viewerKey struct{}

// WithViewer puts the viewer into ctx.
func WithViewer(ctx context.Context, v *Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// ViewerFrom is the viewer in ctx; a visitor if there is none. It is never nil.
func ViewerFrom(ctx context.Context) *Viewer {
	if v, ok := ctx.Value(viewerKey{}).(*Viewer); ok && v != nil {
		return v
	}
	return &Viewer{}
}

// MemberID is the id of the member who asks; empty for a visitor.
func (v *Viewer) MemberID() string {
	if v.Member == nil {
		return ""
	}
	return v.Member.ID
}

// Active says whether the viewer is a member in full: signed in, and let into a school or the network's team.
func (v *Viewer) Active() bool { return v.Member != nil && v.Member.Membership == MembershipActive }

// SchoolID is the school that the viewer belongs to as an active member; empty otherwise.
func (v *Viewer) SchoolID() string {
	if !v.Active() {
		return ""
	}
	return v.Member.SchoolID
}

// Has says whether the viewer is an active member with the role.
func (v *Viewer) Has(role Role) bool { return v.Active() && v.Member.Has(role) }

// Audiences are those that the viewer belongs to, for lists and search.
func (v *Viewer) Audiences() []string {
	if !v.mayUse(ScopeRead) || !v.Active() {
		return []string{AudienceEveryone}
	}
	audiences := []string{AudienceEveryone, AudienceMembers}
	if school := v.SchoolID(); school != "" {
		audiences = append(audiences, school)
	}
	return audiences
}

func (v *Viewer) mayUse(scope string) bool {
	return v.ClientID == "" || slices.Contains(v.Scopes, scope)
}
