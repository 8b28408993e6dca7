package reach

import (
	"net/url"
	"testing"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/idna"
)

// Names of other scripts become what golang.org/x/net/idna makes of them.
func FuzzAsciiHost(f *testing.F) {
	for _, s := range []string{
		"지원.example", "BÜCHER.example", "１.1.1.1", "h。example", "faß.example", "a\u200db.example", "xn--지원", "支援：22", "ü:22", "[ü]", "ü%41", "ü/a", "ü@b",
		"ü\u00ad", "-ü", "\u0301a", "ü..a", "٠١", "ａ", "\u202eü", "\xffü", "ü ", "ü\x00", "?ü", "#ü", "ü.", "。", "\u00ad",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if isASCII(s) {
			return
		}
		want, wantErr := idna.Lookup.ToASCII(s)
		got, err := asciiHost(s)
		if wantErr != nil || !isASCII(want) || want == "" {
			if err == nil && got != "" {
				t.Errorf("%q is %q; want an error as %q, %v", s, got, want, wantErr)
			}
			return
		}
		if err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", s, got, err, want)
		}
	})
}

// NO_PROXY means here what it means for other programs in Go.
func FuzzNoProxy(f *testing.F) {
	hosts := []string{
		"https://relay.test", "https://relay.test:2222", "https://a.relay.test", "https://localhost", "https://LOCALHOST", "https://127.0.0.1", "https://[::1]:22",
		"https://10.1.2.3", "https://10.1.2.3:2222", "https://[2001:db8::5]", "https://[2001:db8::5]:2222", "https://[::ffff:10.1.2.3]", "https://[fe80::1%25a]", "https://지원.test", "https://xn--sp5bt7c.test",
		"https://RELAY.test", "https://test", "https://[::ffff:127.0.0.1]", "https://relay.test.",
	}
	for i, except := range []string{
		"", "*", "relay.test", ".relay.test", "*.relay.test", "*relay.test", "relay.test:2222", ".test:443", "10.0.0.0/8", "10.1.2.3:2222", "10.1.2.3", "2001:db8::/32",
		"[2001:db8::5]:2222", "2001:db8::5", "[2001:db8::5]", ":2222", " a , Relay.Test ,, ", "지원.test", ".지원.test:443", "*.", ".", "*:443", "*.*", "10/8", "::/0", "0.0.0.0/0", "test",
		"relay.test:", "x,*", "10.*", "::ffff:10.1.2.3", "\u2028relay.test", "relay.test:2222:1", "[[10.1.2.3]]:2222", "[]:1", "fe80::1%a", "[*.test]:443",
	} {
		f.Add(except, uint(i))
		for j := range hosts {
			f.Add(except, uint(j))
		}
	}
	f.Fuzz(func(t *testing.T, except string, n uint) {
		u, err := url.Parse(hosts[n%uint(len(hosts))])
		if err != nil {
			t.Fatal(err)
		}
		proxy, err := (&httpproxy.Config{HTTPSProxy: "http://proxy.test", NoProxy: except}).ProxyFunc()(u)
		if want := proxy == nil; err != nil || needsNoProxy(except, u) != want {
			t.Errorf("NO_PROXY=%q needs no proxy to %s: %v; want %v, %v", except, u, !want, want, err)
		}
	})
}
