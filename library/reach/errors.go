package reach

import (
	"errors"
	"fmt"
	"strings"

	"supportd/library/text"
)

// ErrHostKey is wrapped by a [Handshake] that found another host key than the
// relay's. The other ways are still tried; if none works, this is told first.
var ErrHostKey = errors.New("another host key than the relay's")

// Final marks an error of a [Handshake] after which no other way is tried,
// because the relay itself said no. [Connect] returns err as it was.
func Final(err error) error { return &final{err} }

type final struct{ err error }

func (f *final) Error() string { return f.err.Error() }
func (f *final) Unwrap() error { return f.err }

// Kind is the likeliest cause why no way leads to the relay.
type Kind int

// The kinds. Who is what [Error.Who] holds.
const (
	KindBroken        Kind = iota // connections broke off, in no way that says more
	KindNoNetwork                 // this computer is in no network
	KindName                      // the relay's name is not known, or no name server answers
	KindPortal                    // the network wants a login first, e.g. a hotel's; Who: the host of its page, or ""
	KindBlocked                   // several ports were tried, and not all were refused: nobody answered at one or more
	KindRefused                   // the computer answers, and nothing listens at any port that was tried
	KindTimeout                   // nobody answered at the only port that was tried
	KindProxy                     // the proxy cannot be reached, or answered no; Who: its HOST:PORT
	KindProxyPassword             // the proxy wants a user and a password, or others; Who: its HOST:PORT
	KindSetting                   // the setting of the proxy is not understood; Who: the variable's name, or ""
	KindUntrusted                 // TLS is inspected by somebody unknown to this computer, or not set up well; Who: the issuer of the certificate
	KindSelfMade                  // the certificate is signed by itself, and this computer does not know it; Who: its subject
	KindExpired                   // the certificate is of a time that is over, by this computer's clock; Who: its end, see [TimeLayout]
	KindNotYet                    // likewise of a time that has not begun; Who: its begin
	KindOtherName                 // the certificate is another host's; Who: that host
	KindNoTLS                     // what answers speaks no TLS, or has no certificate, where only https was asked for; Who: "SSH" where it speaks that
	KindNotRelay                  // something answers, and it is no relay
	KindFull                      // the relay has no place for another connection that wants to log in
	KindHostKey                   // it is not the relay that was meant
)

// TimeLayout is how an [Error] writes times, which are in UTC.
const TimeLayout = "2006-01-02 15:04 UTC"

// Attempt is one way that was tried, and why it failed.
type Attempt struct {
	Way string // as in [Dialer.Last]
	Err error
}

// Error is why no way leads to the relay. Nothing in it has a proxy's password.
type Error struct {
	Kind     Kind
	Who      string   // see the kinds; harmless to show, at most 80 runes
	Tried    []string // the ports that were tried, in order; "https" is a WebSocket on 443
	Attempts []Attempt
	Err      error // the error of the attempt that decided the kind
}

// Error says what happened, for logs. It is harmless to show.
func (e *Error) Error() string {
	const enough = 400
	kind := map[Kind]string{
		KindBroken:        "broken off",
		KindNoNetwork:     "no network",
		KindName:          "name not found",
		KindPortal:        "captive portal",
		KindBlocked:       "ports blocked",
		KindRefused:       "refused",
		KindTimeout:       "no answer",
		KindProxy:         "proxy",
		KindProxyPassword: "password of the proxy",
		KindSetting:       "setting of the proxy",
		KindUntrusted:     "certificate not trusted",
		KindSelfMade:      "certificate made by itself",
		KindExpired:       "certificate expired",
		KindNotYet:        "certificate not valid yet",
		KindOtherName:     "certificate of another host",
		KindNoTLS:         "no TLS there",
		KindNotRelay:      "no relay there",
		KindFull:          "too many connections there",
		KindHostKey:       "another host key",
	}[e.Kind]
	if e.Kind == KindPortal && e.Who != "" {
		kind += " " + e.Who
	}
	return text.Plain(fmt.Sprintf("no way to the relay: %s (tried %s): %v", kind, strings.Join(e.Tried, ", "), e.Err), enough)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }
