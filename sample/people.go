package sample

import (
	"slices"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Person is somebody of the sample network, for the built-in identity provider.
type Person struct {
	// Subject is who the person is to the identity provider; with its issuer it makes the member's identity.
	Subject       string
	Name          string
	Email         string
	EmailVerified bool
	// Role describes the person's part in a few words.
	Role string
	// School is the name of the person's school; empty for who belongs to none.
	School string
}

// People is everybody who can sign in to the sample network, in the order of people.yaml.
func People() []Person {
	c := mustRead()
	people := make([]Person, len(c.people))
	for i := range c.people {
		p := &c.people[i]
		people[i] = Person{
			Subject: p.subject(), Name: p.Name, Email: p.Email, EmailVerified: true, Role: c.part(p), School: p.School,
		}
	}
	return people
}

// part is what the person is in the network, in a few words.
func (c *content) part(p *person) string {
	words := []string{p.JobTitle}
	for _, r := range p.Roles {
		if role := strings.ToLower(strings.ReplaceAll(string(r), "_", " ")); !strings.Contains(p.JobTitle, role) {
			words = append(words, role)
		}
	}
	if slices.ContainsFunc(c.leadSchools, func(l leadSchool) bool { return l.Contact == p.subject() && l.Ended == "" }) {
		words = append(words, "contact of a lead school")
	}
	if p.Note != "" {
		words = append(words, p.Note)
	}
	return strings.Join(words, ", ")
}

// Guests is a few of the People, for showing around: one for each part that one can have, a teacher first.
func Guests() []Person {
	var guests []Person
	people := People()
	for _, subject := range []string{
		"amara.goldfinch", "ruth.primrose", "freya.hornbeam", "grace.bramble", "idris.osprey", "clara.stonechat", "nadia.wheatear",
		"ada.merlin", "isaac.turtledove", "maya.pipistrelle", "noor.chiffchaff",
	} {
		at := slices.IndexFunc(people, func(p Person) bool { return p.Subject == subject })
		guests = append(guests, people[at])
	}
	return guests
}

// person is an entry of people.yaml, whose beginning says what goes with what.
type person struct {
	Name     string            `yaml:"name"`
	Email    string            `yaml:"email"`
	JobTitle string            `yaml:"jobTitle"`
	Roles    []staffroom.Role  `yaml:"roles"`
	URN      string            `yaml:"urn"`
	School   string            `yaml:"school"`
	Asks     string            `yaml:"asks"`
	Message  string            `yaml:"message"`
	Note     string            `yaml:"note"`
	Phases   []staffroom.Phase `yaml:"phases"`
	Topics   []string          `yaml:"topics"`
}

// subject is the part of the address before the @.
func (p *person) subject() string {
	name, _, _ := strings.Cut(p.Email, "@")
	return name
}

// team says that the person belongs to the network's own team.
func (p *person) team() bool { return p.URN == "" && len(p.Roles) > 0 }
