package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// persisted knows documents by the SHA-256 of their text: trusted ones from a manifest, and those that clients sent before
// (Apollo's automatic persisted queries), of which it forgets the oldest.
type persisted struct {
	trusted map[string]string
	sent    *bounded[string]
}

func newPersisted(trusted map[string]string, limits Limits) *persisted {
	return &persisted{
		trusted: trusted,
		sent: newBounded(limits.PersistedDocuments, limits.PersistedDocumentBytes,
			func(hash, query string) int { return len(hash) + len(query) }),
	}
}

// resolve is the text of the document that the request means, and the hash to keep it by once it has proved valid.
func (p *persisted) resolve(req *request) (query, keep string, refused *refusal) {
	hash, refused := req.hash()
	switch {
	case refused != nil:
		return "", "", refused
	case hash == "" && req.Query == "":
		return "", "", malformed(http.StatusUnprocessableEntity, "There is no query. Send the document as \"query\".")
	case hash == "":
		return req.Query, "", nil
	case req.Query == "":
		query, refused = p.known(hash)
		return query, "", refused
	}
	sum := sha256.Sum256([]byte(req.Query))
	if hex.EncodeToString(sum[:]) != hash {
		return "", "", refuse(http.StatusUnprocessableEntity, staffroom.CodeBadInput,
			"The hash is not that of the query. It must be the SHA-256 of its text, in hexadecimal.")
	}
	return req.Query, hash, nil
}

func (p *persisted) known(hash string) (string, *refusal) {
	if query, ok := p.trusted[hash]; ok {
		return query, nil
	}
	if query, ok := p.sent.get(hash); ok {
		return query, nil
	}
	// Message and code are those that Apollo's clients know, to send the document along next time.
	return "", &refusal{status: http.StatusUnprocessableEntity, errors: gqlerror.List{{
		Message:    "PersistedQueryNotFound",
		Extensions: map[string]any{"code": "PERSISTED_QUERY_NOT_FOUND"},
	}}}
}

// keep remembers a document that was found valid.
func (p *persisted) keep(hash, query string) {
	if hash != "" {
		p.sent.add(hash, query)
	}
}

// hash is the SHA-256 by which the request names its document: documentId ("sha256:…"), or Apollo's extension.
func (r *request) hash() (string, *refusal) {
	if r.DocumentID != "" {
		return strings.ToLower(strings.TrimPrefix(r.DocumentID, "sha256:")), nil
	}
	extension, ok := r.Extensions["persistedQuery"].(map[string]any)
	if !ok {
		return "", nil
	}
	version, _ := wholeNumber(extension["version"])
	hash, _ := extension["sha256Hash"].(string)
	if version != 1 || len(hash) != 2*sha256.Size {
		return "", malformed(http.StatusUnprocessableEntity,
			"The extension persistedQuery must have version 1 and sha256Hash, the SHA-256 of the query in hexadecimal.")
	}
	return strings.ToLower(hash), nil
}
