//go:build unix

package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"supportd/hack/internal/rig"
	"supportd/library/wire"
)

// front is a relay with a join page and this system's program.
type front struct {
	relay    *rig.Relay
	alice    rig.CSR
	web, dir string
	program  []byte // as the operator has it
}

// newFront starts a relay, makes a program that knows it, and serves that.
func newFront(t *testing.T) front {
	return newFrontWith(t, func(programs string) string { return programs })
}

// newFrontWith is [newFront] with another value of --programs than the directory.
func newFrontWith(t *testing.T, from func(programs string) string) front {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("this system's program is not taken out of a tar archive")
	}
	ctx, dir := t.Context(), t.TempDir()
	data, served := filepath.Join(dir, "relay"), filepath.Join(dir, "programs")
	relay, err := rig.StartRelay(ctx, programs(), data, "", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	key, err := relay.Admin(ctx, "fingerprint")
	if err == nil {
		err = relay.Stop()
	}
	if err == nil {
		err = os.Mkdir(served, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	agent, err := exec.LookPath(programs().Agent)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(served, "support-agent-linux-"+runtime.GOARCH)
	if out, err := rig.Run(exec.CommandContext(ctx, programs().Relay, "imprint", agent, "--relay", relay.Addr, "--relay-key", strings.TrimSpace(key), "--organisation", "Example", "--out", name)); err != nil {
		t.Fatal(out, err)
	}
	f := front{dir: dir}
	if f.program, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	f.relay, err = rig.StartRelay(ctx, programs(), data, relay.Addr, t.Output(), "--names", relay.Addr, "--web", "127.0.0.1:0", "--programs", from(served), "--organisation", "Example", "--contact", "0000", "--log", "debug")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.relay.Kill)
	if f.web, err = f.relay.Web(ctx); err != nil {
		t.Fatal(err)
	}
	if f.alice, err = rig.NewCSR(ctx, f.relay, "alice", "Alice Kim", filepath.Join(dir, "alice")); err != nil {
		t.Fatal(err)
	}
	return f
}

// start opens a support session and returns its number; its link has to be the page's.
func (f front) start(t *testing.T) wire.Number {
	t.Helper()
	var session struct {
		Number wire.Number
		Link   string
	}
	out, err := rig.Run(f.alice.SSH(t.Context(), "relay", "session", "start", "--link", "--json"))
	if err == nil {
		err = json.Unmarshal([]byte(out), &session)
	}
	if want := "http://" + f.web + "/j/" + string(session.Number); err != nil || session.Link != want {
		t.Fatalf("%v: the link is %s and not %s", err, session.Link, want)
	}
	return session.Number
}

// W7, W9: a customer without JavaScript types the number, presses Start, and has the
// operator's program, the same to the byte, under a name with the number. It joins, and
// the number is in no log.
//
// W16: with script allowed, the page also says when the computer has joined. Nobody else
// is told.
func TestW7_W9_W16_FromThePageToTheSession(t *testing.T) {
	f := newFront(t)
	t.Run("without script", func(t *testing.T) {
		b, number := openTab(t, false), f.start(t)
		b.do(chromedp.Navigate("http://" + f.web + "/"))
		question := b.read(chromedp.Text(chromedp.CSS("main h2")))
		b.do(chromedp.SendKeys(chromedp.CSS("#n"), number.Spoken()), chromedp.Click(chromedp.CSS("button")))
		shown, address := b.read(chromedp.Text(chromedp.CSS(".number"))), b.read(chromedp.Location())
		named := b.download("a.start")
		if question != "First: did you call us?" || shown != number.Spoken() || address != "http://"+f.web+"/j/"+string(number) || named != "support-"+string(number)+".tar.gz" {
			t.Errorf("the page asks %q first, shows %q at %s and gives %s", question, shown, address, named)
		}
		f.joins(t, f.unpacked(t, b, named, number), number)
		if log := f.relay.Log.String(); strings.Contains(log, string(number)) || strings.Contains(log, number.Spoken()) {
			t.Error("the number is in the log")
		}
	})
	t.Run("with script", func(t *testing.T) {
		b, number := openTab(t, true), f.start(t)
		began := time.Now()
		b.do(chromedp.Navigate("http://" + f.web + "/j/" + string(number)))
		if before := b.read(chromedp.TextContent(chromedp.CSS("#state"))); before != "" {
			t.Errorf("before anything was done it says %q", before)
		}
		named := b.download("a.start")
		end := f.answer(t, f.unpacked(t, b, named, number), number)
		t.Logf("from the link to active: %v, the customer's answer of one word included", time.Since(began).Round(time.Millisecond))
		b.do(chromedp.WaitReady(chromedp.CSS("#state.done")))
		if said := b.read(chromedp.Text(chromedp.CSS("#state"))); !strings.Contains(said, "Your computer is connected") {
			t.Errorf("the page says %q", said)
		}
		other, err := rig.Run(exec.CommandContext(t.Context(), "curl", "--silent", "http://"+f.web+"/joined/"+strings.Repeat("0", 32)))
		if err != nil || other != "no" {
			t.Errorf("another page: %q %v", other, err)
		}
		end()
		if log := f.relay.Log.String(); strings.Contains(log, string(number)) || strings.Contains(log, "handle=") {
			t.Error("the number or the handle is in the log")
		}
	})
}

// unpacked is the program in an archive that was downloaded, which has to be the
// operator's, ready to be run.
func (f front) unpacked(t *testing.T, b tab, named string, number wire.Number) *exec.Cmd {
	t.Helper()
	if out, err := rig.Run(exec.CommandContext(t.Context(), "tar", "-xzf", filepath.Join(b.downloads, named), "-C", b.downloads)); err != nil {
		t.Fatal(out, err)
	}
	own := filepath.Join(b.downloads, "support-"+string(number))
	if got, err := os.ReadFile(own); err != nil || !bytes.Equal(got, f.program) {
		t.Fatalf("the program is another one: %d bytes, %v", len(got), err)
	}
	return exec.CommandContext(t.Context(), own, "--state", filepath.Join(f.dir, "state"))
}

// joins runs a customer's program, answers its one question, and stops it once it is
// connected.
func (f front) joins(t *testing.T, customer *exec.Cmd, number wire.Number) {
	t.Helper()
	end := f.answer(t, customer, number)
	end()
}

// answer runs a customer's program, and answers its one question; end stops it.
func (f front) answer(t *testing.T, customer *exec.Cmd, number wire.Number) (end func()) {
	t.Helper()
	if customer.Env == nil {
		customer.Env = append(os.Environ(), "TMPDIR="+f.temp(t), "HOME="+f.dir)
	}
	customer.Env = append(customer.Env, "LC_ALL=C.UTF-8")
	window, err := rig.OpenConsole(customer, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(window.Close)
	if err := window.Expect(t.Context(), "Did you call us for help?"); err != nil {
		t.Fatal(err)
	}
	if err := window.Type("yes\r"); err != nil {
		t.Fatal(err)
	}
	if err := window.Expect(t.Context(), "Support with Alice Kim (alice) is open"); err != nil {
		t.Fatal(err)
	}
	if out, err := rig.Run(f.alice.SSH(t.Context(), "relay", "session", "show", string(number))); err != nil || !strings.Contains(out, "active") {
		t.Errorf("%q %v", out, err)
	}
	return func() {
		t.Helper()
		if err := window.Type("\x03"); err != nil {
			t.Fatal(err)
		}
		if _, err := window.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func (f front) temp(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(f.dir, "tmp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// line is what the page of a number has to paste into sh.
func (f front) line(t *testing.T, number wire.Number) string {
	t.Helper()
	page, err := rig.Run(exec.CommandContext(t.Context(), "curl", "--silent", "--fail", "http://"+f.web+"/j/"+string(number)))
	_, line, found := strings.Cut(page, "<code>sh -c")
	line, _, _ = strings.Cut(line, "</code>")
	if err != nil || !found {
		t.Fatalf("there is no line to paste: %v", err)
	}
	return "sh -c" + html.UnescapeString(line)
}

// The pasted line says what it does, checks the program, runs it and removes it.
func TestThePastedLine(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	f := newFront(t)
	number := f.start(t)
	f.joins(t, exec.CommandContext(t.Context(), "sh", "-c", f.line(t, number)), number)
	if left, err := os.ReadDir(f.temp(t)); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}

	// A browser of text shows the same in the same order, and nothing that needs script.
	for _, browser := range [][]string{{"w3m", "-dump"}, {"lynx", "-dump"}} {
		if _, err := exec.LookPath(browser[0]); err != nil {
			t.Logf("there is no %s", browser[0])
			continue
		}
		shown, err := rig.Run(exec.CommandContext(t.Context(), browser[0], append(browser[1:], "http://"+f.web+"/j/"+string(number))...))
		if err != nil {
			t.Fatal(err)
		}
		rest := shown
		for _, want := range []string{"First: did you call us?", "I did not call you", number.Spoken(), "Start", "support-" + string(number) + ".tar.gz", "I can't download", "run.sh", "You decide"} {
			_, after, found := strings.Cut(rest, want)
			if rest = after; !found {
				t.Errorf("%s does not show %q, or not there:\n%s", browser[0], want, shown)
				break
			}
		}
		if strings.Contains(shown, "is connected") {
			t.Errorf("%s shows what only script may tell:\n%s", browser[0], shown)
		}
	}

	// Other bytes than the relay has told of are not run.
	script, err := rig.Run(exec.CommandContext(t.Context(), "curl", "--silent", "--fail", "http://"+f.web+"/d/"+string(number)+"/run.sh"))
	if err != nil {
		t.Fatal(err)
	}
	_, sum, _ := strings.Cut(script, "want=\n")
	_, sum, _ = strings.Cut(sum, "want=")
	wrong := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(script, sum[:64], strings.Repeat("0", 64), 1))
	wrong.Env = append(os.Environ(), "TMPDIR="+f.temp(t))
	out, err := wrong.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "it was not run") {
		t.Errorf("%v: %s", err, out)
	}
	if left, err := os.ReadDir(f.temp(t)); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// bareRoot names a root directory of another system, with sh and nothing of ours, in
// which the pasted line is run: hack/fresh makes one. Without it, there is nothing to try.
const bareRoot = "SUPPORTD_BARE_ROOT"

// In a bare Debian the pasted line needs curl or wget and nothing else, no administrator
// either, and leaves nothing. Without both it says what it needs.
func TestThePastedLineInABareRoot(t *testing.T) {
	root := os.Getenv(bareRoot)
	if root == "" {
		t.Skip("there is no bare root directory: " + bareRoot + " names one")
	}
	f := newFront(t)
	for _, tool := range []string{"curl", "wget"} {
		t.Run(tool, func(t *testing.T) {
			number := f.start(t)
			customer, before := inRoot(t, root, f.line(t, number), tool), leaves(t, root)
			began := time.Now()
			end := f.answer(t, customer, number)
			t.Logf("with %s alone, from Enter to active: %v", tool, time.Since(began).Round(time.Millisecond))
			end()
			if after := leaves(t, root); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		number := f.start(t)
		out, err := inRoot(t, root, f.line(t, number), "").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "curl or wget is needed") {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// inRoot is the line, pasted by an ordinary user of a system below root who has one of
// curl and wget, or none.
func inRoot(t *testing.T, root, line, tool string) *exec.Cmd {
	t.Helper()
	hidden := filepath.Join(root, "root", "hidden") // which the user cannot look into
	for _, one := range []string{"curl", "wget"} {
		path, away := filepath.Join(root, "usr", "bin", one), filepath.Join(hidden, one)
		if one == tool {
			continue
		}
		if err := errors.Join(os.MkdirAll(hidden, 0o700), os.Rename(path, away)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Rename(away, path); err != nil {
				t.Error(err)
			}
		})
	}
	const user = "1000"
	cmd := exec.CommandContext(t.Context(), "chroot", "--userspec="+user+":"+user, root, "/bin/sh", "-c", line)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/home/bob", "TERM=xterm"}
	return cmd
}

// leaves lists what a user may write to below root, but for their journal.
func leaves(t *testing.T, root string) string {
	t.Helper()
	out, err := rig.Run(exec.CommandContext(t.Context(), "find", root+"/tmp", root+"/var/tmp", root+"/home", root+"/dev/shm", "-path", "*/.local*", "-prune", "-o", "-print"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
