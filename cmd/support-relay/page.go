package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"supportd/library/cmdline"
	"supportd/library/inbound"
	"supportd/library/text"
	"supportd/relay/web"
)

// maxContact bounds what the join page says of whom to ask, in characters.
const maxContact = 120

// pageConfig is what the join page says and gives to customers.
type pageConfig struct {
	Programs              string // a directory, or an https address
	Organisation, Contact string
}

func (p pageConfig) problem() (key string, err error) {
	for _, claim := range []struct {
		key, text string
		most      int
	}{{"organisation", p.Organisation, text.MaxOrganisation}, {"contact", p.Contact, maxContact}} {
		if n := utf8.RuneCountInString(claim.text); n > claim.most {
			return claim.key, fmt.Errorf("%d characters, at most %d fit on the page", n, claim.most)
		}
		if text.Plain(claim.text, claim.most) != claim.text {
			return claim.key, fmt.Errorf("it has characters that cannot be shown")
		}
	}
	if p.linked() {
		if _, err := web.LinkPrograms(p.Programs); err != nil {
			return "programs", err
		}
	}
	return "", nil
}

// linked reports whether another host has the programs.
func (p pageConfig) linked() bool { return strings.Contains(p.Programs, "://") }

// open finds the programs; nil is none.
func (p pageConfig) open(log *slog.Logger) (*web.Programs, error) {
	var programs *web.Programs
	var err error
	switch {
	case p.Programs == "":
		return nil, nil
	case p.linked():
		programs, err = web.LinkPrograms(p.Programs)
	default:
		programs, err = web.OpenPrograms(p.Programs, log)
	}
	if err != nil {
		return nil, cmdline.Usage("check programs: a directory with files such as support-agent-windows-amd64.exe, each for the system of its name, or an https:// address",
			"the programs in %s: %v", p.Programs, err)
	}
	return programs, nil
}

// page is what the join page says and gives.
func (cfg *config) page(programs *web.Programs) web.Page {
	return web.Page{Names: cfg.webNames(), Organisation: cfg.Page.Organisation, Contact: cfg.Page.Contact, Programs: programs}
}

// webAddress is how customers reach the join page, without a slash at the end: as it
// is configured, or the first name with the port of --web. "" is no page.
func (cfg *config) webAddress(listener net.Listener, secure bool) string {
	switch {
	case listener == nil:
		return ""
	case cfg.Address != "":
		return strings.TrimSuffix(cfg.Address, "/")
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return ""
	}
	own := inbound.Address(listener.Addr())
	host := ""
	if len(cfg.Names) > 0 {
		host = cfg.Names[0]
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
	}
	switch {
	case secure && port == "443", !secure && host != "" && len(cfg.Trusted) > 0: // a proxy has the port of HTTPS
		return "https://" + bracketed(cmp.Or(host, own.String()))
	case secure:
		return "https://" + net.JoinHostPort(cmp.Or(host, own.String()), port)
	case own.IsLoopback():
		return "http://" + net.JoinHostPort(own.String(), port)
	}
	return ""
}

// webNames are what the web port is called.
func (cfg *config) webNames() []string {
	if u, err := url.Parse(cfg.Address); err == nil && u.Host != "" {
		return append(slices.Clone(cfg.Names), u.Host)
	}
	return cfg.Names
}

// bracketed is a host as it stands in an address.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
