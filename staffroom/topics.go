package staffroom

import "slices"

// Topic is a subject of practice that resources are filed under.
type Topic struct {
	// ID is short and stays: "early-reading".
	ID   string
	Name string
	// Description says in a sentence what belongs here.
	Description string
}

//nolint:gochecknoglobals // a list of facts, never changed while the program runs
var topics = []Topic{
	{"assessment", "Assessment and feedback", "Finding out what pupils know, and telling them how to get better."},
	{"attendance", "Attendance", "Getting pupils into school every day, and knowing why some are not."},
	{"behaviour", "Behaviour and relationships", "Calm classrooms, routines and restorative work."},
	{"curriculum", "Curriculum", "What is taught, in which order and why."},
	{"early-reading", "Early reading", "Phonics, first books and the love of reading."},
	{"early-years", "Early years", "Learning and care up to the age of five."},
	{"english", "English and literacy", "Reading, writing and speaking beyond the first steps."},
	{"english-additional-language", "English as an additional language", "Pupils who learn English beside other languages."},
	{"governance", "Governance", "Governors and trustees, and what they ask of a school."},
	{"leadership", "Leadership", "Leading a school, a phase or a subject, and bringing on the next leaders."},
	{"mathematics", "Mathematics", "Number, reasoning and problem solving."},
	{"parents", "Parents and community", "Working with families and the neighbourhood."},
	{"professional-development", "Professional development", "Coaching, training and early career teachers."},
	{"pupil-premium", "Disadvantage and pupil premium", "Closing the gap for disadvantaged pupils."},
	{"safeguarding", "Safeguarding", "Keeping children safe in education."},
	{"science", "Science", "Science and computing, in classroom and laboratory."},
	{"send", "SEND", "Special educational needs and disabilities."},
	{"sixth-form", "Sixth form and careers", "Study after sixteen, and the way to work and university."},
	{"teaching-assistants", "Deployment of teaching assistants", "Making the best use of teaching assistants."},
	{"teaching-learning", "Teaching and learning", "What good lessons have in common, in every subject."},
	{"transitions", "Transitions", "From home to nursery, from primary to secondary school and on."},
	{"wellbeing", "Wellbeing and workload", "The health of pupils and staff, and work that can be done in a week."},
}

// Topics lists all topics by name.
func Topics() []Topic { return slices.Clone(topics) }

// TopicByID finds a topic.
func TopicByID(id string) (Topic, bool) {
	i := slices.IndexFunc(topics, func(t Topic) bool { return t.ID == id })
	if i < 0 {
		return Topic{}, false
	}
	return topics[i], true
}
