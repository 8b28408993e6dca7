package reach

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	proxyUser     = "kim"
	proxyPassword = "p@ss:wörd-Geheim"
)

// proxies is a setting: one proxy for everything.
func proxies(setting string) func(*url.URL) (*url.URL, error) {
	return func(*url.URL) (*url.URL, error) { return url.Parse(setting) }
}

// withLogin is a proxy's URL with the right user and password.
func withLogin(scheme, addr string) string {
	return (&url.URL{Scheme: scheme, Host: addr, User: url.UserPassword(proxyUser, proxyPassword)}).String()
}

// behindProxy is a world in which only proxy.test:8080 can be reached directly,
// and that by its own dialling only the relay's ports.
func behindProxy(w *world, proxy peer) {
	for _, port := range []string{"2222", "443", "80"} {
		for _, host := range []string{"relay.test", "2001:db8::5"} {
			w.fails[net.JoinHostPort(host, port)] = errBlackHole
		}
	}
	w.peers["proxy.test:8080"] = proxy
}

// tunnel passes bytes between a client and a peer until either ends.
func tunnel(client net.Conn, first *bufio.Reader, serve peer) {
	near, far := pipe()
	var wait sync.WaitGroup
	wait.Go(func() { defer far.Close(); serve(far) })
	wait.Go(func() { defer near.Close(); io.Copy(near, first) })
	io.Copy(client, near)
	client.Close()
	near.Close()
	wait.Wait()
}

// connectProxy is an HTTP proxy that knows the peers behind it by HOST:PORT. With
// a login it wants Basic.
func connectProxy(login string, behind map[string]peer) peer {
	return func(nc net.Conn) {
		br := bufio.NewReader(nc)
		req, err := http.ReadRequest(br)
		if err != nil || req.Method != http.MethodConnect || req.Host != req.RequestURI {
			io.WriteString(nc, "HTTP/1.1 400 Bad Request\r\n\r\n")
			return
		}
		if want := "Basic " + base64.StdEncoding.EncodeToString([]byte(login)); login != "" && req.Header.Get("Proxy-Authorization") != want {
			io.WriteString(nc, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate, Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
			return
		}
		serve, ok := behind[req.RequestURI]
		if !ok {
			io.WriteString(nc, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
			return
		}
		io.WriteString(nc, "HTTP/1.1 200 Connection established\r\n\r\n")
		tunnel(nc, br, serve)
	}
}

// socksProxy is a SOCKS5 proxy, likewise.
func socksProxy(login string, behind map[string]peer) peer {
	return func(nc net.Conn) {
		br := bufio.NewReader(nc)
		take := func(n int) []byte { b := make([]byte, n); io.ReadFull(br, b); return b }
		methods := take(int(take(2)[1]))
		method := byte(0)
		if login != "" {
			method = 2
		}
		if !slices.Contains(methods, method) {
			nc.Write([]byte{5, 0xff})
			return
		}
		nc.Write([]byte{5, method})
		if login != "" {
			user := take(int(take(2)[1]))
			password := take(int(take(1)[0]))
			if string(user)+":"+string(password) != login {
				nc.Write([]byte{1, 1})
				return
			}
			nc.Write([]byte{1, 0})
		}
		host := ""
		switch kind := take(4)[3]; kind {
		case 1:
			host = net.IP(take(4)).String()
		case 4:
			host = net.IP(take(16)).String()
		default:
			host = string(take(int(take(1)[0])))
		}
		port := take(2)
		serve, ok := behind[net.JoinHostPort(host, strconv.Itoa(int(port[0])<<8|int(port[1])))]
		if !ok {
			nc.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		nc.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		tunnel(nc, br, serve)
	}
}

func TestW13_ProxyLeadsToTheRelay(t *testing.T) {
	login := proxyUser + ":" + proxyPassword
	for name, c := range map[string]struct {
		setting, address, last string
		proxy                  func(behind map[string]peer) peer
	}{
		"CONNECT": {"http://proxy.test:8080", "relay.test", "ssh relay.test:443 by proxy",
			func(behind map[string]peer) peer { return connectProxy("", behind) }},
		"CONNECT with Basic": {withLogin("http", "proxy.test:8080"), "relay.test", "ssh relay.test:443 by proxy",
			func(behind map[string]peer) peer { return connectProxy(login, behind) }},
		"CONNECT to an IPv6 address": {"http://proxy.test:8080", "[2001:db8::5]", "ssh [2001:db8::5]:443 by proxy",
			func(behind map[string]peer) peer { return connectProxy("", behind) }},
		"CONNECT to one port": {"http://proxy.test:8080", "relay.test:2222", "ssh relay.test:2222 by proxy",
			func(behind map[string]peer) peer { return connectProxy("", behind) }},
		"SOCKS5": {"socks5://proxy.test:8080", "relay.test", "ssh relay.test:443 by proxy",
			func(behind map[string]peer) peer { return socksProxy("", behind) }},
		"SOCKS5 with a password": {withLogin("socks5h", "proxy.test:8080"), "relay.test", "ssh relay.test:443 by proxy",
			func(behind map[string]peer) peer { return socksProxy(login, behind) }},
		"SOCKS5 to an IPv6 address": {"socks5://proxy.test:8080", "[2001:db8::5]", "ssh [2001:db8::5]:443 by proxy",
			func(behind map[string]peer) peer { return socksProxy("", behind) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				behind := map[string]peer{}
				for _, a := range []string{"relay.test:443", "relay.test:2222", "[2001:db8::5]:443"} {
					behind[a] = w.relay
				}
				behindProxy(w, c.proxy(behind))
				d := w.dialer()
				d.Proxy = proxies(c.setting)
				if err := w.join(d, c.address); err != nil {
					t.Fatal(attempts(wantKind(t, err, KindBroken, "")))
				}
				if d.Last() != c.last {
					t.Errorf("the last way is %q, want %q", d.Last(), c.last)
				}
				if took := time.Since(w.begin); took > time.Second {
					t.Errorf("it took %v: the proxy waited for direct ways", took)
				}
			}))
		})
	}
}

