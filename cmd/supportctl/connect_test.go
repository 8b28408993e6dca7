package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/library/wire"
)

// listen serves connections on loopback until the test ends.
func listen(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { defer nc.Close(); serve(nc) })
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return l.Addr().String()
}

// What comes first is said once, and the end of the input is no end of the output.
func TestConnectKeepsHalfOfAConnection(t *testing.T) {
	const first = "SSH-2.0-OpenSSH_9.2\r\n"
	address := listen(t, func(nc net.Conn) {
		_, _ = io.WriteString(nc, wire.Banner("test")+"\r\nmore")
		all, err := io.ReadAll(nc)
		fmt.Fprintf(nc, " %d bytes, %v, %q", len(all), err, all[:min(len(all), 30)])
	})
	for name, said := range map[string]string{
		"a first line": first, "more behind it": first + strings.Repeat("x", 100_000), "nothing": "",
	} {
		b := newBench(t)
		b.std.In = strings.NewReader(said)
		if code := b.do(t, "connect", address); code != cmdline.ExitOK || b.err.Len() > 0 {
			t.Fatalf("%s: exit code %d, %s", name, code, &b.err)
		}
		want := fmt.Sprintf("%s\r\nmore %d bytes, <nil>, %q", wire.Banner("test"), len(said), said[:min(len(said), 30)])
		if b.out.String() != want {
			t.Errorf("%s: %q, want %q", name, &b.out, want)
		}
	}
}

// A program that lets the server speak first gets through too.
func TestConnectWithoutAFirstLine(t *testing.T) {
	address := listen(t, func(nc net.Conn) {
		_, _ = io.WriteString(nc, wire.Banner("test")+"\r\n")
		_, _ = io.Copy(nc, nc)
	})
	b := newBench(t)
	in, typed := io.Pipe()
	out, shown := io.Pipe()
	b.std.In, b.std.Out = in, shown
	ended := make(chan int, 1)
	go func() { ended <- b.run(t.Context(), []string{"connect", address}); shown.Close() }()
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); err != nil || line != wire.Banner("test")+"\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	fmt.Fprint(typed, "hello\n")
	if line, err := r.ReadString('\n'); err != nil || line != "hello\n" {
		t.Fatalf("%q, %v", line, err)
	}
	typed.Close()
	if code := <-ended; code != cmdline.ExitOK {
		t.Errorf("exit code %d: %s", code, &b.err)
	}
}

// Whatever stands where the relay's address belongs stays text, and nothing is
// dialled. Data alone goes to standard output.
func TestK3_ConnectTakesAddressesOnly(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	for _, args := range [][]string{
		{"-oProxyCommand=touch ran"}, {"--", "-oProxyCommand=touch ran"}, {"$(touch ran)"}, {"`touch ran`"}, {"relay;touch ran"}, {"relay\nProxyCommand x"},
		{strings.Repeat("9", 1_000_000)}, {strings.Repeat("9", 1_000_000) + ".example:22"}, {"relay:" + strings.Repeat("9", 1_000_000)}, {"\x1b[2J"},
		{"482913077"}, {""}, {"relay:0"}, {"http://relay"}, {"https://relay/other"}, {"alice@relay"}, {"relay", "22"}, {},
	} {
		b.std.In = strings.NewReader("SSH-2.0-OpenSSH_9.2\r\n")
		if code := b.do(t, append([]string{"connect"}, args...)...); code != cmdline.ExitUsage {
			t.Errorf("%.40q: exit code %d, want 2: %.200s", args, code, &b.err)
		}
		if lines := strings.Count(b.err.String(), "\n"); lines != 2 || b.err.Len() > 400 || strings.ContainsRune(b.err.String(), 0x1b) || b.out.Len() > 0 {
			t.Errorf("%.40q: %d lines: %.400q, %q", args, lines, &b.err, &b.out)
		}
	}
	address := listen(t, func(nc net.Conn) { t.Error("somebody is dialled"); nc.Close() })
	for _, said := range []string{"GET / HTTP/1.1\r\n", strings.Repeat("x", 1_000_000), "\x16\x03\x01"} {
		b.std.In = strings.NewReader(said)
		if code := b.do(t, "connect", address); code != cmdline.ExitUsage || !strings.Contains(b.err.String(), "not SSH") || b.out.Len() > 0 {
			t.Errorf("%.20q: exit code %d: %s", said, code, &b.err)
		}
	}
}

