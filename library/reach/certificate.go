package reach

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"supportd/library/text"
)

// untrustedError is a certificate that does not hold, for the reason that kind names.
type untrustedError struct {
	kind Kind
	who  string // as in [Error.Who]
	err  error
}

func (e *untrustedError) Error() string {
	switch e.kind {
	case KindExpired:
		return "the certificate there was valid until " + e.who
	case KindNotYet:
		return "the certificate there is valid from " + e.who
	case KindOtherName:
		return fmt.Sprintf("the certificate there is for %q", e.who)
	}
	return fmt.Sprintf("the certificate of %q is not trusted: %v", e.who, e.err)
}
func (e *untrustedError) Unwrap() error { return e.err }

// noTLSError is an answer without TLS, or a no to it.
type noTLSError struct {
	spoken string // "SSH", or ""
	err    error
}

func (e *noTLSError) Error() string {
	if e.spoken != "" {
		return e.spoken + " answers there, no TLS"
	}
	return "TLS is refused there: " + e.err.Error()
}
func (e *noTLSError) Unwrap() error { return e.err }

// tlsFailure tells the errors of a TLS handshake with host apart.
func tlsFailure(err error, host string) error {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert *net.OpError
	switch {
	case errors.As(err, &cert) && len(cert.UnverifiedCertificates) > 0:
		return untrusted(cert.UnverifiedCertificates[0], host, cert.Err)
	case errors.As(err, &record) && bytes.HasPrefix(record.RecordHeader[:], []byte("SSH-")):
		return &noTLSError{spoken: "SSH", err: err} // where SSH was tried, too, that way says more
	case errors.As(err, &record):
		return &notRelayError{said: "no TLS"}
	case errors.As(err, &alert) && alert.Op == "remote error": // an alert, as of a server without a certificate
		return &noTLSError{err: err}
	}
	return err
}

// untrusted says why a certificate does not hold. A system may name one reason of
// several, and not the one that says most: whose it is comes first, then when it is
// valid, then who has signed it.
func untrusted(leaf *x509.Certificate, host string, err error) *untrustedError {
	e := &untrustedError{kind: KindUntrusted, who: issuer(leaf), err: err}
	var invalid x509.CertificateInvalidError
	timed := leaf // or a certificate above it
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil {
		timed = invalid.Cert
	}
	now := time.Now()
	switch {
	case leaf.VerifyHostname(host) != nil:
		e.kind, e.who = KindOtherName, nameOf(leaf)
	case now.After(timed.NotAfter):
		e.kind, e.who = KindExpired, timed.NotAfter.UTC().Format(TimeLayout)
	case now.Before(timed.NotBefore):
		e.kind, e.who = KindNotYet, timed.NotBefore.UTC().Format(TimeLayout)
	case bytes.Equal(leaf.RawIssuer, leaf.RawSubject):
		e.kind = KindSelfMade
	}
	return e
}

// nameOf is the host that a certificate is for, or "?".
func nameOf(c *x509.Certificate) string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	for _, n := range append(names, c.Subject.CommonName) {
		if n = text.Plain(n, maxShown); n != "" {
			return n
		}
	}
	return "?"
}

// issuer names who signed a certificate.
func issuer(c *x509.Certificate) string {
	names := append(append([]string{}, c.Issuer.Organization...), c.Issuer.CommonName, c.Issuer.String())
	for _, n := range names {
		if n = text.Plain(n, maxShown); n != "" {
			return n
		}
	}
	return "?"
}
