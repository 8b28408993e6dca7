//go:build unix

package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportd/hack/testkit"
)

// attack is what a script of the customer's own user tries while it runs: it reads every
// file that it can, looks for the page's port and for a way in, asks for a new one, and
// guesses the code. What it finds it says.
const attack = `#!/bin/bash
page=%PAGE%
ask() { curl -s -o answer -w '%{http_code}' -H 'Content-Type: application/json' -H "Origin: ${page%/}" -H 'Sec-Fetch-Site: same-origin' -H "X-Page-Secret: $3" -d "$2" "${page}api/$1"; echo " $1 $(tr -d '\n' <answer | cut -c1-120)"; }
for secret in "" x $(grep -rhoE '[A-Za-z0-9_-]{43}' "$HOME" %STATE% /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | sort -u | head -3); do
  for what in answer allow say confirm stream number; do ask $what '{}' "$secret"; done
  ask enter "{\"ticket\":\"$secret\"}" ""
done
grep -rl "$page" "$HOME" 2>/dev/null | sed 's/^/leak /'
ask reopen '{}' ""
for code in 000000 111111 222222 333333; do ask enter "{\"code\":\"$code\"}" ""; done
ls "$HOME"/Downloads | sed 's/^/leak /'
command -v xdotool >/dev/null && xdotool key Return 2>/dev/null
echo started >%STATE%.runs
read -t 40 end <%STATE%.pipe
echo done
`

// A script that the customer has allowed cannot answer, allow, speak or take the page over,
// and the customer's own tab takes no yes while it runs.
func TestY14_AnAllowedScriptGetsNoAnswer(t *testing.T) {
	f := newFront(t)
	v := newVisitor(t, f, "C")
	v.joins()
	state := filepath.Join(v.dir, "state")
	page := value[string](v, "location.origin") + "/"
	if out, err := exec.CommandContext(t.Context(), "mkfifo", state+".pipe").CombinedOutput(); err != nil {
		t.Fatal(string(out), err)
	}
	v.sends(map[string]string{"attack.sh": strings.NewReplacer("%PAGE%", page, "%STATE%", state).Replace(attack)})
	run := v.csr("run", "attack.sh")
	v.seen("question")
	v.press("q-once")
	testkit.Eventually(t, "the script has tried everything", func() bool {
		return exec.CommandContext(t.Context(), "test", "-e", state+".runs").Run() == nil
	})

	// Who presses the customer's own buttons meanwhile, as keys of the script would.
	looks := v.csr("sysinfo", "os")
	v.seen("question")
	v.tap("q-once")
	v.shows("q-why", "nothing can be allowed")
	if !value[bool](v, "document.getElementById('question').checkVisibility()") {
		t.Error("a yes counted while a script ran")
	}
	v.press("q-no")
	v.wants(looks, 5, "the customer said no")
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", "echo >"+state+".pipe").CombinedOutput(); err != nil {
		t.Fatal(string(out), err)
	}
	out := v.wants(run, 0, "done")
	tried := 0
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(strings.TrimLeft(line, "│ "))
		switch status, rest, _ := strings.Cut(line, " "); {
		case status == "leak":
			t.Errorf("the script has found %s", rest)
		case strings.Contains(rest, `"secret"`):
			t.Errorf("the script was let in: %s", line)
		case status == "200" && !strings.HasPrefix(rest, "enter") && !strings.HasPrefix(rest, "reopen"):
			t.Errorf("the script has done something: %s", line)
		case status == "401" || status == "403" || status == "200":
			tried++
		}
	}
	if tried < 10 {
		t.Errorf("the script has tried %d things:\n%s", tried, out)
	}
	if exec.CommandContext(t.Context(), "test", "-e", filepath.Join(v.dir, "opened")).Run() == nil {
		t.Error("a way in was opened for the script")
	}
	for _, e := range v.events() {
		if e.Kind == "consent.allow" || e.Kind == "chat.message" {
			t.Errorf("%s of %s", e.Kind, e.Actor)
		}
	}
	v.do(clickStop())
	v.ends()
}

// A browser that is killed with a question in it answers nothing, and where the page was
// the only screen and does not come back, that is Stop.
func TestY8_Y9_APageThatIsGoneIsStop(t *testing.T) {
	f := newFront(t)
	t.Parallel() // it waits for the minute
	v := newVisitor(t, f, "C")
	v.joins()
	looks := v.csr("sysinfo", "os")
	v.seen("question")
	v.quit()
	gone := time.Now()
	select {
	case <-v.over:
	case <-time.After(2 * time.Minute):
		t.Fatal("the program goes on without a screen")
	}
	if took := time.Since(gone); took < 55*time.Second || took > 100*time.Second {
		t.Errorf("it has ended after %v", took)
	}
	got := <-looks
	if got.code == 0 {
		t.Errorf("a browser that was killed has allowed something:\n%s", got.out)
	}
	for _, a := range v.journaled() {
		if a.Answer.Decision.Allowed() {
			t.Errorf("%+v", a.Answer)
		}
	}
	events := v.events()
	if last := events[len(events)-1]; last.Kind != "session.end" || last.Actor != "customer" {
		t.Errorf("the last event is %s of %s", last.Kind, last.Actor)
	}
}