// What answers in the place of a relay is not shown, and what it says in its own
// words does not drive the terminal.
func TestConnectToWhatIsNoRelay(t *testing.T) {
	for name, says := range map[string]string{
		"a page": "HTTP/1.1 302 Found\r\nLocation: http://hotel.example/\x1b[2J\r\n\r\n", "another server": "SSH-2.0-OpenSSH_9.2 \x1b[2J\r\n",
		"nothing": "", "binary": strings.Repeat("\x1b[2J", 10_000), "a long line": "SSH-" + strings.Repeat("\x1b", 100_000),
	} {
		address := listen(t, func(nc net.Conn) { _, _ = io.WriteString(nc, says) })
		b := newBench(t)
		b.std.In = strings.NewReader("SSH-2.0-OpenSSH_9.2\r\n")
		code := b.do(t, "connect", address)
		if code != cmdline.ExitUnreachable || b.out.Len() > 0 || !strings.HasPrefix(b.err.String(), "supportctl: cannot reach the relay at "+address+": ") {
			t.Errorf("%s: exit code %d, %q, %q", name, code, &b.err, &b.out)
		}
		if lines := strings.Count(b.err.String(), "\n"); lines != 2 || strings.ContainsRune(b.err.String(), 0x1b) {
			t.Errorf("%s: %q", name, &b.err)
		}
	}
}

// A program that is told to end does so while nobody answers, and in the middle.
func TestK5_ConnectEndsWithItsContext(t *testing.T) {
	for name, says := range map[string]string{"nobody answers": "", "in the middle": wire.Banner("test") + "\r\n"} {
		reached := make(chan struct{}, 9)
		address := listen(t, func(nc net.Conn) {
			_, _ = io.WriteString(nc, says)
			buf := make([]byte, 100)
			_, _ = nc.Read(buf)
			reached <- struct{}{}
			_, _ = nc.Read(buf)
		})
		b := newBench(t)
		in, typed := io.Pipe()
		b.std.In = in
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan int, 1)
		go func() { ended <- b.run(ctx, []string{"connect", address}) }()
		fmt.Fprint(typed, "SSH-2.0-OpenSSH_9.2\r\n")
		<-reached
		cancel()
		if code := <-ended; code != cmdline.ExitInterrupted || b.err.Len() > 0 {
			t.Errorf("%s: exit code %d, %q", name, code, &b.err)
		}
		typed.Close()
	}
}

// A connection that breaks off is told where ssh is still there, and not where it
// has just said goodbye.
func TestConnectTellsALostConnection(t *testing.T) {
	for name, stays := range map[string]bool{"ssh is there": true, "ssh has gone": false} {
		address := listen(t, func(nc net.Conn) {
			_, _ = io.WriteString(nc, wire.Banner("test")+"\r\n")
			_, _ = nc.Read(make([]byte, 100))
			_ = nc.(*net.TCPConn).SetLinger(0) // closing it resets the connection
		})
		b := newBench(t)
		in, typed := io.Pipe()
		b.std.In = in
		ended := make(chan int, 1)
		go func() { ended <- b.run(t.Context(), []string{"connect", address}) }()
		fmt.Fprint(typed, "SSH-2.0-OpenSSH_9.2\r\n")
		if !stays {
			typed.Close()
		}
		if code := <-ended; code != cmdline.ExitUnreachable || strings.Contains(b.err.String(), "was lost") != stays {
			t.Errorf("%s: exit code %d, %q", name, code, &b.err)
		}
		typed.Close()
	}
}

