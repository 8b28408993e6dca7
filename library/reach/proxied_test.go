package reach

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pires/go-proxyproto"
)

const proxyAddr, stranger = "192.0.2.10:5000", "198.51.100.9:6000"

func trusted(t *testing.T, texts ...string) Proxies {
	t.Helper()
	p, err := ParseProxies(texts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// header is one of the PROXY protocol.
func header(t *testing.T, version byte, from, to string) string {
	t.Helper()
	h := proxyproto.HeaderProxyFromAddrs(version, addrOf(from), addrOf(to))
	if from == "" {
		h = &proxyproto.Header{Version: version, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	}
	text, err := h.Format()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The source of a connection is what a trusted proxy says, on ports for SSH alone
// too, and never what anybody else says.
func TestW4_TheSourceThatATrustedProxyTells(t *testing.T) {
	const client, reached = "203.0.113.7:1234", "192.0.2.1:443"
	const client6, reached6 = "[2001:db8::7]:1234", "[2001:db8::1]:443"
	const ssh, get = "SSH-2.0-client\r\n", "GET / HTTP/1.1\r\n"
	for _, c := range []struct {
		name, peer, sent string
		from, to         string
		as               string // "" is refused
		onSSH            bool   // on a port for SSH alone, too
	}{
		{"version 1", proxyAddr, header(t, 1, client, reached) + ssh, client, reached, "SSH", true},
		{"version 2", proxyAddr, header(t, 2, client, reached) + ssh, client, reached, "SSH", true},
		{"version 1 of IPv6", proxyAddr, header(t, 1, client6, reached6) + ssh, client6, reached6, "SSH", true},
		{"version 2 of IPv6", proxyAddr, header(t, 2, client6, reached6) + ssh, client6, reached6, "SSH", true},
		{"version 2 with HTTP", proxyAddr, header(t, 2, client, reached) + get, client, reached, "HTTP", false},
		{"the proxy's own connection", proxyAddr, header(t, 2, "", "") + ssh, proxyAddr, "pipe", "SSH", true},
		{"an unknown source", proxyAddr, "PROXY UNKNOWN\r\n" + ssh, proxyAddr, "pipe", "SSH", true},
		{"a proxy without a header", proxyAddr, ssh, proxyAddr, "pipe", "SSH", true},
		{"a proxy for HTTP without a header", proxyAddr, get, proxyAddr, "pipe", "HTTP", false},
		{"a second header", proxyAddr, header(t, 1, client, reached) + header(t, 1, "203.0.113.8:1", reached) + ssh, "", "", "", false},
		{"a broken header", proxyAddr, "PROXY TCP4 203.0.113.7 192.0.2.1 x 1\r\n" + ssh, "", "", "", true},
		{"a header without an end", proxyAddr, "PROXY TCP4 " + strings.Repeat("1", 200), "", "", "", true},
		{"a huge header", proxyAddr, "\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + strings.Repeat("x", 9000), "", "", "", true},
		{"a stranger's header", stranger, header(t, 1, client, reached) + ssh, "", "", "", false},
		{"a stranger's header of version 2", stranger, header(t, 2, client, reached) + ssh, "", "", "", false},
		{"a stranger without one", stranger, ssh, stranger, "pipe", "SSH", true},
	} {
		for _, sshOnly := range []bool{false, true} {
			if sshOnly && !c.onSSH {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := newPort(t, func(o *SplitOptions) {
						o.Proxies = trusted(t, "192.0.2.10")
						if sshOnly {
							o.TLS, o.HTTP = nil, nil
						}
					})
					nc := p.dial(c.peer)
					send(nc, c.sent, len(c.sent))
					if c.as == "" {
						io.Copy(io.Discard, nc)
						if len(p.handed) > 0 {
							t.Errorf("it was handed on")
						}
						return
					}
					want := ssh
					if c.as == "HTTP" {
						want = get
					}
					got := p.expect(c.as, want)
					if got.RemoteAddr().String() != c.from || got.LocalAddr().String() != c.to {
						t.Errorf("from %v to %v, want %s and %s", got.RemoteAddr(), got.LocalAddr(), c.from, c.to)
					}
				})
			})
		}
	}
}

// A stranger's header goes to SSH as it is on a port for SSH alone, which then refuses
// it: nothing is believed, and nothing waits.
func TestW4_AStrangersHeaderIsRubbish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, func(o *SplitOptions) { o.Proxies, o.TLS, o.HTTP = trusted(t, "192.0.2.10"), nil, nil })
		text := header(t, 1, "203.0.113.7:1", "192.0.2.1:1")
		send(p.dial(stranger), text, len(text))
		if nc := p.expect("SSH", text); nc.RemoteAddr().String() != stranger {
			t.Error(nc.RemoteAddr())
		}
	})
}

