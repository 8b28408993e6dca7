//go:build linux

package customers

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/coder/websocket"
	"golang.org/x/crypto/ssh"

	"supportd/library/reach"
	"supportd/library/sshd"
)

// enter logs in by the way that spec names, from the address of d.
func (spec Spec) enter(d *net.Dialer, cfg *ssh.ClientConfig) (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	switch {
	case spec.Live:
		return spec.enterOne(d, cfg)
	case strings.HasPrefix(spec.Web, "https://"):
		return spec.enterTLS(d, cfg)
	case spec.Web != "":
		nc, err := plainWebSocket(d, spec.Web)
		if err != nil {
			return nil, nil, nil, err
		}
		return ssh.NewClientConn(nc, spec.Addr, cfg)
	}
	nc, err := d.Dial("tcp", spec.Addr)
	if err != nil {
		return nil, nil, nil, err
	}
	return ssh.NewClientConn(nc, spec.Addr, cfg)
}

// login is what an SSH handshake makes.
type login struct {
	conn     ssh.Conn
	channels <-chan ssh.NewChannel
	requests <-chan *ssh.Request
}

// enterOne comes as support-agent does that knows several relays, and notices one that does
// not answer any more.
func (spec Spec) enterOne(d *net.Dialer, cfg *ssh.ClientConfig) (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	var to []reach.Address
	for _, text := range append([]string{spec.Addr}, spec.Others...) {
		address, err := reach.ParseAddress(text)
		if err != nil {
			return nil, nil, nil, err
		}
		to = append(to, address)
	}
	c, err := reach.Connect(context.Background(), &reach.Dialer{Net: d.DialContext}, to, true, func(ctx context.Context, nc net.Conn, known func() error) (*sshd.Client, error) {
		with := *cfg
		with.HostKeyCallback = func(string, net.Addr, ssh.PublicKey) error { return known() }
		return sshd.NewClient(ctx, nc, &with)
	})
	if err != nil {
		return nil, nil, nil, err
	}
	return c, c.Channels, c.Requests, nil
}

// enterTLS comes as support-agent does, with the product's own client.
func (spec Spec) enterTLS(d *net.Dialer, cfg *ssh.ClientConfig) (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	address, err := reach.ParseAddress(spec.Web)
	if err != nil {
		return nil, nil, nil, err
	}
	text, err := os.ReadFile(spec.Roots)
	if err != nil {
		return nil, nil, nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, nil, nil, errors.New("there is no certificate in " + spec.Roots)
	}
	dialer := &reach.Dialer{Net: d.DialContext, Roots: roots}
	l, err := reach.Connect(context.Background(), dialer, []reach.Address{address}, true, func(_ context.Context, nc net.Conn, known func() error) (login, error) {
		with := *cfg
		with.HostKeyCallback = func(string, net.Addr, ssh.PublicKey) error { return known() }
		conn, channels, requests, err := ssh.NewClientConn(nc, spec.Addr, &with)
		return login{conn, channels, requests}, err
	})
	return l.conn, l.channels, l.requests, err
}

// plainWebSocket comes as the web server does that stands before a relay and takes
// the TLS away.
func plainWebSocket(d *net.Dialer, url string) (net.Conn, error) {
	ws, _, err := websocket.Dial(context.Background(), url+reach.WebPath, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: d.DialContext}},
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(reach.MaxMessage)
	return websocket.NetConn(context.Background(), ws, websocket.MessageBinary), nil
}
