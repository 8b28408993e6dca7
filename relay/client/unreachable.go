package client

import (
	"context"
	"errors"
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
	shown := text.Later("another one")
	var other *otherKey
	if errors.As(why, &other) {
		shown = text.Later("%s", other.seen)
		if groups := wire.Mistyped(o.HostKey, other.seen); len(groups) > 0 {
			return cmdline.Fail(cmdline.ExitAuth, "compare these characters with what the relay's admin has told you; capital and small letters count. If they are as you typed them, tell the admin: someone may be listening in between",
				"the fingerprint %s of the relay at %s is probably mistyped: %s", o.HostKey, o.Address, mistyped(groups)).Because(errors.Join(ErrHostKey, why))
		}
	}
	return cmdline.Fail(cmdline.ExitAuth, "someone may be listening in between, or the relay has a new key: ask its admin for \"support-relay fingerprint --data DIR\", and log in again only if it is the new one",
		"what answers at %s is not the relay you trust: its key is %s, yours is %s", o.Address, shown, o.HostKey).Because(errors.Join(ErrHostKey, why))
}

// mistyped are the characters in which two fingerprints differ.
type mistyped []wire.Differing

// In implements [text.Sayable].
func (m mistyped) In(s *text.Speaker) string {
	var differ []string
	for _, g := range m {
		differ = append(differ, s.Say("the characters %d to %d behind SHA256: are %s, and at the relay %s", g.From, g.To, g.Typed, g.Seen))
	}
	return strings.Join(differ, "; ")
}

// String is the English.
func (m mistyped) String() string { return m.In(nil) }

// unreachable says why there is no connection to the relay, and what to do.
func (o Options) unreachable(why *reach.Error) error {
	cause, hint := o.causeOf(why)
	return cmdline.Fail(cmdline.ExitUnreachable, "", "cannot reach the relay at %s: %s", o.Address, cause).
		WithHint("%s", hint).Because(errors.Join(ErrUnreachable, why))
}

// causeOf puts a kind into words for a CSR. Who of the error is harmless to show.
func (o Options) causeOf(why *reach.Error) (cause, hint text.Message) {
	const (
		another = "try again from another network, e.g. that of a phone"
		port443 = "ask who runs it to let connections to port 443 of the relay through"
	)
	say := func(cause text.Message, hint string, args ...any) (text.Message, text.Message) {
		return cause, text.Later(hint, args...)
	}
	switch why.Kind {
	case reach.KindNoNetwork:
		return say(text.Later("this computer is in no network"), "connect to a network, and run the command again")
	case reach.KindName:
		return say(text.Later("there is no host of that name%s", unsure(why)), "check how the name is written, and your network")
	case reach.KindPortal:
		return say(text.Later("this network wants a login first%s", of(why.Who, ", on a page of %s")), "open a web page in a browser and log in to the network, then run the command again")
	case reach.KindBlocked:
		return say(text.Later("nothing answers (tried %s)", list(why.Tried)),
			"this network may let nothing out, or the relay does not run: %s, or ask the relay's admin", text.Later(another))
	case reach.KindRefused:
		if len(why.Tried) > 1 {
			return say(text.Later("its host is reached, and nothing listens there (connection refused at %s)", list(why.Tried)),
				"the relay does not run, or the host is another one: check how it is written, and ask the relay's admin")
		}
		return say(text.Later("nothing listens there (connection refused)"), "check host and port; if they are right, the relay does not run: ask its admin")
	case reach.KindTimeout:
		return say(text.Later("it does not answer"), "check host and port; where this network blocks the port, log in to the host without a port, so that every way is tried")
	case reach.KindProxy:
		return say(text.Later("the proxy%s cannot be reached, or refuses the connection", of(why.Who, " %s")), "check HTTPS_PROXY or the system's setting of the proxy, or %s", text.Later(port443))
	case reach.KindProxyPassword:
		return say(text.Later("the proxy%s wants a user and a password, or others than it was given", of(why.Who, " %s")), "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT gives them; or %s", text.Later(port443))
	case reach.KindSetting:
		return say(text.Later("the proxy setting of this computer%s is not understood", of(why.Who, " (%s)")),
			"write it as http://USER:PASSWORD@HOST:PORT; in the password %%40 stands for @, %%2F for /, %%20 for a blank, %%25 for %%")
	case reach.KindUntrusted:
		return text.Later("this computer does not trust who has made its TLS certificate%s", of(why.Who, " (%s)")), o.untrustedHint()
	case reach.KindSelfMade:
		return text.Later("its TLS certificate is made by itself%s, and this computer does not trust it", of(why.Who, " (%s)")), o.untrustedHint()
	case reach.KindExpired:
		return say(text.Later("its TLS certificate has expired%s; this computer's clock says %s", of(why.Who, ": it was valid until %s"), clock()),
			"tell the relay's admin, who has to renew it; if the clock is wrong, set it")
	case reach.KindNotYet:
		return say(text.Later("its TLS certificate is not valid yet%s; this computer's clock says %s", of(why.Who, ": it is from %s on"), clock()),
			"set this computer's clock; if it is right, tell the relay's admin")
	case reach.KindOtherName:
		return say(text.Later("the TLS certificate there is not the relay's%s", of(why.Who, ", but that of %s")),
			"check how the host is written, and ask the relay's admin; in a hotel or café, log in to its network in a browser first")
	case reach.KindNoTLS:
		if why.Who != "" {
			return say(text.Later("what answers there speaks %s, and no TLS", why.Who), "write the address without https://")
		}
		return say(text.Later("what answers there refuses TLS%s", detail(why)), "check host and port; the relay may have no certificate, which its admin sets in [tls], or write its SSH port without https://")
	case reach.KindNotRelay:
		return say(text.Later("what answers there is not a relay%s", detail(why)), "check host and port; in a hotel or café, log in to its network in a browser first")
	case reach.KindFull:
		return say(text.Later("too many connections are waiting to log in there"), "try again in a minute")
	case reach.KindHostKey, reach.KindBroken:
	}
	if errors.Is(why, io.EOF) {
		return say(text.Later("it closed the connection"), "it may be overloaded, or something else than a relay listens there: try again in a minute")
	}
	return say(text.Later("the connection broke off%s", detail(why)), another)
}

// untrustedHint is for a network that opens TLS, or a relay with a bad certificate.
func (o Options) untrustedHint() text.Message {
	other := text.Message{}
	if o.HostKey == "" && o.Address.Port == "" && !o.Address.Web {
		other = text.Later("; with the relay's fingerprint as --relay-key, other ways are tried too")
	}
	return text.Later("your network may look into encrypted connections: its CA then has to be among those that this computer trusts; "+
		"else the relay's certificate is not in order, which its admin can mend%s", other)
}

// clock is this computer's time as certificates are told.
func clock() string { return time.Now().UTC().Format(reach.TimeLayout) }

func list(tried []string) text.Message {
	if len(tried) < 2 {
		return text.Later("%s", strings.Join(tried, ""))
	}
	last := len(tried) - 1
	return text.Later("%s and %s", strings.Join(tried[:last], ", "), tried[last])
}

// of puts who into a part of a sentence, which is left out where nobody is named.
func of(who, part string) text.Message {
	if who == "" {
		return text.Message{}
	}
	return text.Later(part, who)
}

// unsure is for a name service that may only be away.
func unsure(why error) text.Message {
	var dns *net.DNSError
	if errors.As(why, &dns) && (dns.IsTimeout || dns.IsTemporary) {
		return text.Later(", or the name service does not answer")
	}
	return text.Message{}
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
