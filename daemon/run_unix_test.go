//go:build unix

package daemon

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"supportd/consent"
	"supportd/daemon/script"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// allowing is a customer who allowed scripts and looks when they joined.
func allowing(_ *world, o *Options) { o.Join.Allow = []consent.Kind{consent.Script, consent.SysInfo} }

func sh(lines ...string) string { return "#!/bin/sh\n" + strings.Join(lines, "\n") + "\n" }

func TestRunsInOrderAfterOneQuestion(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	stage(t, c, map[string]string{
		"a/first.sh": sh("cat data", "echo problem >&2"), "a/data": "the data\n",
		"second.sh": sh("exit 7"), "third.sh": sh("echo third"),
	})
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	got := run(t, c, "run a/first.sh second.sh third.sh")
	if got.code != cmdline.ExitSome || got.out != "the data\n" || !strings.Contains(got.err, "problem\n") ||
		!strings.Contains(got.err, "exit code 7") || !strings.Contains(got.err, "1 of 3 scripts succeeded") {
		t.Errorf("%+v", got)
	}
	q := <-w.screen.questions
	if q.Kind != consent.Script || len(q.Programs) != 3 || q.Programs[0].Name != "a/first.sh" || len(q.Programs[0].With) != 1 ||
		len(q.Programs[0].SHA256) != 64 || q.Programs[1].Text != sh("exit 7") {
		t.Errorf("the customer was shown %+v", q)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := run(t, c, "run third.sh second.sh --keep-going third.sh"); got.code != cmdline.ExitSome || got.out != "third\nthird\n" {
		t.Errorf("--keep-going: %+v", got)
	}
	starts, ends := 0, 0
	for _, k := range w.kinds() {
		switch {
		case k == journal.KindRunStart || k == journal.KindScriptStart:
			starts++
		case k == journal.KindRunEnd || k == journal.KindScriptExit:
			ends++
		}
	}
	if starts != 7 || ends != 7 {
		t.Errorf("%d starts and %d ends in the journal: %v", starts, ends, w.kinds())
	}
}

func TestH23_ExitCodes(t *testing.T) {
	w := newWorld(t, allowing)
	c := w.csr()
	for _, s := range []struct {
		text, flags string
		code        int
		says        string
	}{
		{sh("exit 0"), "", 0, "ok"},
		{sh("exit 1"), "", 1, "exit code 1"},
		{sh("exit 7"), "", 1, "exit code 7"},
		{sh("exit 126"), "", 1, "exit code 126"},
		{sh("exit 127"), "", 1, "exit code 127"},
		{sh("exit 255"), "", 1, "exit code 255"},
		{sh("kill -KILL $$"), "", 1, "SIGKILL"},
		{sh("exec sleep 4244"), "--timeout 100ms ", cmdline.ExitTimeout, "time limit"},
		{"#!/no/such/interpreter\n", "", cmdline.ExitUsage, "not installed"},
	} {
		stage(t, c, map[string]string{"x.sh": s.text})
		if got := run(t, c, "run "+s.flags+"x.sh"); got.code != s.code || !strings.Contains(got.err, s.says) {
			t.Errorf("%q: %+v", s.text, got)
		}
	}
}

func TestRunAsJSON(t *testing.T) {
	w := newWorld(t, allowing)
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": sh(`printf 'a\033[2J\n'`)})
	got := run(t, c, "run --json x.sh")
	var kinds []string
	text := ""
	for line := range strings.Lines(got.out) {
		var e script.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		kinds, text = append(kinds, string(e.Kind)), text+e.Text
	}
	if got.code != 0 || got.err != "" || kinds[0] != journal.KindRunStart || kinds[len(kinds)-1] != journal.KindRunEnd || !strings.Contains(text, `a\x1b[2J`) {
		t.Errorf("%+v", got)
	}
}

func TestS16_RunGoesOnWithoutItsCSR(t *testing.T) {
	w := newWorld(t, allowing)
	c := w.csr()
	gate := filepath.Join(t.TempDir(), "gate")
	if err := unix.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	stage(t, c, map[string]string{"x.sh": sh("echo before", "read x < '"+gate+"'", "echo after $x")})
	start(t, c, "run x.sh")
	testkit.Eventually(t, "the first output", w.journalHas(`before\n`))
	c.Close()
	testkit.Eventually(t, "the CSR's end", func() bool { return slices.Contains(w.kinds(), journal.KindConnClose) })
	c = w.csr()
	follow := start(t, c, "run --attach")
	if got := run(t, c, "status"); !strings.Contains(got.out, "x.sh") {
		t.Errorf("status does not show the run: %+v", got)
	}
	if err := os.WriteFile(gate, []byte("the gate\n"), 0); err != nil {
		t.Fatal(err)
	}
	if got := follow(); got.code != 0 || got.out != "before\nafter the gate\n" {
		t.Errorf("%+v", got)
	}
	if got := run(t, c, "run --attach"); got.code != 0 || got.out != "before\nafter the gate\n" {
		t.Errorf("after the end: %+v", got)
	}
}

// A run goes on without its CSR, but not without their access.
func TestH13_ARunEndsWithTheAccess(t *testing.T) {
	w := newWorld(t, allowing)
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": sh("echo before", "sleep 600", "echo after")})
	start(t, c, "run x.sh")
	testkit.Eventually(t, "the first output", w.journalHas(`before\n`))
	w.relay.authorize(entry("bob", testkit.NewKey(t)))
	testkit.Eventually(t, "the run's end", func() bool { return slices.Contains(w.kinds(), journal.KindRunEnd) })
	if w.journalHas(`after\n`)() || !w.journalHas(`"reason":"cancelled"`)() {
		t.Error("it did not end by being cancelled")
	}
}

func TestS17_SecondRunIsRefusedWithTheReason(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": sh("echo started", "exec sleep 4245"), "y.sh": sh("echo y")})
	first := start(t, c, "run x.sh")
	<-w.screen.questions
	if got := run(t, c, "run y.sh"); got.code != 1 || !strings.Contains(got.err, "Alice Kim (alice) is asking the customer") {
		t.Errorf("while asking: %+v", got)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	testkit.Eventually(t, "the run", w.journalHas(`started\n`))
	if got := run(t, c, "run y.sh"); got.code != 1 || !strings.Contains(got.err, "a run is going on already") || !strings.Contains(got.err, "x.sh") {
		t.Errorf("while running: %+v", got)
	}
	if len(w.screen.questions) > 0 {
		t.Error("the customer was asked for a run that could not start")
	}
	if got := run(t, c, "cancel"); got.code != 0 {
		t.Errorf("cancel: %+v", got)
	}
	if got := first(); got.code != cmdline.ExitInterrupted || !strings.Contains(got.err, "cancelled by Alice Kim (alice)") {
		t.Errorf("the first: %+v", got)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := run(t, c, "run y.sh"); got.code != 0 || got.out != "y\n" {
		t.Errorf("afterwards: %+v", got)
	}
}

// onTerminal starts a command on a terminal, and returns what types there.
func onTerminal(t *testing.T, c *ssh.Client, command string) (s *ssh.Session, keys io.Writer) {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.RequestPty("xterm", 24, 80, ssh.TerminalModes{}); err != nil {
		t.Fatal(err)
	}
	if keys, err = s.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(command); err != nil {
		t.Fatal(err)
	}
	return s, keys
}

// Ctrl-C ends the run that one has started, with its processes. Whoever only looks
// on goes away by it, and the run goes on.
func TestCtrlCEndsOnesOwnRun(t *testing.T) {
	w := newWorld(t, allowing)
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": sh("echo started as $$", "exec sleep 4246")})
	s, keys := onTerminal(t, c, "run x.sh")
	testkit.Eventually(t, "the run", w.journalHas(`started as `))
	data, err := os.ReadFile(w.daemon.JournalPath())
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`started as (\d+)`).FindSubmatch(data)
	if found == nil {
		t.Fatalf("%s", data)
	}
	pid, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	there := func() bool { return syscall.Kill(pid, 0) == nil }

	looker, theirs := onTerminal(t, c, "run --attach")
	if _, err := theirs.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(looker.Wait()); code != cmdline.ExitInterrupted {
		t.Errorf("who looks on: exit code %d", code)
	}
	if slices.Contains(w.kinds(), journal.KindRunEnd) || !there() {
		t.Fatal("who looks on ended the run")
	}
	if _, err := keys.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(s.Wait()); code != cmdline.ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if there() {
		t.Error("the script still runs")
	}
	if !w.journalHas(`"reason":"cancelled"`)() || !slices.Contains(w.kinds(), journal.KindRunEnd) {
		t.Errorf("the run has no end in the journal: %v", w.kinds())
	}
}

func TestC7_ChangedBytesAreAnotherQuestion(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": sh("echo 1")})
	w.screen.answers <- consent.Answer{Decision: consent.AllowedForSession}
	for range 2 {
		if got := run(t, c, "run x.sh"); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	if n := len(w.screen.questions); n != 1 {
		t.Errorf("asked %d times for the same bytes", n)
	}
	<-w.screen.questions
	stage(t, c, map[string]string{"x.sh": sh("echo 2")})
	w.screen.answers <- consent.Answer{}
	if got := run(t, c, "run x.sh"); got.code != 5 || got.out != "" {
		t.Errorf("other bytes: %+v", got)
	}
	// And bytes that change while the customer reads are not run.
	changed := start(t, c, "run x.sh")
	<-w.screen.questions
	<-w.screen.questions
	stage(t, c, map[string]string{"x.sh": sh("echo 3")})
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := changed(); got.code != 1 || got.out != "" || !strings.Contains(got.err, "not those that were shown") {
		t.Errorf("changed while asked: %+v", got)
	}
}

func TestC14_StopEndsEverythingWithinASecond(t *testing.T) {
	var w *world
	var following func() outcome
	withinASecond(t, func() time.Duration {
		w = newWorld(t, allowing)
		c := w.csr()
		stage(t, c, map[string]string{"x.sh": sh("echo started", "exec sleep 4247")})
		following = start(t, c, "run x.sh")
		testkit.Eventually(t, "the run", w.journalHas(`started\n`))
		return w.stopped()
	})
	if got := following(); got.code != cmdline.ExitNoSession || !strings.Contains(got.err, "the customer has stopped the support session") {
		t.Errorf("the CSR was told %+v", got)
	}
	if end := <-w.relay.ended; end.By != "customer" {
		t.Errorf("the relay was told %+v", end)
	}
	if files := w.files(); len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
	kinds := w.kinds()
	if kinds[len(kinds)-1] != journal.KindSessionEnd || !slices.Contains(kinds, journal.KindRunEnd) || !slices.Contains(kinds, journal.KindConnClose) {
		t.Errorf("journal: %v", kinds)
	}
}

// stopped presses Stop and returns how long everything took to end.
func (w *world) stopped() time.Duration {
	w.t.Helper()
	began := time.Now()
	w.stop(errTestStop)
	if err := w.ended(); err != errTestStop {
		w.t.Errorf("ended with %v", err)
	}
	return time.Since(began)
}

// withinASecond allows for a machine that is busy with something else: one of
// three tries has to be in time.
func withinASecond(t *testing.T, try func() time.Duration) {
	t.Helper()
	var took []time.Duration
	for range 3 {
		took = append(took, try())
		if took[len(took)-1] <= time.Second {
			return
		}
	}
	t.Errorf("it took %v", took)
}

func TestH22_ClientThatDoesNotReadHoldsUpNobody(t *testing.T) {
	withinASecond(t, func() time.Duration { return stopWithDeafClient(t) })
}

func stopWithDeafClient(t *testing.T) time.Duration {
	t.Helper()
	w := newWorld(t, allowing)
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": sh("yes 0123456789012345678901234567890123456789 | head -c 4000000", "echo done >&2")})
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.StdoutPipe(); err != nil { // nobody reads it
		t.Fatal(err)
	}
	if err := s.Start("run x.sh"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the end of the run", w.journalHas(`"kind":"`+journal.KindRunEnd))
	if got := run(t, c, "status"); got.code != 0 {
		t.Errorf("%+v", got)
	}
	return w.stopped()
}

func TestStagedFilesAreInTheJournal(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": "hello"})
	const sum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	if !w.journalHas(`"name":"x.sh","size":5,"sha256":"` + sum + `"`)() {
		t.Errorf("%v", w.kinds())
	}
	if got := run(t, c, "status"); !strings.Contains(got.out, "5 bytes") {
		t.Errorf("%+v", got)
	}
}

// While the customer thinks, the CSR is told; what is allowed already needs no words.
func TestWhoWaitsForAnAnswerIsToldSo(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	wait := start(t, c, "sysinfo os")
	<-w.screen.questions
	<-time.After(2 * 700 * time.Millisecond) // twice what a CSR waits without being told
	w.screen.answers <- consent.Answer{Decision: consent.AllowedForSession}
	if got := wait(); got.code != 0 || !strings.Contains(got.err, "waiting for the customer's answer, at most 60 s") {
		t.Errorf("%+v", got)
	}
	if got := run(t, c, "sysinfo os"); got.code != 0 || got.err != "" {
		t.Errorf("%+v", got)
	}
}
