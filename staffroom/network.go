package staffroom

import (
	"context"
	"log/slog"
	"time"
)

// Ports is what the services need of the outside.
type Ports struct {
	Store  *Store
	Index  Index
	Events Events
	Blobs  Blobs
	// Inspector looks at uploads before Blobs keeps them.
	Inspector Inspector
	// ReadMarkdown gives the words of a text in Markdown, or why it cannot be shown as it is meant, in words that follow what the text
	// is called; nil takes every text as its words.
	ReadMarkdown func(text string) (words string, err error)
	// Now is the clock; nil for the real one.
	Now func() time.Time
	// Log takes what operators should know; nil for slog.Default().
	Log *slog.Logger

	secrets *secrets
}

// Network is all services over one store.
type Network struct {
	Authorities *Authorities
	Schools     *Schools
	Members     *Members
	LeadSchools *LeadSchools
	Resources   *Resources
	Threads     *Threads
	Searches    *Searches
	Register    *Register
	Sessions    *Sessions
}

// New makes the services.
func New(p Ports) *Network {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Log == nil {
		p.Log = slog.Default()
	}
	if p.ReadMarkdown == nil {
		p.ReadMarkdown = func(text string) (string, error) { return text, nil }
	}
	p.secrets = &secrets{}
	shared := &p
	return &Network{
		Authorities: &Authorities{shared},
		Schools:     &Schools{shared},
		Members:     &Members{shared},
		LeadSchools: &LeadSchools{shared},
		Resources:   &Resources{shared},
		Threads:     &Threads{shared},
		Searches:    &Searches{shared},
		Register:    &Register{shared},
		Sessions:    &Sessions{Ports: shared},
	}
}

// now is the time by the network's clock.
func (p *Ports) now() Time { return At(p.Now()) }

// today is the day by it.
func (p *Ports) today() Date { return DateOf(p.Now()) }

// changed tells the search index of every process that the document is new or has changed. News may get lost: the index
// catches up from the store by itself.
func (p *Ports) changed(ctx context.Context, id string) {
	p.publish(ctx, Event{Topic: TopicChanges, ID: id})
}

// publish sends news; that it could not is logged, for the store has the truth.
func (p *Ports) publish(ctx context.Context, event Event) {
	if p.Events == nil {
		return
	}
	// What has happened has happened, also if nobody waits for the answer any more.
	if err := p.Events.Publish(context.WithoutCancel(ctx), event); err != nil {
		p.Log.WarnContext(ctx, "an event was not published", "topic", event.Topic, "error", err)
	}
}
