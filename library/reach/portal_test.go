package reach

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestW15_CaptivePortalIsNamed(t *testing.T) {
	redirect := "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.test/welcome?id=7\r\nContent-Length: 0\r\n\r\n"
	for name, c := range map[string]struct {
		set  func(t *testing.T, w *world)
		kind Kind
		who  string
	}{
		"sends elsewhere, rest is dropped": {func(_ *testing.T, w *world) {
			w.fails["relay.test:2222"], w.fails["relay.test:443"] = errBlackHole, errBlackHole
			w.peers["relay.test:80"] = says(redirect)
		}, KindPortal, "login.hotel.test"},
		"sends elsewhere, rest is refused": {func(_ *testing.T, w *world) {
			w.peers["relay.test:80"] = says(redirect)
		}, KindPortal, "login.hotel.test"},
		"answers itself on every port": {func(_ *testing.T, w *world) {
			for _, port := range []string{"2222", "443", "80"} {
				w.peers["relay.test:"+port] = says(page)
			}
		}, KindPortal, ""},
		"answers TLS with its own certificate": {func(t *testing.T, w *world) {
			w.fails["relay.test:2222"] = errBlackHole
			w.peers["relay.test:443"] = newAuthority(t, "Hotel").serves("portal.hotel.test", web(nil, page))
			w.peers["relay.test:80"] = says("HTTP/1.1 200 OK\r\n\r\n\ufeff <!DOCTYPE html>")
		}, KindPortal, "portal.hotel.test"},
		"status 511": {func(_ *testing.T, w *world) {
			w.fails["relay.test:2222"], w.fails["relay.test:443"] = errBlackHole, errBlackHole
			w.peers["relay.test:80"] = says("HTTP/1.1 511 Network Authentication Required\r\n\r\n")
		}, KindPortal, ""},
		"sends to no host": {func(_ *testing.T, w *world) {
			w.peers["relay.test:80"] = says("HTTP/1.1 511 Login\r\nLocation: http://\u202eevil%1b[2J/\r\n\r\n")
		}, KindPortal, ""},
		"sends to a long name": {func(_ *testing.T, w *world) {
			w.peers["relay.test:80"] = says("HTTP/1.1 302 Found\r\nLocation: http://" + strings.Repeat("abcdefghi.", 20) + "test/\r\n\r\n")
		}, KindPortal, strings.Repeat("abcdefghi.", 7) + "abcdefghi…"},
		"sends to something hostile": {func(_ *testing.T, w *world) {
			w.peers["relay.test:80"] = says("HTTP/1.1 302 Found\r\nLocation: http://evil\u202e.test/\r\n\r\n")
		}, KindPortal, ""},
		"sends to a page of its own": {func(_ *testing.T, w *world) {
			w.peers["relay.test:80"] = says("HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n")
		}, KindPortal, ""},
		"relay sends to its own TLS": {func(_ *testing.T, w *world) {
			w.peers["relay.test:80"] = says("HTTP/1.1 308 Permanent Redirect\r\nLocation: https://relay.test/\r\n\r\n")
		}, KindRefused, ""},
		"no page": {func(_ *testing.T, w *world) {
			w.peers["relay.test:80"] = says("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno")
		}, KindRefused, ""},
		"port 80 hangs": {func(_ *testing.T, w *world) { w.peers["relay.test:80"] = silent }, KindRefused, ""},
		"header without end": {func(_ *testing.T, w *world) {
			w.peers["relay.test:80"] = endless("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("a", 1000))
		}, KindRefused, ""},
		"something else than HTTP": {func(_ *testing.T, w *world) { w.peers["relay.test:80"] = says("SSH-2.0-x\r\n") }, KindRefused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				c.set(t, w)
				wantKind(t, w.join(w.dialer(), "relay.test"), c.kind, c.who)
				if took := time.Since(w.begin); took > 5*time.Second {
					t.Errorf("it took %v", took)
				}
			}))
		})
	}
}

// A certificate that a CA of ours has given to the portal names it.
func TestW15_PortalIsNamedByItsCertificate(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		w.peers["relay.test:443"] = ca.serves("portal.hotel.test", web(nil, page))
		w.peers["relay.test:80"] = says(page)
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		wantKind(t, w.join(d, "relay.test"), KindPortal, "portal.hotel.test")
	}))
}

// Nobody looks for a portal while SSH is heard.
func TestW15_WayThatIsHeardLooksForNoPortal(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.fails["relay.test:443"] = errBlackHole
		w.peers["relay.test:2222"] = func(nc net.Conn) { // a relay that is busy
			io.WriteString(nc, "come in\r\nSSH-2.0-")
			time.Sleep(5 * time.Second)
			io.WriteString(nc, "busy\r\n")
		}
		err := w.join(w.dialer(), "relay.test:2222", "relay.test:443")
		wantKind(t, err, KindBlocked, "")
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, d := range w.dials {
			if d == "1.5s relay.test:80" {
				t.Errorf("dialled %s while the relay was heard", d)
			}
		}
	}))
}
