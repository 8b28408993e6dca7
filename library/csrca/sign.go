package csrca

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// MaxLife bounds how long a certificate is made for: a key that gets lost lets somebody in
// for as long.
const MaxLife = 366 * 24 * time.Hour

// lead is how long before it is made a certificate begins, for clocks that are slow.
const lead = 5 * time.Minute

// Request is a certificate that is wanted.
type Request struct {
	Key     ssh.PublicKey
	Account string
	Name    string   // that customers see; "" is the key id
	KeyID   string   // "" is the account
	Sources []string // addresses and networks that it is good for; none are all
	Life    time.Duration
	Author  bool // it is for signing scripts, and lets nobody in
}

// Sign makes a user certificate at a time. What it makes, [Check] approves of, or
// [CheckAuthor].
func Sign(r Request, ca ssh.Signer, now time.Time) (*ssh.Certificate, error) {
	switch {
	case sshd.CheckKey(r.Key) != nil:
		return nil, errors.New("this kind of key is not accepted")
	case wire.CheckAccount(r.Account) != nil:
		return nil, fmt.Errorf("%q is no account", text.Plain(r.Account, wire.MaxAccount))
	case len(r.Name) > wire.MaxName || text.Plain(r.Name, wire.MaxName) != r.Name:
		return nil, fmt.Errorf("the name has to be one line of at most %d bytes, without invisible characters", wire.MaxName)
	case text.Plain(r.KeyID, MaxKeyID) != r.KeyID:
		return nil, fmt.Errorf("the key id has to be one line of at most %d characters, without invisible ones", MaxKeyID)
	case r.Author && len(r.Sources) > 0:
		return nil, errors.New("scripts are signed nowhere in particular: a certificate for that has no source")
	case r.Life < time.Minute || r.Life > MaxLife:
		return nil, errors.New("a certificate is good for a minute to a year")
	}
	var serial [8]byte
	if _, err := rand.Read(serial[:]); err != nil {
		return nil, err
	}
	cert := &ssh.Certificate{
		Key: r.Key, Serial: binary.BigEndian.Uint64(serial[:]) >> 1, CertType: ssh.UserCert, KeyId: r.KeyID, ValidPrincipals: []string{r.Account},
		ValidAfter: uint64(now.Add(-lead).Unix()), ValidBefore: uint64(now.Add(r.Life).Unix()),
	}
	if cert.KeyId == "" {
		cert.KeyId = r.Account
	}
	if r.Name != "" {
		cert.Extensions = map[string]string{NameExtension: r.Name}
	}
	if len(r.Sources) > 0 {
		cert.CriticalOptions = map[string]string{sourceAddress: strings.Join(r.Sources, ",")}
		if !mayComeFrom(cert, hostOf(r.Sources[0])) {
			return nil, errors.New("a source is an address such as 192.0.2.7 or a network such as 192.0.2.0/24")
		}
	}
	if r.Author {
		cert.CriticalOptions = map[string]string{AuthorOption: ""}
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		return nil, err
	}
	if r.Author {
		if _, err := CheckAuthor(cert, r.Account, []ssh.PublicKey{ca.PublicKey()}, now); err != nil {
			return nil, fmt.Errorf("the certificate would be nobody's: %w", err)
		}
		return cert, nil
	}
	if _, err := Check(cert, r.Account, []ssh.PublicKey{ca.PublicKey()}, hostOf(slices.Concat(r.Sources, []string{""})[0]), now); err != nil {
		return nil, fmt.Errorf("the certificate would let nobody in: %w", err)
	}
	return cert, nil
}

// hostOf is an address, or the first one of a network.
type hostOf string

// Network is "tcp".
func (hostOf) Network() string { return "tcp" }

// String is the address.
func (h hostOf) String() string {
	host, _, _ := strings.Cut(string(h), "/")
	return host
}
