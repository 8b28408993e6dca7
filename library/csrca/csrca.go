// Package csrca is an organisation's SSH CA for the keys of its CSRs: which user
// certificates (PROTOCOL.certkeys of OpenSSH) let somebody in, and as whom. The relay
// takes them for a login, support-agent for a connection to the customer's computer,
// and both ask [Check], so that the same certificate means the same to both. What the CA
// has revoked, both read from the same list ([Revocations]).
//
// What it promises: whatever a certificate does not say clearly is a No. Without a
// principal, without an end, or with a condition that is not known here, it lets nobody
// in, although the SSH library would.
package csrca

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

const (
	// MaxCAs is how many CAs count at once: one, and another while it is replaced.
	MaxCAs = 4
	// MaxFile bounds a file with the public keys of CAs, in bytes.
	MaxFile = 64 << 10
	// MaxKeyID bounds what is shown of a key id, in runes.
	MaxKeyID = 100
	// NameExtension holds the name of the CSR that customers see.
	NameExtension = "name@supportd"
	// Life is for how long a certificate is made where nothing else is said.
	Life = 12 * time.Hour
	// AuthorOption makes a certificate one for signing scripts: as a critical option, so that
	// no SSH server lets anybody in with it.
	AuthorOption = "script-author@supportd"

	sourceAddress = "source-address" // the only critical option that is known of those who log in
)

// Certificate is what a user certificate says that [Check] has approved of.
type Certificate struct {
	Account string // the principal that it was shown for
	Name    string // of the CSR, for customers: harmless, not empty
	KeyID   string // harmless; may be empty
	Key     string // SHA256:… of the CSR's key
	CA      string // SHA256:… of the CA's
	Serial  uint64
	From    time.Time // with the second itself
	Until   time.Time // without the second itself
}

// Check decides whether a certificate lets somebody in under an account's name, by one
// of these CAs, from an address (HOST or HOST:PORT), at a time. Whether they have its
// key, SSH proves before or afterwards. The error is a [*Refusal].
func Check(cert *ssh.Certificate, account string, cas []ssh.PublicKey, from net.Addr, now time.Time) (Certificate, error) {
	return check(cert, account, cas, from, now, sourceAddress, isSigned)
}

// CheckAuthor decides likewise whether a certificate is that of an author of scripts. One
// that lets somebody in is not, and the other way round. Its key is not proven: a
// signature of a script does that.
func CheckAuthor(cert *ssh.Certificate, account string, cas []ssh.PublicKey, now time.Time) (Certificate, error) {
	if !IsAuthors(cert) {
		c := read(cert, account)
		return Certificate{}, &Refusal{Problem: NoAuthor, CA: c.CA, Account: account, Now: now}
	}
	return check(cert, account, cas, nil, now, AuthorOption, isSigned)
}

// IsAuthors reports whether a certificate says that it is for signing scripts.
func IsAuthors(cert *ssh.Certificate) bool {
	_, is := cert.CriticalOptions[AuthorOption]
	return is
}

// check is [Check] where known is the one critical option that there may be, and signed
// reports whether the signature is right.
func check(cert *ssh.Certificate, account string, cas []ssh.PublicKey, from net.Addr, now time.Time, known string, signed func(*ssh.Certificate) bool) (Certificate, error) {
	c := read(cert, account)
	refuse := func(p Problem) (Certificate, error) {
		return Certificate{}, &Refusal{Problem: p, CA: c.CA, Account: account, From: c.From, Until: c.Until, Now: now}
	}
	switch {
	case !IsOneOf(cert.SignatureKey, cas):
		return refuse(Foreign)
	case !signed(cert): // before everything else: who has no certificate learns nothing of the CA
		return refuse(Forged)
	case cert.CertType != ssh.UserCert:
		return refuse(WrongKind)
	case sshd.CheckKey(cert.Key) != nil, sshd.CheckKey(cert.SignatureKey) != nil, cert.Signature.Format == ssh.KeyAlgoRSA: // that is SHA-1
		return refuse(Weak)
	}
	for option, value := range cert.CriticalOptions {
		if option != known || known == AuthorOption && value != "" {
			return refuse(Condition)
		}
	}
	switch {
	case cert.ValidBefore >= maxTime, cert.ValidAfter >= cert.ValidBefore:
		return refuse(Endless)
	case wire.CheckAccount(account) != nil, !slices.Contains(cert.ValidPrincipals, account):
		return refuse(OtherAccount)
	case !mayComeFrom(cert, from):
		return refuse(Elsewhere)
	case now.Before(c.From):
		return refuse(Early)
	case !now.Before(c.Until):
		return refuse(Late)
	}
	return c, nil
}

