package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"supportd/hack/testkit"
)

// unreachable counts what is asked of an ACME server that cannot be reached.
type unreachable struct{ asked atomic.Int32 }

func (u *unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	u.asked.Add(1)
	return nil, errors.New("unreachable")
}

// W12: only the relay itself orders certificates, with a pause after a failure: what
// clients ask for orders none, and is answered from what is there.
func TestW12_ClientsOrderNoCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const has, hasNot = "relay.example", "other.example"
		dir, server := t.TempDir(), &unreachable{}
		cert, key := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
		leaf := testkit.WriteCertificate(t, cert, key, year, has)
		var kept []byte
		for _, name := range []string{key, cert} {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, text...)
		}
		for _, name := range []string{has, has + "+token"} { // autocert's names of files
			if err := os.WriteFile(filepath.Join(dir, name), kept, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		a := &authority{names: []string{hasNot, has}, log: slog.New(slog.DiscardHandler), manager: &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(dir), HostPolicy: autocert.HostWhitelist(has, hasNot),
			Client: &acme.Client{DirectoryURL: "https://acme.example/", HTTPClient: &http.Client{Transport: server}},
		}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); a.follow(ctx) }()
		defer func() { cancel(); <-done }()
		time.Sleep(time.Second)
		first := server.asked.Load()
		if first == 0 {
			t.Fatal("the relay itself asks for nothing")
		}
		onlyRSA := helloOf(has)
		onlyRSA.SignatureSchemes, onlyRSA.CipherSuites = []tls.SignatureScheme{tls.PSSWithSHA256}, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
		for range 13 {
			time.Sleep(time.Minute)
			if _, err := a.forClient(helloOf(hasNot)); err == nil {
				t.Error("there is a certificate for a name without one")
			}
			for _, hello := range []*tls.ClientHelloInfo{helloOf(has), helloOf("RELAY.example."), onlyRSA, {ServerName: has, SupportedProtos: []string{acme.ALPNProto}}} {
				if got, err := a.forClient(hello); err != nil || !got.Leaf.Equal(leaf) {
					t.Errorf("%q %q: %v", hello.ServerName, hello.SupportedProtos, err)
				}
			}
			if _, err := a.forClient(&tls.ClientHelloInfo{}); err == nil {
				t.Error("a client without a name")
			}
		}
		if got := server.asked.Load(); got != first {
			t.Errorf("within the pause %d more requests to the ACME server", got-first)
		}
		time.Sleep(3 * time.Minute)
		if got := server.asked.Load(); got != 2*first {
			t.Errorf("after the pause %d requests, want %d", got, 2*first)
		}
	})
}
