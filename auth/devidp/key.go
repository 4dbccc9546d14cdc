package devidp

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-jose/go-jose/v4"
)

const (
	keyFile  = "devidp.key"
	cardFile = "devidp.json"
	keyBits  = 2048
)

// card is what TokenFromDir reads about the provider that ran on the data folder.
type card struct {
	Issuer   string   `json:"issuer"`
	Audience string   `json:"audience"`
	People   []Person `json:"people"`
}

// loadOrMakeKey is the signing key of the data folder. It stays the same over restarts, so that tokens do, too.
func loadOrMakeKey(dir string) (*rsa.PrivateKey, error) {
	key, err := loadKey(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key, err = rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePrivate(dir, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func loadKey(dir string) (*rsa.PrivateKey, error) {
	path := filepath.Join(dir, keyFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the key of the built-in identity provider: %w", err)
	}
	broken := fmt.Errorf("%s holds no key of the built-in identity provider; delete it, and the next start makes a new one", path)
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, broken
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.Join(broken, err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, broken
	}
	return key, nil
}

// keyID names the key by its thumbprint (RFC 7638).
func keyID(key *rsa.PrivateKey) (string, error) {
	sum, err := (&jose.JSONWebKey{Key: key.Public()}).Thumbprint(crypto.SHA256)
	return base64.RawURLEncoding.EncodeToString(sum), err
}

func writeCard(dir string, c card) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if known, err := os.ReadFile(filepath.Join(dir, cardFile)); err == nil && bytes.Equal(known, text) {
		return nil // a full disk keeps nobody from reading
	}
	return writePrivate(dir, cardFile, text)
}

func readCard(dir string) (card, error) {
	var c card
	text, err := os.ReadFile(filepath.Join(dir, cardFile))
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

// writePrivate writes a file that only its owner may read, all of it or nothing.
func writePrivate(dir, name string, content []byte) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// CreateTemp makes files with mode 0600.
	file, err := os.CreateTemp(dir, name+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(dir, name))
}
