package reach

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"supportd/library/panics"
	"supportd/library/text"
)

const (
	// portalTime is how long no SSH may be heard before we look for a captive portal,
	// so that its answer is here when the ways have failed.
	portalTime = 1500 * time.Millisecond
	// portalLimit bounds the looking.
	portalLimit = 3 * time.Second
)

// portal is what a network answers instead of the relay's host.
type portal struct {
	found   bool
	host    string // of the page to log in at, harmless to show; "" where it is not known
	certain bool   // the network itself says so (RFC 6585 section 6)
}

// lookForPortal asks the relay's host for a page over plain HTTP, as browsers and
// systems do to find a captive portal (RFC 8952 section 1). It runs once, in a
// goroutine that result waits for.
type lookForPortal struct {
	d    *Dialer
	ctx  context.Context
	host string
	done chan struct{} // nil until begin
	got  portal
}

// begin starts looking; a second call does nothing.
func (l *lookForPortal) begin() {
	if l.done != nil {
		return
	}
	l.done = make(chan struct{})
	go func() {
		defer close(l.done)
		defer panics.Keep(l.d.logger(), "looking for a captive portal", nil)
		l.got = l.d.portal(l.ctx, l.host)
	}()
}

// result begins where that has not happened, and waits.
func (l *lookForPortal) result() portal {
	l.begin()
	<-l.done
	return l.got
}

// wait returns when nothing of it runs any more. Its context ends it soon.
func (l *lookForPortal) wait() {
	if l.done != nil {
		<-l.done
	}
}

// portal sends one request, and follows nothing.
func (d *Dialer) portal(ctx context.Context, host string) portal {
	ctx, cancel := context.WithTimeout(ctx, portalLimit)
	defer cancel()
	nc, err := d.dial(ctx, net.JoinHostPort(host, "80"), d.screen(host))
	if err != nil {
		return portal{}
	}
	defer nc.Close()
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	req := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "http", Host: hostInURL(host), Path: "/"},
		Header: http.Header{"User-Agent": {userAgent}}, Close: true}
	resp, rest, err := exchange(nc, req)
	if err != nil {
		return portal{}
	}
	if resp.StatusCode == http.StatusNetworkAuthenticationRequired {
		return portal{found: true, certain: true, host: locationHost(resp)}
	}
	if to := locationHost(resp); resp.StatusCode/100 == 3 {
		return portal{found: to != host, host: to}
	}
	return portal{found: isPage(resp, rest)}
}

// locationHost is the host that an answer points to, "" for none or for one that
// could not be a host.
func locationHost(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		return ""
	}
	host, ok := canonicalHost(u.Hostname(), false)
	if !ok {
		return ""
	}
	return text.Plain(host, maxShown)
}

// isPage reports whether an answer is an HTML page.
func isPage(resp *http.Response, rest net.Conn) bool {
	if strings.HasPrefix(strings.ToLower(resp.Header.Get("Content-Type")), "text/html") {
		return true
	}
	first := make([]byte, 512)
	n, _ := rest.Read(first)
	return bytes.HasPrefix(bytes.TrimLeft(first[:n], " \t\r\n\ufeff"), []byte("<"))
}