// The host of the login means all its ways, because a host in ssh_config has a port.
func TestConnectTakesTheLoginsWays(t *testing.T) {
	for _, c := range []struct {
		login, asked, want string
		pinned             bool
	}{
		{"relay.example", "relay.example", "relay.example", true},
		{"relay.example", "relay.example:2222", "relay.example", true},
		{"relay.example", "RELAY.example:22", "relay.example", true},
		{"https://relay.example:8443", "relay.example:8443", "https://relay.example:8443", true},
		{"relay.example:2222", "relay.example:2222", "relay.example:2222", true},
		{"relay.example:2222", "relay.example:443", "relay.example:443", false},
		{"relay.example:2222", "relay.example", "relay.example", false},
		{"relay.example", "other.example:2222", "other.example:2222", false},
		{"", "relay.example", "relay.example", false},
	} {
		b := newBench(t)
		if c.login != "" {
			pr := b.logIn(t)
			pr.Relay = c.login
			if err := pr.save(b.program); err != nil {
				t.Fatal(err)
			}
		}
		a, err := reach.ParseAddress(c.asked)
		if err != nil {
			t.Fatal(err)
		}
		got := b.waysFor(a)
		if got.Address.String() != c.want || (got.HostKey != "") != c.pinned || got.Dialer == nil || got.Dialer.Proxy == nil {
			t.Errorf("%s, asked for %s: %s, pinned %q", c.login, c.asked, got.Address, got.HostKey)
		}
	}
}

func TestProxyCommandIsQuoted(t *testing.T) {
	host, ip6 := reach.Address{Host: "relay.example"}, reach.Address{Host: "2001:db8::1", Web: true}
	for _, c := range []struct {
		goos, self string
		to         reach.Address
		want       string
	}{
		{"linux", "/usr/bin/supportctl", host, "/usr/bin/supportctl connect relay.example"},
		{"linux", "/home/a b/$(id)/it's 100%/supportctl", host, `'/home/a b/$(id)/it'\''s 100%%/supportctl' connect relay.example`},
		{"darwin", "/Applications/supportctl", ip6, `/Applications/supportctl connect https://\[2001:db8::1]`},
		{"linux", "", host, "supportctl connect relay.example"},
		{"linux", "/tmp/a\nProxyCommand x/supportctl", host, "supportctl connect relay.example"},
		{"windows", `C:\Users\alice\supportctl.exe`, host, "C:/Users/alice/supportctl.exe connect relay.example"},
		{"windows", `C:\Program Files\supportd\supportctl.exe`, ip6, `"C:/Program Files/supportd/supportctl.exe" connect https://[2001:db8::1]`},
		{"windows", `C:\Users\한 %USERNAME%\supportctl.exe`, host, `"C:/Users/한 %%USERNAME%%/supportctl.exe" connect relay.example`},
	} {
		if got := proxyCommand(c.goos, c.self, c.to); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.goos, c.self, got, c.want)
		}
	}
}

