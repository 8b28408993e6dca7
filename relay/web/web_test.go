package web

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/library/reach"
)

func TestHealthzSaysOkAlone(t *testing.T) {
	s := newSite(t, nil)
	resp, body := s.ask(visitor, "GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
	if resp.StatusCode != http.StatusOK || body != "ok" || resp.Header.Get("Server") != "" {
		t.Errorf("%v %q", resp.Status, body)
	}
	for _, path := range []string{"/readyz", "/metrics", "/healthz/", "/healthz/x", "/..", "/d/x", "/SSH", "//ssh", "/J/482913077", "/index.html", "/page/run.sh"} {
		if resp, body := s.ask(visitor, "GET "+path+" HTTP/1.1\r\nHost: r\r\n\r\n"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %v %q", path, resp.Status, body)
		}
	}
}

// W6: what is huge is refused with its status, and before all of it has come.
func TestW6_HugeRequests(t *testing.T) {
	s := newSite(t, nil)
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"an address":                {"GET /" + long[:maxURL] + " HTTP/1.1\r\nHost: r\r\n\r\n", http.StatusRequestURITooLong},
		"an address of a megabyte":  {"GET /" + long + " HTTP/1.1\r\nHost: r\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"a header":                  {"GET /healthz HTTP/1.1\r\nHost: r\r\nX: " + long + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"many headers":              {"GET /healthz HTTP/1.1\r\nHost: r\r\n" + strings.Repeat("X: y\r\n", 10_000) + "\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"a body":                    {"POST /healthz HTTP/1.1\r\nHost: r\r\nContent-Length: 1048576\r\n\r\n" + long, http.StatusRequestEntityTooLarge},
		"a body that is announced":  {"POST /ssh HTTP/1.1\r\nHost: r\r\nContent-Length: 99999999999\r\n\r\n", http.StatusRequestEntityTooLarge},
		"a body in pieces":          {"POST /healthz HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", http.StatusRequestEntityTooLarge},
		"a WebSocket with a body":   {"GET /ssh HTTP/1.1\r\nHost: r\r\nContent-Length: 5\r\n\r\nhello", http.StatusRequestEntityTooLarge},
		"the longest address":       {"GET /" + long[:maxURL-1] + " HTTP/1.1\r\nHost: r\r\n\r\n", http.StatusNotFound},
		"lengths that contradict":   {"POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", http.StatusBadRequest},
		"another version":           {"GET / HTTP/9.9\r\nHost: r\r\n\r\n", http.StatusHTTPVersionNotSupported},
		"no host":                   {"GET / HTTP/1.1\r\n\r\n", http.StatusBadRequest},
		"an upgrade to HTTP/2":      {"GET /healthz HTTP/1.1\r\nHost: r\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", http.StatusOK},
		"an address of another one": {"GET http://other.example/x HTTP/1.1\r\nHost: r\r\n\r\n", http.StatusMisdirectedRequest},
		"a tunnel to elsewhere":     {"CONNECT 192.0.2.1:22 HTTP/1.1\r\nHost: r\r\n\r\n", http.StatusMisdirectedRequest},
	} {
		if resp, body := s.ask(visitor, c.request); resp.StatusCode != c.want {
			t.Errorf("%s: %v %q", name, resp.Status, body)
		}
	}
}

// W5: slow headers and bodies are cut off in time, and an idle connection is closed.
func TestW5_SlowRequestsAreCutOff(t *testing.T) {
	for _, c := range []struct {
		name, at, slowly string
		most             time.Duration
	}{
		{"a header", "G", "ET / HTTP/1.1\r\nHost: r\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", headerTime + 5*time.Second}, // five seconds to be told apart,
		{"a body", "POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 1000\r\n\r\n", strings.Repeat("x", 1000), requestTime + time.Second},
		{"nothing more", "GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n", "", idleTime},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, nil)
				nc := s.dial(visitor)
				began := time.Now()
				done := make(chan struct{})
				go func() {
					defer close(done)
					if _, err := io.WriteString(nc, c.at); err != nil {
						return
					}
					for _, b := range []byte(c.slowly) {
						if _, err := nc.Write([]byte{b}); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
				}()
				answer, _ := io.ReadAll(nc)
				if took := time.Since(began); took > c.most {
					t.Errorf("closed after %v, at most %v; it said %.40q", took, c.most, answer)
				}
				<-done
			})
		})
	}
}

// W5: 500 slow clients, and many more, keep nobody out, also of the same source.
func TestW5_SlowClientsKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		for i := range 2 * maxConns {
			nc := s.dial(fmt.Sprintf("198.51.100.%d:1", i%50))
			go func() { // until the test ends or it has to make room
				if _, err := io.WriteString(nc, "GET /healthz HTTP/1.1\r\nHost: "); err == nil {
					io.Copy(io.Discard, nc)
				}
			}()
			synctest.Wait()
		}
		if n, _ := s.server.anybody.Taken(); n > maxConns {
			t.Errorf("%d connections are held", n)
		}
		began := time.Now()
		for _, addr := range []string{"203.0.113.1:1", "198.51.100.7:2"} {
			if resp, body := s.ask(addr, "GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n"); body != "ok" || time.Since(began) > 0 {
				t.Errorf("from %s: %v after %v", addr, resp.Status, time.Since(began))
			}
		}
	})
}