func TestW13_ProxyThatIsReachedByIPv6AndByTLS(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		behindProxy(w, nil)
		w.peers["[2001:db8::9]:3129"] = ca.serves("2001:db8::9", connectProxy("", map[string]peer{"relay.test:443": w.relay}))
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		d.Proxy = proxies("https://[2001:db8::9]:3129")
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
	}))
}

// A strict proxy lets nothing but TLS through.
func TestW13_ProxyThatWantsTLSInside(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		inside := ca.serves("relay.test", web(w.relay, page))
		behindProxy(w, connectProxy("", map[string]peer{"relay.test:443": func(nc net.Conn) {
			first := make([]byte, 1)
			if io.ReadFull(nc, first); first[0] != 0x16 {
				return
			}
			inside(&buffered{nc, bufio.NewReader(io.MultiReader(strings.NewReader(string(first)), nc))})
		}}))
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		d.Proxy = proxies("http://proxy.test:8080")
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		if d.Last() != "wss relay.test:443 by proxy" {
			t.Errorf("the last way is %q", d.Last())
		}
	}))
}

func TestW13_ProxyThatDoesNotLead(t *testing.T) {
	login := proxyUser + ":" + proxyPassword
	tunnelled := "HTTP/1.1 200 Connection established\r\n\r\n"
	plain, wrong := "http://proxy.test:8080", "http://kim:"+"W-r-o-n-g"+"@proxy.test:8080"
	for name, c := range map[string]struct {
		setting string
		proxy   peer
		kind    Kind
		who     string
		says    string
	}{
		"407 without a login":   {plain, connectProxy(login, nil), KindProxyPassword, "proxy.test:8080", "wants a user and a password"},
		"407 in spite of one":   {wrong, connectProxy(login, nil), KindProxyPassword, "proxy.test:8080", "does not accept"},
		"407 without Basic":     {plain, says("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\n\r\n"), KindProxyPassword, "proxy.test:8080", "only Basic is"},
		"407, broken header":    {plain, says("HTTP/1.1 407 No\r\nno header\r\n\r\n"), KindProxyPassword, "proxy.test:8080", "wants a user and a password"},
		"403, broken header":    {plain, says("HTTP/1.1 403 Not for you\r\n: x\r\n\r\n"), KindProxy, "proxy.test:8080", "403 Not for you"},
		"403 after a 100":       {plain, says("HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 403 Not for you\r\n: x\r\n\r\n"), KindProxy, "proxy.test:8080", "403 Not for you"},
		"200, broken header":    {plain, says("HTTP/1.1 200 OK\r\n: x\r\n\r\n"), KindProxy, "proxy.test:8080", "malformed"},
		"403":                   {plain, connectProxy("", nil), KindProxy, "proxy.test:8080", "403 Forbidden"},
		"403 for 2222 alone":    {plain, connectProxy("", map[string]peer{"relay.test:443": func(net.Conn) {}}), KindBlocked, "", ""},
		"HTML for a tunnel":     {plain, says(page), KindNotRelay, "", "a web page"},
		"a tunnel into HTML":    {plain, says(tunnelled + "<html>"), KindNotRelay, "", "a web page"},
		"dies before an answer": {plain, says(""), KindProxy, "proxy.test:8080", "EOF"},
		"dies in its answer":    {plain, says("HTTP/1.1 200 Conn"), KindProxy, "proxy.test:8080", "EOF"},
		"dies in the tunnel":    {plain, says(tunnelled + "SSH-2.0-rel"), KindBlocked, "", ""},
		"never answers":         {plain, silent, KindProxy, "proxy.test:8080", "no answer in time"},
		"header without end":    {plain, endless("HTTP/1.1 200 OK\r\nX-A: ", strings.Repeat("a", 1000)), KindProxy, "proxy.test:8080", "too long"},
		"1xx without end":       {plain, endless("", "HTTP/1.1 100 Continue\r\n\r\n"), KindProxy, "proxy.test:8080", "too long"},
		"hostile status":        {plain, says("HTTP/1.1 403 \x1b]0;owned\a\u202e\r\n\r\n"), KindProxy, "proxy.test:8080", "403 ]0;owned"},
		"no HTTP":               {plain, says("220 smtp ready\r\n"), KindProxy, "proxy.test:8080", "malformed"},
		"unknown kind":          {"gopher://proxy.test:8080", silent, KindProxy, "proxy.test:8080", "not supported"},
		"SOCKS: no login":       {"socks5://proxy.test:8080", socksProxy(login, nil), KindProxyPassword, "proxy.test:8080", "wants a user and a password"},
		"SOCKS: wrong login":    {"socks5://kim:W-r-o-n-g@proxy.test:8080", socksProxy(login, nil), KindProxyPassword, "proxy.test:8080", "does not accept"},
		"SOCKS: refuses":        {"socks5://proxy.test:8080", socksProxy("", nil), KindProxy, "proxy.test:8080", "SOCKS5 reply 2"},
		"SOCKS: dies":           {"socks5://proxy.test:8080", says("\x05\x00\x05"), KindProxy, "proxy.test:8080", "EOF"},
		"SOCKS: is HTTP":        {"socks5://proxy.test:8080", says("HTTP/1.1 400 Bad Request\r\n\r\n"), KindProxy, "proxy.test:8080", "version"},
		"SOCKS: never answers":  {"socks5://proxy.test:8080", silent, KindProxy, "proxy.test:8080", "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				behindProxy(w, c.proxy)
				d := w.dialer()
				d.Proxy = proxies(c.setting)
				failed := wantKind(t, w.join(d, "relay.test"), c.kind, c.who)
				if !strings.Contains(failed.Error()+strings.Join(attempts(failed), "\n"), c.says) {
					t.Errorf("%v does not say %q: %q", failed, c.says, attempts(failed))
				}
				wantNoSecret(t, w, failed)
				for _, r := range failed.Error() {
					if r < ' ' || r == '\u202e' {
						t.Errorf("%q could drive a terminal", failed)
					}
				}
			}))
		})
	}
}

