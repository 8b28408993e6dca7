package e2e_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/wire"
)

// place is a customer's computer and what lies between it and the relay: a computer
// through which all its packets go.
type place struct {
	t   *testing.T
	lab *lab
	n   int
	dir string

	customer, middle *space
	upstreamPort     int  // of the relay that proxies lead to
	noKey            bool // the customer has not been told the relay's key
	inspector        *inspector
}

// connect lays the cables. The middle passes nothing on yet.
func (p *place) connect() {
	p.t.Helper()
	p.customer = newSpace(p.t, "127.0.0.1 localhost\n192.0.2.1 relay.example\n2001:db8::1 relay.example\n")
	p.middle = newSpace(p.t, "127.0.0.1 localhost\n")
	n := p.n
	p.middle.ip("link add outside type veth peer name to%d netns %s\nlink add inside type veth peer name cable netns %s\n", n, p.lab.space.pid, p.customer.pid)
	p.middle.ip("addr add 10.%[1]d.2.2/24 dev outside\naddr add 10.%[1]d.1.1/24 dev inside\nlink set outside up\nlink set inside up\n", n)
	p.lab.space.ip("addr add 10.%[1]d.2.1/24 dev to%[1]d\nlink set to%[1]d up\nroute add 10.%[1]d.1.0/24 via 10.%[1]d.2.2\n", n)
	p.customer.ip("addr add 10.%[1]d.1.2/24 dev cable\nlink set cable up\nroute add default via 10.%[1]d.1.1\n", n)
}

// upstream connects the middle to the relay.
func (p *place) upstream() (net.Conn, error) {
	return p.middle.dial(fmt.Sprintf("10.%d.2.1:%d", p.n, p.upstreamPort))
}

// open lets everything through.
func (p *place) open() {
	p.middle.forward()
	p.middle.ip("route add default via 10.%d.2.1\n", p.n)
}

// openIPv6 lets IPv6 through, and there is nothing else.
func (p *place) openIPv6() {
	n := p.n
	p.middle.forward()
	p.customer.ip("addr del 10.%[1]d.1.2/24 dev cable\naddr add fd00:%[1]d:1::2/64 dev cable nodad\nroute add default via fd00:%[1]d:1::1\n", n)
	p.middle.ip("addr del 10.%[1]d.1.1/24 dev inside\naddr add fd00:%[1]d:1::1/64 dev inside nodad\naddr add fd00:%[1]d:2::2/64 dev outside nodad\nroute add default via fd00:%[1]d:2::1\n", n)
	p.lab.space.ip("addr add fd00:%[1]d:2::1/64 dev to%[1]d nodad\nroute add fd00:%[1]d:1::/64 via fd00:%[1]d:2::2\n", n)
}

// only443 drops all but one port.
func (p *place) only443() {
	p.middle.forward()
	p.middle.ip("route add default via 10.%d.2.1 table 100\nrule add pref 100 ipproto tcp dport 443 table 100\nroute add blackhole default\n", p.n)
}

// between lets the middle take what is meant for the relay, but for SSH's own port,
// which it drops.
func (p *place) between() {
	p.middle.ip("addr add 192.0.2.1/32 dev lo\nrule add pref 10 lookup local\nrule del pref 0\nrule add pref 5 ipproto tcp dport 2222 blackhole\n")
}

// hotel is a network that wants a login first.
func (p *place) hotel() {
	p.between()
	p.middle.serve(80, portal)
	hotel := &inspector{ca: newAuthority(p.t, "Hotel"), upstream: func() (net.Conn, error) { return nil, errors.New("not yet") }}
	p.middle.serve(443, hotel.handle)
}

// logIn is what the customer does on the hotel's page. The join then goes on by
// itself.
func (p *place) logIn(bob *customer) {
	p.middle.ip("addr del 192.0.2.1/32 dev lo\nrule del pref 5\n")
	p.open()
	bob.says("Connected")
}

// inspected is a company that looks into TLS.
func (p *place) inspected() {
	p.between()
	p.inspector = &inspector{ca: p.lab.inspector, upstream: p.upstream}
	p.middle.serve(443, p.inspector.handle)
}