// A proxy that says nothing brings SSH that waits for the server's line; half a header
// is cut off; and a client behind a header has its own second of silence.
func TestW4_W10_SlowProxies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, func(o *SplitOptions) { o.Proxies = trusted(t, "192.0.2.0/24") })
		p.dial(proxyAddr)
		time.Sleep(silence)
		p.expect("SSH", "")
		half := p.dial(proxyAddr)
		began := time.Now()
		send(half, "PROXY TCP4 1", 3)
		io.Copy(io.Discard, half)
		if took := time.Since(began); took > tellTime {
			t.Errorf("half a header was cut off after %v", took)
		}
		late := p.dial(proxyAddr)
		time.Sleep(silence * 9 / 10)
		send(late, header(t, 1, "203.0.113.7:1", "192.0.2.1:443"), 1000)
		time.Sleep(silence * 9 / 10)
		send(late, "GET / HTTP/1.1\r\n", 1000)
		p.expect("HTTP", "GET / HTTP/1.1\r\n")
	})
}

// What a proxy cannot have meant is told once in the log; that it looks whether
// somebody listens is not.
func TestProxiesThatAreBrokenAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, func(o *SplitOptions) { o.Proxies = trusted(t, "192.0.2.10") })
		p.dial(proxyAddr).Close()
		synctest.Wait()
		if log := p.log.String(); log != "" {
			t.Error(log)
		}
		nc := p.dial(proxyAddr)
		send(nc, "PROXY TCP4 nonsense\r\n", 100)
		io.Copy(io.Discard, nc)
		synctest.Wait() // it is told behind the end of the connection
		if log := p.log.String(); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "from="+proxyAddr) {
			t.Error(log)
		}
	})
}

// W4: a proxy that brings SSH and does not say whose it is has one line an hour. Its own
// look whether SSH answers is none, nor is HTTP, whose headers may say it.
func TestW4_AProxyThatTellsNoSourceOfSSH(t *testing.T) {
	for _, all := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			p := newPort(t, func(o *SplitOptions) {
				o.Proxies = trusted(t, "192.0.2.10")
				if !all { // a port of SSH alone
					o.TLS, o.HTTP = nil, nil
				}
			})
			brings := func(as, what string) {
				send(p.dial(proxyAddr), what, 1000)
				p.expect(as, what[strings.Index(what, "SSH-"):])
			}
			brings("SSH", "PROXY UNKNOWN\r\nSSH-2.0-x\r\n")
			brings("SSH", "SSH-2.0-x\r\n")
			send(p.dial(proxyAddr), header(t, 2, "", "")+"SSH-2.0-x\r\n", 1000)
			p.expect("SSH", "SSH-2.0-x\r\n")
			told := func(want int) {
				t.Helper()
				if log := p.log.String(); strings.Count(log, "level=WARN") != want || strings.Count(log, "send-proxy-v2") != want || !strings.Contains(log, "proxy=192.0.2.10") {
					t.Errorf("want %d lines:\n%s", want, log)
				}
			}
			told(1)
			if all {
				send(p.dial(proxyAddr), "GET / HTTP/1.1\r\n", 1000)
				p.expect("HTTP", "GET / HTTP/1.1\r\n")
			}
			time.Sleep(silentInterval)
			brings("SSH", "SSH-2.0-x\r\n")
			told(2)
		})
	}
}

