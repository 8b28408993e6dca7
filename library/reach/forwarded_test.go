package reach

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestW4_ForwardedRequests(t *testing.T) {
	proxies := trusted(t, "192.0.2.10", "10.0.0.0/8", "2001:db8:1::/48")
	for _, c := range []struct {
		name, peer          string
		forwarded, forwards []string // Forwarded, X-Forwarded-For
		want                string   // "" is refused
	}{
		{"nobody trusted", stranger, []string{"for=203.0.113.1"}, []string{"203.0.113.1"}, stranger},
		{"no header", proxyAddr, nil, nil, proxyAddr},
		{"one address", proxyAddr, nil, []string{"203.0.113.1"}, "203.0.113.1:0"},
		{"what the client has invented stands left", proxyAddr, nil, []string{"203.0.113.66, 203.0.113.1"}, "203.0.113.1:0"},
		{"in two lines", proxyAddr, nil, []string{"203.0.113.66", "203.0.113.1"}, "203.0.113.1:0"},
		{"through a second trusted proxy", proxyAddr, nil, []string{"203.0.113.66, 203.0.113.1, 10.1.2.3"}, "203.0.113.1:0"},
		{"all of them trusted", proxyAddr, nil, []string{"10.0.0.1, 10.1.2.3"}, "10.0.0.1:0"},
		{"with a port", proxyAddr, nil, []string{"203.0.113.1:5000"}, "203.0.113.1:0"},
		{"IPv6", proxyAddr, nil, []string{"2001:db8::1"}, "[2001:db8::1]:0"},
		{"IPv6 in brackets with a port", proxyAddr, nil, []string{"[2001:db8::1]:77"}, "[2001:db8::1]:0"},
		{"IPv4 in IPv6", proxyAddr, nil, []string{"::ffff:203.0.113.1"}, "203.0.113.1:0"},
		{"from a trusted proxy of IPv6", "[2001:db8:1::5]:1", nil, []string{"203.0.113.1"}, "203.0.113.1:0"},
		{"rubbish", proxyAddr, nil, []string{"203.0.113.1, unknown"}, proxyAddr},
		{"empty", proxyAddr, nil, []string{""}, proxyAddr},
		{"Forwarded", proxyAddr, []string{`for=203.0.113.66, for=203.0.113.1;proto=https;by=192.0.2.10`}, nil, "203.0.113.1:0"},
		{"Forwarded in quotes", proxyAddr, []string{`For="[2001:db8::1]:4711"`}, nil, "[2001:db8::1]:0"},
		{"Forwarded, with a comma in quotes", proxyAddr, []string{`for=203.0.113.1;host="a, for=203.0.113.66"`}, nil, "203.0.113.1:0"},
		{"Forwarded, hidden", proxyAddr, []string{`for=203.0.113.66, for=_hidden`}, nil, proxyAddr},
		{"Forwarded without for", proxyAddr, []string{`for=203.0.113.66, proto=https`}, nil, proxyAddr},
		{"both, agreeing", proxyAddr, []string{"for=203.0.113.1"}, []string{"203.0.113.66, 203.0.113.1"}, "203.0.113.1:0"},
		{"Forwarded without for, to the right of one", proxyAddr, []string{`for=203.0.113.66`, `proto=https`}, nil, proxyAddr},
		{"an open quote, and a new line", proxyAddr, []string{`for=203.0.113.66;x="`, `for=203.0.113.1`}, nil, ""},
		{"an open quote, and a comma", proxyAddr, []string{`for=203.0.113.66;x=", for=203.0.113.1`}, nil, ""},
		{"an open quote, and a comma, and quotes", proxyAddr, []string{`for=203.0.113.66;x=", for="[2001:db8::1]:1"`}, nil, ""},
		{"a backslash at the end", proxyAddr, []string{`for=203.0.113.66;x="\`, `for=203.0.113.1`}, nil, ""},
		{"two in one element", proxyAddr, []string{`for=203.0.113.66;for=203.0.113.1`}, nil, ""},
		{"an empty for", proxyAddr, []string{`for=203.0.113.66, for=""`}, nil, ""},
		{"nothing after the comma", proxyAddr, []string{`for=203.0.113.66,`}, nil, ""},
		{"an empty line after one", proxyAddr, []string{`for=203.0.113.66`, ``}, nil, ""},
		{"no address at all", proxyAddr, []string{`for=203.0.113.66, for=relay.example`}, nil, ""},
		{"only empty lines", proxyAddr, []string{``, ` `}, nil, proxyAddr},
		{"a list that ends with a comma", proxyAddr, nil, []string{`203.0.113.66,`}, ""},
		{"a list with an empty line", proxyAddr, nil, []string{`203.0.113.66`, ``}, ""},
		{"a list with a quote", proxyAddr, nil, []string{`203.0.113.66,"`, `203.0.113.1`}, "203.0.113.1:0"},
		{"a list that ends with rubbish", proxyAddr, nil, []string{`203.0.113.66, "203.0.113.1`}, ""},
		{"half a bracket", proxyAddr, nil, []string{`203.0.113.66, [2001:db8::1`}, ""},
		{"both, one of them the client's", proxyAddr, []string{"for=203.0.113.66"}, []string{"203.0.113.1"}, ""},
	} {
		h := http.Header{}
		if c.forwarded != nil {
			h["Forwarded"] = c.forwarded
		}
		if c.forwards != nil {
			h["X-Forwarded-For"] = c.forwards
		}
		got, told, err := proxies.Source(addrOf(c.peer), h)
		if c.want == "" {
			if err == nil {
				t.Errorf("%s: %v was believed", c.name, got)
			}
			continue
		}
		if told != (c.want != proxyAddr) {
			t.Errorf("%s: told: %v", c.name, told)
		}
		if err != nil || got.String() != c.want {
			t.Errorf("%s: %v, %v; want %s", c.name, got, err, c.want)
		}
	}
}

// W4: whatever a client sends before, what the proxy adds decides, in a new line or
// after a comma, or the request is refused.
func FuzzW4_Forwarded(f *testing.F) {
	for _, seed := range []string{
		"", `for=6.6.6.1;x="`, `for=6.6.6.1`, `for=6.6.6.1,`, `for="[2001:db8::6]:1";by=a;x="\\`, `,;=",for="`, `x=",for=6.6.6.1;y="`, `6.6.6.1, "`, `for=6.6.6.1;for`,
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, client, earlier string) {
		proxies := Proxies{addrPrefix("192.0.2.10")}
		for added, want := range map[string]string{
			`for=203.0.113.1`: "203.0.113.1:0", `for="[2001:db8::1]:5000";proto=https;host="relay.example"`: "[2001:db8::1]:0",
			`by=192.0.2.10;for="203.0.113.1:80"`: "203.0.113.1:0", `proto="https";for=_hidden`: proxyAddr, `for=unknown`: proxyAddr,
			`host="a\"b, for=6.6.6.2";for=203.0.113.1;proto=http`: "203.0.113.1:0",
		} {
			for _, lines := range [][]string{{client, added}, {earlier, client, added}, {client + ", " + added}, {earlier, client + "," + added}} {
				got, _, err := proxies.Source(addrOf(proxyAddr), http.Header{"Forwarded": lines})
				if err == nil && got.String() != want {
					t.Errorf("%q: %v, want %s or a refusal", lines, got, want)
				}
			}
		}
		for added, want := range map[string]string{"203.0.113.1": "203.0.113.1:0", "[2001:db8::1]:80": "[2001:db8::1]:0", "unknown": proxyAddr} {
			for _, lines := range [][]string{{client, added}, {earlier, client, added}, {client + ", " + added}, {earlier, client + "," + added}} {
				got, _, err := proxies.Source(addrOf(proxyAddr), http.Header{"X-Forwarded-For": lines})
				if err == nil && got.String() != want {
					t.Errorf("%q: %v, want %s or a refusal", lines, got, want)
				}
			}
		}
	})
}

func addrPrefix(text string) netip.Prefix { return netip.PrefixFrom(netip.MustParseAddr(text), 32) }
