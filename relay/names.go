package relay

import "github.com/staffroom-schools/staffroom/staffroom"

// What gqlgen.yml calls the connections of the schema and their edges: names for the generic types.
type (
	// AuthorityConnection is a page of authorities.
	AuthorityConnection = Connection[staffroom.Authority]
	// AuthorityEdge is an authority in a page.
	AuthorityEdge = Edge[staffroom.Authority]
	// SchoolConnection is a page of schools.
	SchoolConnection = Connection[staffroom.School]
	// SchoolEdge is a school in a page.
	SchoolEdge = Edge[staffroom.School]
	// LeadSchoolConnection is a page of lead schools.
	LeadSchoolConnection = Connection[staffroom.LeadSchool]
	// LeadSchoolEdge is a lead school in a page.
	LeadSchoolEdge = Edge[staffroom.LeadSchool]
	// MemberConnection is a page of members.
	MemberConnection = Connection[staffroom.Member]
	// MemberEdge is a member in a page.
	MemberEdge = Edge[staffroom.Member]
	// ResourceConnection is a page of resources.
	ResourceConnection = Connection[staffroom.Resource]
	// ResourceEdge is a resource in a page.
	ResourceEdge = Edge[staffroom.Resource]
	// ThreadConnection is a page of threads.
	ThreadConnection = Connection[staffroom.Thread]
	// ThreadEdge is a thread in a page.
	ThreadEdge = Edge[staffroom.Thread]
	// PostConnection is a page of posts.
	PostConnection = Connection[staffroom.Post]
	// PostEdge is a post in a page.
	PostEdge = Edge[staffroom.Post]
)