// A proxy that goes on being broken has one line a minute, which says how often.
func TestBrokenProxiesAreToldOncePerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, func(o *SplitOptions) { o.Proxies = trusted(t, "192.0.2.0/24") })
		broken := func(addr string, n int) {
			for range n {
				nc := p.dial(addr)
				send(nc, "PROXY TCP4 nonsense\r\n", 100)
				io.Copy(io.Discard, nc)
			}
			synctest.Wait()
		}
		broken(proxyAddr, 10)
		broken("192.0.2.11:1", 1)
		if log := p.log.String(); strings.Count(log, "count=1\n") != 2 || strings.Count(log, "level=WARN") != 2 {
			t.Error(log)
		}
		time.Sleep(brokenInterval)
		broken(proxyAddr, 3)
		if log := p.log.String(); strings.Count(log, "count=10\n") != 1 || strings.Count(log, "level=WARN") != 3 {
			t.Error(log)
		}
	})
}

// The limits are counted for who is behind a proxy: one of them who is slow keeps no
// other one out.
func TestW4_LimitsAreForTheTrueSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, func(o *SplitOptions) { o.Proxies = trusted(t, "192.0.2.10") })
		victim := p.dial(proxyAddr)
		send(victim, header(t, 1, "203.0.113.1:1", "192.0.2.1:443")+"G", 1000)
		synctest.Wait()
		for range 2 * maxUntold {
			nc := p.dial(proxyAddr)
			send(nc, header(t, 1, "203.0.113.9:1", "192.0.2.1:443")+"G", 1000)
			synctest.Wait()
		}
		send(victim, "ET / HTTP/1.1\r\n", 1000)
		if nc := p.expect("HTTP", "GET / HTTP/1.1\r\n"); nc.RemoteAddr().String() != "203.0.113.1:1" {
			t.Error(nc.RemoteAddr())
		}
	})
}

func TestR7_ProxiesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.10": "", "192.0.2.0/24": "", "2001:db8::/32": "", "::1": "",
		"0.0.0.0/0": "everybody", "::/0": "everybody", "proxy.example": "no address or network", "192.0.2.1:80": "no address or network",
		"192.0.2.0/33": "no address or network", "fe80::1%eth0": "no address or network", "": "no address or network", "::ffff:192.0.2.1": "write it as an IPv4",
	} {
		_, err := ParseProxies([]string{text})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if (Proxies{}).Trust(addrOf(proxyAddr)) || trusted(t, "192.0.2.10").Trust(pipeAddr{}) {
		t.Error("somebody is trusted who was not named")
	}
}

// addrOf is an address of TCP.
func addrOf(text string) net.Addr {
	ap, err := netip.ParseAddrPort(text)
	if err != nil {
		return &net.TCPAddr{}
	}
	return net.TCPAddrFromAddrPort(ap)
}

// Whatever a trusted proxy sends, a header never changes a source to what it does
// not say, and never breaks the server.
func FuzzW4_ProxyHeader(f *testing.F) {
	for _, seed := range []string{"PROXY TCP4 203.0.113.7 192.0.2.1 1 2\r\nSSH-", "PROXY UNKNOWN\r\n", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", "SSH-2.0-x\r\n", "P", "\r"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := &begun{Conn: &replay{bytes.NewReader(sent)}}
		if err := c.readProxyHeader(time.Now()); err != nil {
			return
		}
		rest, err := io.ReadAll(c)
		if err != nil || !bytes.HasSuffix(sent, rest) || !c.Proxied() && c.RemoteAddr() != (pipeAddr{}) {
			t.Errorf("%q: %q is left, %v, from %v", sent, rest, err, c.RemoteAddr())
		}
	})
}

// replay is a connection on which everything has been sent.
type replay struct{ *bytes.Reader }

func (replay) Write(p []byte) (int, error)      { return len(p), nil }
func (replay) Close() error                     { return nil }
func (replay) LocalAddr() net.Addr              { return pipeAddr{} }
func (replay) RemoteAddr() net.Addr             { return pipeAddr{} }
func (replay) SetDeadline(time.Time) error      { return nil }
func (replay) SetReadDeadline(time.Time) error  { return nil }
func (replay) SetWriteDeadline(time.Time) error { return nil }
