package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/script/process"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/reach"
	"supportd/library/wire"
)

const (
	testNumber = wire.Number("482913077")
	patience   = 20 * time.Second
)

// TestMain is also the supervisor of the scripts that tests run, and what runs
// as another user.
func TestMain(m *testing.M) {
	verb := ""
	if len(os.Args) > 1 {
		verb = os.Args[1]
	}
	var err error
	switch verb {
	case "supervise":
		signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
		report := os.NewFile(process.ReportFD, "report")
		err = process.Supervise(process.Streams{
			Control: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Report: report, Login: os.Environ(),
		})
	case "collect":
		_, err = fmt.Printf("uid %d, arguments %q\n", os.Getuid(), os.Args[2:])
	case account.BrokerVerb:
		err = account.RunBroker(os.Stdin, os.Stdout)
	case account.WorkerVerb:
		err = account.RunWorker(os.Environ(), os.Args[2:])
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		os.Exit(1)
	}
	// The race detector makes os.Exit take a second.
	syscall.Exit(0)
}

// screen is a customer who answers what the test says.
type screen struct {
	questions chan consent.Question
	answers   chan consent.Answer
}

func newScreen() *screen {
	return &screen{make(chan consent.Question, 100), make(chan consent.Answer, 100)}
}

func (s *screen) Name() string { return "test" }

// agreeing is a customer who says yes to everything.
type agreeing struct{}

func (agreeing) Name() string { return "test" }

func (agreeing) Ask(_ context.Context, q consent.Question) (consent.Answer, error) {
	return consent.Answer{Question: q.ID, Decision: consent.AllowedOnce}, nil
}

// allowEverything is a customer who allows beforehand what can be, and says yes to what
// is asked every time.
func allowEverything(o *Options) {
	o.Prompters = []consent.Prompter{agreeing{}}
	if o.Join != nil {
		o.Join.Allow = consent.Beforehand()
	}
}

func (s *screen) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	s.questions <- q
	select {
	case a := <-s.answers:
		a.Question = q.ID
		return a, nil
	case <-ctx.Done():
		return consent.Answer{}, ctx.Err()
	}
}

// notices remembers what the UI was told.
type notices struct {
	mu      sync.Mutex
	all     []notice.Notice
	changed chan struct{}
}

func (n *notices) Notify(one notice.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, one)
	close(n.changed)
	n.changed = make(chan struct{})
}

// await waits until a notice of type N was given for which ok says yes.
func await[N notice.Notice](t *testing.T, n *notices, ok func(N) bool) N {
	t.Helper()
	for deadline := time.After(patience); ; {
		n.mu.Lock()
		all, changed := slices.Clone(n.all), n.changed
		n.mu.Unlock()
		for _, one := range all {
			if match, is := one.(N); is && ok(match) {
				return match
			}
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("no such notice among %+v", all)
		}
	}
}

func anyOf[N notice.Notice](N) bool { return true }

// world is a relay, a customer's computer and a CSR named alice.
type world struct {
	t      *testing.T
	relay  *testRelay
	alice  ssh.Signer
	user   string // under which she logs in; anything will do where her key says who she is
	dir    string
	screen *screen
	ui     *notices
	log    *testkit.Buffer

	daemon   *Daemon
	stop     context.CancelCauseFunc
	result   chan error
	finished chan struct{} // closed when the state directory is free again
}

var errTestStop = errors.New("the customer pressed Stop")

// newWorld starts everything; change may alter the daemon's options first.
func newWorld(t *testing.T, change func(*world, *Options)) *world {
	t.Helper()
	w := &world{
		t: t, relay: newTestRelay(t), alice: testkit.NewKey(t), user: "anyone", dir: filepath.Join(t.TempDir(), "state"), screen: newScreen(),
		log: &testkit.Buffer{},
	}
	w.relay.access = []wire.Entry{{Account: "alice", Name: "Alice Kim", Key: w.alice.PublicKey().Marshal()}}
	w.run(change)
	return w
}

