package staffroom_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// library is a made-up collection with one index of each sort.
var library = &staffroom.Schema{
	Name: "books",
	Fields: []staffroom.FieldSpec{
		{Path: "shelf", Type: staffroom.TypeText},
		{Path: "title", Type: staffroom.TypeText},
		{Path: "topics", Type: staffroom.TypeText, Many: true},
		{Path: "year", Type: staffroom.TypeInteger},
		{Path: "month", Type: staffroom.TypeInteger},
		{Path: "lentAt", Type: staffroom.TypeTime},
		{Path: "state", Type: staffroom.TypeText},
		{Path: "dueAt", Type: staffroom.TypeTime},
		{Path: "isbn", Type: staffroom.TypeText},
	},
	Indexes: []staffroom.IndexSpec{
		{Name: "title", Fields: []staffroom.Field{"title"}},
		{Name: "shelf_title", Fields: []staffroom.Field{"shelf", "title"}},
		{Name: "shelf_state_title", Fields: []staffroom.Field{"shelf", "state", "title"}},
		{Name: "topics_title", Fields: []staffroom.Field{"topics", "title"}},
		{Name: "year_month", Fields: []staffroom.Field{"year", "month"}},
		{Name: "lent_title", Fields: []staffroom.Field{"title"}, Where: []staffroom.Cond{staffroom.Present("lentAt")}},
		{Name: "rare_year", Fields: []staffroom.Field{"year"}, Where: []staffroom.Cond{staffroom.Equal("state", "RARE")}},
		{Name: "isbn", Fields: []staffroom.Field{"isbn"}, Unique: true},
		{Name: "due", Fields: []staffroom.Field{"dueAt"}, Expires: true},
		{Name: "shelf", Fields: []staffroom.Field{"shelf"}},
		{Name: "topics_shelf", Fields: []staffroom.Field{"topics", "shelf"}, Counts: true},
	},
}

const none = "none"

type conds = []staffroom.Cond

func TestPlan(t *testing.T) {
	shelf, shelves := staffroom.Equal("shelf", "A"), staffroom.OneOf("shelf", []string{"A", "B"})
	for name, test := range map[string]struct {
		where   conds
		by      staffroom.Field
		index   string
		prefix  int
		rest    int
		ordered bool
	}{
		"everything by id":                        {nil, "", "", 0, 0, true},
		"everything by id, by its name":           {nil, staffroom.FieldID, "", 0, 0, true},
		"some ids":                                {conds{staffroom.OneOf(staffroom.FieldID, []string{"x"})}, "", "", 0, 1, true},
		"everything by title":                     {nil, "title", "title", 0, 0, true},
		"equal, then the order":                   {conds{shelf}, "title", "shelf_title", 1, 0, true},
		"the longer prefix":                       {conds{staffroom.Equal("state", "x"), shelf}, "title", "shelf_state_title", 2, 0, true},
		"a condition left over":                   {conds{shelf, staffroom.Equal("year", 1)}, "title", "shelf_title", 1, 1, true},
		"several values":                          {conds{shelves}, "title", "shelf_title", 1, 0, false},
		"one of one value":                        {conds{staffroom.OneOf("shelf", []string{"A"})}, "title", "shelf_title", 1, 0, true},
		"one of no values":                        {conds{staffroom.OneOf("shelf", []string{})}, "title", "shelf_title", 1, 0, false},
		"an element of a list":                    {conds{staffroom.Contains("topics", "x")}, "title", "topics_title", 1, 0, true},
		"elements of a list":                      {conds{staffroom.Contains("topics", "x", "y")}, "title", "topics_title", 1, 0, false},
		"two conditions on a list":                {conds{staffroom.Contains("topics", "x"), staffroom.Contains("topics", "y")}, "title", "topics_title", 1, 1, true},
		"a range of what is ordered by":           {conds{shelf, staffroom.Between("title", "a", "b")}, "title", "shelf_title", 1, 1, true},
		"a value of what is ordered by":           {conds{shelf, staffroom.Equal("title", "a")}, "title", "shelf_title", 1, 1, true},
		"all of an index, by id":                  {conds{shelf}, "", "shelf", 1, 0, true},
		"all of an index with a tie":              {conds{shelf, staffroom.Equal("title", "a")}, "", "shelf_title", 2, 0, true},
		"a range by id":                           {conds{staffroom.Between("year", 1, 2), staffroom.Between("month", 1, 2)}, "", "year_month", 0, 2, false},
		"a range within a prefix, by id":          {conds{staffroom.Between("month", 1, 2), staffroom.Equal("year", 1)}, "", "year_month", 1, 1, false},
		"ordered by a field that is not the last": {nil, "year", "year_month", 0, 0, false},
		"a partial index":                         {conds{staffroom.Present("lentAt")}, "title", "lent_title", 0, 0, true},
		"a partial index that follows":            {conds{staffroom.Between("lentAt", nil, "2026")}, "title", "lent_title", 0, 1, true},
		"a partial index of a value":              {conds{staffroom.Equal("state", "RARE")}, "year", "rare_year", 0, 0, true},
		"a partial index of another value":        {conds{staffroom.Equal("state", "COMMON")}, "year", "year_month", 0, 1, false},
		"not a partial index that lacks some":     {conds{staffroom.Absent("lentAt")}, "title", "title", 0, 1, true},
		"a condition that no index has":           {conds{staffroom.Equal("lentAt", "x")}, "", "", 0, 1, true},
		"by a field without an index":             {nil, "lentAt", none, 0, 0, false},
		"by a field that comes second":            {nil, "month", none, 0, 0, false},
		"by a list":                               {nil, "topics", none, 0, 0, false},
		"by what expires":                         {nil, "dueAt", none, 0, 0, false},
		"by an undeclared field":                  {nil, "colour", none, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := library.Plan(staffroom.Query{Where: test.where, By: test.by, Limit: 1})
			if missing, ok := errors.AsType[*staffroom.NoIndexError](err); ok && test.index == none && missing.Collection == "books" {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if plan.Index.Name != test.index || len(plan.Prefix) != test.prefix || len(plan.Rest) != test.rest || plan.Ordered != test.ordered {
				t.Errorf("got %+v", plan)
			}
		})
	}
}

