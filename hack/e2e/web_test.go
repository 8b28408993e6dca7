//go:build unix

package e2e_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/library/wire"
)

// bridge is a loopback address from which each connection goes on in a WebSocket.
func bridge(t *testing.T, url string, client *http.Client) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { carry(ctx, near, url, client) })
		}
	})
	t.Cleanup(func() { l.Close(); cancel(); all.Wait() })
	return l.Addr().String()
}

// carry passes one connection's bytes on.
func carry(ctx context.Context, near net.Conn, url string, client *http.Client) {
	defer near.Close()
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		return
	}
	far := websocket.NetConn(ctx, ws, websocket.MessageBinary)
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(far, near); ws.CloseNow() })
	both.Go(func() { _, _ = io.Copy(near, far); near.Close() })
	both.Wait()
}

// W10: stock ssh, curl and a computer that joins in a WebSocket use one port at the
// same time.
func TestW10_OnePortForAll(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	cert, key, config := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "relay.toml")
	roots := x509.NewCertPool()
	roots.AddCert(testkit.WriteCertificate(t, cert, key, time.Hour, "127.0.0.1"))
	if err := os.WriteFile(config, fmt.Appendf(nil, "web = \"127.0.0.1:0\"\n[tls]\ncert = %q\nkey = %q\n", cert, key), 0o600); err != nil {
		t.Fatal(err)
	}
	relay, err := rig.StartRelay(ctx, programs(), filepath.Join(dir, "relay"), "", t.Output(), "--config", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Kill)
	web, err := relay.Web(ctx)
	if err != nil {
		t.Fatal(err)
	}
	alice, err := rig.NewCSR(ctx, relay, "alice", "Alice Kim", filepath.Join(dir, "alice"))
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(web)
	ssh := func(args ...string) (string, error) {
		return rig.Run(alice.SSH(ctx, append([]string{"-p", port, "-o", "HostKeyAlias=[" + relay.Host() + "]:" + relay.Port(), "relay"}, args...)...))
	}
	var session struct{ Number wire.Number }
	out, err := ssh("session", "start", "--json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &session)
	}
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(client.CloseIdleConnections)
	inside := *relay
	inside.Addr = bridge(t, "https://"+web+"/ssh", client)

	curl := func() error {
		out, err := rig.Run(exec.CommandContext(ctx, "curl", "--silent", "--show-error", "--fail", "--cacert", cert, "https://"+web+"/healthz"))
		if err == nil && out != "ok" {
			err = fmt.Errorf("curl prints %q", out)
		}
		return err
	}
	whoami := func() error {
		out, err := ssh("whoami")
		if err == nil && !strings.Contains(out, "alice") {
			err = fmt.Errorf("whoami prints %q", out)
		}
		return err
	}
	problems := make(chan error, 2)
	for _, use := range []func() error{curl, whoami} {
		go func() {
			var all error
			for range 5 {
				all = errors.Join(all, use())
			}
			problems <- all
		}()
	}
	joinAs(t, &inside, session.Number, filepath.Join(dir, "bob"))
	for range cap(problems) {
		if err := <-problems; err != nil {
			t.Error(err)
		}
	}
	// End to end, through the tunnel in the WebSocket.
	if out, err := rig.Run(alice.SSH(ctx, session.Number.Host(), "status")); err != nil || !strings.Contains(out, "active") {
		t.Errorf("%q %v", out, err)
	}
	if out, err := rig.Run(exec.CommandContext(ctx, "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}", "http://"+web+"/healthz")); err != nil || out != "308 https://"+web+"/healthz" {
		t.Errorf("without TLS: %q %v", out, err)
	}
}

// W4: curl says in the PROXY protocol whose request it brings. It is believed where
// the configuration names it, and refused elsewhere, on the web port and on that of
// SSH.
func TestW4_OnlyATrustedProxyIsBelieved(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		dir, ctx := t.TempDir(), t.Context()
		config := filepath.Join(dir, "relay.toml")
		proxies := map[bool]string{true: "127.0.0.0/8", false: "192.0.2.1"}[trusted]
		if err := os.WriteFile(config, fmt.Appendf(nil, "web = \"127.0.0.1:0\"\ntrusted_proxies = [%q]\n", proxies), 0o600); err != nil {
			t.Fatal(err)
		}
		relay, err := rig.StartRelay(ctx, programs(), filepath.Join(dir, "relay"), "", t.Output(), "--config", config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(relay.Kill)
		web, err := relay.Web(ctx)
		if err != nil {
			t.Fatal(err)
		}
		out, err := rig.Run(exec.CommandContext(ctx, "curl", "--silent", "--show-error", "--haproxy-protocol", "http://"+web+"/healthz"))
		if (err == nil && out == "ok") != trusted {
			t.Errorf("trusted: %t, on the web port: %q %v", trusted, out, err)
		}
		// HTTP on the port of SSH is refused in words, after the header where that counts.
		out, _ = rig.Run(exec.CommandContext(ctx, "curl", "--silent", "--http0.9", "--haproxy-protocol", "http://"+relay.Addr+"/healthz"))
		if !strings.Contains(out, "this is an SSH server") {
			t.Errorf("trusted: %t, on the port of SSH: %q", trusted, out)
		}
	}
}
