package auth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// wantUnavailable checks the answer to a bearer of whom nobody can say now whether it is good.
func wantUnavailable(t *testing.T, got page) {
	t.Helper()
	if got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" || !strings.Contains(got.body, `"UNAVAILABLE"`) {
		t.Errorf("got %s %v: %s", got.Status, got.Header, got.body)
	}
}

func TestUnknownKeysAreLookedForSeldom(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(nil))))
	key := newKey(t)
	stop := h.stopClock()
	for i := range 50 {
		got := b.bearer(f.signWith(key, "at+jwt", fmt.Sprint("made-up-", i), f.accessClaims(nil)))
		if got.StatusCode != http.StatusServiceUnavailable { // as nobody looked
			wantRefused(t, got)
		}
	}
	if got := f.keyFetches.Load(); got > 3 {
		t.Errorf("50 unknown keys made %d fetches", got)
	}
	stop()
	b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(nil))))
	// Tokens that are never good make none at all.
	before := f.keyFetches.Load()
	wantRefused(t, b.bearer(f.signWith(key, "JWT", "made-up", f.idClaims("", nil))))
	if got := f.keyFetches.Load(); got != before {
		t.Error("an ID token made us fetch keys")
	}
}

// TestMadeUpKeysDoNotKeepANewOneOut has the provider change its key in the middle of a flood of tokens with made-up ones.
func TestMadeUpKeysDoNotKeepANewOneOut(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(nil))))
	h.stopClock()
	junk, fresh := newKey(t), newKey(t)
	flood := func(round int) {
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				b.bearer(f.signWith(junk, "at+jwt", fmt.Sprint("made-up-", round, "-", i), f.accessClaims(nil)))
			})
		}
		all.Wait()
	}
	flood(0)
	f.publish("k2", fresh)
	token := f.signWith(fresh, "at+jwt", "k2", f.accessClaims(nil))
	wantUnavailable(t, b.bearer(token)) // never 401: the token is good, and a new one would be no better
	h.turn(time.Second)
	flood(1)
	if got := b.seen(b.bearer(token)); got.Name != "Ada Example" {
		t.Errorf("with the new key: %+v", got)
	}
	flood(2)
	b.seen(b.bearer(token))
}

// TestAKeyThatIsGoneIsToldSo checks that a client that goes on with tokens of an old key hears that they are no good, each time, and does
// not use up what others need.
func TestAKeyThatIsGoneIsToldSo(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	token := f.sign("at+jwt", "k1", f.accessClaims(nil))
	b.seen(b.bearer(token))
	fresh := newKey(t)
	f.publish("k1", nil)
	f.publish("k2", fresh)
	h.stopClock()
	b.seen(b.bearer(f.signWith(fresh, "at+jwt", "k2", f.accessClaims(nil))))
	for range 20 {
		wantRefused(t, b.bearer(token))
	}
	if got := f.keyFetches.Load(); got > 3 {
		t.Errorf("the keys were fetched %d times", got)
	}
}

// TestAKeyThatIsTakenAwayEnds checks that tokens are not good for ever because nobody brings one with an unknown key.
func TestAKeyThatIsTakenAwayEnds(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	token := f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"exp": time.Now().Add(48 * time.Hour).Unix()}))
	b.seen(b.bearer(token))
	f.publish("k1", nil)
	f.publish("k2", newKey(t))
	h.turn(2 * time.Hour)
	for deadline := time.Now().Add(30 * time.Second); b.bearer(token).StatusCode != http.StatusUnauthorized; {
		if time.Now().After(deadline) {
			t.Fatal("the token is still good, hours after its key was taken away")
		}
	}
}

func TestAKeyThatIsReplacedUnderItsIDIsFound(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(nil))))
	fresh := newKey(t)
	f.publish("k1", fresh)
	b.seen(b.bearer(f.signWith(fresh, "at+jwt", "k1", f.accessClaims(nil))))
	h.stopClock()
	for range 20 { // a known id and a bad signature: no reason to ask again and again
		wantRefused(t, b.bearer(f.sign("at+jwt", "k1", f.accessClaims(nil))))
	}
	if got := f.keyFetches.Load(); got > 3 {
		t.Errorf("the keys were fetched %d times", got)
	}
}

// TestKeysThatCannotBeFetched checks that nobody is told to get a new token because of them, nor that the sign-in could not be trusted.
func TestKeysThatCannotBeFetched(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	f.keysDown.Store(true)
	token := f.sign("at+jwt", "k1", f.accessClaims(nil))
	for range 5 {
		wantUnavailable(t, b.bearer(token))
	}
	asked := b.begin()
	f.answerWith(t, asked.Get("nonce"), nil)
	signIn := b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}})
	if signIn.StatusCode != http.StatusServiceUnavailable || !strings.Contains(signIn.body, "keys of the sign-in service") {
		t.Errorf("signing in: %s: %s", signIn.Status, signIn.body)
	}
	f.keysDown.Store(false)
	f.publish("k1", nil) // none that can be used is as good as none
	h.turn(time.Second)
	wantUnavailable(t, b.bearer(token))
	f.publish("k1", f.key)
	h.turn(time.Second)
	b.seen(b.bearer(token))
	// What is known is used on.
	f.keysDown.Store(true)
	h.turn(3 * time.Hour)
	b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"exp": h.now().Add(time.Minute).Unix()}))))
	f.down.Store(true)
	b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"exp": h.now().Add(time.Minute).Unix()}))))
	wantUnavailable(t, b.bearer(f.sign("at+jwt", "k9", f.accessClaims(map[string]any{"exp": h.now().Add(time.Minute).Unix()}))))
}

func TestUserInfoThatDoesNotAnswer(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	f.userInfoDown.Store(true)
	token := f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"name": nil, "email": nil}))
	wantUnavailable(t, b.bearer(token))
	f.userInfo = map[string]any{"sub": "s1", "name": "Ada Example"}
	f.userInfoDown.Store(false)
	b.seen(b.bearer(token))
}
