// Package author is who stands behind a script of the library: an author signs what a
// script is called, which version it is and what is in it, and whoever is about to run it
// proves that. A relay keeps the signature and cannot make one, so other bytes under a
// name are found out by everybody who knows the author's key.
//
// What it promises: a signature is for one script of one library in one version, with
// exactly these files. Whatever cannot be said in that form is not signed.
package author

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/sshsig"
	"supportd/library/text"
)

const (
	// Namespace is what an author's signature is for.
	Namespace = "script@supportd"
	// MaxSigned bounds [Signed] as it is kept and sent, in bytes: the largest RSA keys with
	// a certificate fit.
	MaxSigned = 8 << 10
	header    = "supportd script 1"
)

// Errors of [Parse] and [Signed.Check].
var (
	ErrMalformed = errors.New("the author's signature is malformed")
	ErrForged    = errors.New("the author's signature is not for these files under this name")
	errForm      = errors.New("a name or path holds characters that cannot be signed")
)

// File is one file of a script. Path is relative, with slashes; SHA256 is hexadecimal.
type File struct {
	Path   string
	Size   int64 // in bytes
	SHA256 string
}

// Signed is what an author has signed of a script beside its files, and the signature.
type Signed struct {
	Library  string `json:"library"`            // what the relay calls its library
	Name     string `json:"name"`               // of the script
	Owner    string `json:"owner"`              // account
	Version  int    `json:"version"`            // from 1
	Previous string `json:"previous,omitempty"` // SHA-256 of the package of the version before
	Category string `json:"category"`

	// Certificate is the author's, as in an authorized_keys file; "" is a plain key.
	Certificate string `json:"certificate,omitempty"`
	Signature   string `json:"signature"` // as "ssh-keygen -Y sign -n script@supportd" makes it
}

// IsFor reports whether this is about one version of a script, whatever its files are.
// previous is the SHA-256 of the package of the version before.
func (s Signed) IsFor(name, owner, category string, version int, previous string) bool {
	return s.Name == name && s.Owner == owner && s.Category == category && s.Version == version && s.Previous == previous
}

// message is what is signed, a line each. No field has a line end in it.
func (s Signed) message(executable string, files []File) ([]byte, error) {
	var sorted []string // as texts: sorting files would be as large in the customer's program as all of this
	for _, f := range files {
		sorted = append(sorted, fmt.Sprint(f.Path, "\x00", f.Size, " ", f.SHA256))
	}
	slices.Sort(sorted)
	lines := []string{
		header, "library " + s.Library, "name " + s.Name, "owner " + s.Owner, fmt.Sprint("version ", s.Version), "previous " + s.Previous,
		"category " + s.Category, "executable " + executable,
	}
	for _, f := range sorted {
		path, rest, _ := strings.Cut(f, "\x00")
		lines = append(lines, "file "+rest+" "+path)
	}
	for _, line := range lines {
		if strings.ContainsFunc(line, text.Hostile) {
			return nil, errForm
		}
	}
	return []byte(strings.Join(lines, "\n") + "\n"), nil
}

// Sign is s with a signature for these files. It is no method, so that what a customer
// downloads has none of it.
func Sign(s Signed, executable string, files []File, signer ssh.Signer) (Signed, error) {
	message, err := s.message(executable, files)
	if err != nil {
		return s, err
	}
	if s.Signature, err = sshsig.Sign(signer, Namespace, message); err != nil {
		return s, fmt.Errorf("signing the script: %w", err)
	}
	if _, err = s.Check(executable, files); err != nil {
		return s, fmt.Errorf("the key cannot sign scripts: %w", err)
	}
	if _, err = s.Line(); err != nil {
		return s, err
	}
	return s, nil
}

// By is who has signed.
type By struct {
	Key         ssh.PublicKey    // plain
	Certificate *ssh.Certificate // of that key, whoever has made it; nil where there is none
}

// Fingerprint is SHA256:… of the author's key.
func (b By) Fingerprint() string { return ssh.FingerprintSHA256(b.Key) }

// Certified is the key id of the author's certificate and SHA256:… of the CA that it names.
// Both are foreign, and neither is proven.
func (b By) Certified() (keyID, ca string, ok bool) {
	if b.Certificate == nil {
		return "", "", false
	}
	return b.Certificate.KeyId, ssh.FingerprintSHA256(b.Certificate.SignatureKey), true
}

// Check proves that somebody has signed a script with these files, and says by which key.
// What the certificate is worth, package csrca says.
func (s Signed) Check(executable string, files []File) (By, error) {
	key, err := sshsig.Key(s.Signature)
	if err != nil || sshd.CheckKey(key) != nil {
		return By{}, ErrMalformed
	}
	by := By{Key: key}
	if s.Certificate != "" {
		if by.Certificate, err = certificate(s.Certificate, key); err != nil {
			return By{}, err
		}
	}
	message, err := s.message(executable, files)
	if err != nil || sshsig.Verify(s.Signature, Namespace, message, key) != nil {
		return By{}, ErrForged
	}
	return by, nil
}

// Certify is s with a certificate of the author's key.
func (s Signed) Certify(cert *ssh.Certificate) Signed {
	s.Certificate = line(cert)
	return s
}

// certificate reads what [line] made of a certificate of this key, and nothing else.
func certificate(s string, key ssh.PublicKey) (*ssh.Certificate, error) {
	certified, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(s))
	cert, is := certified.(*ssh.Certificate)
	if err != nil || !is || len(rest)+len(options) > 0 || line(cert) != s || !bytes.Equal(cert.Key.Marshal(), key.Marshal()) {
		return nil, ErrMalformed
	}
	return cert, nil
}

func line(cert *ssh.Certificate) string {
	return string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(cert)))
}

// Line is s in the one form in which it is kept and sent.
func (s Signed) Line() (string, error) { return oneLine(s) }

// Parse reads what [Signed.Line] made, and nothing else.
func Parse(line string) (s Signed, err error) {
	if err := parse(line, &s); err != nil {
		return Signed{}, err
	}
	return s, nil
}

func oneLine(s any) (string, error) {
	data, err := json.Marshal(s)
	if err == nil && len(data) > MaxSigned {
		err = fmt.Errorf("the signature and its certificate have %d bytes, at most %d are kept", len(data), MaxSigned)
	}
	return string(data), err
}

// parse reads what [oneLine] made of a value of this type, and nothing else.
func parse(line string, into any) error {
	if len(line) > MaxSigned || json.Unmarshal([]byte(line), into) != nil {
		return ErrMalformed
	}
	if again, err := oneLine(into); err != nil || again != line {
		return ErrMalformed
	}
	return nil
}
