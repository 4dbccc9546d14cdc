package seed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// Sessions is how many members are signed in: enough that none of them comes near a rate limit.
const Sessions = 1000

// Token is what the cookie of session i holds.
func Token(i int) string { return fmt.Sprintf("BENCHMARKSESSION%08d", i%Sessions) }

// SignIn signs members in on the network in this folder, anew at each run: sessions end within hours.
func SignIn(ctx context.Context, folder string, size Size) (err error) {
	if size == 0 {
		return nil
	}
	store, err := sqlite.Open(ctx, File(folder), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	m := newMaker(size)
	ids, sessions := make([]string, Sessions), make([]*staffroom.Session, Sessions)
	for i := range sessions {
		sessions[i] = m.session(i)
		ids[i] = sessions[i].ID
	}
	for _, id := range ids { // the store itself takes out those that have ended, at any moment
		if err := store.Sessions.Delete(ctx, id); err != nil && staffroom.CodeOf(err) != staffroom.CodeNotFound {
			return err
		}
	}
	results, err := store.Sessions.PutMany(ctx, sessions)
	return errors.Join(append(results, err)...)
}

func (m *maker) session(i int) *staffroom.Session {
	member, now := m.member(i%m.size.Members()), time.Now()
	sum := sha256.Sum256([]byte(Token(i)))
	return &staffroom.Session{
		Meta:      staffroom.Meta{ID: id(staffroom.PrefixSession, i)},
		TokenHash: hex.EncodeToString(sum[:]), MemberID: member.ID, Browser: "bench",
		LastSeenAt: staffroom.At(now), IdleUntil: staffroom.At(now.Add(staffroom.SessionIdle)), ExpiresAt: staffroom.At(now.Add(staffroom.SessionLife)),
		Rights: string(member.Membership) + " " + member.SchoolID + " ", // as the service notes it for a member without roles
	}
}
