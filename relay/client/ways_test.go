package client

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/reach"
)

// touched is a key that counts how often it has to sign, and waits for a finger.
type touched struct {
	ssh.Signer
	times *atomic.Int32
	again chan struct{} // has to sign twice
}

func (k touched) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	if k.times.Add(1) == 2 {
		close(k.again)
	}
	select {
	case <-k.again:
	case <-time.After(300 * time.Millisecond): // enough for the other way to come as far
	}
	return k.Signer.Sign(rand, data)
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// byPort is a network in which a host has these servers, by port. What else it has
// refuses.
func byPort(t *testing.T, ports map[string]dialFunc) *reach.Dialer {
	t.Helper()
	return &reach.Dialer{Net: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if dial := ports[port]; dial != nil {
			return dial(ctx, network, address)
		}
		return nil, net.UnknownNetworkError("nothing listens")
	}}
}

// together lets dial return only when it was called twice.
func together(dial dialFunc) dialFunc {
	var both sync.WaitGroup
	both.Add(2)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		both.Done()
		both.Wait()
		return dial(ctx, network, address)
	}
}

// Two ways lead to the relay at the same moment: a hardware key is touched once.
func TestKeySignsOnTheWinningWayOnly(t *testing.T) {
	w := newWorld(t)
	w.onRelay["whoami --json"] = says(`{"account":"alice"}`)
	o := w.options()
	times := &atomic.Int32{}
	o.Keys = []ssh.Signer{touched{w.csr, times, make(chan struct{})}}
	o.Address = reach.Address{Host: "relay.example"}
	both := together(w.dial)
	o.Dialer = byPort(t, map[string]dialFunc{"2222": both, "443": both})
	r, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.WhoAmI(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(w.relay.Conns()); times.Load() != 1 || n != 1 {
		t.Errorf("the key has signed %d times for %d logins", times.Load(), n)
	}
	if last := o.Dialer.Last(); !strings.HasPrefix(last, "ssh relay.example:") {
		t.Errorf("the last way is %q", last)
	}
}

func TestPinGoesOnOnlyWithTheRelaysKey(t *testing.T) {
	right, wrong := testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey()
	other := errors.New("another way was first")
	for name, c := range map[string]struct {
		key   ssh.PublicKey
		known error
		asked bool
		want  error
	}{
		"first": {right, nil, true, nil}, "second": {right, other, true, other}, "another key": {wrong, nil, false, reach.ErrHostKey},
	} {
		asked := false
		p := &pinned{want: []string{ssh.FingerprintSHA256(right)}, known: func() error { asked = true; return c.known }}
		if err := p.check("", nil, c.key); !errors.Is(err, c.want) || asked != c.asked || p.passed != (c.want == nil) {
			t.Errorf("%s: %v, asked %t, passed %t", name, err, asked, p.passed)
		}
	}
}

// A relay that takes no key is not asked by other ways.
func TestK1_RefusalEndsEveryWay(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Keys = []ssh.Signer{testkit.NewKey(t)}
	o.Address = reach.Address{Host: "relay.example"}
	var dials atomic.Int32
	o.Dialer = byPort(t, map[string]dialFunc{"2222": func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return w.dial(ctx, network, address)
	}, "443": func(context.Context, string, string) (net.Conn, error) {
		dials.Add(1)
		return nil, net.ErrClosed
	}})
	_, err := Dial(t.Context(), o)
	wantError(t, err, cmdline.ExitAuth, ErrRefused, "the relay at relay.example takes no key for the account alice")
	if dials.Load() != 1 {
		t.Errorf("%d connections were made", dials.Load())
	}
}

// Somebody in between who shows another key on one port holds up nobody; where
// nothing else answers, the key is what is told.
func TestK2_ImpostorOnOneWay(t *testing.T) {
	w, impostor := newWorld(t), newWorld(t)
	o := w.options()
	o.Address = reach.Address{Host: "relay.example"}
	o.Dialer = byPort(t, map[string]dialFunc{"2222": impostor.dial, "443": w.dial})
	r, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if o.Dialer.Last() != "ssh relay.example:443" || len(impostor.relay.Conns()) > 0 {
		t.Errorf("the last way is %q, the impostor has %d logins", o.Dialer.Last(), len(impostor.relay.Conns()))
	}
	o.Dialer = byPort(t, map[string]dialFunc{"2222": impostor.dial})
	_, err = Dial(t.Context(), o)
	wantError(t, err, cmdline.ExitAuth, ErrHostKey, "at relay.example is not the relay you trust", ssh.FingerprintSHA256(impostor.relayKey.PublicKey()), o.HostKey)
}