// companyRoots makes the computer trust the company's CA too.
func (p *place) companyRoots() []string {
	roots := filepath.Join(p.dir, "roots.pem")
	if err := os.WriteFile(roots, append(p.lab.ca.pem(), p.lab.inspector.pem()...), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return []string{"SSL_CERT_FILE=" + roots}
}

// onlyCiphertext holds that the company has seen SSH, and nothing of what it carried.
func (p *place) onlyCiphertext(*customer) {
	heard := p.inspector.text()
	if !strings.Contains(heard, "SSH-2.0-") {
		p.t.Error("the inspecting proxy has not heard the relay")
	}
	for _, secret := range []string{"Alice Kim", "alice"} {
		if strings.Contains(heard, secret) {
			p.t.Errorf("the inspecting proxy has read %q", secret)
		}
	}
}

// noPassword holds that the proxy's password is nowhere on this computer.
func (p *place) noPassword(bob *customer) {
	_, password, _ := strings.Cut(proxyLogin, ":")
	err := filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range []string{password, base64.StdEncoding.EncodeToString([]byte(proxyLogin))} {
			if strings.Contains(string(data)+bob.window.Screen(), secret) {
				p.t.Errorf("%s or the screen has %q", path, secret)
			}
		}
		return err
	})
	if err != nil {
		p.t.Error(err)
	}
}

func (p *place) state() string { return filepath.Join(p.dir, "state") }

// inUse holds that a way is in use, and that the CSR reaches the computer over it.
func (p *place) inUse(number wire.Number, way string) {
	p.t.Helper()
	out, err := rig.Run(exec.CommandContext(p.t.Context(), programs().Agent, "status", "--json", "--state", p.state()))
	if err != nil || !strings.Contains(out, fmt.Sprintf("\"way\": %q", way)) {
		p.t.Errorf("want %q: %v\n%s", way, err, out)
	}
	behind := &server{dial: func() (net.Conn, error) { return p.lab.csr.Dial("tcp", net.JoinHostPort(number.Host(), "22")) }}
	c, err := behind.login("alice", p.lab.alice)
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	if got := run(p.t, c, "sysinfo os"); !strings.Contains(got, "Operating system") {
		p.t.Errorf("%q", got)
	}
}

// customer is support-agent while it runs.
type customer struct {
	t      *testing.T
	window *rig.Console
	began  time.Time
}

// comesBack kills support-agent and starts it as a restart does: without the
// customer's environment.
func (p *place) comesBack(bob *customer) {
	p.t.Helper()
	bob.window.Close()
	again := p.start(nil, "resume", "--ui", "none")
	if took := again.says("Connected again"); took > joinTime {
		p.t.Errorf("to come back took %v", took)
	}
	*bob = *again
}

// join starts support-agent on the customer's computer.
func (p *place) join(number wire.Number, env []string) *customer {
	p.t.Helper()
	args := []string{string(number), "--relay", "relay.example"}
	if !p.noKey {
		args = append(args, "--relay-key", p.lab.key, "--allow", "sysinfo", "--ui", "none")
	}
	return p.start(env, args...)
}

func (p *place) start(env []string, args ...string) *customer {
	p.t.Helper()
	cmd := p.customer.command(p.t.Context(), append([]string{programs().Agent, "--state", p.state(), "--log", filepath.Join(p.dir, "log")}, args...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "LC_ALL=C.UTF-8"}, env...)
	c := &customer{t: p.t, began: time.Now()}
	var err error
	if c.window, err = rig.OpenWindow(cmd, rig.Window{Columns: 300, Rows: 60}, nil); err != nil { // no line is broken
		p.t.Fatal(err)
	}
	p.t.Cleanup(c.window.Close)
	p.t.Cleanup(func() {
		if data, _ := os.ReadFile(filepath.Join(p.dir, "log")); p.t.Failed() {
			p.t.Logf("%s\n%s", c.window.Screen(), data)
		}
	})
	return c
}

// says waits until text stands on the screen, and returns how long that took from the
// start.
func (c *customer) says(text string) time.Duration {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), rig.Patience)
	defer cancel()
	err := c.window.Expect(ctx, text)
	took := time.Since(c.began)
	if err != nil {
		c.t.Fatal(err)
	}
	return took
}

// ends waits for the end with this exit code; 0 is that a Ctrl-C has to end it.
func (c *customer) ends(code int) {
	c.t.Helper()
	began := time.Now()
	if code == 0 {
		code = 130
		_ = c.window.Process().Signal(syscall.SIGINT)
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), rig.Patience)
	defer cancel()
	if got, err := c.window.Wait(ctx); err != nil || got != code {
		c.t.Errorf("exit code %d, want %d: %v", got, code, err)
	}
	if took := time.Since(began); took > joinTime {
		c.t.Errorf("the end took %v", took)
	}
}