// wantNoSecret holds that nothing of a proxy's login is told.
func wantNoSecret(t *testing.T, w *world, failed *Error) {
	t.Helper()
	told := failed.Error() + failed.Who + strings.Join(attempts(failed), "\n") + w.log.String()
	for _, secret := range []string{proxyPassword, url.QueryEscape(proxyPassword), url.PathEscape(proxyPassword), "Geheim", "W-r-o-n-g",
		base64.StdEncoding.EncodeToString([]byte(proxyUser + ":" + proxyPassword)), base64.StdEncoding.EncodeToString([]byte("kim:W-r-o-n-g"))} {
		if strings.Contains(told, secret) {
			t.Errorf("%q is told:\n%s", secret, told)
		}
	}
}

// endless says first, and then one text again and again.
func endless(first, again string) peer {
	return func(nc net.Conn) {
		go io.Copy(io.Discard, nc)
		pace := time.NewTicker(20 * time.Millisecond)
		defer pace.Stop()
		for _, err := io.WriteString(nc, first); err == nil; _, err = io.WriteString(nc, again) {
			<-pace.C
		}
	}
}

// A setting that cannot be read is no proxy, and its text may hold a password.
func TestW13_BrokenSettingIsToldWithoutItsText(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:443"] = w.relay
		d := w.dialer()
		d.Proxy = proxies("http://kim:Geheim@[::1:bad")
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		wantNoSecret(t, w, &Error{})
		if !strings.Contains(w.log.String(), "setting of the proxy is not understood") {
			t.Error("the log does not tell it")
		}
	}))
}

