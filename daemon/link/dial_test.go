package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"

	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/reach"
)

// N8: what library/reach tells apart, the customer is told apart.
func TestN8_EachKindIsAProblemOfItsOwn(t *testing.T) {
	seen := map[notice.Problem]reach.Kind{}
	for k := reach.KindBroken; k <= reach.KindHostKey; k++ {
		p := problemOf(k)
		if other, twice := seen[p]; twice || p == notice.ProblemNone {
			t.Errorf("kinds %d and %d are problem %d", k, other, p)
		}
		seen[p] = k
	}
}

func TestRelayErrorHasWhatPeopleAreTold(t *testing.T) {
	relay := state.Relay{Addresses: []reach.Address{{Host: "relay.example"}}, Keys: []string{"SHA256:a", "SHA256:b"}}
	var e *RelayError
	err := relayError(&reach.Error{Kind: reach.KindPortal, Who: "login.example", Tried: []string{"2222", "443"}}, relay)
	if !errors.As(err, &e) || e.Problem != notice.ProblemPortal || e.Who != "login.example" || e.Relay != "relay.example" || len(e.Tried) != 2 || e.Key != "" || e.Final() {
		t.Errorf("%+v", err)
	}
	err = relayError(&reach.Error{Kind: reach.KindHostKey, Err: fmt.Errorf("handshake: %w", &otherKey{"SHA256:c"})}, relay)
	if !errors.As(err, &e) || e.Problem != notice.ProblemHostKey || e.Key != "SHA256:c" || len(e.Meant) != 2 || !e.Final() {
		t.Errorf("%+v", err)
	}
	if got := relayError(os.ErrClosed, relay); got != os.ErrClosed {
		t.Errorf("%v", got)
	}
}

// The proxy that the customer's environment named is known to what starts the program
// after a restart, its password is not, and what the system names now goes before it.
func TestW13_TheProxyIsRememberedWithoutItsPassword(t *testing.T) {
	named := func(proxy string) *reach.Dialer {
		return &reach.Dialer{Proxy: reach.System(func(name string) string {
			return map[string]string{"https_proxy": proxy, "no_proxy": "inside.example"}[name]
		})}
	}
	at := func(host, port string) state.Relay {
		return state.Relay{Addresses: []reach.Address{{Host: host, Port: port}}}
	}
	for _, c := range []struct {
		dialer *reach.Dialer
		relay  state.Relay
		want   string
	}{
		{named("http://bob:hunter22@proxy.example:3128"), at("relay.example", ""), "http://proxy.example:3128"},
		{named("socks5://bob:hunter22@[2001:db8::1]:1080"), at("2001:db8::2", "22"), "socks5://[2001:db8::1]:1080"},
		{named("proxy.example:3128"), at("relay.example", "22"), "http://proxy.example:3128"},
		{named("http://proxy.example:3128"), at("inside.example", "2222"), ""},
		{named(""), at("relay.example", ""), ""},
		{new(reach.Dialer), at("relay.example", ""), ""},
	} {
		got := c.dialer.ProxyTo(c.relay.Addresses[0])
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.relay, got, c.want)
		}
		later, other := new(reach.Dialer), named("http://other.example")
		c.relay.Proxy, c.relay.Way = got, "ssh relay.example:443 by proxy"
		Remember(later, c.relay)
		Remember(other, c.relay)
		if again := later.ProxyTo(c.relay.Addresses[0]); again != c.want || later.Last() != c.relay.Way {
			t.Errorf("%v: later %q, %q", c.relay, again, later.Last())
		}
		if now := other.ProxyTo(c.relay.Addresses[0]); now != "http://other.example" && c.relay.Addresses[0].Host != "inside.example" {
			t.Errorf("%v: now %q", c.relay, now)
		}
	}
	for _, damaged := range []string{"ftp://proxy.example", "proxy.example:3128", "http://", "http://bob@proxy.example", "\x00", "//proxy.example"} {
		d := new(reach.Dialer)
		Remember(d, state.Relay{Proxy: damaged})
		if d.Proxy != nil {
			t.Errorf("%q is a proxy", damaged)
		}
	}
}

// A Stop while the ways are tried ends the dialing with its cause, whatever hangs.
func TestStopEndsTheDialing(t *testing.T) {
	id, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	hangs := &reach.Dialer{Net: func(ctx context.Context, _, _ string) (net.Conn, error) {
		cancel(stop)
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	relay := state.Relay{Addresses: []reach.Address{{Host: "relay.example"}}, Keys: []string{"SHA256:a"}}
	if _, err := dial(ctx, hangs, relay, relay.Addresses, id.Signer); err != stop {
		t.Errorf("%v", err)
	}
	if _, err := RelayKey(ctx, hangs, relay.Addresses); err != stop {
		t.Errorf("%v", err)
	}
}
