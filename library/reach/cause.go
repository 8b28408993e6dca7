package reach

import (
	"errors"
	"net"
	"slices"

	"supportd/library/text"
)

// kindOf tells what one way failed of.
func kindOf(err error) Kind {
	var setting *SettingError
	var proxy *proxyError
	var untrusted *untrustedError
	var other *notRelayError
	var noTLS *noTLSError
	var dns *net.DNSError
	var limit net.Error
	switch {
	case errors.Is(err, ErrHostKey):
		return KindHostKey
	case errors.Is(err, errFull):
		return KindFull
	case errors.As(err, &setting):
		return KindSetting
	case errors.As(err, &proxy) && proxy.password:
		return KindProxyPassword
	case errors.As(err, &proxy):
		return KindProxy
	case errors.As(err, &untrusted):
		return untrusted.kind
	case errors.As(err, &other):
		return KindNotRelay
	case errors.As(err, &noTLS):
		return KindNoTLS
	case isAny(err, noRoute()):
		return KindNoNetwork
	case errors.As(err, &dns):
		return KindName
	case isAny(err, refused()):
		return KindRefused
	case isAny(err, noHost()), errors.As(err, &limit) && limit.Timeout():
		return KindTimeout
	}
	return KindBroken
}

func isAny(err error, these []error) bool {
	return slices.ContainsFunc(these, func(e error) bool { return errors.Is(err, e) })
}

// newError decides what is told of ways that failed. offline is asked only where
// names are not found.
func newError(failed []outcome, offline func() bool) *Error {
	e := &Error{}
	for _, o := range failed {
		e.Attempts = append(e.Attempts, Attempt{Way: o.way.String(), Err: o.err})
		if t := o.way.tried(); o.way.proxy == nil && !slices.Contains(e.Tried, t) {
			e.Tried = append(e.Tried, t)
		}
	}
	decisive := decisive(failed)
	e.Kind, e.Err = kindOf(decisive.err), decisive.err
	var proxy *proxyError
	var untrusted *untrustedError
	switch e.Kind {
	case KindProxy, KindProxyPassword:
		if errors.As(e.Err, &proxy) {
			e.Who = proxy.proxy
		}
	case KindSetting:
		var setting *SettingError
		if errors.As(e.Err, &setting) {
			e.Who = setting.Name
		}
	case KindNoTLS:
		var noTLS *noTLSError
		if errors.As(e.Err, &noTLS) {
			e.Who = noTLS.spoken
		}
	case KindUntrusted, KindSelfMade, KindExpired, KindNotYet, KindOtherName:
		if errors.As(e.Err, &untrusted) {
			e.Who = untrusted.who
		}
	case KindName:
		if offline() {
			e.Kind = KindNoNetwork
		}
	case KindRefused, KindTimeout:
		if len(e.Tried) > 1 && !allRefused(failed) {
			e.Kind = KindBlocked
		}
	}
	return e
}

// allRefused reports whether the computer itself has refused every direct way: then
// it is reached, and a network that lets nothing out is not the likeliest cause.
func allRefused(failed []outcome) bool {
	return !slices.ContainsFunc(failed, func(o outcome) bool {
		return o.way.proxy == nil && kindOf(o.err) != KindRefused
	})
}

// decisive is the way whose failure says most. What was seen of somebody in
// between comes first; a proxy's no counts where the proxy lets no way through;
// what the relay's own host says at 443 counts least, because a relay need not
// serve there.
func decisive(failed []outcome) outcome {
	kinds := make([]Kind, len(failed))
	trusted, passed := false, false // the relay's host was reached; the proxy let a way through
	for i, o := range failed {
		kinds[i] = kindOf(o.err)
		var other *notRelayError
		trusted = trusted || errors.As(o.err, &other) && other.trusted
		passed = passed || o.way.proxy != nil && kinds[i] != KindProxy && kinds[i] != KindSetting
	}
	order := []Kind{KindHostKey, KindFull, KindProxyPassword, KindUntrusted, KindSelfMade, KindExpired, KindNotYet, KindSetting}
	if !passed {
		order = append(order, KindProxy)
	}
	if !trusted {
		order = append(order, KindOtherName, KindNotRelay)
	}
	order = append(order, KindTimeout, KindRefused, KindName, KindNoNetwork, KindBroken, KindNoTLS, KindOtherName, KindNotRelay, KindProxy)
	for _, k := range order {
		if i := slices.Index(kinds, k); i >= 0 {
			return failed[i]
		}
	}
	return failed[0]
}

// offline reports whether this computer has no address but those that lead
// nowhere. Some systems say "no such name" where there is no network.
func (d *Dialer) offline() bool {
	list := d.addresses
	if list == nil {
		list = addressesInUse
	}
	addresses, err := list()
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(addresses, func(a net.Addr) bool {
		network, ok := a.(*net.IPNet)
		return ok && network.IP.IsGlobalUnicast()
	})
}

// addressesInUse are those of the interfaces that are connected: the others keep
// theirs.
func addressesInUse() (all []net.Addr, err error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagRunning == 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		all = append(all, addresses...)
	}
	return all, nil
}

// mayBePortal reports whether a captive portal would explain the failure.
func (e *Error) mayBePortal() bool {
	switch e.Kind {
	case KindNoNetwork, KindName, KindHostKey, KindProxyPassword, KindExpired, KindNotYet: // the certificate is the relay's own, but for its time
		return false
	}
	return true
}

// notePortal takes in what was found when looking for a captive portal. A page or
// another host's address is no sign of one where TLS has proved that the relay's
// own host was reached: then it is that host's.
func (e *Error) notePortal(p portal, failed []outcome) {
	name, trusted := "", false
	for _, o := range failed {
		var other *notRelayError
		var untrusted *untrustedError
		switch {
		case errors.As(o.err, &other):
			trusted = trusted || other.trusted
		case errors.As(o.err, &untrusted) && untrusted.kind == KindOtherName:
			name = orElse(name, untrusted.who)
		}
	}
	if !p.found || trusted && !p.certain {
		return
	}
	e.Kind, e.Who = KindPortal, text.Plain(orElse(p.host, name), maxShown)
}
