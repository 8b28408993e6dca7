package e2e_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/library/wire"
)

const (
	// joinTime is what a join may take in any network.
	joinTime = 5 * time.Second
	// reasonTime is what the reason may take why there is none. Where it is that nobody
	// answers, four seconds have to pass, and other tests take their share of the machine.
	reasonTime = 8 * time.Second
)

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
			env:   proxy("HTTPS_PROXY", "http", "", 3128), way: byProxy, then: (*place).comesBack,
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
		"an inspecting proxy of an unknown CA, and no key is known": {
			build: func(p *place) { p.noKey = true; p.inspected() },
			says:  says("(Company Inspection)"), code: 4,
		},
		"an inspecting proxy with another SSH key behind it": {
			build: func(p *place) { p.upstreamPort = 444; p.inspected() }, env: (*place).companyRoots,
			says: says("relay.example is not the place that your support rep meant"), code: 4,
		},
		"nothing goes out": {build: func(*place) {}, says: says("(tried 2222, 443 and https)")},
		"no network": {
			build: func(p *place) { p.customer.ip("link set cable down\n") },
			says:  says("Is this computer connected to the internet?"),
		},
	}
}

// proxyLogin is the user and the password of a proxy.
const proxyLogin = "bob:hunter22"

// N8, W13, W14, W15: in each network the customer joins within seconds, or reads why
// not. The programs are real; the networks are namespaces of this computer's.
func TestN8_W13_W14_W15_JoiningFromEachNetwork(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make networks")
	}
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
	wanted, limit := "Connected", joinTime
	if c.way == "" {
		wanted, limit = c.says(p), reasonTime
	}
	took := bob.says(wanted)
	p.lab.note(name, took, wanted)
	if took > limit {
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
