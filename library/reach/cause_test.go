package reach

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestN8_EachCauseHasItsOwnKind(t *testing.T) {
	unreachable := os.NewSyscallError("connect", noRoute()[0])
	noHost := os.NewSyscallError("connect", noHost()[0])
	reset := os.NewSyscallError("read", syscall.ECONNRESET)
	all := []string{"2222", "443", "80"}
	said := map[string]Kind{}
	for name, c := range map[string]struct {
		address string
		set     func(w *world, at func(port string) string)
		kind    Kind
		tried   string
		within  time.Duration
	}{
		"no network":              {"relay.test", fails(unreachable, all...), KindNoNetwork, "2222 443 https", 0},
		"unknown name":            {"unknown.test", fails(nil), KindName, "2222 443 https", 0},
		"nobody answers anywhere": {"relay.test", fails(errBlackHole, all...), KindBlocked, "2222 443 https", 5 * time.Second},
		"no name server answers":  {"lost.test", fails(nil), KindName, "2222 443 https", 5 * time.Second},
		"refused everywhere":      {"relay.test", fails(nil), KindRefused, "2222 443 https", 0},
		"refused but for one":     {"relay.test", fails(errBlackHole, "2222", "80"), KindBlocked, "2222 443 https", 5 * time.Second},
		"refused at one port":     {"relay.test:7022", fails(nil), KindRefused, "7022", 0},
		"silent at one port":      {"relay.test:7022", fails(errBlackHole, "7022", "80"), KindTimeout, "7022", 5 * time.Second},
		"no such host in the net": {"relay.test:7022", fails(noHost, "7022", "80"), KindTimeout, "7022", 0},
		"broken off":              {"relay.test:7022", fails(reset, "7022", "80"), KindBroken, "7022", 0},
		"accepted and silent":     {"relay.test:7022", answers(silent, "7022"), KindTimeout, "7022", 14 * time.Second},
		"closed at once":          {"relay.test:7022", answers(func(net.Conn) {}, "7022"), KindBroken, "7022", 0},
		"a mail server":           {"relay.test:25", answers(func(nc net.Conn) { says("220 mail\r\n")(nc); silent(nc) }, "25"), KindNotRelay, "25", 14 * time.Second},
		"a web server":            {"relay.test:7022", answers(says("HTTP/1.1 400 Bad Request\r\n\r\n"), "7022"), KindNotRelay, "7022", 0},
		"talks without end":       {"relay.test:7022", answers(endless("", strings.Repeat("blah\r\n", 100)), "7022"), KindNotRelay, "7022", time.Second},
		"TLS without a web server": {"https://relay.test:8443", answers(says("\x15\x03\x01\x00\x02\x02\x28"), "8443"),
			KindNoTLS, "https:8443", 0},
		"SSH instead of TLS": {"https://relay.test:2222", answers(says("SSH-2.0-x\r\n"), "2222"), KindNoTLS, "https:2222", 0},
		"HTTP without TLS":   {"https://relay.test", answers(says("HTTP/1.1 400 Bad Request\r\n\r\n"), "443"), KindNotRelay, "https", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				host := addresses(t, c.address)[0].Host
				c.set(w, func(port string) string { return net.JoinHostPort(host, port) })
				failed := wantKind(t, w.join(w.dialer(), c.address), c.kind, map[string]string{"SSH instead of TLS": "SSH"}[name])
				if got := strings.Join(failed.Tried, " "); got != c.tried {
					t.Errorf("tried %q, want %q", got, c.tried)
				}
				if took := time.Since(w.begin); took > c.within {
					t.Errorf("it took %v, want %v at most", took, c.within)
				}
				if other, ok := said[strings.SplitN(failed.Error(), "(", 2)[0]]; ok && other != c.kind {
					t.Errorf("%v is said of kind %d too", failed, other)
				}
				said[strings.SplitN(failed.Error(), "(", 2)[0]] = c.kind
				if failed.Err == nil || len(failed.Attempts) == 0 {
					t.Errorf("%v has no cause", failed)
				}
			}))
		})
	}
}

// fails lets connections to these ports fail.
func fails(err error, ports ...string) func(*world, func(string) string) {
	return func(w *world, at func(string) string) {
		for _, p := range ports {
			w.fails[at(p)] = err
		}
	}
}

// answers has a peer at one port.
func answers(p peer, port string) func(*world, func(string) string) {
	return func(w *world, at func(string) string) { w.peers[at(port)] = p }
}

// Some systems say "no such name" where there is no network at all.
func TestN8_NoNetworkThatLooksLikeAnUnknownName(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		d := w.dialer()
		d.addresses = func() ([]net.Addr, error) {
			return []net.Addr{&net.IPNet{IP: net.IPv6loopback}, &net.IPNet{IP: net.ParseIP("169.254.7.7")}, &net.IPNet{IP: net.ParseIP("fe80::1")}}, nil
		}
		wantKind(t, w.join(d, "unknown.test"), KindNoNetwork, "")
	}))
}

// A web server that really is the relay's host is no reason to speak of anything
// but the port at which the relay should answer.
func TestN8_RealWebServerOnTheRelaysHost(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		w.fails["relay.test:2222"] = errBlackHole
		w.peers["relay.test:443"] = ca.serves("relay.test", web(nil, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<html>"))
		w.peers["relay.test:80"] = says("HTTP/1.1 302 Found\r\nLocation: https://www.example.test/\r\n\r\n")
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		wantKind(t, w.join(d, "relay.test"), KindBlocked, "")
		err := w.join(d, "https://relay.test")
		if failed := wantKind(t, err, KindNotRelay, ""); !strings.Contains(failed.Error(), "404") {
			t.Errorf("%v does not say what answered", failed)
		}
	}))
}

func TestN8_CauseOfTheCallerIsToldAsItIs(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.fails["relay.test:2222"] = errBlackHole
		cause := fmt.Errorf("ended by the customer")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		if err := w.joinPinned(ctx, w.dialer(), true, "relay.test:2222"); err != cause {
			t.Errorf("error %v, want the cause", err)
		}
	}))
	if _, err := Connect(t.Context(), &Dialer{}, nil, true, func(context.Context, net.Conn, func() error) (int, error) { return 0, nil }); err == nil {
		t.Error("no address, and no error")
	}
}

func TestAddressesInUse(t *testing.T) {
	all, err := addressesInUse()
	if err != nil || len(all) == 0 {
		t.Errorf("%v, not even loopback: %v", all, err)
	}
}
