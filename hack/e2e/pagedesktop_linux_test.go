package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/hack/testkit/logindtest"
	"supportd/library/journal"
)

// While a script runs, box and page agree that nothing can be allowed. A page that is
// reloaded then is not opened again, and a box stops everything in its place.
func TestY14_TheBoxWhileAScriptRuns(t *testing.T) {
	f := newFront(t)
	d := newDesktop(t, f)
	v := d.v
	d.windows()
	d.logIn()
	v.starts(d.command(t.Context(), "boot1", v.program(), "--state", v.state), "HOME=/root", "LC_ALL=C.UTF-8")
	v.open()
	v.joins()
	pid := filepath.Join(v.dir, "pid")
	v.sends(map[string]string{"1.sh": "#!/bin/sh\necho $$ >" + pid + ".new && mv " + pid + ".new " + pid + "\nexec sleep 4242.16\n"})
	run := v.csr("run", "1.sh")
	d.box() // it shows no more than where to read it
	v.press("q-once")
	v.seen("running")

	looks := v.csr("sysinfo", "os")
	d.box()
	v.shows("q-why", "nothing can be allowed here")
	d.shot("box-running")
	d.presses("Return")
	v.wants(looks, 5, "said no")
	answers := v.journaled()
	if last := answers[len(answers)-1].Answer; last.Via != "box" || last.Decision.Allowed() {
		t.Errorf("%+v", last)
	}

	v.do(chromedp.Reload())
	v.seen("locked-stop")
	v.do(chromedp.Click(chromedp.CSS("#reopen")))
	d.box()
	d.shot("box-stop")
	d.presses("Tab", "Return")
	v.ends()
	<-run
	said, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(said))); err != nil || syscall.Kill(n, 0) == nil {
		t.Errorf("the script %s still runs, %v", said, err)
	}
	if _, err := os.Stat(filepath.Join(v.dir, "opened")); err == nil {
		t.Error("the page was opened while a script ran")
	}
	events := v.events()
	if last := events[len(events)-1]; last.Kind != journal.KindSessionEnd || last.Actor != journal.ByCustomer {
		t.Errorf("the last event is %s of %s", last.Kind, last.Actor)
	}
}

// A computer whose program runs as root: nobody is asked behind a locked screen, which is
// a No with its reason; and after a restart the program comes back with its page, which
// opens for whoever logs in and asks whether to go on.
func TestY13_ALockedScreenAndARestart(t *testing.T) {
	f := newFront(t)
	for _, l := range []struct{ language, open, closed, restarted, locked, unlocked, press string }{
		{
			"C", "Support with Alice Kim (alice) is open", "The screen is locked: questions are answered No", "Your computer restarted; support with Alice Kim (alice) is open again",
			"The screen was locked. Nothing was allowed.", "not locked any more", "c-yes",
		},
		{
			"ko_KR", "Alice Kim (alice) 상담원과의 지원이 열려 있습니다", "화면이 잠겨 있어 질문을 모두 거절합니다", "컴퓨터가 다시 시작되었습니다. Alice Kim (alice) 상담원과의 지원이 다시 열렸습니다",
			"화면이 잠겨 있었습니다. 아무것도 허용되지 않았습니다.", "화면 잠금이 풀렸습니다", "c-no",
		},
	} {
		t.Run(l.language, func(t *testing.T) {
			d := newDesktop(t, f)
			v := d.v
			d.logIn()
			v.starts(d.command(t.Context(), "boot1", v.program(), "--state", v.state), "HOME=/root", "LC_ALL="+l.language+".UTF-8")
			v.open()
			v.joins()

			v.shows("heading", l.open)
			d.bus.Session("c7", "LockedHint", true)
			v.shows("heading", l.closed) // before anybody asks
			v.seen("problem")
			v.wants(v.csr("sysinfo", "os"), 5, "locked")
			v.shows("events", l.locked)
			v.picture("locked-screen-" + l.language)
			d.bus.Session("c7", "LockedHint", false)
			v.shows("events", l.unlocked)
			v.shows("heading", l.open)
			v.answers("q-no", 5, "sysinfo", "os")

			v.wants(v.askedToRestart(), 0, "support comes back by itself")
			if !d.bus.Called("Reboot False") {
				t.Error("nobody was asked to restart the computer")
			}
			if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil { // as the system does on its way down
				t.Fatal(err)
			}
			v.ends()

			d.bus = logindtest.Start(t) // nobody has logged in since the boot
			v.starts(d.command(t.Context(), "boot2", "sh", "-c", d.startedPage()), "HOME=/root", "LC_ALL="+l.language+".UTF-8")
			testkit.Eventually(t, "it is connected again", func() bool {
				out, err := rig.Run(exec.CommandContext(t.Context(), programs().Agent, "status", "--json", "--state", v.state))
				return err == nil && strings.Contains(out, `"active"`)
			})
			v.wants(v.csr("sysinfo", "os"), 5, "no one is at the screen")
			d.logIn()
			v.open() // by itself
			v.shows("heading", l.restarted)
			v.seen("confirm")
			v.picture("restarted-" + l.language)
			v.press(l.press)
			if l.press == "c-yes" {
				v.shows("heading", l.open)
				v.answers("q-once", 0, "sysinfo", "os")
				v.do(clickStop())
			}
			v.ends()
			events := v.events()
			if last := events[len(events)-1]; last.Kind != journal.KindSessionEnd || last.Actor != journal.ByCustomer {
				t.Errorf("the last event is %s of %s", last.Kind, last.Actor)
			}
			if left, err := filepath.Glob(filepath.Join(v.dir, "units", "system", "*", "*")); err != nil || len(left) > 0 {
				t.Errorf("%v is left of the entry, %v", left, err)
			}
			locked := 0
			for _, a := range v.journaled() {
				if a.Answer.Why == "locked" && !a.Answer.Decision.Allowed() {
					locked++
				}
			}
			if locked != 1 {
				t.Errorf("%d questions were closed by a locked screen", locked)
			}
		})
	}
}

