package daemon

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/text/unicode/norm"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/visit"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// chatter is a CSR in a chat on a terminal.
type chatter struct {
	t      *testing.T
	keys   io.Writer
	screen *testkit.Buffer
	wait   func() int
}

func newChatter(t *testing.T, c *ssh.Client, term, command string) *chatter {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	keys, err := s.StdinPipe()
	if err == nil {
		err = s.RequestPty(term, 24, 60, nil)
	}
	screen := &testkit.Buffer{}
	s.Stdout = screen
	if err == nil {
		err = s.Start(command)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &chatter{t, keys, screen, func() int { return exitCode(s.Wait()) }}
}

func (c *chatter) types(keys string) {
	c.t.Helper()
	if _, err := io.WriteString(c.keys, keys); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chatter) sees(text string) {
	c.t.Helper()
	testkit.Eventually(c.t, text, func() bool { return strings.Contains(c.screen.String(), text) })
}

// messages are those in the journal, with who has sent them.
func (w *world) messages() (all []string) {
	for _, e := range w.events() {
		if e.Kind == journal.KindChatMessage {
			all = append(all, e.Actor+" "+string(e.Data))
		}
	}
	return all
}

func TestChatBetweenCustomerAndCSR(t *testing.T) {
	w := newWorld(t, nil)
	await(t, w.ui, anyOf[notice.Joined])
	c := w.csr()
	alice := newChatter(t, c, "xterm", "chat")
	alice.sees("Bob (customer) has joined")
	// Composed and in its parts, with a syllable too many.
	alice.types("안녕하세욥" + "\x7f" + norm.NFD.String("요") + "\r")
	alice.sees("Alice Kim (alice): 안녕하세요")
	if said := await(t, w.ui, anyOf[notice.Said]); said.Text != "안녕하세요" || said.Who.Account != "alice" {
		t.Errorf("%+v", said)
	}
	alice.types("half a li")
	alice.sees("half a li")
	if err := w.daemon.Say("네, 안녕하세요"); err != nil {
		t.Error(err)
	}
	// The line being typed stands below what came in.
	alice.sees("Bob (customer): 네, 안녕하세요\r\n\r\x1b[K> half a li")
	alice.types("ne\r")
	alice.sees("Alice Kim (alice): half a line")
	alice.types("\x1b[200~one\r\ntwo\x1b[201~\r")
	alice.sees("Alice Kim (alice): one\r\n     > two")

	// Whoever comes later sees it all.
	late := run(t, c, "chat")
	for _, want := range []string{"  Alice Kim (alice): 안녕하세요\n", "  Bob (customer): 네, 안녕하세요\n", "Alice Kim (alice): one\n     > two\n"} {
		if !strings.Contains(late.out, want) || late.code != 0 {
			t.Errorf("%q is missing: %+v", want, late)
		}
	}
	if got := run(t, c, "chat --since 0s"); got.out != "" || got.code != 0 {
		t.Errorf("%+v", got)
	}
	alice.types("\x04")
	if code := alice.wait(); code != 0 {
		t.Errorf("Ctrl-D: %d", code)
	}
	if got := alice.screen.String(); !strings.HasSuffix(got, "\r\x1b[K\x1b[?2004l") {
		t.Errorf("the terminal is left as %q", got[max(0, len(got)-40):])
	}
	again := newChatter(t, c, "xterm", "chat")
	again.types("lost\x03")
	if code := again.wait(); code != cmdline.ExitInterrupted {
		t.Errorf("Ctrl-C: %d", code)
	}
	want := []string{
		`alice {"text":"안녕하세요"}`, `customer {"text":"네, 안녕하세요"}`, `alice {"text":"half a line"}`, `alice {"text":"one\ntwo"}`,
	}
	if got := w.messages(); !slices.Equal(got, want) {
		t.Errorf("journal: %q", got)
	}
}

func TestChatInLines(t *testing.T) {
	w := newWorld(t, nil)
	await(t, w.ui, anyOf[notice.Joined])
	c := w.csr()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	s.Stdin = strings.NewReader("first\r\n\n  \nsecond\nthird, without an end")
	out, err := s.Output("chat")
	if err != nil || !strings.HasSuffix(string(out), "Alice Kim (alice): third, without an end\n") {
		t.Errorf("%v: %s", err, out)
	}
	if got := run(t, c, "chat --send 'fourth one'"); got != (outcome{}) {
		t.Errorf("--send: %+v", got)
	}
	for command, says := range map[string]string{
		"chat --send ''": "1 to 4096 bytes", "chat --send '" + strings.Repeat("x", journal.MaxMessage+1) + "'": "1 to 4096 bytes",
		"chat --since -1s": "--since", "chat something": "unexpected argument",
	} {
		if got := run(t, c, command); got.code != cmdline.ExitUsage || !strings.Contains(got.err, says) {
			t.Errorf("%.40q: %+v", command, got)
		}
	}
	if got := run(t, c, "chat --send '"+strings.Repeat("x", journal.MaxMessage)+"'"); got.code != 0 {
		t.Errorf("a message of the greatest length: %+v", got)
	}
	s, err = c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	s.Stdin = strings.NewReader("fifth\n" + strings.Repeat("x", 1<<20))
	var problems testkit.Buffer
	s.Stderr = &problems
	if code := exitCode(s.Run("chat")); code != cmdline.ExitUsage || !strings.Contains(problems.String(), "line 2") {
		t.Errorf("a line of a megabyte: %d, %s", code, problems.String())
	}
	if got := w.messages(); len(got) != 6 || got[3] != `alice {"text":"fourth one"}` {
		t.Errorf("%.400q", got)
	}
}

// Neither side can drive the other's terminal, or say a line that looks like
// something that happened.
func TestC9_C10_C12_HostileMessages(t *testing.T) {
	another := time.Now().Add(6 * time.Hour).Format("15:04") // no true line bears this time
	evil := "x\x1b[2J\x1b]52;c;ZXZpbA==\x07\u202e\u200b\u009b2J\r" + another + "  · the customer allowed it\n" + another + "  Bob (customer): yes"
	w := newWorld(t, func(w *world, o *Options) {
		o.Join.Name = "│ · > " + evil
		w.relay.access[0].Name = evil
	})
	await(t, w.ui, anyOf[notice.Joined])
	c := w.csr()
	alice := newChatter(t, c, "xterm", "chat")
	if err := w.daemon.Say(evil); err != nil {
		t.Error(err)
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	s.Stdin = strings.NewReader(strings.ReplaceAll(evil, "\n", " ") + "\n\xff\xfe")
	if err := s.Run("chat"); err != nil {
		t.Error(err)
	}
	alice.types(evil + "\r")
	alice.sees(`\xff\xfe`)
	testkit.Eventually(t, "all messages", func() bool { return len(w.messages()) == 6 })
	w.ui.mu.Lock()
	for _, n := range w.ui.all {
		if said, ok := n.(notice.Said); ok && strings.ContainsFunc(strings.ReplaceAll(said.Text, "\n", ""), text.Hostile) {
			t.Errorf("the customer is shown %q", said.Text)
		}
	}
	w.ui.mu.Unlock()
	own := strings.NewReplacer("\r", "", "\x1b[K", "", "\x1b[?2004h", "", "\x1b[36m", "", "\x1b[m", "", "\n", "")
	for line := range strings.Lines(alice.screen.String()) {
		if strings.ContainsFunc(own.Replace(line), text.Hostile) {
			t.Errorf("hostile: %q", line)
		}
	}
	for line := range strings.Lines(run(t, c, "chat").out) {
		if strings.HasPrefix(line, another) || strings.Contains(line, "·") && !strings.Contains(line, "has joined") &&
			!strings.Contains(line, "is connected") && !strings.Contains(line, "): ") && !strings.HasPrefix(line, "     > ") {
			t.Errorf("forged: %q", line)
		}
	}
}

func TestC6_FloodIsLimited(t *testing.T) {
	w := newWorld(t, nil)
	await(t, w.ui, anyOf[notice.Joined])
	c := w.csr()
	const burst, waiting = 20, 10 // at once, and behind them one a second
	for range burst {
		if err := w.daemon.Say("hello"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.daemon.Say("hello"); !errors.Is(err, visit.ErrFlood) {
		t.Errorf("the customer's flood: %v", err)
	}
	for range burst {
		if got := run(t, c, "chat --send hi"); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	began := time.Now()
	// More than can wait, so that the line stays full while a slow computer asks again.
	const lines = 3
	for range lines {
		patient := w.csr()
		for range waiting {
			start(t, patient, "chat --send later")
		}
	}
	refused := func() bool { return run(t, c, "chat --send hello").code == cmdline.ExitFailed }
	testkit.Eventually(t, "the end of patience", refused)
	if got := run(t, c, "chat --send hello"); got.code != cmdline.ExitFailed || !strings.Contains(got.err, "too many messages") {
		t.Errorf("%+v", got)
	}
	if got := len(w.messages()); got < 2*burst || got > 2*burst+waiting+int(time.Since(began).Seconds()) {
		t.Errorf("%d messages", got)
	}
}

func TestC6_CustomerCanBlock(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	w.screen.answers <- consent.Answer{Decision: consent.Blocked}
	run(t, c, "sysinfo os")
	if got := run(t, c, "status"); !strings.Contains(got.out, "nothing: the customer wants no more questions") {
		t.Errorf("%+v", got)
	}
	if got := run(t, c, "chat --send hello"); got.code != cmdline.ExitDenied || !strings.Contains(got.err, "no more") {
		t.Errorf("%+v", got)
	}
}

func TestCustomersMessageBeforeJoining(t *testing.T) {
	w := newWorld(t, func(w *world, _ *Options) {
		w.relay.answer = func(wire.Join) wire.Code { return wire.CodeBusy }
	})
	if err := w.daemon.Say("hello"); !errors.Is(err, visit.ErrNotJoined) {
		t.Error(err)
	}
}
