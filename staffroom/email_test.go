package staffroom_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// signIn signs somebody in with an address that the provider has verified.
func (w *world) signIn(subject, email string) *staffroom.Member {
	w.t.Helper()
	m, err := w.Members.SignedIn(w.t.Context(), staffroom.SignedIn{
		Issuer: "https://idp.example", Subject: subject, Name: "Pip Example", Email: email, EmailVerified: true,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// TestWhatIsNoPlainAddressIsEvidenceOfNothing signs people in with addresses that end like those of Oak, or could be read so.
func TestWhatIsNoPlainAddressIsEvidenceOfNothing(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("a", 100_000)
	for i, address := range []string{
		"x@evil.example@oak.example", `"x@evil.example"@oak.example`, "x@evil.example,y@oak.example", "x@evil.example y@oak.example",
		"<x@oak.example>", "X <x@oak.example>", "x@oak.example (x)", "(x)x@oak.example", "x@[192.0.2.1]", "x@[IPv6:::1]", "x@192.0.2.1",
		"x@oak.example.", "x@.oak.example", "x@oak..example", "x@-oak.example", "x@oak-.example", "x@oak", "x@", "@oak.example", "oak.example", "",
		".x@oak.example", "x.@oak.example", "x..y@oak.example", "x y@oak.example", " x@oak.example", "x@oak.example ", "x@oak.example\n", "x\x00@oak.example",
		"x@oak.example\x00", "x@evil.example\r\nBcc: y@oak.example", "x\t@oak.example", "x%evil.example@oak.example", "evil.example!x@oak.example",
		"x;y@oak.example", `x\y@oak.example`, "x:y@oak.example", "x`y@oak.example", "mailto:x@oak.example", "x@oak.example?cc=y", "x@oak.example/y",
		"x@oa\u212a.example", "x@о\u0430k.example", "é@oak.example", "x@oak.example\u200b", "x\u202e@oak.example", "x@oak\u3002example", "x＠oak.example",
		long + "@oak.example", "x@" + long + ".oak.example", strings.Repeat("a", 65) + "@oak.example", "x@" + strings.Repeat("a", 64) + ".oak.example",
		strings.Repeat("a.", 60) + "a@" + strings.Repeat("b.", 70) + "oak.example",
	} {
		name := address[:min(len(address), 60)]
		m := w.signIn(strconv.Itoa(i), address)
		if m.Email != "" || m.EmailVerified {
			t.Errorf("%q is stored as %.60q, verified: %t", name, m.Email, m.EmailVerified)
		}
		joined, err := w.Members.Join(w.as(m), staffroom.JoinInput{URN: "900001"})
		if err != nil || joined.Membership != staffroom.MembershipPending {
			t.Errorf("%q makes the membership %v, %v", name, joined, err)
		}
		if _, err := w.Members.Grant(t.Context(), address, staffroom.RoleModerator); staffroom.CodeOf(err) != staffroom.CodeBadInput || len(err.Error()) > 1000 {
			t.Errorf("giving %q a role: %.300v", name, err)
		}
	}
}

// TestAnAddressThatIsNoneAnyMoreGoes signs somebody in anew, for whom the provider now names something else.
func TestAnAddressThatIsNoneAnyMoreGoes(t *testing.T) {
	w := newWorld(t)
	w.signIn("p", "pip@oak.example")
	if m := w.signIn("p", "pip@oak.example@evil.example"); m.Email != "" || m.EmailVerified {
		t.Errorf("the address stays %q, verified: %t", m.Email, m.EmailVerified)
	}
}

func TestPlainAddressesAreTakenInAnyCase(t *testing.T) {
	for address, want := range map[string]staffroom.Membership{
		"Pip.O'Brien+school@OAK.Example": staffroom.MembershipActive, "pip_e-x@staff.oak.example": staffroom.MembershipActive,
		"P@Oak.EXAMPLE": staffroom.MembershipActive, "pip@notoak.example": staffroom.MembershipPending, "pip@oak.example.evil.example": staffroom.MembershipPending,
		"pip@xn--oak-6ka.example": staffroom.MembershipPending,
	} {
		w := newWorld(t)
		m := w.signIn("p", address)
		if m.Email != strings.ToLower(address) || !m.EmailVerified {
			t.Errorf("%s is stored as %q, verified: %t", address, m.Email, m.EmailVerified)
		}
		joined, err := w.Members.Join(w.as(m), staffroom.JoinInput{URN: "900001"})
		if err != nil || joined.Membership != want {
			t.Errorf("%s makes %v, %v, want %s", address, joined, err, want)
		}
	}
}

func TestGrantFindsAnAddressInAnyCase(t *testing.T) {
	w := newWorld(t)
	w.signIn("p", "Pip@Oak.Example")
	for _, typed := range []string{"pip@oak.example", "PIP@OAK.EXAMPLE", " Pip@Oak.Example "} {
		m, err := w.Members.Grant(t.Context(), typed, staffroom.RoleModerator)
		if err != nil || !m.Has(staffroom.RoleModerator) {
			t.Errorf("%q: %v, %v", typed, m, err)
		}
	}
	// A member whom an earlier version stored as the provider wrote the address.
	before := w.signIn("q", "kim@oak.example")
	if _, err := w.store.Members.Update(t.Context(), before.ID, func(m *staffroom.Member) error { m.Email = "Kim@Oak.Example"; return nil }); err != nil {
		t.Fatal(err)
	}
	if m, err := w.Members.Grant(t.Context(), "Kim@Oak.Example", staffroom.RoleEditor); err != nil || !m.Has(staffroom.RoleEditor) {
		t.Errorf("as it was stored: %v, %v", m, err)
	}
	pretender := staffroom.SignedIn{Issuer: "https://idp.example", Subject: "pretender", Name: "Pip", Email: "pip@oak.example"}
	if _, err := w.Members.SignedIn(t.Context(), pretender); err != nil {
		t.Fatal(err)
	}
	if m, err := w.Members.Grant(t.Context(), "pip@oak.example", staffroom.RoleEditor); err != nil || !m.EmailVerified {
		t.Errorf("beside somebody who says to have the address: %v, %v", m, err)
	}
	w.signIn("r", "PIP@oak.example")
	if _, err := w.Members.Grant(t.Context(), "pip@oak.example", staffroom.RoleEditor); staffroom.CodeOf(err) != staffroom.CodeBadInput || !strings.Contains(err.Error(), "2 accounts") {
		t.Errorf("two people with one address: %v", err)
	}
}
