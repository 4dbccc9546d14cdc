package seed

import (
	"fmt"
	"slices"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maker makes the documents of a network of one size.
type maker struct {
	size        Size
	words       *vocabulary
	authorities []staffroom.Authority
	topics      []staffroom.Topic
}

func newMaker(size Size) *maker {
	return &maker{size, newVocabulary(), staffroom.BuiltInAuthorities()[:33], staffroom.Topics()}
}

func (m *maker) authority(school int) staffroom.Authority {
	return m.authorities[school%len(m.authorities)]
}

func phaseOf(school int) staffroom.Phase {
	return []staffroom.Phase{staffroom.PhasePrimary, staffroom.PhasePrimary, staffroom.PhaseSecondary, staffroom.PhaseNursery, staffroom.PhaseAllThrough}[school%5]
}

func (m *maker) school(i int) *staffroom.School {
	chance, urn := source(staffroom.PrefixSchool, i), schoolURN(i)
	name := fmt.Sprintf("%s School %d", m.words.title(chance), i)
	roll := 100 + chance.IntN(1200)
	return &staffroom.School{
		Meta: staffroom.Meta{ID: staffroom.SchoolID(urn)},
		Establishment: staffroom.Establishment{
			URN: urn, Name: name, SortName: staffroom.Fold(name), TypeCode: "34", TypeName: "Academy converter",
			TypeGroup: staffroom.GroupAcademies, Status: staffroom.SchoolOpen, Phase: phaseOf(i), OpenedOn: "2011-09-01",
			AuthorityCode: m.authority(i).Code, Roll: &roll, Street: fmt.Sprintf("%d Example Street", i), Town: "London",
			Postcode: "SE13 7JY", PostcodeSector: "SE13 7", PostcodeDistrict: "SE13",
			Place: &staffroom.Place{Easting: 530_000 + chance.IntN(10_000), Northing: 170_000 + chance.IntN(10_000), Latitude: 51.4, Longitude: -0.1},
		},
		JoinedAt: instant(0),
	}
}

func (m *maker) member(i int) *staffroom.Member {
	chance := source(staffroom.PrefixMember, i)
	name := personName(chance)
	return &staffroom.Member{
		Meta:     staffroom.Meta{ID: MemberID(i), CreatedAt: instant(0)},
		Identity: staffroom.Identity("https://sign-in.example", fmt.Sprintf("person-%d", i)), Name: name, SortName: staffroom.Fold(name),
		Email: fmt.Sprintf("person%d@example.org", i), EmailVerified: true, JobTitle: "Teacher", About: m.words.prose(chance, 200),
		SchoolID: staffroom.SchoolID(schoolURN(m.schoolOf(i))), Membership: staffroom.MembershipActive,
	}
}

// schoolOf is the school that a member works at.
func (m *maker) schoolOf(member int) int { return member % m.size.Schools() }

func (m *maker) resource(i int) *staffroom.Resource {
	chance := source(staffroom.PrefixResource, i)
	author := chance.IntN(m.size.Members())
	school := m.schoolOf(author)
	authors := []string{MemberID(author)}
	if second := chance.IntN(m.size.Members()); i%4 == 0 && second != author {
		authors = append(authors, MemberID(second))
	}
	schoolID := staffroom.SchoolID(schoolURN(school))
	title := m.words.title(chance)
	first, second := chance.IntN(len(m.topics)), chance.IntN(len(m.topics))
	topics := slices.Compact([]string{m.topics[first].ID, m.topics[second].ID})
	return &staffroom.Resource{
		Meta:  staffroom.Meta{ID: ResourceID(i), CreatedAt: instant(i)},
		Title: title, SortTitle: staffroom.Fold(title), Summary: m.words.prose(chance, 160), Body: m.words.prose(chance, 600+chance.IntN(1400)),
		Kind: staffroom.ResourceKinds[chance.IntN(len(staffroom.ResourceKinds))], Topics: topics, Phases: []staffroom.Phase{phaseOf(school)},
		Licence: staffroom.LicenceCCBY, AuthorIDs: authors, SchoolID: schoolID, AuthorityCode: m.authority(school).Code,
		Visibility: staffroom.VisibilityPublic, Status: staffroom.StatusPublished, ChangedAt: instant(i), PublishedAt: PublishedAt(i),
		Audience: []string{staffroom.AudienceEveryone, staffroom.AudienceMembers, schoolID},
	}
}

func (m *maker) thread(i int) *staffroom.Thread {
	chance := source(staffroom.PrefixThread, i)
	return &staffroom.Thread{
		Meta: staffroom.Meta{ID: ThreadID(i), CreatedAt: instant(i)}, Title: m.words.title(chance), Space: staffroom.SpaceNetwork,
		AuthorID: MemberID(chance.IntN(m.size.Members())), LastActivityAt: instant(i + PostsPerThread),
	}
}

// post i belongs to thread i / PostsPerThread.
func (m *maker) post(i int) *staffroom.Post {
	chance := source(staffroom.PrefixPost, i)
	return &staffroom.Post{
		Meta:     staffroom.Meta{ID: id(staffroom.PrefixPost, i), CreatedAt: instant(i)},
		ThreadID: ThreadID(i / PostsPerThread), AuthorID: MemberID(chance.IntN(m.size.Members())), Body: m.words.prose(chance, 100+chance.IntN(500)),
	}
}