func TestPlanNamesIndexesOfWhatIsLeftOver(t *testing.T) {
	shelf, topic, year := staffroom.Equal("shelf", "A"), staffroom.Contains("topics", "x"), staffroom.Equal("year", 1)
	for name, c := range map[string]struct {
		where  conds
		narrow []string
	}{
		"nothing is left over":    {conds{shelf}, nil},
		"the same order":          {conds{shelf, topic}, []string{"topics_title"}},
		"another order":           {conds{topic, year}, []string{"year_month"}},
		"two of them":             {conds{shelf, topic, year}, []string{"topics_title", "year_month"}},
		"what no index begins by": {conds{shelf, staffroom.Equal("month", 1)}, nil},
		"less than by the best":   {conds{shelf, staffroom.Equal("state", "x"), year}, nil},
	} {
		plan, err := library.Plan(staffroom.Query{Where: c.where, By: "title", Limit: 1})
		var narrow []string
		for _, other := range plan.Narrow {
			narrow = append(narrow, other.Index.Name)
		}
		if err != nil || !slices.Equal(narrow, c.narrow) {
			t.Errorf("%s: got %q (%v), want %q", name, narrow, err, c.narrow)
		}
	}
}

func TestPlanCount(t *testing.T) {
	for name, test := range map[string]struct {
		where conds
		index string
	}{
		"everything":                    {nil, ""},
		"some ids":                      {conds{staffroom.Equal(staffroom.FieldID, "x")}, ""},
		"a prefix":                      {conds{staffroom.Equal("shelf", "A"), staffroom.Equal("state", "x")}, "shelf_state_title"},
		"a prefix, and more":            {conds{staffroom.Equal("shelf", "A"), staffroom.Equal("year", 1), staffroom.Equal("title", "x")}, "shelf_title"},
		"elements of a list":            {conds{staffroom.Contains("topics", "x", "y")}, "topics_title"},
		"a range":                       {conds{staffroom.Between("title", "a", "b")}, "title"},
		"those in a partial index":      {conds{staffroom.Present("lentAt")}, "lent_title"},
		"a value without an index":      {conds{staffroom.Equal("month", 1)}, none},
		"presence without an index":     {conds{staffroom.Present("year")}, none},
		"a list that is only present":   {conds{staffroom.Present("topics")}, none},
		"what a partial index may lack": {conds{staffroom.Absent("lentAt")}, none},
		"all that is counted":           {conds{staffroom.Equal("shelf", "A"), staffroom.Contains("topics", "x")}, "topics_shelf"},
		"several values of a field":     {conds{staffroom.OneOf("shelf", []string{"A", "B"}), staffroom.Contains("topics", "x")}, "topics_shelf"},
		"several counted elements":      {conds{staffroom.Equal("shelf", "A"), staffroom.Contains("topics", "x", "y")}, "shelf_title"},
		"more than is counted":          {conds{staffroom.Equal("shelf", "A"), staffroom.Contains("topics", "x"), staffroom.Equal("year", 1)}, "shelf_title"},
		"less than is counted":          {conds{staffroom.Contains("topics", "x")}, "topics_title"},
	} {
		plan, err := library.PlanCount(test.where)
		_, refused := errors.AsType[*staffroom.NoIndexError](err)
		if refused != (test.index == none) || !refused && (err != nil || plan.Index.Name != test.index) {
			t.Errorf("%s: got %q and %v, want %q", name, plan.Index.Name, err, test.index)
		}
	}
}

