package staffroom

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"time"
)

// A signature lets whoever has it read one file for some minutes, as the member for whom it was made may then: the file must still be there, and
// theirs to read. It is the end of its time, the member and a MAC, with dots between them.

// LinkLife is how long a signature holds at least. It holds up to LinkStep longer: so the same one is given out for some minutes, and browsers
// load a picture once.
const (
	LinkLife = 10 * time.Minute
	LinkStep = 5 * time.Minute
)

// SignFile makes a signature for a file of a resource that the viewer may read, as its caller has found out.
func (s *Resources) SignFile(ctx context.Context, resourceID, fileID string) (signature string, err error) {
	viewer, member := ViewerFrom(ctx), ""
	if viewer.mayUse(ScopeRead) {
		member = viewer.MemberID()
	}
	ends := s.Now().Truncate(LinkStep).Add(LinkStep + LinkLife).Unix()
	return s.sign(ctx, resourceID, fileID, strconv.FormatInt(ends, 10)+"."+member)
}

// sign puts the MAC behind what is signed for the file.
func (s *Resources) sign(ctx context.Context, resourceID, fileID, what string) (string, error) {
	key, err := s.linkKey(ctx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.Join([]string{"file", resourceID, fileID, what}, "\n")))
	return what + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// OpenSignedFile opens a file for whoever has a signature for it: FORBIDDEN if that is not whole or its time is over, and NOT_FOUND if the
// member may not read the file any more. The caller closes it.
func (s *Resources) OpenSignedFile(ctx context.Context, resourceID, fileID, signature string) (*File, io.ReadSeekCloser, error) {
	memberID, err := s.signer(ctx, resourceID, fileID, signature)
	if err != nil {
		return nil, nil, err
	}
	viewer := &Viewer{}
	if memberID != "" {
		if viewer.Member, err = s.Store.Members.Get(ctx, memberID); err != nil {
			return nil, nil, err
		}
	}
	return s.OpenFile(WithViewer(ctx, viewer), resourceID, fileID)
}

// signer is the member for whom a signature was made; empty for a visitor.
func (s *Resources) signer(ctx context.Context, resourceID, fileID, signature string) (memberID string, err error) {
	what := signature[:max(0, strings.LastIndexByte(signature, '.'))]
	right, err := s.sign(ctx, resourceID, fileID, what)
	if err != nil {
		return "", err
	}
	text, memberID, _ := strings.Cut(what, ".")
	ends, parseErr := strconv.ParseInt(text, 10, 64)
	if !hmac.Equal([]byte(right), []byte(signature)) || parseErr != nil || !s.Now().Before(time.Unix(ends, 0)) {
		return "", Errorf(CodeForbidden, "This link to a file is not whole, or its time is over. Go back to where it was, load that again, and use the link there.")
	}
	return memberID, nil
}
