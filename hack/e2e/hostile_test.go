//go:build unix

package e2e_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	_ "modernc.org/sqlite" // the relay's database

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// site is a relay, as the real program, with CSRs who use the real ssh.
type site struct {
	t     *testing.T
	ctx   context.Context
	relay *rig.Relay
	data  string
}

func newSite(t *testing.T, config string) *site {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	file := filepath.Join(t.TempDir(), "relay.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, ctx: ctx, data: filepath.Join(t.TempDir(), "relay")}
	var err error
	if s.relay, err = rig.StartRelay(ctx, programs(), s.data, "", nil, "--config", file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.relay.Kill)
	return s
}

func (s *site) csr(account string) rig.CSR {
	s.t.Helper()
	c, err := rig.NewCSR(s.ctx, s.relay, account, "", s.t.TempDir())
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// session runs a command about one session.
func (s *site) session(c rig.CSR, command ...string) (v api.Session) {
	s.t.Helper()
	text, err := rig.Run(c.SSH(s.ctx, append([]string{"relay", "session"}, command...)...))
	if err == nil {
		err = json.Unmarshal([]byte(text), &v)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// computer is one that speaks the protocol and means harm. It refuses what it is asked.
func (s *site) computer(key ssh.Signer) *sshd.Client {
	s.t.Helper()
	client := s.dial(key)
	go ssh.DiscardRequests(client.Requests) // ends with the connection
	return client
}

// dial logs in as a computer; the requests of the relay are the caller's to answer.
func (s *site) dial(key ssh.Signer) *sshd.Client {
	s.t.Helper()
	nc, err := new(net.Dialer).DialContext(s.ctx, "tcp", s.relay.Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	client, err := sshd.NewClient(s.ctx, nc, &ssh.ClientConfig{
		User: wire.CustomerUser, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { client.Close() })
	return client
}

func welcome(t *testing.T, c *sshd.Client, request string, payload []byte) wire.Code {
	t.Helper()
	_, answer, err := c.SendRequest(request, true, payload)
	if err != nil {
		t.Fatal(err)
	}
	m, err := wire.ParseWelcome(answer)
	if err != nil {
		t.Fatal(err)
	}
	return m.Code
}

func joined(t *testing.T, c *sshd.Client, n wire.Number) {
	t.Helper()
	if code := welcome(t, c, wire.JoinRequest, wire.Join{Version: wire.ProtocolVersion, Number: string(n)}.Marshal()); code != wire.CodeOK {
		t.Fatalf("join: code %d", code)
	}
}

// One joined computer sends the legal start of a run with 21,000 scripts, and then
// the ends of scripts. Another CSR's session start takes as long as before.
func TestK1P23_OneComputersJournalKeepsNobodyWaiting(t *testing.T) {
	s := newSite(t, "")
	alice, bob := s.csr("alice"), s.csr("bob")
	evil := s.computer(testkit.NewKey(t))
	joined(t, evil, s.session(alice, "start", "--json").Number)
	ch, requests, err := evil.OpenChannel(wire.JournalChannel, nil)
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	start := func() time.Duration {
		began := time.Now()
		s.session(bob, "start", "--json")
		return time.Since(began)
	}
	var alone time.Duration
	var took []time.Duration
	for range 5 {
		alone = max(alone, start())
	}
	const ends = 4000
	go func() {
		var last journal.Event
		for i := range ends + 1 {
			e := journal.Event{Time: time.Now(), Kind: journal.KindScriptExit, Actor: "daemon", Data: fmt.Appendf(nil, `{"run":"1","step":%d,"outcome":{"reason":"exit"}}`, i)}
			if i == 0 {
				e.Kind, e.Data = journal.KindRunStart, []byte(`{"id":"1","run":"1","scripts":[`+strings.Repeat(`{},`, 21_000)+`{}]}`)
			}
			e.Seal(last)
			last = e
			line, err := e.Line()
			if err == nil {
				_, err = ch.Write(line)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	stored := make(chan error, 1)
	go func() {
		for answers := bufio.NewReader(ch); ; {
			line, err := answers.ReadString('\n')
			if err != nil || line == fmt.Sprintf("%d\n", ends+1) {
				stored <- err
				return
			}
		}
	}()
	for {
		took = append(took, start())
		select {
		case err := <-stored:
			if err != nil {
				t.Error(err)
			}
			// The one in the middle: a busy machine makes single ones slow.
			slices.Sort(took)
			middle := took[len(took)/2]
			t.Logf("%d times session start: %v, at most %v, and %v without this", len(took), middle, took[len(took)-1], alone)
			if middle > time.Second+3*alone {
				t.Errorf("session start took another CSR %v, and %v without this", middle, alone)
			}
			return
		default:
		}
	}
}

// A computer comes back just as its window ends, while the relay's database is
// held by another program: it is back, and stays.
func TestK1P27_BackAsTheWindowEnds(t *testing.T) {
	const window = 6 * time.Second
	s := newSite(t, `window = "6s"`)
	alice, key := s.csr("alice"), testkit.NewKey(t)
	n := s.session(alice, "start", "--json").Number
	first := s.computer(key)
	joined(t, first, n)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.data, "relay.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	back := s.computer(key)
	first.Close()
	var away time.Time
	testkit.Eventually(t, "the computer is away", func() bool {
		v := s.session(alice, "show", "--json", string(n))
		away = v.AwaySince
		return v.State == api.Away
	})
	if _, err := conn.ExecContext(s.ctx, `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	code := make(chan wire.Code, 1)
	go func() {
		code <- welcome(t, back, wire.ResumeRequest, wire.Resume{Version: wire.ProtocolVersion}.Marshal())
	}()
	asked := time.Now()
	testkit.Eventually(t, "the window has ended", func() bool { return time.Now().After(away.Add(window + 500*time.Millisecond)) })
	if _, err := conn.ExecContext(s.ctx, `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if asked.After(away.Add(window - 500*time.Millisecond)) {
		t.Fatal("this machine is too busy: the window had nearly ended before the computer could ask")
	}
	if c := <-code; c != wire.CodeOK {
		t.Fatalf("code %d", c)
	}
	for range 3 {
		if v := s.session(alice, "show", "--json", string(n)); v.State != api.Active {
			t.Fatalf("it was told OK, and the session is %s: %s", v.State, v.Reason)
		}
	}
}
