package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit/pgtest"
)

// inGroup are relays on one PostgreSQL database, and a CSR at each.
type inGroup struct {
	t      *testing.T
	ctx    context.Context
	server *pgtest.Server
	dir    string
	relays map[string]*rig.Relay
	alice  map[string]rig.CSR // by node
}

func newInGroup(t *testing.T, nodes ...string) *inGroup {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
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
	g := &inGroup{t: t, ctx: ctx, server: server, dir: t.TempDir(), relays: map[string]*rig.Relay{}, alice: map[string]rig.CSR{}}
	for i, node := range nodes {
		if i > 0 {
			g.giveKeys(nodes[0], node)
		}
		g.start(node, "")
		if i == 0 {
			if g.alice[node], err = rig.NewCSR(ctx, g.relays[node], "alice", "Alice Kim", g.place("alice-"+node)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		there := rig.CSR{Account: "alice", Dir: g.place("alice-" + node)}
		if err := errors.Join(os.Mkdir(there.Dir, 0o700), copyFile(g.alice[nodes[0]].Key(), there.Key()), there.Trust(ctx, g.relays[node])); err != nil {
			t.Fatal(err)
		}
		g.alice[node] = there
	}
	return g
}

func (g *inGroup) place(name string) string { return filepath.Join(g.dir, name) }

// giveKeys makes a data directory with the group's keys, as the operator does.
func (g *inGroup) giveKeys(from, to string) {
	g.t.Helper()
	if err := os.Mkdir(g.place(to), 0o700); err != nil {
		g.t.Fatal(err)
	}
	for _, name := range []string{"host_key", "ca_key"} {
		if err := copyFile(filepath.Join(g.place(from), name), filepath.Join(g.place(to), name)); err != nil {
			g.t.Fatal(err)
		}
	}
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

func (g *inGroup) start(node, listen string, more ...string) {
	g.t.Helper()
	args := append([]string{"--database", g.server.URL(), "--node", node, "--peer-listen", "127.0.0.1:0"}, more...)
	r, err := rig.StartRelay(g.ctx, programs(), g.place(node), listen, nil, args...)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(r.Kill)
	g.relays[node] = r
}

// logs are what all relays have said.
func (g *inGroup) logs() string {
	var b strings.Builder
	for node, r := range g.relays {
		fmt.Fprintf(&b, "--- %s\n%s\n", node, r.Log)
	}
	return b.String()
}

// must runs a command of the CSR at a node that has to succeed.
func (g *inGroup) must(node string, args ...string) string {
	g.t.Helper()
	out, err := rig.Run(g.alice[node].SSH(g.ctx, args...))
	if err != nil {
		g.t.Fatalf("%v\n%s", err, g.logs())
	}
	return out
}

func (g *inGroup) session(node string) string {
	g.t.Helper()
	var s struct{ Number string }
	if err := json.Unmarshal([]byte(g.must(node, "relay", "session", "start", "--json")), &s); err != nil {
		g.t.Fatal(err)
	}
	return s.Number
}

// join starts a customer's computer that knows these relays, in this order.
func (g *inGroup) join(number string, nodes ...string) *rig.Log {
	g.t.Helper()
	key, err := g.relays[nodes[0]].Admin(g.ctx, "fingerprint")
	if err != nil {
		g.t.Fatal(err)
	}
	args := []string{number, "--relay-key", strings.TrimSpace(key), "--name", "Bob", "--ui", "none", "--allow", "csr-join,sysinfo", "--state", filepath.Join(g.t.TempDir(), "state")}
	for _, node := range nodes {
		args = append(args, "--relay", g.relays[node].Addr)
	}
	said := rig.NewLog(nil)
	agent := exec.Command(programs().Agent, args...)
	agent.Stdout, agent.Stderr = said, said
	if err := agent.Start(); err != nil {
		g.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = agent.Wait(); close(ended) }()
	g.t.Cleanup(func() { _ = agent.Process.Kill(); <-ended })
	return said
}

// await waits until a node shows a session in a state.
func (g *inGroup) await(node, number, state string) {
	g.t.Helper()
	var out string
	var err error
	within(g.t, node+" shows the session as "+state, func() bool {
		out, err = rig.Run(g.alice[node].SSH(g.ctx, "relay", "session", "show", number, "--json"))
		return err == nil && strings.Contains(out, `"`+state+`"`)
	})
	if g.t.Failed() {
		g.t.Fatalf("%s\n%v\n%s", out, err, g.logs())
	}
}

// A CSR at any relay of a group reaches the computer at any other, and what one relay
// changes the others know. A relay that is killed leaves its computers to the others.
func TestGroup_EveryRelayReachesEveryComputer(t *testing.T) {
	t.Parallel()
	g := newInGroup(t, "a", "b")
	number := g.session("a")
	said := g.join(number, "b")
	g.await("a", number, "active")
	g.await("b", number, "active")
	for _, node := range []string{"a", "b"} {
		g.must(node, number+".support", "chat", "--send", "from "+node)
	}
	file := g.place("file")
	if err := os.WriteFile(file, bytes.Repeat([]byte("0123456789abcdef"), 1<<15), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := g.alice["a"].SFTP(g.ctx, number+".support", "put "+file+"\nget file "+file+".back\n").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, g.logs())
	}
	sent, _ := os.ReadFile(file)
	back, err := os.ReadFile(file + ".back")
	if err != nil || !bytes.Equal(sent, back) {
		t.Errorf("a file of %d bytes came back with %d: %v", len(sent), len(back), err)
	}
	g.must("a", "relay", "session", "note", number, "noted at a")
	within(t, "b knows the note", func() bool {
		return strings.Contains(g.must("b", "relay", "session", "show", number, "--json"), "noted at a")
	})

	// Somebody else's session is nobody's at each of them.
	if _, err := g.relays["b"].Admin(g.ctx, "csr", "add", "carol", "--key", g.place("carol")+".pub"); err == nil {
		t.Error("an account without a key")
	}
	carol, err := rig.NewCSR(g.ctx, g.relays["a"], "carol", "Carol", g.place("carol"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Run(carol.SSH(g.ctx, number+".support", "status")); err == nil || !strings.Contains(err.Error(), "no session") {
		t.Errorf("carol: %v", err)
	}

	// Ended at one, it has ended at the other, and for the computer.
	g.must("a", "relay", "session", "end", number)
	if _, err := said.Await(g.ctx, nil, "ended"); err != nil {
		t.Errorf("the computer does not know: %v\n%s", err, said)
	}
	g.await("b", number, "ended")
	for _, node := range []string{"a", "b"} {
		within(t, "the report proves at "+node, func() bool {
			_, err := rig.Run(g.alice[node].SSH(g.ctx, "relay", "report", "verify", number))
			return err == nil
		})
	}
	text := g.must("b", "relay", "report", "show", number)
	for _, node := range []string{"a", "b"} {
		if n := strings.Count(text, "from "+node); n != 2 { // in what happened, and in the chat
			t.Errorf("from %s is in the report %d times:\n%s", node, n, text)
		}
	}
}

// M1 with one computer: its relay is killed, and it comes back to another one; the journal
// has everything once.
func TestM1_AKilledRelayLeavesItsComputersToTheOthers(t *testing.T) {
	t.Parallel()
	g := newInGroup(t, "a", "b")
	number := g.session("a")
	g.join(number, "b", "a")
	g.await("a", number, "active")
	for i := range 3 {
		g.must("a", number+".support", "chat", "--send", fmt.Sprintf("before %d", i))
	}
	where := func() string {
		if strings.Contains(g.relays["b"].Log.String(), "computer connected") {
			return "b"
		}
		return "a"
	}
	first := where()
	other := map[string]string{"a": "b", "b": "a"}[first]
	connected := strings.Count(g.relays[other].Log.String(), "computer connected")
	g.relays[first].Kill()
	within(t, "the computer comes to the other relay", func() bool {
		return strings.Count(g.relays[other].Log.String(), "computer connected") > connected
	})
	g.must(other, number+".support", "chat", "--send", "after")
	g.start(first, g.relays[first].Addr)
	g.await(first, number, "active")
	g.must(first, number+".support", "chat", "--send", "through the one that was killed")
	g.must(first, "relay", "session", "end", number)
	within(t, "the report proves", func() bool {
		_, err := rig.Run(g.alice[other].SSH(g.ctx, "relay", "report", "verify", number))
		return err == nil
	})
	text := g.must(other, "relay", "report", "show", number)
	for _, said := range []string{"before 0", "before 1", "before 2", "after", "through the one that was killed"} {
		if n := strings.Count(text, said); n != 2 {
			t.Errorf("%q is in the report %d times:\n%s", said, n, text)
		}
	}
}

// M6: a relay that was stopped for longer than its lease ends what it passed on, takes CSRs
// again when it has its lease back, and holds no session that another one has taken.
func TestM6_APausedRelayIsNoOwner(t *testing.T) {
	t.Parallel()
	g := newInGroup(t, "a", "b")
	number := g.session("b")
	g.join(number, "b")
	g.await("a", number, "active")
	held := g.alice["a"].SSH(g.ctx, number+".support", "chat")
	in, err := held.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said := rig.NewLog(nil)
	held.Stdout, held.Stderr = said, said
	if err := held.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = held.Wait(); close(ended) }()
	t.Cleanup(func() { _ = held.Process.Kill(); <-ended })
	if _, err := fmt.Fprintln(in, "before the pause"); err != nil {
		t.Fatal(err)
	}
	within(t, "the chat arrives", func() bool {
		return strings.Contains(g.must("b", number+".support", "chat", "--since", "1h"), "before the pause")
	})
	if err := g.relays["a"].Process().Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	paused := time.NewTimer(12 * time.Second)
	<-paused.C
	if err := g.relays["a"].Process().Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Errorf("what it passed on goes on:\n%s\n%s", said, g.logs())
	}
	within(t, "it takes CSRs again", func() bool {
		_, err := rig.Run(g.alice["a"].SSH(g.ctx, number+".support", "status"))
		return err == nil
	})
}

// M11: the peer port lets in relays of the group, and nobody else; a relay with other keys
// does not start.
func TestM11_ThePeerPortTakesPeersOnly(t *testing.T) {
	t.Parallel()
	g := newInGroup(t, "a")
	line, err := g.relays["a"].Log.Await(g.ctx, nil, "for relays of its group")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(line)
	host, port, _ := strings.Cut(fields[2], ":")
	alice := g.alice["a"]
	for _, user := range []string{"alice", "peer", "customer", "root"} {
		for _, key := range []string{alice.Key(), filepath.Join(g.place("a"), "host_key"), filepath.Join(g.place("a"), "ca_key")} {
			cmd := exec.CommandContext(g.ctx, "ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
				"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", key, "-p", port, user+"@"+host, "true")
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "Permission denied") {
				t.Errorf("%s with %s: %v\n%s", user, filepath.Base(key), err, out)
			}
		}
	}
	within(t, "the log tells of it", func() bool { return strings.Contains(g.relays["a"].Log.String(), "event=peer.refused from=127.0.0.1") })
	g.giveKeys("a", "other")
	if err := os.Remove(filepath.Join(g.place("other"), "ca_key")); err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Run(exec.CommandContext(g.ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(g.place("other"), "ca_key"))); err != nil {
		t.Fatal(err)
	}
	serve := func(node, dir string) error {
		_, err := rig.Run(exec.CommandContext(g.ctx, programs().Relay, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--database", g.server.URL(), "--node", node, "--peer-listen", "127.0.0.1:0"))
		return err
	}
	if err := serve("other", g.place("other")); err == nil || !strings.Contains(err.Error(), "node a has another ca_key") || !strings.Contains(err.Error(), "copy host_key and ca_key") {
		t.Errorf("a relay with another key: %v", err)
	}
	g.giveKeys("a", "twin")
	if err := serve("a", g.place("twin")); err == nil || !strings.Contains(err.Error(), "node a: another relay serves this database") {
		t.Errorf("a second relay of the same name: %v", err)
	}
	if _, err := rig.Run(exec.CommandContext(g.ctx, programs().Relay, "serve", "--data", g.place("twin"), "--listen", "127.0.0.1:0", "--database", g.server.URL())); err == nil || !strings.Contains(err.Error(), "another relay serves this database") {
		t.Errorf("a relay in no group: %v", err)
	}
	if _, err := os.Stat(filepath.Join(g.place("twin"), "relay.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a database was made: %v", err)
	}
}