// isSigned reports whether the signature of a certificate is right, whatever else it says:
// it is over all that stands before it (PROTOCOL.certkeys of OpenSSH).
func isSigned(cert *ssh.Certificate) bool {
	if cert.Signature == nil {
		return false
	}
	unsigned := *cert
	unsigned.Signature = nil
	all := unsigned.Marshal()
	const length = 4 // of the signature that is not there
	return cert.SignatureKey.Verify(all[:len(all)-length], cert.Signature) == nil
}

// maxTime is later than any end: 9999-12-31, which every program can print.
const maxTime = 253402300799

// read is what a certificate says, harmless to show.
func read(cert *ssh.Certificate, account string) Certificate {
	c := Certificate{
		Account: account, KeyID: text.Plain(cert.KeyId, MaxKeyID), Key: ssh.FingerprintSHA256(cert.Key), CA: ssh.FingerprintSHA256(cert.SignatureKey),
		Serial: cert.Serial, From: timeOf(cert.ValidAfter), Until: timeOf(cert.ValidBefore),
	}
	for _, name := range []string{cert.Extensions[NameExtension], cert.KeyId, account} {
		if c.Name = strings.TrimSpace(text.Plain(name, wire.MaxName)); c.Name != "" {
			break
		}
	}
	return c
}

func timeOf(seconds uint64) time.Time { return time.Unix(int64(min(seconds, maxTime)), 0).UTC() }

// Problem is why a certificate lets nobody in.
type Problem int

// The problems of certificates.
const (
	Foreign      Problem = iota + 1 // another CA has signed it
	WrongKind                       // it is a host's
	Weak                            // a kind of key or signature that is not accepted
	Condition                       // a critical option that is not known
	Endless                         // it has no end
	OtherAccount                    // the account is not among its principals
	Forged                          // its signature is not right
	Elsewhere                       // it is good for other addresses
	Early                           // it is not valid yet
	Late                            // it has ended
	Revoked                         // the CA has revoked it, or its key
	NoList                          // a list of what is revoked is demanded, and there is none, or an older one
	OldList                         // the list is good no more
	NoAuthor                        // it is not for signing scripts
)

// Refusal is why a certificate lets nobody in.
type Refusal struct {
	Problem     Problem
	CA          string    // SHA256:… of the CA that it names
	Account     string    // that it was shown for: foreign text
	From, Until time.Time // when it is valid; with OldList, until when the list is
	Now         time.Time // by the clock here
	List        uint64    // the list's number, or with NoList the lowest that it may have
}

// OfList reports whether it is for what the CA has revoked, or for want of such a list.
func (r *Refusal) OfList() bool {
	return r.Problem == Revoked || r.Problem == NoList || r.Problem == OldList
}

// Hint is what the CSR can do. clock says what to do where a clock is wrong.
func (r *Refusal) Hint(clock string) string {
	const newest = "the relay has to bring the newest list: its operator gets it from your organisation, which makes it with supportctl ca revoke"
	switch {
	case r.InTime():
		return "get a new certificate; if yours is good now by your own clock, " + clock
	case r.Problem == Revoked:
		return "ask your organisation; a new key needs a new certificate"
	case r.Problem == NoList:
		return newest
	case r.Problem == OldList:
		return newest + "; if the list is good now by your own clock, " + clock
	}
	return "ask your organisation for a certificate of the right kind: supportctl ca sign, or ssh-keygen -s, makes one"
}

// InTime reports whether a certificate is good but for the time: by another clock it
// would let somebody in.
func (r *Refusal) InTime() bool { return r.Problem == Early || r.Problem == Late }

// Error says it to the CSR, without saying whose certificate it is.
func (r *Refusal) Error() string {
	switch at := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }; r.Problem {
	case Foreign:
		return "its CA, " + r.CA + ", is none that counts here"
	case WrongKind:
		return "it is a host's certificate, not a user's"
	case Weak:
		return "its key or its signature is of a kind that is not accepted"
	case Condition:
		return "it has a critical option that is not known here"
	case Endless:
		return "it has no end"
	case OtherAccount:
		return fmt.Sprintf("it is not for the account %q", text.Plain(r.Account, wire.MaxAccount))
	case Elsewhere:
		return "it is good only for other addresses than yours"
	case NoAuthor:
		return "it is not for signing scripts"
	case Early:
		return fmt.Sprintf("it is valid from %s, and the clock here says %s", at(r.From), at(r.Now))
	case Late:
		return fmt.Sprintf("it has ended at %s, and the clock here says %s", at(r.Until), at(r.Now))
	case Revoked:
		return fmt.Sprintf("your organisation has revoked it or its key (list %d)", r.List)
	case NoList:
		return fmt.Sprintf("the list of what your organisation has revoked is demanded here, number %d or later, and the relay has not brought it", r.List)
	case OldList:
		return fmt.Sprintf("the list of what your organisation has revoked, number %d, was good until %s, and the clock here says %s", r.List, at(r.Until), at(r.Now))
	}
	return "its signature is not right"
}

