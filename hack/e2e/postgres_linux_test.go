package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit/pgtest"
)

// onPostgres is a relay whose database is a real PostgreSQL server, with a CSR.
type onPostgres struct {
	t      *testing.T
	ctx    context.Context
	server *pgtest.Server
	relay  *rig.Relay
	alice  rig.CSR
	ops    string
}

func newOnPostgres(t *testing.T) *onPostgres {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	t.Cleanup(cancel)
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &onPostgres{t: t, ctx: ctx, server: server}
	p.start(filepath.Join(t.TempDir(), "relay"), "127.0.0.1:0")
	if p.alice, err = rig.NewCSR(ctx, p.relay, "alice", "Alice Kim", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return p
}

// start starts the relay.
func (p *onPostgres) start(data, listen string) {
	p.t.Helper()
	var err error
	p.relay, err = rig.StartRelay(p.ctx, programs(), data, listen, nil, "--database", p.server.URL(), "--ops", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(p.relay.Kill)
	if p.ops, err = p.relay.Ops(p.ctx); err != nil {
		p.t.Fatal(err)
	}
}

// ready is what the relay answers on /readyz.
func (p *onPostgres) ready() int {
	req, err := http.NewRequestWithContext(p.ctx, http.MethodGet, "http://"+p.ops+"/readyz", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// session opens a support session and returns its number.
func (p *onPostgres) session() (string, error) {
	out, err := rig.Run(p.alice.SSH(p.ctx, "relay", "session", "start", "--json"))
	if err != nil {
		return "", err
	}
	var s struct{ Number string }
	err = json.Unmarshal([]byte(out), &s)
	return s.Number, err
}

// must runs a command of the CSR that has to succeed.
func (p *onPostgres) must(args ...string) string {
	p.t.Helper()
	out, err := rig.Run(p.alice.SSH(p.ctx, args...))
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.relay.Log)
	}
	return out
}

// join starts a customer's computer, and waits until it is connected.
func (p *onPostgres) join(number string) {
	p.t.Helper()
	key, err := p.relay.Admin(p.ctx, "fingerprint")
	if err != nil {
		p.t.Fatal(err)
	}
	said := rig.NewLog(nil)
	agent := exec.Command(programs().Agent, number, "--relay", p.relay.Addr, "--relay-key", strings.TrimSpace(key), "--name", "Bob", "--ui", "none", "--allow", "csr-join,sysinfo", "--state", filepath.Join(p.t.TempDir(), "state"))
	agent.Stdout, agent.Stderr = said, said
	if err := agent.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = agent.Wait(); close(ended) }()
	p.t.Cleanup(func() { _ = agent.Process.Kill(); <-ended })
	p.active(number, func() string { return said.String() })
}

// within waits for what takes longer than testkit.Eventually allows: a computer that was
// lost comes back after a pause of up to 30 s.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for late := time.After(2 * time.Minute); !ok(); {
		select {
		case <-late:
			t.Errorf("still waiting for: %s", what)
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// active waits until a session's computer is connected.
func (p *onPostgres) active(number string, why func() string) {
	p.t.Helper()
	var out string
	within(p.t, "the computer is connected", func() bool {
		var err error
		out, err = rig.Run(p.alice.SSH(p.ctx, "relay", "session", "show", number, "--json"))
		return err == nil && strings.Contains(out, `"active"`)
	})
	if p.t.Failed() {
		p.t.Fatalf("%s\n%s\n%s", out, why(), p.relay.Log)
	}
}

// D5, M3: the database stops and comes back. Who is connected stays so, nothing is
// acknowledged that is not stored, and what is new is refused with the reason.
func TestD5_M3_TheDatabaseGoesAndComesBack(t *testing.T) {
	t.Parallel()
	p := newOnPostgres(t)
	number, err := p.session()
	if err != nil {
		t.Fatal(err)
	}
	p.join(number)
	p.must(number+".support", "chat", "--send", "said before")
	if p.ready() != http.StatusOK {
		t.Error("not ready")
	}
	if err := p.server.Stop(); err != nil {
		t.Fatal(err)
	}
	within(t, "the relay is not ready", func() bool { return p.ready() == http.StatusServiceUnavailable })
	for range 3 {
		if _, err := p.session(); err == nil || !strings.Contains(err.Error(), "the database cannot be reached") || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("a new session: %v", err)
		}
	}
	p.must(number+".support", "chat", "--send", "said meanwhile")
	if out, err := p.relay.Admin(p.ctx, "csr", "list"); err == nil || !strings.Contains(err.Error(), "check that the PostgreSQL server runs") {
		t.Errorf("a command of the operator: %v\n%s", err, out)
	}
	if err := p.server.Restart(); err != nil {
		t.Fatal(err)
	}
	within(t, "the relay is ready again", func() bool { return p.ready() == http.StatusOK })
	if _, err := p.session(); err != nil {
		t.Errorf("a new session, with the database back: %v", err)
	}
	p.must(number+".support", "chat", "--send", "said after")
	if n := strings.Count(p.relay.Log.String(), "computer connected"); n != 1 {
		t.Errorf("the computer has connected %d times:\n%s", n, p.relay.Log)
	}
	p.must("relay", "session", "end", number)
	within(t, "the report is complete", func() bool {
		_, err := rig.Run(p.alice.SSH(p.ctx, "relay", "report", "verify", number))
		return err == nil
	})
	text := p.must("relay", "report", "show", number)
	for _, said := range []string{"said before", "said meanwhile", "said after"} {
		if strings.Count(text, said) != 2 { // in what happened, and in the chat
			t.Errorf("%q is in the report %d times:\n%s", said, strings.Count(text, said), text)
		}
	}
}

// A relay that is killed comes back on its database, and its computers come back to it.
// Beside it no other relay serves the database, and no command takes a wrong one.
func TestD5_OneRelayOnADatabase(t *testing.T) {
	t.Parallel()
	p := newOnPostgres(t)
	number, err := p.session()
	if err != nil {
		t.Fatal(err)
	}
	p.join(number)
	other := filepath.Join(t.TempDir(), "other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	serve := func(data string, more ...string) error {
		cmd := exec.CommandContext(p.ctx, programs().Relay, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, more...)...)
		_, err := rig.Run(cmd)
		return err
	}
	database := []string{"--database", p.server.URL()}
	if err := serve(other, database...); err == nil || !strings.Contains(err.Error(), "host_key is missing, but there is a database") {
		t.Errorf("a relay without the keys: %v", err)
	}
	for _, name := range []string{"host_key", "ca_key"} {
		key, err := os.ReadFile(filepath.Join(p.relay.Data, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(other, name), key, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := serve(other, database...); err == nil || !strings.Contains(err.Error(), "another relay serves this database (connected from 127.0.0.1 since ") {
		t.Errorf("a second relay: %v", err)
	}
	if _, err := rig.Run(exec.CommandContext(p.ctx, programs().Relay, "csr", "list", "--data", p.relay.Data)); err == nil || !strings.Contains(err.Error(), "not in its data directory") || !strings.Contains(err.Error(), "--database URL") {
		t.Errorf("a command that names no database: %v", err)
	}
	if _, err := rig.Run(exec.CommandContext(p.ctx, programs().Relay, "csr", "list", "--data", p.relay.Data, "--database", "postgres://u:canary@127.0.0.1/x")); err == nil || !strings.Contains(err.Error(), "configuration") || strings.Contains(err.Error(), "hint: canary") {
		t.Errorf("a password on the command line: %v", err)
	}
	if _, err := p.relay.Admin(p.ctx, "backup", filepath.Join(t.TempDir(), "backup")); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("a backup: %v", err)
	}
	data, listen := p.relay.Data, p.relay.Addr
	p.relay.Kill()
	p.start(data, listen)
	p.active(number, func() string { return "" })
	if out, err := p.relay.Admin(p.ctx, "csr", "list"); err != nil || !strings.Contains(out, "alice") {
		t.Errorf("%v\n%s", err, out)
	}
}

// M8: "migrate" is killed again and again, as by a power cut, until one ends well. At no
// moment both databases can be used, and in the end all is there.
func TestM8_MigrateIsKilledUntilItEnds(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	data := filepath.Join(t.TempDir(), "relay")
	relay, err := rig.StartRelay(t.Context(), programs(), data, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Kill)
	for i := range 3 {
		if _, err := rig.NewCSR(t.Context(), relay, fmt.Sprintf("alice%d", i), "Alice", filepath.Join(t.TempDir(), "csr")); err != nil {
			t.Fatal(err)
		}
	}
	if err := relay.Stop(); err != nil {
		t.Fatal(err)
	}
	list := func(args ...string) (string, error) {
		return rig.Run(exec.CommandContext(t.Context(), programs().Relay, append([]string{"csr", "list"}, args...)...))
	}
	// The other node of a group has the keys, too.
	other := filepath.Join(t.TempDir(), "other")
	for _, name := range []string{"host_key", "ca_key"} {
		key, err := os.ReadFile(filepath.Join(data, name))
		if err == nil {
			err = errors.Join(os.MkdirAll(other, 0o700), os.WriteFile(filepath.Join(other, name), key, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ to, from, there []string }{
		{[]string{"--to", server.URL(), "--data", data}, []string{"--data", data}, []string{"--data", other, "--database", server.URL()}},
		{[]string{"--to", data, "--data", data, "--database", server.URL()}, []string{"--data", other, "--database", server.URL()}, []string{"--data", data}},
	} {
		killed := 0
		for later := time.Duration(0); ; later += later/4 + 10*time.Millisecond {
			cmd := exec.CommandContext(t.Context(), programs().Relay, append([]string{"migrate"}, c.to...)...)
			said := rig.NewLog(nil)
			cmd.Stderr = said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			kill := time.AfterFunc(later, func() { _ = cmd.Process.Kill() })
			err := cmd.Wait()
			kill.Stop()
			if err == nil {
				break
			}
			if cmd.ProcessState.ExitCode() == 2 && strings.Contains(said.String(), "is there already") {
				break // the one before was killed behind its last step
			}
			if strings.Contains(said.String(), "another relay serves this database") {
				continue // the server has not noticed yet that the one before is gone
			}
			if cmd.ProcessState.ExitCode() >= 0 {
				t.Fatalf("%v\n%s", err, said)
			}
			killed++
			_, here := list(c.from...)
			_, there := list(c.there...)
			if here == nil && there == nil {
				t.Fatalf("killed after %v, both databases can be used", later)
			}
		}
		if killed == 0 {
			t.Error("it was never killed")
		}
		if _, err := list(c.from...); err == nil {
			t.Error("the database that was left can be used")
		}
		if out, err := list(c.there...); err != nil || strings.Count(out, "alice") != 3 {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