// The proxy's password stays out of logs also where its way is the one that works.
func TestW13_PasswordIsNotRemembered(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		behindProxy(w, connectProxy(proxyUser+":"+proxyPassword, map[string]peer{"relay.test:2222": w.relay}))
		d := w.dialer()
		d.Proxy = proxies(withLogin("http", "proxy.test:8080"))
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		if d.Last() != "ssh relay.test:2222 by proxy" {
			t.Errorf("the last way is %q", d.Last())
		}
		wantNoSecret(t, w, &Error{Who: d.Last()})
	}))
}

// W13: a setting that is not understood is the reason that is told where no way leads
// to the relay: with the variable's name, and nothing of its text.
func TestW13_N8_SettingThatIsNotUnderstood(t *testing.T) {
	for _, setting := range []string{
		"http://kim:Ge heim@proxy.test:8080", "http://kim:Geheim/x@proxy.test:8080", "http://kim/:Geheim@proxy.test:8080", "http://kim:Geheim%ZZ@proxy.test:8080",
		"http://kim:Geheim@proxy.test:8080\n", "http://kim:Geheim#x@proxy.test:8080", "kim:Geheim?@proxy.test:8080", "http://", "://Geheim", "kim:Geheim@proxy.test:port",
	} {
		synctest.Test(t, inWorld(func(t *testing.T, w *world) {
			d := w.dialer()
			d.Proxy = System(func(name string) string {
				return map[string]string{"https_proxy": setting, "NO_PROXY": "free.test"}[name]
			})
			failed := wantKind(t, w.join(d, "relay.test"), KindSetting, "https_proxy")
			if told := failed.Error() + strings.Join(attempts(failed), " ") + w.log.String(); strings.Contains(told, "heim") {
				t.Errorf("%q is told: %s", setting, told)
			}
			w.peers["free.test:2222"] = w.relay
			if err := w.join(d, "free.test"); err != nil {
				t.Errorf("where no proxy is needed: %v", err)
			}
		}))
	}
}
