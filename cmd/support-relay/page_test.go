package main

import (
	"net"
	"strings"
	"testing"

	"supportd/library/text"
)

// port is a listener that has an address and nothing else.
type port struct {
	net.Listener
	at string
}

func (p port) Addr() net.Addr {
	addr, err := net.ResolveTCPAddr("tcp", p.at)
	if err != nil {
		panic(err)
	}
	return addr
}

func TestWhereTheJoinPageIs(t *testing.T) {
	for _, c := range []struct {
		at     string
		secure bool
		cfg    config
		want   string
	}{
		{"0.0.0.0:443", true, config{Names: []string{"relay.example"}}, "https://relay.example"},
		{"[::]:8443", true, config{Names: []string{"relay.example:2222", "other"}}, "https://relay.example:8443"},
		{"192.0.2.1:443", true, config{}, "https://192.0.2.1"},
		{"[2001:db8::1]:8443", true, config{}, "https://[2001:db8::1]:8443"},
		{"127.0.0.1:8080", false, config{Names: []string{"relay.example"}}, "http://127.0.0.1:8080"},
		{"127.0.0.1:8080", false, config{Names: []string{"relay.example"}, Trusted: []string{"127.0.0.1"}}, "https://relay.example"},
		{"127.0.0.1:8080", false, config{Address: "https://help.example/"}, "https://help.example"},
		{"0.0.0.0:8080", false, config{Names: []string{"relay.example"}}, ""},
	} {
		if got := c.cfg.webAddress(port{at: c.at}, c.secure); got != c.want {
			t.Errorf("%+v: %q, want %q", c, got, c.want)
		}
	}
	if got := (&config{Names: []string{"relay.example"}}).webAddress(nil, false); got != "" {
		t.Errorf("a page without a port: %q", got)
	}
}

func TestPageConfigThatIsRefused(t *testing.T) {
	for key, list := range map[string][]pageConfig{
		"organisation": {{Organisation: strings.Repeat("x", text.MaxOrganisation+1)}, {Organisation: "Example  Ltd"}, {Organisation: "Ex\u202eample"}},
		"contact":      {{Contact: strings.Repeat("x", maxContact+1)}, {Contact: "a\x1b[2J"}},
		"programs":     {{Programs: "http://other.example/"}},
	} {
		for _, c := range list {
			if got, err := c.problem(); err == nil || got != key {
				t.Errorf("%+v: %q, %v", c, got, err)
			}
			// What the page may not be called, no program is called, either.
			if key == "organisation" && text.IsOrganisation(c.Organisation) {
				t.Errorf("a program may be called %q", c.Organisation)
			}
		}
	}
	for _, c := range []pageConfig{{}, {Programs: "/srv/programs", Organisation: "예시 주식회사", Contact: "+82 2 555 0100"}, {Organisation: strings.Repeat("한", text.MaxOrganisation), Contact: strings.Repeat("한", maxContact)}, {Programs: "https://other.example/x"}} {
		if key, err := c.problem(); err != nil {
			t.Errorf("%+v: %q, %v", c, key, err)
		}
	}
}