// askedToRestart lets the CSR restart the computer, and the customer allow it.
func (v *visitor) askedToRestart() <-chan told {
	v.t.Helper()
	asked := v.csr("reboot")
	v.seen("question")
	v.press("q-once")
	return asked
}

// startedPage is what starts at boot, which has to be the page.
func (d *desktop) startedPage() string {
	d.t.Helper()
	command, err := d.started()
	if err != nil || !strings.Contains(command, `"--ui" "page"`) {
		d.t.Fatalf("the service is another one: %s, %v", command, err)
	}
	return command
}

// Terminal and page ask together: the first answer counts, the other one closes, and the
// journal says from where it came.
func TestY7_TerminalAndPageTogether(t *testing.T) {
	f := newFront(t)
	d := newDesktop(t, f)
	v := d.v
	d.logIn()
	cmd := d.command(t.Context(), "boot1", v.program(), "--state", v.state)
	cmd.Env = append(os.Environ(), "DISPLAY=", "WAYLAND_DISPLAY=", "SSH_CONNECTION=", "HOME=/root", "LC_ALL=C.UTF-8")
	window, err := rig.OpenConsole(cmd, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(window.Close)
	says := func(text string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), rig.Patience)
		defer cancel()
		if err := window.Expect(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	types := func(text string) {
		t.Helper()
		if err := window.Type(text + "\r"); err != nil {
			t.Fatal(err)
		}
	}
	v.open()
	says("Did you call us for help?")
	types("yes")
	says("A page in your browser shows the same")
	v.seen("session")

	onPage := v.csr("sysinfo", "os")
	says("Do you allow this?")
	v.seen("question")
	v.press("q-once")
	says("This question was answered on your other screen")
	v.wants(onPage, 0, "Linux")

	onTerminal := v.csr("sysinfo", "memory")
	v.seen("question")
	says("Do you allow this?")
	types("no")
	v.wants(onTerminal, 5, "said no")
	v.until("document.getElementById('question').hidden")
	v.shows("events", "Refused.")

	v.wants(v.csr("chat", "--send", "Hello from Alice"), 0)
	says("Hello from Alice")
	v.shows("chat", "Hello from Alice")
	types("hello from the terminal")
	v.shows("chat", "hello from the terminal")

	v.do(clickStop())
	says("Stopped.")
	var via []string
	for _, a := range v.journaled() {
		via = append(via, a.Answer.Via+" "+a.Answer.Decision.String())
	}
	if got := strings.Join(via, ", "); got != "page allowed-once, terminal denied" {
		t.Errorf("the journal says %s", got)
	}
}

// What the customer allows while they are away has a time limit, covers looking and
// running, and nothing else; taken back, it is over at once.
func TestY7_AllowedWhileAway(t *testing.T) {
	f := newFront(t)
	d := newDesktop(t, f)
	v := d.v
	d.logIn()
	v.starts(d.command(t.Context(), "boot1", v.program(), "--state", v.state), "HOME=/root", "LC_ALL=C.UTF-8")
	v.open()
	v.joins()
	v.do(chromedp.Click(chromedp.CSS("#away-offer summary")))
	v.shows("away-offer", "before they restart it")
	v.picture("away-offer")
	v.press("away-go")
	v.shows("away-now", "may do this without asking you: seeing information about this computer, running programs on this computer.")
	v.picture("away")
	v.wants(v.csr("sysinfo", "os"), 0, "Linux")
	v.sends(map[string]string{"1.sh": "#!/bin/sh\necho one\n"})
	v.wants(v.csr("run", "1.sh"), 0, "one")
	v.answers("q-no", 5, "reboot")
	v.do(chromedp.Click(chromedp.CSS("#away-back")))
	v.shows("allowed-box", "Nothing. You are asked first, every time.")
	v.answers("q-no", 5, "sysinfo", "os")
	allowed := 0
	for _, e := range v.events() {
		if e.Kind != journal.KindConsentAllow {
			continue
		}
		allowed++
		if given := journal.Of[journal.ConsentAllow](e); given.Until.Sub(e.Time) > 15*time.Minute+time.Second || given.Until.Before(e.Time) || len(given.Kinds) != 2 {
			t.Errorf("it allows %v until %v", given.Kinds, given.Until)
		}
	}
	if allowed != 1 {
		t.Errorf("%d times something was allowed", allowed)
	}
	v.do(clickStop())
	v.ends()
}