// The key is asked for by every way too; a page in the place of a relay is none.
func TestFingerprintByAnotherWay(t *testing.T) {
	w := newWorld(t)
	page := func(ctx context.Context, _, _ string) (net.Conn, error) {
		near, far, err := wirePair(ctx)
		if err == nil {
			go func() {
				_, _ = io.WriteString(far, "HTTP/1.1 302 Found\r\nLocation: http://hotel.example/\r\n\r\n")
				far.Close()
			}()
		}
		return near, err
	}
	o := w.options()
	o.HostKey, o.Keys, o.Address = "", nil, reach.Address{Host: "relay.example"}
	o.Dialer = byPort(t, map[string]dialFunc{"2222": page, "443": w.dial})
	got, err := Fingerprint(t.Context(), o)
	if err != nil || got != ssh.FingerprintSHA256(w.relayKey.PublicKey()) {
		t.Fatalf("%s, %v", got, err)
	}
	o.Dialer = byPort(t, map[string]dialFunc{"2222": page})
	_, err = Fingerprint(t.Context(), o)
	wantError(t, err, cmdline.ExitUnreachable, ErrUnreachable, "cannot reach the relay at relay.example: ")
}

// Each cause has its own words, its exit code, and something to do.
func TestN8_CausesAreToldApart(t *testing.T) {
	o := Options{Address: reach.Address{Host: "relay.example"}, HostKey: "SHA256:mine"}
	texts := map[string]reach.Kind{}
	for kind, words := range map[reach.Kind][]string{
		reach.KindNoNetwork:     {"in no network"},
		reach.KindName:          {"no host of that name", "is written"},
		reach.KindPortal:        {"wants a login first, on a page of who.example", "browser"},
		reach.KindBlocked:       {"tried 2222, 443 and https", "another network"},
		reach.KindRefused:       {"connection refused at 2222, 443 and https", "does not run"},
		reach.KindTimeout:       {"does not answer", "without a port"},
		reach.KindProxy:         {"the proxy who.example cannot be reached, or refuses", "HTTPS_PROXY"},
		reach.KindProxyPassword: {"the proxy who.example wants a user and a password", "HTTPS_PROXY=http://USER:PASSWORD@"},
		reach.KindSetting:       {"the proxy setting of this computer (who.example) is not understood", "http://USER:PASSWORD@HOST:PORT"},
		reach.KindUntrusted:     {"(who.example)", "CA"},
		reach.KindSelfMade:      {"made by itself (who.example)", "CA"},
		reach.KindExpired:       {"has expired: it was valid until who.example; this computer's clock says 20", "tell the relay's admin", "set it"},
		reach.KindNotYet:        {"is not valid yet: it is from who.example on; this computer's clock says 20", "set this computer's clock"},
		reach.KindOtherName:     {"not the relay's, but that of who.example", "is written"},
		reach.KindNoTLS:         {"speaks who.example, and no TLS", "without https://"},
		reach.KindNotRelay:      {"is not a relay (io: read/write on closed pipe)", "host and port"},
		reach.KindBroken:        {"broke off (io: read/write on closed pipe)"},
		reach.KindHostKey:       {"not the relay you trust", "SHA256:seen", "SHA256:mine"},
	} {
		e := &reach.Error{Kind: kind, Who: "who.example", Tried: []string{"2222", "443", "https"}, Err: io.ErrClosedPipe}
		code, cause := cmdline.ExitUnreachable, ErrUnreachable
		if kind == reach.KindHostKey {
			e.Err, code, cause = &otherKey{"SHA256:seen"}, cmdline.ExitAuth, ErrHostKey
		}
		err := o.failed(e)
		wantError(t, err, code, cause, append(words, "relay.example")...)
		if other, twice := texts[err.Error()]; twice {
			t.Errorf("kinds %d and %d are both told as %q", kind, other, err)
		}
		texts[err.Error()] = kind
		e.Who = ""
		if err := o.failed(e); strings.Contains(err.Error(), "who.example") || strings.Contains(err.Error(), "  ") || strings.Contains(err.Error(), "%!") {
			t.Errorf("without a name: %v", err)
		}
	}
	untrusted := &reach.Error{Kind: reach.KindUntrusted, Who: "Corp CA"}
	o.HostKey = ""
	wantError(t, o.failed(untrusted), cmdline.ExitUnreachable, ErrUnreachable, "Corp CA", "--relay-key")
	right := "SHA256:" + strings.Repeat("abcd", 10) + "abc"
	o.HostKey = strings.Replace(right, "abcd", "abXd", 1)
	wantError(t, o.failed(&reach.Error{Kind: reach.KindHostKey, Err: &otherKey{right}}), cmdline.ExitAuth, ErrHostKey,
		"is probably mistyped: the characters 1 to 4 behind SHA256: are abXd, and at the relay abcd")
	o.HostKey = ""
	o.Address.Port = "2222"
	refused := o.failed(&reach.Error{Kind: reach.KindRefused, Tried: []string{"2222"}})
	wantError(t, refused, cmdline.ExitUnreachable, ErrUnreachable, "nothing listens there (connection refused)", "host and port")
	o.Address.Port = ""
	dns := &reach.Error{Kind: reach.KindName, Err: &net.DNSError{IsTimeout: true}}
	wantError(t, o.failed(dns), cmdline.ExitUnreachable, ErrUnreachable, "name service does not answer")
	if list([]string{"2222"}).String() != "2222" || list([]string{"443", "https"}).String() != "443 and https" || list(nil).String() != "" {
		t.Error("ports are not listed well")
	}
}
