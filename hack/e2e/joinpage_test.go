//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
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
	f.relay, err = rig.StartRelay(ctx, programs(), data, relay.Addr, t.Output(), "--names", relay.Addr, "--web", "127.0.0.1:0", "--programs", served, "--organisation", "Example", "--contact", "0000", "--log", "debug")
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
func TestW7_W9_FromThePageToTheSession(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium")
	}
	f := newFront(t)
	number := f.start(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.UserDataDir(filepath.Join(f.dir, "profile")))
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	defer cancel()
	tab, cancel := chromedp.NewContext(allocated)
	defer cancel()
	downloads, began, progress := filepath.Join(f.dir, "Downloads"), chromedp.Events(tab, browser.DownloadWillBegin), chromedp.Events(tab, browser.DownloadProgress)
	yes := true
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(tab, steps...); err != nil {
			t.Fatal(err)
		}
	}
	read := func(what chromedp.Action[string]) string {
		t.Helper()
		value, err := chromedp.Run(tab, what)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		if err == nil {
			_, err = chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
				Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: downloads, EventsEnabled: &yes,
			})
		}
		return err
	}), chromedp.Navigate("http://"+f.web+"/"))
	question := read(chromedp.Text(chromedp.CSS("main h2")))
	do(chromedp.SendKeys(chromedp.CSS("#n"), number.Spoken()), chromedp.Click(chromedp.CSS("button")))
	shown, address := read(chromedp.Text(chromedp.CSS(".number"))), read(chromedp.Location())
	do(chromedp.Click(chromedp.CSS("a.start")))
	named := ""
	for event, err := range began {
		if err != nil {
			t.Fatal(err)
		}
		named = event.SuggestedFilename
		break
	}
	for event, err := range progress {
		if err != nil {
			t.Fatal(err)
		}
		if event.State == browser.DownloadProgressStateCompleted {
			break
		}
	}
	if question != "First: did you call us?" || shown != number.Spoken() || address != "http://"+f.web+"/j/"+string(number) || named != "support-"+string(number)+".tar.gz" {
		t.Errorf("the page asks %q first, shows %q at %s and gives %s", question, shown, address, named)
	}
	if out, err := rig.Run(exec.CommandContext(t.Context(), "tar", "-xzf", filepath.Join(downloads, named), "-C", downloads)); err != nil {
		t.Fatal(out, err)
	}
	own := filepath.Join(downloads, "support-"+string(number))
	if got, err := os.ReadFile(own); err != nil || !bytes.Equal(got, f.program) {
		t.Fatalf("the program is another one: %d bytes, %v", len(got), err)
	}
	customer := exec.CommandContext(t.Context(), own, "--state", filepath.Join(f.dir, "state"))
	f.joins(t, customer, number)
	if log := f.relay.Log.String(); strings.Contains(log, string(number)) || strings.Contains(log, number.Spoken()) {
		t.Error("the number is in the log")
	}
}

// joins runs a customer's program, answers its one question, and stops it once it is
// connected.
func (f front) joins(t *testing.T, customer *exec.Cmd, number wire.Number) {
	t.Helper()
	customer.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMPDIR="+f.temp(t), "HOME="+f.dir)
	window, err := rig.OpenConsole(customer, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer window.Close()
	if err := window.Expect(t.Context(), "Did you call us for help?"); err != nil {
		t.Fatal(err)
	}
	if err := window.Type("yes\r"); err != nil {
		t.Fatal(err)
	}
	if err := window.Expect(t.Context(), "Alice Kim (alice) can help you now"); err != nil {
		t.Fatal(err)
	}
	if out, err := rig.Run(f.alice.SSH(t.Context(), "relay", "session", "show", string(number))); err != nil || !strings.Contains(out, "active") {
		t.Errorf("%q %v", out, err)
	}
	if err := window.Type("\x03"); err != nil {
		t.Fatal(err)
	}
	if _, err := window.Wait(t.Context()); err != nil {
		t.Error(err)
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

// The pasted line says what it does, checks the program, runs it and removes it.
func TestThePastedLine(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	f := newFront(t)
	number := f.start(t)
	page, err := rig.Run(exec.CommandContext(t.Context(), "curl", "--silent", "--fail", "http://"+f.web+"/j/"+string(number)))
	_, line, found := strings.Cut(page, "<code>sh -c")
	line, _, _ = strings.Cut(line, "</code>")
	if err != nil || !found {
		t.Fatalf("there is no line to paste: %v", err)
	}
	line = "sh -c" + strings.NewReplacer("&#34;", `"`, "&amp;", "&").Replace(line)
	f.joins(t, exec.CommandContext(t.Context(), "sh", "-c", line), number)
	if left, err := os.ReadDir(f.temp(t)); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
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