func TestPlanRefusesWhatDoesNotFit(t *testing.T) {
	for name, cond := range map[string]staffroom.Cond{
		"an undeclared field":       staffroom.Equal("colour", "red"),
		"equal on a list":           staffroom.Equal("topics", "x"),
		"one of on a list":          staffroom.OneOf("topics", []string{"x"}),
		"a range on a list":         staffroom.Between("topics", "x", nil),
		"contains on a single text": staffroom.Contains("title", "x"),
	} {
		_, err := library.Plan(staffroom.Query{Where: conds{cond}, By: "title", Limit: 1})
		if _, none := errors.AsType[*staffroom.NoIndexError](err); err == nil || none {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestPlanKeepsEveryCondition(t *testing.T) {
	where := conds{
		staffroom.Equal("shelf", "A"), staffroom.Present("lentAt"), staffroom.Contains("topics", "x"), staffroom.Equal("state", "RARE"),
		staffroom.Between("year", 1, 2),
	}
	before := slices.Clone(where)
	plan, err := library.Plan(staffroom.Query{Where: where, By: "title", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(plan.Prefix) + len(plan.Rest) + len(plan.Index.Where); got != len(where) {
		t.Errorf("%d of %d conditions are in %+v", got, len(where), plan)
	}
	for i := range where {
		if where[i].Field != before[i].Field {
			t.Error("the caller's conditions were changed")
		}
	}
}

// Every index of ours must be usable: some query must choose it.
func TestEveryDeclaredIndexServesSomething(t *testing.T) {
	for _, schema := range []*staffroom.Schema{
		&staffroom.AuthoritySchema, &staffroom.SchoolSchema, &staffroom.MemberSchema, &staffroom.LeadSchoolSchema,
		&staffroom.ResourceSchema, &staffroom.ThreadSchema, &staffroom.PostSchema, &staffroom.SessionSchema, &staffroom.SignInSchema,
	} {
		for _, index := range schema.Indexes {
			if index.Expires {
				continue
			}
			last := len(index.Fields) - 1
			q := staffroom.Query{Where: slices.Clone(index.Where), By: index.Fields[last], Limit: 1}
			for i, field := range index.Fields {
				spec, ok := schema.Field(field)
				switch {
				case !ok:
					t.Errorf("%s: index %q names %q, which is not declared", schema.Name, index.Name, field)
				case spec.Many:
					q.Where = append(q.Where, staffroom.Contains(field, "x"))
				case i < last:
					q.Where = append(q.Where, staffroom.Equal(field, "x"))
				}
				if spec.Many && i == last {
					q.By = ""
				}
			}
			plan, err := schema.Plan(q)
			if index.Counts {
				if q.By != "" {
					q.Where = append(q.Where, staffroom.Equal(q.By, "x"))
				}
				plan, err = schema.PlanCount(q.Where)
			}
			if err != nil || plan.Index.Name != index.Name {
				t.Errorf("%s: index %q does not serve %v by %q: got %q, %v", schema.Name, index.Name, q.Where, q.By, plan.Index.Name, err)
			}
		}
	}
}

// Lists of published resources are read by the index of what narrows them down most, and not by walking what everybody may read.
func TestResourcesOfFewAreNotFoundAmongAll(t *testing.T) {
	everyone := staffroom.Contains(staffroom.FieldResourceAudience, staffroom.AudienceEveryone)
	author, topic := staffroom.Contains(staffroom.FieldResourceAuthors, "x"), staffroom.Contains(staffroom.FieldResourceTopics, "x")
	school, kind := staffroom.Equal(staffroom.FieldResourceSchool, "x"), staffroom.Equal(staffroom.FieldResourceKind, "x")
	published := staffroom.Present(staffroom.FieldResourcePublishedAt)
	for name, c := range map[string]struct {
		where conds
		list  string
		count string // the same if empty
	}{
		"all":                    {conds{}, "audience_published", "audience"},
		"an author's":            {conds{author}, "authors_published", ""},
		"an author's on a topic": {conds{topic, author}, "authors_published", ""},
		"a school's":             {conds{school}, "school_published", "audience_school"},
		"a school's of one kind": {conds{kind, school}, "school_published", ""},
		"of one kind":            {conds{kind}, "kind_published", ""},
		"of one kind on a topic": {conds{kind, topic}, "topics_published", ""},
		"of an authority":        {conds{staffroom.Equal(staffroom.FieldResourceAuthority, "x")}, "authority_published", ""},
		"for a phase":            {conds{staffroom.Contains(staffroom.FieldResourcePhases, "x")}, "phases_published", ""},
		"of two topics":          {conds{staffroom.Contains(staffroom.FieldResourceTopics, "x", "y")}, "topics_published", ""},
	} {
		where := append(c.where, everyone)
		plan, err := staffroom.ResourceSchema.Plan(staffroom.Query{Where: where, By: staffroom.FieldResourcePublishedAt, Limit: 20})
		if err != nil || plan.Index.Name != c.list || plan.Ordered == (name == "of two topics") {
			t.Errorf("%s: by %q, in order: %t (%v), want %q", name, plan.Index.Name, plan.Ordered, err, c.list)
		}
		plan, err = staffroom.ResourceSchema.PlanCount(append(where, published))
		if want := cmp.Or(c.count, c.list); err != nil || plan.Index.Name != want {
			t.Errorf("%s: counted by %q (%v), want %q", name, plan.Index.Name, err, want)
		}
	}
}

// The same holds for threads and members.
func TestThreadsAndMembersOfFewAreNotFoundAmongAll(t *testing.T) {
	space, author := staffroom.Equal(staffroom.FieldThreadSpace, "x"), staffroom.Equal(staffroom.FieldThreadAuthor, "x")
	active, role := staffroom.Equal(staffroom.FieldMemberMembership, "x"), staffroom.Contains(staffroom.FieldMemberRoles, "x")
	school := staffroom.Equal(staffroom.FieldMemberSchool, "x")
	for name, c := range map[string]struct {
		schema staffroom.Schema
		by     staffroom.Field
		where  conds
		want   string
	}{
		"threads in a space":                {staffroom.ThreadSchema, staffroom.FieldThreadLastActivity, conds{space}, "space_activity"},
		"an author's threads in a space":    {staffroom.ThreadSchema, staffroom.FieldThreadLastActivity, conds{space, author}, "author_activity"},
		"threads about a resource":          {staffroom.ThreadSchema, staffroom.FieldThreadLastActivity, conds{space, staffroom.Equal(staffroom.FieldThreadResource, "x")}, "resource_activity"},
		"members":                           {staffroom.MemberSchema, staffroom.FieldMemberName, conds{active}, "membership_name"},
		"members with a role":               {staffroom.MemberSchema, staffroom.FieldMemberName, conds{active, role}, "roles_name"},
		"members of a school with the role": {staffroom.MemberSchema, staffroom.FieldMemberName, conds{active, role, school}, "school_membership_name"},
	} {
		plan, err := c.schema.Plan(staffroom.Query{Where: c.where, By: c.by, Limit: 20})
		if err != nil || plan.Index.Name != c.want || !plan.Ordered {
			t.Errorf("%s: by %q, in order: %t (%v), want %q", name, plan.Index.Name, plan.Ordered, err, c.want)
		}
	}
}