// ssh gets help where the login has more ways than a port, and checks the same key
// under every name by which it may look for the relay.
func TestSSHConfigByAddress(t *testing.T) {
	for relay, want := range map[string]struct{ host, names string }{
		"relay.example:2222": {"    HostName relay.example\n    Port 2222\nHost *.support\n", "[relay.example]:2222 "},
		"relay.example:22":   {"    HostName relay.example\n    Port 22\nHost *.support\n", "relay.example "},
		"relay.example": {
			"    HostName relay.example\n    Port 2222\n    ProxyCommand /opt/supportctl connect relay.example\nHost *.support\n",
			"[relay.example]:2222,[relay.example]:443,relay.example ",
		},
		"https://relay.example": {
			"    HostName relay.example\n    Port 443\n    ProxyCommand /opt/supportctl connect https://relay.example\nHost *.support\n",
			"[relay.example]:443,relay.example ",
		},
		"[fe80::1%eth0]:2222": {"    HostName fe80::1%%eth0\n    Port 2222\nHost *.support\n", "[fe80::1%eth0]:2222 "},
	} {
		b := newBench(t)
		b.self = "/opt/supportctl"
		pr := b.logIn(t)
		pr.Relay = relay
		if err := pr.save(b.program); err != nil {
			t.Fatal(err)
		}
		if code := b.do(t, "ssh", "config"); code != cmdline.ExitOK || !strings.Contains(b.out.String(), "Host supportd-relay\n"+want.host) ||
			!strings.Contains(b.out.String(), "    StrictHostKeyChecking yes\n") {
			t.Errorf("%s: exit code %d:\n%s%s", relay, code, &b.out, &b.err)
		}
		if code := b.do(t, "ssh", "known-hosts"); code != cmdline.ExitOK || !strings.HasPrefix(b.out.String(), want.names+"ssh-ed25519 ") {
			t.Errorf("%s: exit code %d:\n%s%s", relay, code, &b.out, &b.err)
		}
	}
}

// The way that has worked is kept beside the login, and is only a hint.
func TestWayIsRemembered(t *testing.T) {
	n := newNetwork(t)
	n.relay.on("whoami --json", says(`{"account":"alice"}`))
	kept := func() string { return n.lastWay() }
	n.readsOnly = true
	if code := n.do(t, "whoami"); code != cmdline.ExitOK || kept() != "" {
		t.Errorf("exit code %d, %q is kept by a program that only reads", code, kept())
	}
	n.readsOnly = false
	if code := n.do(t, "whoami"); code != cmdline.ExitOK || !strings.HasPrefix(kept(), "ssh 127.0.0.1:") {
		t.Errorf("exit code %d, kept: %q", code, kept())
	}
	for _, foul := range []string{"", "wss elsewhere.example:443\n", strings.Repeat("x", 100_000), "\x00\x1b[2J"} {
		if err := os.WriteFile(n.path(wayFile), []byte(foul), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := n.do(t, "whoami"); code != cmdline.ExitOK || !strings.HasPrefix(kept(), "ssh 127.0.0.1:") {
			t.Errorf("%.20q: exit code %d, kept: %q", foul, code, kept())
		}
	}
	if code := n.do(t, "logout"); code != cmdline.ExitOK {
		t.Fatal(n.err.String())
	}
	n.keepWay(n.dialer())
	if _, err := os.Stat(n.dir); err == nil {
		t.Error("something is kept after logout")
	}
}

// Logins of before mean what they meant, and computers that were met under another
// way to the same relay are still known.
func TestOlderLogins(t *testing.T) {
	b := newBench(t)
	pr := b.logIn(t)
	if pr.address != (reach.Address{Host: "relay.invalid", Port: "2222"}) {
		t.Errorf("%q means %+v", pr.Relay, pr.address)
	}
	key := testkit.NewKey(t).PublicKey()
	b.meet(pr.knownAs, benchNumber, key)
	entries, err := os.ReadDir(b.path(metDir))
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	now := entries[0].Name()
	before := strings.Replace(now, "relay.invalid_", "relay.invalid_2222_", 1)
	if err := os.Rename(filepath.Join(b.path(metDir), now), filepath.Join(b.path(metDir), before)); err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"relay.invalid": 1, "": 1, "relay": 0, "invalid": 0} {
		if got := b.metKeys(host, benchNumber); len(got) != want {
			t.Errorf("%s: %v, want %d", host, got, want)
		}
	}
	if got := b.metKeys("relay.invalid", "100000009"); len(got) > 0 {
		t.Errorf("met under another number: %v", got)
	}
	if !sameRelay("relay.invalid:2222", "https://relay.invalid") || sameRelay("relay.invalid", "other.invalid") || !sameRelay("", "") || sameRelay("", "x") {
		t.Error("relays are not told apart")
	}
}
