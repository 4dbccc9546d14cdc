package staffroom

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// IdempotencyKey remembers what a member asked to be made with a key of their client's, so that whoever asks again after a lost answer
// makes nothing twice.
type IdempotencyKey struct {
	Meta `json:"meta"`
	// Input is the SHA-256 of what was asked for, in hexadecimal.
	Input string `json:"input"`
	// IDs are those of what is made. They are given out before it is made: so whoever is in the middle of it, or died there, makes the same.
	IDs []string `json:"ids"`
	// Done says that it was made, where that cannot be seen for ever.
	Done      bool `json:"done,omitempty"`
	ExpiresAt Time `json:"expiresAt"`
}

// FieldIdempotencyKeyExpires is when a key is forgotten.
const FieldIdempotencyKeyExpires Field = "expiresAt"

// IdempotencyKeySchema is how idempotency keys are stored.
var IdempotencyKeySchema = Schema{
	Name:    "idempotencyKeys",
	Prefix:  PrefixIdempotencyKey,
	Noun:    "idempotency key",
	Fields:  []FieldSpec{{Path: FieldIdempotencyKeyExpires, Type: TypeTime}},
	Indexes: []IndexSpec{{Name: "expires", Fields: []Field{FieldIdempotencyKeyExpires}, Expires: true}},
}

// KeyLife is how long an idempotency key is remembered.
const KeyLife = 7 * 24 * time.Hour

// keyPattern is what an idempotency key looks like: visible ASCII.
var keyPattern = regexp.MustCompile(`^[!-~]{1,100}$`)

// once is a request to make something, which may come several times with the same key.
type once struct {
	*Ports
	// id is that of the IdempotencyKey; empty if the request has none, and is done whenever it comes.
	id string
	// input is the SHA-256 of what is asked for.
	input string
	// prefixes are those of the ids of what is made.
	prefixes []string
	// kept is what is remembered of the key; nil while nothing is known of it.
	kept *IdempotencyKey
	// wrong is what is wrong with the key.
	wrong error
}

// once is the viewer's request for this mutation. The input is what must be the same whenever the key is. Keys are the viewer's own, through
// one client.
func (p *Ports) once(ctx context.Context, mutation string, key *string, input any, prefixes ...string) *once {
	o := &once{Ports: p, prefixes: prefixes}
	switch {
	case key == nil:
		return o
	case !keyPattern.MatchString(*key):
		o.wrong = Invalid("idempotencyKey", "An idempotency key is 1 to 100 visible ASCII characters, such as a UUID.")
		return o
	}
	text, err := json.Marshal(input)
	if err != nil {
		o.wrong = err
		return o
	}
	viewer := ViewerFrom(ctx)
	o.id = NamedID(PrefixIdempotencyKey, strings.Join([]string{viewer.MemberID(), mutation, viewer.ClientID, *key}, "\n"))
	o.input = hashOf(string(text))
	return o
}

// doOnce gives what was made with the key before, or creates it. Find gives what has these ids, or NOT_FOUND. Create checks the input and the
// key, calls begin for the ids, and creates what has them; if it fails because something is in the way, that may be what somebody else made with the key meanwhile.
func doOnce[T any](ctx context.Context, o *once, find func(ids []string) (T, error), create func() (T, error)) (made T, err error) {
	if made, err = doneOnce(ctx, o, find); CodeOf(err) != CodeNotFound {
		return made, err
	}
	made, err = create()
	if code := CodeOf(err); code != CodeBadInput && code != CodeConflict {
		return made, err
	}
	if found, findErr := doneOnce(ctx, o, find); CodeOf(findErr) != CodeNotFound {
		return found, findErr
	}
	return made, err
}

// doneOnce gives what was made with the key before; NOT_FOUND if nothing was.
func doneOnce[T any](ctx context.Context, o *once, find func(ids []string) (T, error)) (made T, err error) {
	if o.id == "" {
		return made, o.nothing()
	}
	kept, err := o.Store.IdempotencyKeys.Get(ctx, o.id)
	switch {
	case err != nil:
		return made, err
	case !o.now().Before(kept.ExpiresAt.Time):
		return made, o.nothing()
	}
	if err := o.know(kept); err != nil {
		return made, err
	}
	return find(kept.IDs)
}

func (o *once) nothing() error { return IdempotencyKeySchema.NotFound() }

// know takes what is remembered of the key, which must be of the same input.
func (o *once) know(kept *IdempotencyKey) error {
	if kept.Input != o.input {
		return Invalid("idempotencyKey", "This key came with another input before. A key is for one thing to make: use a new one.")
	}
	o.kept = kept
	return nil
}

// begin gives the ids of what is made now, and remembers them if there is a key. Nothing may be made before, and the input must be right:
// mistakes are not remembered.
func (o *once) begin(ctx context.Context) ([]string, error) {
	if o.kept != nil {
		return o.kept.IDs, nil
	}
	fresh := IdempotencyKey{Meta: Meta{ID: o.id, CreatedAt: o.now()}, Input: o.input, ExpiresAt: At(o.Now().Add(KeyLife))}
	for _, prefix := range o.prefixes {
		fresh.IDs = append(fresh.IDs, NewID(prefix))
	}
	if o.id == "" {
		return fresh.IDs, o.wrong
	}
	kept := fresh
	err := o.Store.IdempotencyKeys.Insert(ctx, &kept)
	if CodeOf(err) == CodeConflict {
		return o.join(ctx, fresh)
	}
	if err != nil {
		return nil, err
	}
	o.kept = &kept
	return kept.IDs, nil
}

// join gives the ids that somebody else began with at the same moment. A key that has expired begins anew.
func (o *once) join(ctx context.Context, fresh IdempotencyKey) ([]string, error) {
	kept, err := o.Store.IdempotencyKeys.Update(ctx, o.id, func(k *IdempotencyKey) error {
		if o.now().Before(k.ExpiresAt.Time) {
			return ErrUnchanged
		}
		k.Input, k.IDs, k.Done, k.ExpiresAt = fresh.Input, fresh.IDs, false, fresh.ExpiresAt
		return nil
	})
	if CodeOf(err) == CodeNotFound { // it expired just now
		return o.begin(ctx)
	}
	if err == nil {
		err = o.know(kept)
	}
	if err != nil {
		return nil, err
	}
	return kept.IDs, nil
}

// done remembers that it was made, where what was made may go.
func (o *once) done(ctx context.Context) error {
	if o.id == "" {
		return nil
	}
	_, err := o.Store.IdempotencyKeys.Update(ctx, o.id, func(k *IdempotencyKey) error {
		if k.Done {
			return ErrUnchanged
		}
		k.Done = true
		return nil
	})
	return err
}
