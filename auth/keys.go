package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// Anybody can make up tokens that name keys which nobody knows, and each makes us ask. So the keys are asked for at most keyBurst
	// times at once and then once each keyPause. Every answer brings all keys: whoever made us ask, a new one is known no later.
	keyBurst = 3
	keyPause = time.Second
	// soughtLife is how long a key that the provider did not have is not looked for again, and soughtKeys how many are remembered: a
	// client that goes on with a key that is gone must not use up what new ones need.
	soughtLife = 10 * time.Second
	soughtKeys = 1024
)

var (
	errLimited = errors.New("they were asked for too often in a short time")
	errNoKey   = errors.New("none of the provider's keys made the signature")
)

// keys checks signatures with the provider's public keys, an [oidc.KeySet]. It asks for them when a token names one that it does not
// know, and keeps them while the provider does not answer.
type keys struct {
	cfg     Config
	client  *http.Client
	address string
	limit   *rate.Limiter
	flight  singleflight.Group
	// sought is when a key was last looked for in vain, by the hash of its id.
	sought *lru.Cache[[sha256.Size]byte, time.Time]

	mu    sync.Mutex
	known []jose.JSONWebKey
	// asked is when the provider was asked for those that are known, and tried when it was asked last, with success or without.
	asked, tried time.Time
	// begun counts how often it was asked, and answered is the count at which it gave those that are known.
	begun, answered int
}

func newKeys(cfg Config, client *http.Client, address string) *keys {
	sought, err := lru.New[[sha256.Size]byte, time.Time](soughtKeys)
	if err != nil {
		panic("auth: a cache of a fixed size can't be made: " + err.Error())
	}
	return &keys{cfg: cfg, client: client, address: address, sought: sought, limit: rate.NewLimiter(rate.Every(keyPause), keyBurst)}
}

// VerifySignature is [oidc.KeySet]. UNAVAILABLE if the key cannot be had now: then nobody can say what the token is.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, joseAlgorithms())
	if err != nil {
		return nil, err
	}
	id, came := signed.Signatures[0].Header.KeyID, k.count()
	for {
		payload, named, ok := k.verify(signed, id)
		switch {
		case ok:
			return payload, nil
		case k.lookedFor(id, came):
			return nil, errNoKey
		}
		switch err := k.ask(ctx); {
		case err == nil:
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case named: // a key that is known did not make it
			return nil, errNoKey
		default:
			return nil, &staffroom.Error{
				Code:    staffroom.CodeUnavailable,
				Message: "The keys of the sign-in service cannot be fetched now, so nobody can check who you are. Try again in a few seconds.",
				Cause:   brief(err),
			}
		}
	}
}

// verify tries the keys that are known. named says that one of them has the id that the signature names.
func (k *keys) verify(signed *jose.JSONWebSignature, id string) (payload []byte, named, ok bool) {
	k.mu.Lock()
	now, known := k.cfg.Now(), k.known
	old := len(known) > 0 && now.Sub(k.asked) > metadataLife && now.Sub(k.tried) > discoveryPause
	k.mu.Unlock()
	if old {
		k.begin() // meanwhile the old ones do
	}
	for _, key := range known {
		if id != "" && key.KeyID != id {
			continue
		}
		named = true
		if payload, err := signed.Verify(key); err == nil {
			return payload, true, true
		}
	}
	return nil, named, false
}

// count is how often the provider was asked until now.
func (k *keys) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.begun
}

// lookedFor says whether the provider was asked after it had been so often, or lately about the key with this id, and did not have it.
func (k *keys) lookedFor(id string, count int) bool {
	k.mu.Lock()
	since := k.answered > count
	k.mu.Unlock()
	hash, now := sha256.Sum256([]byte(id)), k.cfg.Now()
	if since {
		k.sought.Add(hash, now)
		return true
	}
	last, ok := k.sought.Get(hash)
	return ok && now.Sub(last) < soughtLife
}

// ask asks the provider for its keys, together with all who want to know at this moment.
func (k *keys) ask(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case done := <-k.begin():
		return done.Err
	}
}

// begin asks without waiting. Others wait for the same answer, so it does not end with whoever asked first; the client is timed.
func (k *keys) begin() <-chan singleflight.Result {
	return k.flight.DoChan("", func() (any, error) {
		now := k.cfg.Now()
		if !k.limit.AllowN(now, 1) {
			return nil, errLimited
		}
		k.mu.Lock()
		k.tried = now
		k.begun++
		count := k.begun
		k.mu.Unlock()
		found, err := k.fetch()
		if err != nil {
			k.cfg.Log.Warn("the keys of the sign-in provider cannot be fetched", slog.String("address", k.address), slog.Any("error", brief(err)))
			return nil, err
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.known, k.asked, k.answered = found, now, count
		return nil, nil //nolint:nilnil // there is nothing to tell but that it went well
	})
}

func (k *keys) fetch() (_ []jose.JSONWebKey, err error) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, k.address, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := k.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer was %s", response.Status)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return nil, err
	}
	found := readable(set.Keys)
	if len(found) == 0 {
		return nil, fmt.Errorf("of %d keys in the answer none can check signatures", len(set.Keys))
	}
	return found, nil
}

// readable are the keys that can check signatures. Providers list keys of kinds that are not known here beside them.
func readable(raw []json.RawMessage) []jose.JSONWebKey {
	var found []jose.JSONWebKey
	for _, text := range raw {
		var key jose.JSONWebKey
		if err := json.Unmarshal(text, &key); err == nil && key.IsPublic() && key.Use != "enc" {
			found = append(found, key)
		}
	}
	return found
}

// noting remembers what the key set said, which go-oidc puts into words only.
type noting struct {
	oidc.KeySet
	err error
}

// VerifySignature is [oidc.KeySet].
func (n *noting) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := n.KeySet.VerifySignature(ctx, token)
	n.err = err
	return payload, err
}

// verified is a token of the provider after check, which has a verifier of signature, issuer, audience and times; an empty audience is
// for the caller to check. UNAVAILABLE if the keys cannot be fetched.
func verified[T any](r *remote, cfg Config, audience string, check func(*oidc.IDTokenVerifier) (T, error)) (T, error) {
	keySet := &noting{KeySet: r.keySet}
	token, err := check(oidc.NewVerifier(cfg.Issuer, keySet, &oidc.Config{
		ClientID: audience, SkipClientIDCheck: audience == "", SupportedSigningAlgs: signingAlgorithms(), Now: cfg.Now,
	}))
	if staffroom.CodeOf(keySet.err) == staffroom.CodeUnavailable {
		err = keySet.err
	}
	return token, err
}

// signingAlgorithms are those with a public key; "none" and shared secrets are not among them.
func signingAlgorithms() []string {
	return []string{
		oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
	}
}

func joseAlgorithms() []jose.SignatureAlgorithm {
	algorithms := make([]jose.SignatureAlgorithm, 0, len(signingAlgorithms()))
	for _, name := range signingAlgorithms() {
		algorithms = append(algorithms, jose.SignatureAlgorithm(name))
	}
	return algorithms
}