// run starts a daemon in the world's state directory.
func (w *world) run(change func(*world, *Options)) {
	w.t.Helper()
	w.ui = &notices{changed: make(chan struct{})}
	opts := w.options()
	if change != nil {
		change(w, &opts)
	}
	state, err := state.Open(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	opts.State = state
	if w.daemon, err = New(context.Background(), opts); err != nil {
		w.t.Fatal(err, state.Close())
	}
	ctx, stop := context.WithCancelCause(context.Background())
	w.stop, w.result, w.finished = stop, make(chan error, 1), make(chan struct{})
	d, result, finished := w.daemon, w.result, w.finished
	go func() {
		defer close(finished)
		result <- d.Run(ctx)
		if err := state.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	w.t.Cleanup(func() { stop(errTestStop); <-finished })
}

func (w *world) options() Options {
	return Options{
		Join:        &Join{Number: testNumber, Relay: relayAt(w.t, w.relay.addr, w.relay.pin()), Name: "Bob"},
		Prompters:   []consent.Prompter{w.screen},
		UI:          w.ui,
		Computer:    state.Computer{Host: "PC-0417", OS: "TestOS 1"},
		Program:     "test",
		Supervisor:  []string{os.Args[0], "supervise"},
		Environment: os.Environ(),
		Log:         slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// addresses are what was typed as the relay's.
func addresses(t *testing.T, typed ...string) (list []reach.Address) {
	t.Helper()
	for _, s := range typed {
		a, err := reach.ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

// relayAt is a relay with one address and one key.
func relayAt(t *testing.T, addr, key string) state.Relay {
	t.Helper()
	return state.Relay{Addresses: addresses(t, addr), Keys: []string{key}}
}

// ended waits for the daemon's end.
func (w *world) ended() error {
	w.t.Helper()
	select {
	case err := <-w.result:
		return err
	case <-time.After(patience):
		w.t.Fatal("the daemon did not end")
		return nil
	}
}

// connect logs a CSR in; the host key must be the certified one.
func (w *world) connect(key ssh.Signer) (*ssh.Client, error) {
	nc, err := w.relay.dial()
	if err != nil {
		return nil, err
	}
	checker := ssh.CertChecker{IsHostAuthority: func(auth ssh.PublicKey, _ string) bool {
		return bytes.Equal(auth.Marshal(), w.relay.ca.PublicKey().Marshal())
	}}
	conn, chans, reqs, err := ssh.NewClientConn(nc, testNumber.Host()+":22", &ssh.ClientConfig{
		User: w.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: checker.CheckHostKey,
		HostKeyAlgorithms: []string{ssh.CertAlgoED25519v01},
	})
	if err != nil {
		nc.Close()
		return nil, err
	}
	return ssh.NewClient(conn, chans, reqs), nil
}

func (w *world) csr() *ssh.Client {
	w.t.Helper()
	c, err := w.connect(w.alice)
	if err != nil {
		w.t.Fatalf("alice cannot log in: %v\n%s", err, w.log)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

// outcome is what a command left.
type outcome struct {
	out, err string
	code     int
}

// start runs a command and returns what waits for its end.
func start(t *testing.T, c *ssh.Client, command string) func() outcome {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var out, problems testkit.Buffer
	s.Stdout, s.Stderr = &out, &problems
	if err := s.Start(command); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return func() outcome {
		code := exitCode(s.Wait())
		s.Close()
		return outcome{out.String(), problems.String(), code}
	}
}

// exitCode is -1 where the channel closed without one.
func exitCode(err error) int {
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitStatus()
	}
	return -1
}

func run(t *testing.T, c *ssh.Client, command string) outcome {
	t.Helper()
	return start(t, c, command)()
}

// events are those in the journal that the last daemon kept.
func (w *world) events() []journal.Event {
	w.t.Helper()
	data, err := os.ReadFile(w.daemon.JournalPath())
	if err != nil {
		w.t.Fatal(err)
	}
	var all []journal.Event
	var last journal.Event
	for line := range strings.Lines(string(data)) {
		if journal.IsSealLine([]byte(line)) {
			seal, err := journal.ParseSeal([]byte(line))
			if err == nil {
				err = seal.Verify(last)
			}
			if err != nil {
				w.t.Fatal(err)
			}
			continue
		}
		e, err := journal.ParseEvent([]byte(line))
		if err == nil {
			err = e.Follows(last)
		}
		if err != nil {
			w.t.Fatalf("%v: %s", err, line)
		}
		all, last = append(all, e), e
	}
	return all
}

func (w *world) kinds() []string {
	var kinds []string
	for _, e := range w.events() {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// files lists what is in the state directory.
func (w *world) files() []string {
	w.t.Helper()
	var names []string
	err := filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && path != w.dir {
			rel, _ := filepath.Rel(w.dir, path)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return names
}

// journalHas is a condition for eventually.
func (w *world) journalHas(text string) func() bool {
	return func() bool {
		data, err := os.ReadFile(w.daemon.JournalPath())
		return err == nil && strings.Contains(string(data), text)
	}
}

// public is how a relay knows it.
func public(i *link.Identity) string { return string(i.Signer.PublicKey().Marshal()) }
