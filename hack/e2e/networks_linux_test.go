package e2e_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/library/wire"
)

// joinTime is what a join, or the reason why there is none, may take in any network.
const joinTime = 5 * time.Second

// network is where a customer's computer may stand.
type network struct {
	build func(*place)            // what lies between it and the relay
	env   func(*place) []string   // of support-agent
	way   string                  // that has to be used; "" is none
	says  func(*place) string     // why there is none
	code  int                     // with which support-agent ends then; 0 is that it goes on trying
	then  func(*place, *customer) // after that
}

func networks() map[string]network {
	const direct, ssh443, web, byProxy = "ssh relay.example:2222", "ssh relay.example:443", "wss relay.example:443", "ssh relay.example:443 by proxy"
	proxy := func(name, scheme, login string, port int) func(*place) []string {
		return func(p *place) []string {
			return []string{fmt.Sprintf("%s=%s://%s10.%d.1.1:%d", name, scheme, login, p.n, port)}
		}
	}
	says := func(text string) func(*place) string { return func(*place) string { return text } }
	return map[string]network{
		"everything goes out":      {build: (*place).open, way: direct},
		"IPv6 only":                {build: (*place).openIPv6, way: direct},
		"only tcp 443 goes out":    {build: (*place).only443, way: ssh443},
		"only TLS on 443 goes out": {build: func(p *place) { p.between(); p.middle.serve(443, onlyTLS(p.upstream)) }, way: web},
		"only an HTTP proxy": {
			build: func(p *place) { p.middle.serve(3128, httpProxy("", p.upstream)) },
			env:   proxy("HTTPS_PROXY", "http", "", 3128), way: byProxy,
		},
		"only an HTTP proxy with Basic": {
			build: func(p *place) { p.middle.serve(3128, httpProxy(proxyLogin, p.upstream)) },
			env:   proxy("https_proxy", "http", proxyLogin+"@", 3128), way: byProxy, then: (*place).noPassword,
		},
		"a proxy whose password is missing": {
			build: func(p *place) { p.middle.serve(3128, httpProxy(proxyLogin, p.upstream)) },
			env:   proxy("HTTPS_PROXY", "http", "", 3128),
			says: func(p *place) string {
				return fmt.Sprintf("10.%d.1.1:3128, which wants a user name and a password", p.n)
			},
		},
		"only a SOCKS5 proxy": {
			build: func(p *place) { p.middle.serve(1080, socksProxy(p.upstream)) },
			env:   proxy("ALL_PROXY", "socks5", "", 1080), way: byProxy,
		},
		"a captive portal": {
			build: (*place).hotel,
			says:  says("This network wants you to log in first (login.hotel.example). Open a web page, log in there, then this goes on by itself."),
			then:  (*place).logIn,
		},
		"an inspecting proxy": {build: (*place).inspected, env: (*place).companyRoots, way: web, then: (*place).onlyCiphertext},
		"an inspecting proxy of an unknown CA": {
			build: (*place).inspected,
			says:  says("somebody whom this computer does not know (Company Inspection)"),
		},
		"an inspecting proxy with another SSH key behind it": {
			build: func(p *place) { p.upstreamPort = 444; p.inspected() }, env: (*place).companyRoots,
			says: says("relay.example is not the place that your support rep meant"), code: 4,
		},
		"nothing goes out": {build: func(*place) {}, says: says("(tried 2222, 443 and https)")},
		"no network": {
			build: func(p *place) { p.customer.ip("link set up down\n") },
			says:  says("Is this computer connected to the internet?"),
		},
	}
}

// proxyLogin is the user and the password of a proxy.
const proxyLogin = "bob:hunter22"

// N8, W13, W14, W15: in each network the customer joins within seconds, or reads why
// not. The programs are real; the networks are namespaces of this computer's.
func TestN8_W13_W14_W15_JoiningFromEachNetwork(t *testing.T) {
	needRoot(t)
	l := newLab(t)
	n := 0
	for name, c := range networks() {
		n++
		p := &place{lab: l, n: n, upstreamPort: 443, dir: t.TempDir()}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.t = t
			p.connect()
			c.build(p)
			c.try(p, name)
		})
	}
}