// W7: a number that stands in a request is in no log, whatever is wrong with it.
func TestW7_NoNumberInTheLog(t *testing.T) {
	s := newSite(t, nil)
	const number = "482913077"
	for _, request := range []string{
		"GET /j/" + number + " HTTP/1.1\r\nHost: r\r\n\r\n",
		"GET /j/" + number + "?a;b HTTP/1.1\r\nHost: r\r\nReferer: https://r/j/" + number + "\r\n\r\n",
		"GET /ssh?number=" + number + " HTTP/1.1\r\nHost: r\r\n\r\n",
		"GET /ssh?number=" + number + " HTTP/1.1\r\nHost: r\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + number + "\r\n\r\n",
		"GET /j/" + number + " HTTP/1.1\r\nHost: r\r\n" + number + ":\x00\r\n\r\n",
		"GET /j/" + number + " HTTP/7.7\r\n\r\n",
		"GET /%zz" + number + " HTTP/1.1\r\nHost: " + number + "\r\n\r\n",
	} {
		if resp, _ := s.ask(visitor, request); resp.Header.Get("Cache-Control") != "no-store" && resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusHTTPVersionNotSupported {
			t.Errorf("%q: %v may be kept in a cache", request, resp.Status)
		}
	}
	if log := s.log.String(); strings.Contains(log, number) {
		t.Error(log)
	}
}

// Without TLS only those are served who cannot be listened to: on loopback, or behind
// a proxy that is trusted. Others are sent to https.
func TestPlainHTTPIsRedirected(t *testing.T) {
	proxies, err := reach.ParseProxies([]string{"192.0.2.10"})
	if err != nil {
		t.Fatal(err)
	}
	certificates := &Certificates{log: slog.New(slog.DiscardHandler)}
	s := newSite(t, func(o *Options) { o.Plain, o.Proxies, o.Certificates = false, proxies, certificates })
	const path = " /healthz?x=1 HTTP/1.1\r\nHost: "
	for _, c := range []struct {
		peer, request string
		status        int
		to            string
	}{
		{visitor, "GET" + path + "relay.example\r\n\r\n", 308, "https://relay.example/healthz?x=1"},
		{visitor, "POST" + path + "relay.example:8443\r\n\r\n", 308, "https://relay.example:8443/healthz?x=1"},
		{visitor, "GET" + path + "[2001:db8::1]:8443\r\n\r\n", 308, "https://[2001:db8::1]:8443/healthz?x=1"},
		{visitor, "GET" + path + "a@b\r\n\r\n", 400, ""},
		{visitor, "GET" + path + "a/b\r\n\r\n", 400, ""},
		{visitor, "OPTIONS * HTTP/1.1\r\nHost: relay.example\r\n\r\n", 400, ""},
		{"192.0.2.10:1", "GET" + path + "relay.example\r\n\r\n", 200, ""},
		{"192.0.2.10:1", "PROXY TCP4 203.0.113.7 192.0.2.1 1 2\r\nGET" + path + "relay.example\r\n\r\n", 200, ""},
		// Only the proxy's own word counts.
		{visitor, "GET" + path + "relay.example\r\nX-Forwarded-For: 192.0.2.10\r\nX-Forwarded-Proto: https\r\n\r\n", 308, "https://relay.example/healthz?x=1"},
		{"192.0.2.10:1", "GET" + path + "relay.example\r\nForwarded: for=203.0.113.1\r\nX-Forwarded-For: 203.0.113.2\r\n\r\n", 400, ""},
	} {
		if resp, _ := s.ask(c.peer, c.request); resp.StatusCode != c.status || resp.Header.Get("Location") != c.to {
			t.Errorf("%s %q: %v %q", c.peer, c.request, resp.Status, resp.Header.Get("Location"))
		}
	}
	s = newSite(t, func(o *Options) { o.Plain, o.Names = false, nil }) // no TLS here: the port of HTTPS
	for host, want := range map[string]string{"relay.example:8080": "https://relay.example/", "[2001:db8::1]:80": "https://[2001:db8::1]/", "relay.example": "https://relay.example/"} {
		if resp, _ := s.ask(visitor, "GET / HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); resp.Header.Get("Location") != want {
			t.Errorf("%s: %q", host, resp.Header.Get("Location"))
		}
	}
}

func TestOptionsThatAreMissing(t *testing.T) {
	for _, o := range []Options{{}, {SSH: func(net.Conn) {}}, {Log: slog.New(slog.DiscardHandler)}} {
		if _, err := New(o); err == nil {
			t.Errorf("%v is taken", o)
		}
	}
}

// W4: that everybody behind a proxy has the proxy's address is told once per hour.
func TestW4_AProxyThatTellsNoSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proxies, err := reach.ParseProxies([]string{"192.0.2.10"})
		if err != nil {
			t.Fatal(err)
		}
		s := newSite(t, func(o *Options) { o.Proxies = proxies })
		s.ask("192.0.2.10:1", "GET /healthz HTTP/1.1\r\nHost: relay.example\r\n\r\n")
		s.open("192.0.2.10:1", "X-Forwarded-For: 203.0.113.1\r\n")
		s.open(visitor, "")
		warned := func(want int, with string) {
			t.Helper()
			if log := s.log.String(); strings.Count(log, "does not tell whose") != want || !strings.Contains(log, with) {
				t.Errorf("want %d warnings:\n%s", want, log)
			}
		}
		warned(0, "")
		for _, header := range []string{"", "X-Forwarded-For: unknown\r\n", "Forwarded: for=_hidden\r\n", "X-Forwarded-For: \r\n"} {
			s.open("192.0.2.10:1", header)
		}
		warned(1, "proxy=192.0.2.10 count=1")
		time.Sleep(silentInterval)
		s.open("192.0.2.10:1", "")
		warned(2, "proxy=192.0.2.10 count=4")
	})
}
