package relay

import "github.com/staffroom-schools/staffroom/staffroom"

// The connections of the schema and their edges. Each is a name for the generic type; gqlgen.yml refers to these names.
type (
	AuthorityConnection  = Connection[staffroom.Authority]
	AuthorityEdge        = Edge[staffroom.Authority]
	SchoolConnection     = Connection[staffroom.School]
	SchoolEdge           = Edge[staffroom.School]
	LeadSchoolConnection = Connection[staffroom.LeadSchool]
	LeadSchoolEdge       = Edge[staffroom.LeadSchool]
	MemberConnection     = Connection[staffroom.Member]
	MemberEdge           = Edge[staffroom.Member]
	ResourceConnection   = Connection[staffroom.Resource]
	ResourceEdge         = Edge[staffroom.Resource]
	ThreadConnection     = Connection[staffroom.Thread]
	ThreadEdge           = Edge[staffroom.Thread]
	PostConnection       = Connection[staffroom.Post]
	PostEdge             = Edge[staffroom.Post]
)