// try starts support-agent and holds it to what is expected.
func (c network) try(p *place, name string) {
	env := []string{"SSL_CERT_FILE=" + p.lab.roots}
	if c.env != nil {
		env = append(env, c.env(p)...)
	}
	number := p.lab.number(p.t)
	bob := p.join(number, env)
	wanted := "Connected"
	if c.way == "" {
		wanted = c.says(p)
	}
	took := bob.says(wanted)
	p.lab.note(name, took, bob.line)
	if took > joinTime {
		p.t.Errorf("it took %v", took)
	}
	if c.way != "" {
		p.inUse(number, c.way)
	}
	if c.then != nil {
		c.then(p, bob)
	}
	bob.ends(c.code)
}

// lab is a relay, with a second one beside it, that customers in all networks reach.
type lab struct {
	space         *space
	relay, other  *rig.Relay
	key           string
	ca, inspector *authority
	roots         string // a file with the CA that everybody trusts
	alice         ssh.Signer
	dir           string

	mu    sync.Mutex
	csr   *ssh.Client // alice at the relay
	tried []string    // rows of the table of all networks
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{
		dir: t.TempDir(), space: newSpace(t, "127.0.0.1 localhost\n"), alice: testkit.NewKey(t),
		ca: newAuthority(t, "Everybody's CA"), inspector: newAuthority(t, "Company Inspection"),
	}
	t.Cleanup(func() { t.Log("\n" + l.table()) })
	l.space.ip("addr add 192.0.2.1/32 dev lo\naddr add 2001:db8::1/128 dev lo nodad\n")
	l.roots = filepath.Join(l.dir, "roots.pem")
	if err := os.WriteFile(l.roots, l.ca.pem(), 0o600); err != nil {
		t.Fatal(err)
	}
	l.relay, l.other = l.startRelay(t, "relay", 2222, 443), l.startRelay(t, "other", 2223, 444)
	key, err := l.relay.Admin(t.Context(), "fingerprint")
	if err != nil {
		t.Fatal(err)
	}
	l.key = strings.TrimSpace(key)
	public := filepath.Join(l.dir, "alice.pub")
	err = os.WriteFile(public, ssh.MarshalAuthorizedKey(l.alice.PublicKey()), 0o600)
	if err == nil {
		_, err = l.relay.Admin(t.Context(), "csr", "add", "alice", "--key", public, "--name", "Alice Kim")
	}
	if err != nil {
		t.Fatal(err)
	}
	at := &server{dial: func() (net.Conn, error) { return l.space.dial("127.0.0.1:2222") }}
	testkit.Eventually(t, "alice may log in", func() bool {
		l.csr, err = at.login("alice", l.alice)
		return err == nil
	})
	t.Cleanup(func() { l.csr.Close() })
	return l
}

