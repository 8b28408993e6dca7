package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
)

// failed says why no way led to the relay. What the relay itself has said and the
// end of the context stay as they are.
func (o Options) failed(err error) error {
	var why *reach.Error
	switch {
	case errors.As(err, &why) && why.Kind == reach.KindHostKey:
		return o.mismatch(why)
	case errors.As(err, &why):
		return o.unreachable(why)
	}
	var known *cmdline.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	e := cmdline.Fail(cmdline.ExitUnreachable, "try again in a minute", "cannot reach the relay at %s: it does not answer", o.Address)
	e.Err = errors.Join(ErrUnreachable, err)
	return e
}

// mismatch is told before all else that went wrong: it is the one thing that
// somebody may have done on purpose.
func (o Options) mismatch(why *reach.Error) error {
	shown := "another one"
	var other *otherKey
	if errors.As(why, &other) {
		shown = other.seen
		if groups := wire.Mistyped(o.HostKey, other.seen); len(groups) > 0 {
			var differ []string
			for _, g := range groups {
				differ = append(differ, fmt.Sprintf("the characters %d to %d behind SHA256: are %s, and at the relay %s", g.From, g.To, g.Typed, g.Seen))
			}
			return &cmdline.Error{
				Code: cmdline.ExitAuth, Err: errors.Join(ErrHostKey, why),
				Text: "the fingerprint " + o.HostKey + " of the relay at " + o.Address.String() + " is probably mistyped: " + strings.Join(differ, "; "),
				Hint: "compare these characters with what the relay's admin has told you; capital and small letters count. If they are as you typed them, tell the admin: someone may be listening in between",
			}
		}
	}
	return &cmdline.Error{
		Code: cmdline.ExitAuth, Err: errors.Join(ErrHostKey, why),
		Text: "what answers at " + o.Address.String() + " is not the relay you trust: its key is " + shown + ", yours is " + o.HostKey,
		Hint: "someone may be listening in between, or the relay has a new key: ask its admin for \"support-relay fingerprint --data DIR\", and log in again only if it is the new one",
	}
}

// unreachable says why there is no connection to the relay, and what to do.
func (o Options) unreachable(why *reach.Error) error {
	e := &cmdline.Error{Code: cmdline.ExitUnreachable, Err: errors.Join(ErrUnreachable, why)}
	cause, hint := o.causeOf(why)
	e.Text, e.Hint = fmt.Sprintf("cannot reach the relay at %s: %s", o.Address, cause), hint
	return e
}

// causeOf puts a kind into words for a CSR. Who of the error is harmless to show.
func (o Options) causeOf(why *reach.Error) (cause, hint string) {
	const (
		another = "try again from another network, e.g. that of a phone"
		port443 = "ask who runs it to let connections to port 443 of the relay through"
	)
	switch why.Kind {
	case reach.KindNoNetwork:
		return "this computer is in no network", "connect to a network, and run the command again"
	case reach.KindName:
		return "there is no host of that name" + unsure(why), "check how the name is written, and your network"
	case reach.KindPortal:
		return "this network wants a login first" + of(why.Who, ", on a page of %s"), "open a web page in a browser and log in to the network, then run the command again"
	case reach.KindBlocked:
		return "nothing answers (tried " + list(why.Tried) + ")",
			"this network may let nothing out, or the relay does not run: " + another + ", or ask the relay's admin"
	case reach.KindRefused:
		if len(why.Tried) > 1 {
			return "its host is reached, and nothing listens there (connection refused at " + list(why.Tried) + ")",
				"the relay does not run, or the host is another one: check how it is written, and ask the relay's admin"
		}
		return "nothing listens there (connection refused)", "check host and port; if they are right, the relay does not run: ask its admin"
	case reach.KindTimeout:
		return "it does not answer", "check host and port; where this network blocks the port, log in to the host without a port, so that every way is tried"
	case reach.KindProxy:
		return "the proxy" + of(why.Who, " %s") + " cannot be reached, or refuses the connection", "check HTTPS_PROXY or the system's setting of the proxy, or " + port443
	case reach.KindProxyPassword:
		return "the proxy" + of(why.Who, " %s") + " wants a user and a password, or others than it was given", "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT gives them; or " + port443
	case reach.KindSetting:
		return "the proxy setting of this computer" + of(why.Who, " (%s)") + " is not understood",
			"write it as http://USER:PASSWORD@HOST:PORT; in the password %40 stands for @, %2F for /, %20 for a blank, %25 for %"
	case reach.KindUntrusted:
		return "this computer does not trust who has made its TLS certificate" + of(why.Who, " (%s)"), o.untrustedHint()
	case reach.KindSelfMade:
		return "its TLS certificate is made by itself" + of(why.Who, " (%s)") + ", and this computer does not trust it", o.untrustedHint()
	case reach.KindExpired:
		return "its TLS certificate has expired" + of(why.Who, ": it was valid until %s") + "; this computer's clock says " + clock(),
			"tell the relay's admin, who has to renew it; if the clock is wrong, set it"
	case reach.KindNotYet:
		return "its TLS certificate is not valid yet" + of(why.Who, ": it is from %s on") + "; this computer's clock says " + clock(),
			"set this computer's clock; if it is right, tell the relay's admin"
	case reach.KindOtherName:
		return "the TLS certificate there is not the relay's" + of(why.Who, ", but that of %s"),
			"check how the host is written, and ask the relay's admin; in a hotel or café, log in to its network in a browser first"
	case reach.KindNoTLS:
		if why.Who != "" {
			return "what answers there speaks " + why.Who + ", and no TLS", "write the address without https://"
		}
		return "what answers there refuses TLS" + detail(why), "check host and port; the relay may have no certificate, which its admin sets in [tls], or write its SSH port without https://"
	case reach.KindNotRelay:
		return "what answers there is not a relay" + detail(why), "check host and port; in a hotel or café, log in to its network in a browser first"
	case reach.KindHostKey, reach.KindBroken:
	}
	if errors.Is(why, io.EOF) {
		return "it closed the connection", "it may be overloaded, or something else than a relay listens there: try again in a minute"
	}
	return "the connection broke off" + detail(why), another
}

// untrustedHint is for a network that opens TLS, or a relay with a bad certificate.
func (o Options) untrustedHint() string {
	hint := "your network may look into encrypted connections: its CA then has to be among those that this computer trusts; else the relay's certificate is not in order, which its admin can mend"
	if o.HostKey == "" && o.Address.Port == "" && !o.Address.Web {
		hint += "; with the relay's fingerprint as --relay-key, other ways are tried too"
	}
	return hint
}

// clock is this computer's time as certificates are told.
func clock() string { return time.Now().UTC().Format(reach.TimeLayout) }

func list(tried []string) string {
	if len(tried) < 2 {
		return strings.Join(tried, "")
	}
	last := len(tried) - 1
	return strings.Join(tried[:last], ", ") + " and " + tried[last]
}

// of puts who into a part of a sentence, which is left out where nobody is named.
func of(who, part string) string {
	if who == "" {
		return ""
	}
	return fmt.Sprintf(part, who)
}

// unsure is for a name service that may only be away.
func unsure(why error) string {
	var dns *net.DNSError
	if errors.As(why, &dns) && (dns.IsTimeout || dns.IsTemporary) {
		return ", or the name service does not answer"
	}
	return ""
}

// detail is the innermost cause in brackets.
func detail(why *reach.Error) string {
	if why.Err == nil {
		return ""
	}
	return " (" + text.Plain(innermost(why.Err).Error(), 120) + ")"
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
