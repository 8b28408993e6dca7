//go:build unix

package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/library/sshd"
	"supportd/library/text"
)

// The relay's key is trusted when a person has compared it, by a whole word.
func TestRelayKeyIsComparedByThePerson(t *testing.T) {
	t.Parallel()
	relay := listenAsRelay(t)
	for typed, ok := range map[string]bool{"yes": true, "네": true, "y": false, "": false, "no": false, "always": false, "yes yes": false} {
		p := newPerson(t, text.English)
		program := &program{lang: text.English}
		type result struct {
			key string
			err error
		}
		got := make(chan result, 1)
		go func() {
			place := state.Relay{Addresses: relay.addresses(t)}
			err := program.confirmKey(t.Context(), p.screen, nil, &place, new(reach.Dialer))
			if err == nil && place.Way != "ssh "+relay.addr {
				t.Errorf("the way %q", place.Way)
			}
			got <- result{strings.Join(place.Keys, ""), err}
		}()
		p.stands(phrase(text.English, keyPrompt), 1)
		if !strings.Contains(p.shown(), relay.pin) {
			t.Errorf("the fingerprint is not shown:\n%s", p.shown())
		}
		p.types(typed + "\n")
		if !ok && typed != "" && typed != "no" {
			p.stands(phrase(text.English, keyPrompt), 2)
			p.types("\n")
		}
		r := <-got
		if (r.err == nil) != ok || (r.key == relay.pin) != ok || !ok && cmdline.Code(r.err) != cmdline.ExitAuth {
			t.Errorf("%q: %+v", typed, r)
		}
	}
}

// Whoever looks into TLS could show a key of their own: where none is known yet, no way
// is used on which somebody does whom this computer does not trust.
func TestW14_WithoutAKeyUnknownCAsAreFatal(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, l := range text.Languages() {
		p := newPerson(t, l)
		place := state.Relay{Addresses: relayListener{addr: web.URL}.addresses(t)}
		err := (&program{lang: l}).confirmKey(t.Context(), p.screen, nil, &place, new(reach.Dialer))
		var shown *cmdline.Error
		if !errors.As(err, &shown) || shown.Code != cmdline.ExitAuth || !strings.Contains(shown.Text, "Acme Co") || shown.Hint != phrase(l, keyMissingHint) || len(place.Keys) > 0 {
			t.Errorf("%s: %+v, %+v", l, err, place)
		}
	}
}

type relayListener struct{ addr, pin string }

func (r relayListener) addresses(t *testing.T) []reach.Address {
	t.Helper()
	a, err := reach.ParseAddress(r.addr)
	if err != nil {
		t.Fatal(err)
	}
	return []reach.Address{a}
}

// listenAsRelay shows a host key to everybody and lets nobody in.
func listenAsRelay(t *testing.T) relayListener {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sshd.New(sshd.Options{
		HostKeys:     func() []ssh.Signer { return []ssh.Signer{signer} },
		Authenticate: func(ssh.ConnMetadata, ssh.PublicKey) (any, error) { return nil, errors.New("nobody") },
		Log:          slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := server.Shutdown(context.Background(), sshd.ErrShutdown); err != nil {
			t.Error(err)
		}
	})
	return relayListener{l.Addr().String(), ssh.FingerprintSHA256(signer.PublicKey())}
}
