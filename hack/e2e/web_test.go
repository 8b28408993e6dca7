//go:build unix

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/library/wire"
)

// W10: stock ssh, curl, a real browser and a computer that joins in a WebSocket use one
// port at the same time.
func TestW10_OnePortForAll(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	cert, key, config := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "relay.toml")
	testkit.WriteCertificate(t, cert, key, time.Hour, "127.0.0.1")
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
	inside := *relay
	inside.Addr = "https://" + web
	t.Setenv("SSL_CERT_FILE", cert) // for the computer

	users := map[string]func() error{
		"curl": func() error {
			out, err := rig.Run(exec.CommandContext(ctx, "curl", "--silent", "--show-error", "--fail", "--cacert", cert, "https://"+web+"/healthz"))
			if err == nil && out != "ok" {
				err = fmt.Errorf("curl prints %q", out)
			}
			return err
		},
		"ssh": func() error {
			out, err := ssh("whoami")
			if err == nil && !strings.Contains(out, "alice") {
				err = fmt.Errorf("whoami prints %q", out)
			}
			return err
		},
	}
	if load := browserAt(t, "https://"+web+"/j/"+string(session.Number), session.Number.Spoken()); load != nil {
		users["browser"] = load
	}
	// All go on until each has done it more than once and the computer has joined.
	rounds, problems := map[string]*atomic.Int32{}, make(chan error, len(users))
	for name := range users {
		rounds[name] = &atomic.Int32{}
	}
	var joined atomic.Bool
	enough := func() bool {
		for _, n := range rounds {
			if n.Load() < 3 {
				return false
			}
		}
		return joined.Load()
	}
	for name, use := range users {
		go func() {
			for !enough() && ctx.Err() == nil {
				if err := use(); err != nil {
					rounds[name].Add(3) // nobody need wait for it
					problems <- fmt.Errorf("%s: %w", name, err)
					return
				}
				rounds[name].Add(1)
			}
			problems <- nil
		}()
	}
	joinAs(t, &inside, session.Number, filepath.Join(dir, "bob"))
	joined.Store(true)
	for range cap(problems) {
		if err := <-problems; err != nil {
			t.Error(err)
		}
	}
	for name, n := range rounds {
		t.Logf("%s: %d times meanwhile", name, n.Load())
	}
	// End to end, through the tunnel in the WebSocket.
	if out, err := rig.Run(alice.SSH(ctx, session.Number.Host(), "status")); err != nil || !strings.Contains(out, "active") {
		t.Errorf("%q %v", out, err)
	}
	if out, err := rig.Run(exec.CommandContext(ctx, "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}", "http://"+web+"/healthz")); err != nil || out != "308 https://"+web+"/healthz" {
		t.Errorf("without TLS: %q %v", out, err)
	}
}

// browserAt starts a real browser, and returns what loads a page in it that has to show
// a text; nil where there is no browser.
func browserAt(t *testing.T, page, shows string) func() error {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Log("there is no chromium, so no browser takes part")
		return nil
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")), chromedp.IgnoreCertErrors)
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	tab, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return func() error {
		err := chromedp.Do(tab, chromedp.Navigate(page))
		if err != nil {
			return err
		}
		got, err := chromedp.Run(tab, chromedp.Text(chromedp.CSS(".number")))
		if err == nil && got != shows {
			err = fmt.Errorf("the page shows %q", got)
		}
		return err
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
