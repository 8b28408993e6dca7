package reach

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestInside(t *testing.T) {
	for ip, want := range map[string]string{
		"127.0.0.1": "loopback", "127.9.9.9": "loopback", "::1": "loopback", "0.0.0.0": "loopback", "::": "loopback", "::ffff:127.0.0.1": "loopback",
		"10.0.0.1": "private", "172.16.0.1": "private", "192.168.1.1": "private", "100.64.0.1": "private", "fd00::1": "private", "::ffff:10.0.0.1": "private",
		"169.254.169.254": "link-local", "fe80::1": "link-local", "fe80::1%eth0": "link-local", "::ffff:169.254.169.254": "link-local",
		"224.0.0.1": "none", "255.255.255.255": "none", "ff02::1": "none",
		"192.0.2.1": "", "172.32.0.1": "", "100.128.0.1": "", "2001:db8::1": "", "::ffff:192.0.2.1": "",
	} {
		if got := Inside(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %q, want %q", ip, got, want)
		}
	}
}

var errScreened = errors.New("not this one")

// public refuses what the internet does not lead to, for one host.
func public(host string) func(string) func(netip.Addr) error {
	return func(h string) func(netip.Addr) error {
		if h != host {
			return nil
		}
		return func(ip netip.Addr) error {
			if Inside(ip) != "" {
				return errScreened
			}
			return nil
		}
	}
}

// What a name means is known when it has been looked up, and the connection is made to
// just that.
func TestAScreenedHostGetsNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost"} {
		d := &Dialer{Screen: public(host)}
		_, err := Open(t.Context(), d, []Address{{Host: host, Port: port}}, true, nil)
		if !errors.Is(err, errScreened) {
			t.Errorf("%s: %v", host, err)
		}
	}
	// Nothing waits to be accepted but what comes now.
	nc, err := (&Dialer{Screen: public("relay.example")}).dial(t.Context(), l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if got, err := l.Accept(); err != nil || got.RemoteAddr().String() != nc.LocalAddr().String() {
		t.Errorf("%v, %v", got.RemoteAddr(), err)
	}
}

// A proxy leads to the same networks most often.
func TestAProxyIsNotAskedForAScreenedHost(t *testing.T) {
	for name, c := range map[string]struct {
		found []string
		err   error
		want  bool
	}{
		"public":       {[]string{"192.0.2.9"}, nil, true},
		"private":      {[]string{"10.0.0.9"}, nil, false},
		"both":         {[]string{"192.0.2.9", "10.0.0.9"}, nil, false},
		"not known":    {nil, &net.DNSError{Err: "no such host", IsNotFound: true}, true},
		"no answer":    {nil, context.DeadlineExceeded, true},
		"another host": {[]string{"10.0.0.9"}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				behindProxy(w, connectProxy("", map[string]peer{"relay.test:443": w.relay}))
				d := w.dialer()
				d.Proxy = proxies("http://proxy.test:8080")
				d.Screen = public("relay.test")
				if name == "another host" {
					d.Screen = public("other.test")
				}
				d.lookup = func(ctx context.Context, host string) (ips []net.IPAddr, err error) {
					if _, limited := ctx.Deadline(); !limited || host != "relay.test" {
						t.Errorf("%q is looked up, with a limit: %v", host, limited)
					}
					if c.err == context.DeadlineExceeded {
						<-ctx.Done()
					}
					for _, ip := range c.found {
						ips = append(ips, net.IPAddr{IP: net.ParseIP(ip)})
					}
					return ips, c.err
				}
				err := w.join(d, "relay.test:443")
				if (err == nil) != c.want {
					t.Fatal(err)
				}
				if !c.want {
					w.mu.Lock()
					defer w.mu.Unlock()
					for _, dialed := range w.dials {
						if dialed[len(dialed)-len("proxy.test:8080"):] == "proxy.test:8080" {
							t.Errorf("dialled %q", w.dials)
						}
					}
				}
				if took := time.Since(w.begin); took > connectTime+lookTime {
					t.Errorf("it took %v", took)
				}
			}))
		})
	}
}
