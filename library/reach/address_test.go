package reach

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"supportd/library/text"
)

func TestParseAddress(t *testing.T) {
	for in, want := range map[string]Address{
		"relay.example":               {Host: "relay.example"},
		"  relay.example \n":          {Host: "relay.example"},
		"Relay.EXAMPLE.":              {Host: "relay.example"},
		"localhost":                   {Host: "localhost"},
		"my_relay.lan":                {Host: "my_relay.lan"},
		"relay.example/":              {Host: "relay.example"},
		"relay.example:2222":          {Host: "relay.example", Port: "2222"},
		"relay.example:443":           {Host: "relay.example", Port: "443"},
		"relay.example:00022":         {Host: "relay.example", Port: "22"},
		"192.0.2.1":                   {Host: "192.0.2.1"},
		"192.0.2.1:65535":             {Host: "192.0.2.1", Port: "65535"},
		"[2001:DB8::1]":               {Host: "2001:db8::1"},
		"[2001:db8:0:0::1]:22":        {Host: "2001:db8::1", Port: "22"},
		"[fe80::1%eth0]:2222":         {Host: "fe80::1%eth0", Port: "2222"},
		"https://relay.example":       {Host: "relay.example", Web: true},
		"HTTPS://relay.example/":      {Host: "relay.example", Web: true},
		"https://relay.example/ssh":   {Host: "relay.example", Web: true},
		"https://relay.example/ssh/":  {Host: "relay.example", Web: true},
		"https://relay.example:443":   {Host: "relay.example", Web: true},
		"https://relay.example:8443/": {Host: "relay.example", Port: "8443", Web: true},
		"https://[2001:db8::1]:8443":  {Host: "2001:db8::1", Port: "8443", Web: true},
		"지원.example":                  {Host: "xn--sp5bt7c.example"},
		"ｒｅｌａｙ.example":               {Host: "relay.example"},
		"relay。example":               {Host: "relay.example"},
		"１９２.0.2.1":                   {Host: "192.0.2.1"},
		strings.Repeat("a.", 127):     {Host: strings.TrimSuffix(strings.Repeat("a.", 127), ".")}, // the longest name
	} {
		a, err := ParseAddress(in)
		if err != nil || a != want {
			t.Errorf("%q is %+v, %v; want %+v", in, a, err, want)
		}
		if again, err := ParseAddress(a.String()); err != nil || again != a {
			t.Errorf("%q is read back as %+v, %v", a.String(), again, err)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for in, want := range map[string]AddressProblem{
		"":                                      AddressEmpty,
		" \t":                                   AddressEmpty,
		"http://relay.example":                  AddressScheme,
		"ssh://relay.example":                   AddressScheme,
		"javascript://x":                        AddressScheme,
		"://relay.example":                      AddressScheme,
		"https://":                              AddressHost,
		"csr@relay.example":                     AddressUser,
		"https://a:b@relay.example":             AddressUser,
		"relay.example/ssh":                     AddressPath,
		"https://relay.example/j/1":             AddressPath,
		"https://relay.example?x":               AddressPath,
		"https://relay.example/#a":              AddressPath,
		"relay.example\\x":                      AddressPath,
		"relay.example:":                        AddressPort,
		"relay.example:0":                       AddressPort,
		"relay.example:65536":                   AddressPort,
		"relay.example:+22":                     AddressPort,
		"relay.example:-1":                      AddressPort,
		"relay.example:ssh":                     AddressPort,
		"relay.example: 22":                     AddressPort,
		"[2001:db8::1]22":                       AddressPort,
		"[2001:db8::1]:":                        AddressPort,
		"2001:db8::1":                           AddressBrackets,
		"2001:db8::1:2222":                      AddressBrackets,
		"[2001:db8::1":                          AddressBrackets,
		"[relay.example]":                       AddressBrackets,
		"[192.0.2.1]:22":                        AddressBrackets,
		"relay]:22":                             AddressBrackets,
		"[fe80::1%eth0]":                        AddressHost, // TLS has no names for it
		"https://[fe80::1%25e]":                 AddressHost,
		"[fe80::1%a b]:22":                      AddressHost,
		"[fe80::1%\x1b[2J]:22":                  AddressHost,
		":22":                                   AddressHost,
		"482913077":                             AddressHost, // a session number
		"482 913 077":                           AddressHost,
		"1.2.3":                                 AddressHost,
		"256.1.1.1":                             AddressHost,
		"relay..example":                        AddressHost,
		".example":                              AddressHost,
		"-o.example":                            AddressHost,
		"relay-.example":                        AddressHost,
		"-oProxyCommand=x":                      AddressHost,
		"relay example":                         AddressHost,
		"relay\x00.example":                     AddressHost,
		"relay\n.example":                       AddressHost,
		"relay\u202e.example":                   AddressHost,
		"relay\u200b.example\x1b":               AddressHost,
		"rel\xff\xfeay":                         AddressHost,
		strings.Repeat("a", 64):                 AddressHost,
		strings.Repeat("a.", 200) + "example":   AddressHost,
		strings.Repeat("relay.example,", 1<<16): AddressHost,
	} {
		a, err := ParseAddress(in)
		var refused *AddressError
		if !errors.As(err, &refused) || refused.Problem != want || refused.Address != in || a != (Address{}) {
			t.Errorf("%.80q is %+v, %v; want problem %d", in, a, err, want)
			continue
		}
		if said := err.Error(); len(said) > 500 || strings.ContainsFunc(said, text.Hostile) {
			t.Errorf("%q could drive a terminal, or is too long", said)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"relay.example", "h:22", "[::1]:22", "https://h/ssh", "[fe80::1%a]:1", "지원.example", "１.1.1.1", "h。", "xn--a", "::ffff:1.2.3.4", "[::ffff:1.2.3.4]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			if strings.ContainsFunc(err.Error(), text.Hostile) {
				t.Errorf("%q could drive a terminal", err)
			}
			return
		}
		out := a.String()
		if again, err := ParseAddress(out); err != nil || again != a {
			t.Errorf("%q is %+v, and %q is %+v, %v", s, a, out, again, err)
		}
		if !isASCII(out) || strings.ContainsAny(out, " \x00\r\n\t@?#\\'\"$`;&|<>(){}*") || strings.HasPrefix(out, "-") || len(out) > 300 {
			t.Errorf("%q is %q", s, out)
		}
	})
}

func TestShowWay(t *testing.T) {
	proxy := &url.URL{Scheme: "http", Host: "proxy.test"}
	for _, c := range []struct {
		way     way
		address string
		proxied bool
	}{
		{way{host: "relay.test", port: "2222"}, "relay.test:2222", false},
		{way{host: "2001:db8::1", port: "443", proxy: proxy}, "[2001:db8::1]:443", true},
		{way{host: "relay.test", port: "443", web: true}, "https://relay.test:443", false},
		{way{host: "relay.test", port: "8443", web: true, proxy: proxy}, "https://relay.test:8443", true},
	} {
		if address, proxied := ShowWay(c.way.String()); address != c.address || proxied != c.proxied {
			t.Errorf("%s: %s %v", c.way, address, proxied)
		}
	}
}