// ToCSR is an error for [sshd.Options.Authenticate] that a CSR's program shows: why a
// certificate lets nobody in, and what to do. clock says what to do where a clock is
// wrong.
func ToCSR(err error, clock string) error {
	var r *Refusal
	if !errors.As(err, &r) {
		r = new(Refusal)
	}
	hint := r.Hint(clock)
	return &ssh.BannerError{Err: err, Message: fmt.Sprintf("your certificate does not let you in here: %v\r\nhint: %s\r\n", err, hint)}
}

// PlainKey is an error like [ToCSR]'s for a key without a certificate.
func PlainKey(key ssh.PublicKey) error {
	err := errors.New("only certificates of the organisation's CA are let in here, and " + ssh.FingerprintSHA256(key) + " is a key without one")
	return &ssh.BannerError{Err: err, Message: fmt.Sprintf("%v\r\nhint: have your key signed (supportctl ca sign, or ssh-keygen -s), and keep the certificate beside it as KEY-cert.pub, or in ssh-agent\r\n", err)}
}

// IsOneOf reports whether a key is one of these.
func IsOneOf(key ssh.PublicKey, keys []ssh.PublicKey) bool {
	return key != nil && slices.ContainsFunc(keys, func(k ssh.PublicKey) bool { return bytes.Equal(k.Marshal(), key.Marshal()) })
}

// Of is the certificate that a key is, also where ssh-agent shows it; nil where it is a
// plain key.
func Of(key ssh.PublicKey) *ssh.Certificate {
	if cert, is := key.(*ssh.Certificate); is {
		return cert
	}
	if key == nil || !strings.HasSuffix(key.Type(), "-cert-v01@openssh.com") {
		return nil
	}
	parsed, err := ssh.ParsePublicKey(key.Marshal())
	if err != nil {
		return nil
	}
	cert, _ := parsed.(*ssh.Certificate)
	return cert
}

// Plain is the key itself of what may be a certificate.
func Plain(key ssh.PublicKey) ssh.PublicKey {
	if cert := Of(key); cert != nil {
		return cert.Key
	}
	return key
}

// Errors of [Keys].
var (
	errNoCA      = errors.New("there is no public key in it")
	errManyCAs   = fmt.Errorf("it names more than %d keys", MaxCAs)
	errCertifier = errors.New("it is a certificate, or a kind of key that no CA may have")
)

// Keys reads the public keys of CAs, as ssh-keygen writes them: 1 to [MaxCAs], each once.
func Keys(data []byte) (keys []ssh.PublicKey, err error) {
	all, err := sshd.ParsePublicKeys(data)
	if err != nil {
		return nil, err
	}
	for _, key := range all {
		if sshd.CheckKey(key) != nil {
			return nil, errCertifier
		}
		if !IsOneOf(key, keys) {
			keys = append(keys, key)
		}
	}
	switch {
	case len(keys) == 0:
		return nil, errNoCA
	case len(keys) > MaxCAs:
		return nil, errManyCAs
	}
	return keys, nil
}

// Line is a CA's key in the one form in which files keep it: as in authorized_keys,
// without a comment.
func Line(key ssh.PublicKey) string { return string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(key))) }

// Lines is [Line] of each.
func Lines(keys []ssh.PublicKey) (lines []string) {
	for _, key := range keys {
		lines = append(lines, Line(key))
	}
	return lines
}

// ParseLine reads what [Line] made, and nothing else.
func ParseLine(s string) (ssh.PublicKey, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s))
	if err != nil || Line(key) != s || sshd.CheckKey(key) != nil {
		return nil, errCertifier
	}
	return key, nil
}

// ParseLines is [ParseLine] of each. An error is that of the first that is none; the
// others are returned all the same.
func ParseLines(lines []string) (keys []ssh.PublicKey, err error) {
	for _, s := range lines {
		key, problem := ParseLine(s)
		if problem != nil {
			err = errors.Join(err, problem)
			continue
		}
		keys = append(keys, key)
	}
	return keys, err
}