// startRelay starts a relay in the lab's network.
func (l *lab) startRelay(t *testing.T, name string, port, web int) *rig.Relay {
	t.Helper()
	dir := filepath.Join(l.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	config := l.ca.write(t, dir, "relay.example")
	wrapper := filepath.Join(dir, "support-relay")
	there := l.space.command(t.Context(), programs().Relay)
	if err := os.WriteFile(wrapper, []byte("#!/bin/sh\nexec "+strings.Join(there.Args, " ")+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	r, err := rig.StartRelay(t.Context(), rig.Programs{Relay: wrapper}, filepath.Join(dir, "data"), fmt.Sprintf("[::]:%d", port), t.Output(),
		"--web", fmt.Sprintf("[::]:%d", web), "--config", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Kill)
	return r
}

// number is that of a new support session.
func (l *lab) number(t *testing.T) wire.Number {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var session struct{ Number wire.Number }
	if err := json.Unmarshal([]byte(run(t, l.csr, "session start --json")), &session); err != nil {
		t.Fatal(err)
	}
	return session.Number
}

// note keeps a row of the table.
func (l *lab) note(name string, took time.Duration, line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried = append(l.tried, fmt.Sprintf("%s\t%.2f s\t%s\n", name, took.Seconds(), line))
}

func (l *lab) table() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, strings.Join(l.tried, ""))
	w.Flush()
	return b.String()
}

// place is a customer's computer and what lies between it and the relay: a computer
// through which all its packets go.
type place struct {
	t   *testing.T
	lab *lab
	n   int
	dir string

	customer, middle *space
	upstreamPort     int // of the relay that proxies lead to
	inspector        *inspector
}

// connect lays the cables. The middle passes nothing on yet.
func (p *place) connect() {
	p.t.Helper()
	p.customer = newSpace(p.t, "127.0.0.1 localhost\n192.0.2.1 relay.example\n2001:db8::1 relay.example\n")
	p.middle = newSpace(p.t, "127.0.0.1 localhost\n")
	n := p.n
	p.middle.ip("link add out type veth peer name to%d netns %s\nlink add down type veth peer name up netns %s\n", n, p.lab.space.pid, p.customer.pid)
	p.middle.ip("addr add 10.%[1]d.2.2/24 dev out\naddr add 10.%[1]d.1.1/24 dev down\nlink set out up\nlink set down up\n", n)
	p.lab.space.ip("addr add 10.%[1]d.2.1/24 dev to%[1]d\nlink set to%[1]d up\nroute add 10.%[1]d.1.0/24 via 10.%[1]d.2.2\n", n)
	p.customer.ip("addr add 10.%[1]d.1.2/24 dev up\nlink set up up\nroute add default via 10.%[1]d.1.1\n", n)
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
	p.customer.ip("addr flush dev up\naddr add fd00:%[1]d:1::2/64 dev up nodad\nroute add default via fd00:%[1]d:1::1\n", n)
	p.middle.ip("addr flush dev down\naddr flush dev out\naddr add fd00:%[1]d:1::1/64 dev down nodad\naddr add fd00:%[1]d:2::2/64 dev out nodad\nroute add default via fd00:%[1]d:2::1\n", n)
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
	for _, secret := range []string{"Alice Kim", "alice", "supportd.example"} {
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
			if strings.Contains(string(data)+bob.log.String(), secret) {
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
	out, err := rig.Run(exec.CommandContext(p.t.Context(), programs().Agent, "status", "--state", p.state()))
	if err != nil || !strings.Contains(out, "goes this way: "+way+"\n") {
		p.t.Errorf("want %q: %v\n%s", way, err, out)
	}
	behind := &server{dial: func() (net.Conn, error) { return p.lab.csr.Dial("tcp", net.JoinHostPort(number.Host(), "22")) }}
	c, err := behind.login("alice", p.lab.alice)
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	if got := run(p.t, c, "sysinfo os"); !strings.Contains(got, "kernel") {
		p.t.Errorf("%q", got)
	}
}

// customer is support-agent while it runs.
type customer struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *rig.Log
	gone  chan struct{}
	began time.Time
	line  string // that was waited for last
}

// join starts support-agent on the customer's computer.
func (p *place) join(number wire.Number, env []string) *customer {
	p.t.Helper()
	c := &customer{t: p.t, log: rig.NewLog(nil), gone: make(chan struct{})}
	c.cmd = p.customer.command(p.t.Context(), programs().Agent, string(number), "--relay", "relay.example", "--relay-key", p.lab.key,
		"--allow", "sysinfo", "--ui", "none", "--state", p.state(), "--log", filepath.Join(p.dir, "log"))
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	c.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "LC_ALL=C.UTF-8"}, env...)
	c.began = time.Now()
	if err := c.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() { defer close(c.gone); _ = c.cmd.Wait() }()
	p.t.Cleanup(func() { _ = c.cmd.Process.Kill(); <-c.gone })
	p.t.Cleanup(func() {
		if data, _ := os.ReadFile(filepath.Join(p.dir, "log")); p.t.Failed() {
			p.t.Logf("%s\n%s", c.log, data)
		}
	})
	return c
}

// says waits until a line has this text, and returns how long that took from the
// start.
func (c *customer) says(text string) time.Duration {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), rig.Patience)
	defer cancel()
	line, err := c.log.Await(ctx, c.gone, text)
	took := time.Since(c.began)
	if err != nil {
		c.t.Fatal(err)
	}
	c.line = line
	return took
}

// ends waits for the end with this exit code; 0 is that a Ctrl-C has to end it.
func (c *customer) ends(code int) {
	c.t.Helper()
	began := time.Now()
	if code == 0 {
		code = 130
		_ = c.cmd.Process.Signal(syscall.SIGINT)
	}
	select {
	case <-c.gone:
	case <-time.After(rig.Patience):
		c.t.Fatal("support-agent does not end")
	}
	if got := c.cmd.ProcessState.ExitCode(); got != code {
		c.t.Errorf("exit code %d, want %d", got, code)
	}
	if took := time.Since(began); took > joinTime {
		c.t.Errorf("the end took %v", took)
	}
}
