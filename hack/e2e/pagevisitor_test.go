//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/wire"
)

// visitor is a customer with a browser: the real program, and its page in a real tab.
type visitor struct {
	t      *testing.T
	front  front
	number wire.Number
	dir    string
	state  string // the program's state directory
	cmd    *exec.Cmd
	over   chan struct{} // closed when the program has ended
	said   *testkit.Buffer
	tab    context.Context
	quit   func() // kills the browser
}

// clickStop presses the button that counts at once.
func clickStop() chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS("#stop")) }

// noteScript stands for the desktop's browser: it says which file it was to open. The
// test opens that in the real one.
const noteScript = "#!/bin/sh\necho \"$1\" >\"$OPENED.new\" && mv \"$OPENED.new\" \"$OPENED\"\n"

// newVisitor starts the program under the name that it is downloaded by, and opens the
// file that it hands to the browser.
func newVisitor(t *testing.T, f front, language string, args ...string) *visitor {
	t.Helper()
	v := arrives(t, f)
	v.starts(exec.CommandContext(t.Context(), v.program(), append([]string{"--ui", "page", "--state", v.state}, args...)...),
		"HOME="+filepath.Join(v.dir, "home"), "LC_ALL="+language+".UTF-8", "BROWSER="+filepath.Join(v.dir, "browser"), "OPENED="+filepath.Join(v.dir, "opened"))
	v.open()
	return v
}

// program is the operator's, under the name that it is downloaded by.
func (v *visitor) program() string { return filepath.Join(v.dir, "support-"+string(v.number)) }

// arrives is a visitor with a program and a browser, neither of which does anything yet.
func arrives(t *testing.T, f front) *visitor {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium")
	}
	v := &visitor{t: t, front: f, number: f.start(t), dir: t.TempDir(), said: &testkit.Buffer{}}
	v.state = filepath.Join(v.dir, "state")
	err := errors.Join(os.MkdirAll(filepath.Join(v.dir, "home", "Downloads"), 0o700), os.WriteFile(v.program(), f.program, 0o700),
		os.WriteFile(filepath.Join(v.dir, "browser"), []byte(noteScript), 0o700))
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.UserDataDir(filepath.Join(v.dir, "profile")))
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	v.quit = cancel
	v.tab, cancel = chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	// It is there before it is needed, and for longer than this step.
	err = chromedp.Do(v.tab, chromedp.EmulateViewport(1280, 900), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// starts starts the program, without windows of its own.
func (v *visitor) starts(cmd *exec.Cmd, environ ...string) {
	v.t.Helper()
	v.cmd, v.over = cmd, make(chan struct{})
	cmd.Env = append(append(os.Environ(), "DISPLAY=", "WAYLAND_DISPLAY=", "SSH_CONNECTION="), environ...)
	cmd.Stdout, cmd.Stderr = v.said, v.said
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	over := v.over
	go func() { defer close(over); _ = cmd.Wait() }()
	v.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-over
		if v.t.Failed() {
			v.t.Log(v.said.String())
		}
	})
}

// picture keeps what the page looks like on a phone's and on a desktop's screen where
// somebody wants to look at it: SUPPORTD_PICTURES names a directory.
func (v *visitor) picture(name string) {
	v.t.Helper()
	dir := os.Getenv("SUPPORTD_PICTURES")
	if dir == "" {
		return
	}
	for _, width := range []int64{360, 1280} {
		v.do(chromedp.EmulateViewport(width, 900), chromedp.Evaluate[chromedp.Void]("scrollTo(0, 0)"))
		ctx, cancel := context.WithTimeout(v.tab, rig.Patience)
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		cancel()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), png, 0o600)
		}
		if err != nil {
			v.t.Error(err)
		}
	}
}

// opened is the file that the program has handed to its browser last.
func (v *visitor) opened() string {
	v.t.Helper()
	name := ""
	testkit.Eventually(v.t, "the browser is started", func() bool {
		b, err := os.ReadFile(filepath.Join(v.dir, "opened"))
		name = strings.TrimSpace(string(b))
		// A busy computer takes long to open the page: then the bare address follows.
		return err == nil && !strings.HasPrefix(name, "http:")
	})
	if err := os.Remove(filepath.Join(v.dir, "opened")); err != nil {
		v.t.Fatal(err)
	}
	return name
}

// open opens that file: it leads to the page, and is gone then.
func (v *visitor) open() {
	v.t.Helper()
	file := v.opened()
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o600 || filepath.Dir(file) != filepath.Join(v.dir, "home", "Downloads") {
		v.t.Errorf("%s: %v %v", file, info, err)
	}
	v.do(chromedp.Navigate("file://" + strings.ReplaceAll(file, " ", "%20")))
	v.until("document.getElementById('locked')?.hidden && document.getElementById('brand').textContent")
	testkit.Eventually(v.t, "the file is gone", func() bool { _, err := os.Stat(file); return err != nil })
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.tab, rig.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.t.Fatal(err)
	}
}

// value is what an expression on the page gives.
func value[T any](v *visitor, expression string) T {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.tab, rig.Patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil && !errors.Is(err, chromedp.ErrJSNull) && !errors.Is(err, chromedp.ErrJSUndefined) {
		v.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

func (v *visitor) until(expression string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.tab, rig.Patience)
	defer cancel()
	for {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		switch {
		case err == nil && is:
			return
		case ctx.Err() != nil: // any other error is of a page that makes room for the next one
			v.t.Fatalf("%s does not come (%v):\n%s", expression, err, value[string](v, "document.body.innerText"))
		}
	}
}

func (v *visitor) seen(id string) {
	v.t.Helper()
	v.until("document.getElementById('" + id + "').checkVisibility()")
}

// shows waits until an element holds a text.
func (v *visitor) shows(id, text string) {
	v.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		v.t.Fatal(err)
	}
	v.until("document.getElementById('" + id + "').innerText.includes(" + string(quoted) + ")")
}

// press presses a button until it counts, as a person does whose computer is slow.
func (v *visitor) press(id string) {
	v.t.Helper()
	for range 5 {
		v.tap(id)
		for asked := time.Now(); time.Since(asked) < 2*time.Second; {
			if !value[bool](v, "document.getElementById('"+id+"').checkVisibility()") {
				return
			}
		}
	}
	v.t.Fatalf("%s cannot be pressed:\n%s", id, value[string](v, "document.body.innerText"))
}

// tap presses a button once, when it has stood long enough to count.
func (v *visitor) tap(id string) {
	v.t.Helper()
	v.seen(id)
	begun := value[float64](v, "(document.getElementById('"+id+"').scrollIntoView({block: 'center'}), performance.now())")
	v.until(fmt.Sprintf("performance.now() - %f > 700", begun))
	v.do(chromedp.Click(chromedp.CSS("#" + id)))
}

// told is what a CSR's command has said, and how it ended.
type told struct {
	out  string
	code int
}

// csr runs a command of the CSR on the customer's computer.
func (v *visitor) csr(args ...string) <-chan told {
	v.t.Helper()
	cmd := v.front.alice.SSH(v.t.Context(), append([]string{string(v.number) + ".support"}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	ended := make(chan told, 1)
	go func() {
		_ = cmd.Wait()
		ended <- told{out.String(), cmd.ProcessState.ExitCode()}
	}()
	return ended
}

// wants waits for the end of a command.
func (v *visitor) wants(ended <-chan told, code int, texts ...string) string {
	v.t.Helper()
	select {
	case got := <-ended:
		if got.code != code {
			v.t.Errorf("exit code %d and not %d:\n%s", got.code, code, got.out)
		}
		for _, text := range texts {
			if !strings.Contains(got.out, text) {
				v.t.Errorf("%q is missing in:\n%s", text, got.out)
			}
		}
		return got.out
	case <-time.After(rig.Patience):
		v.t.Fatal("the command does not end")
		return ""
	}
}

// answers asks for something, and presses a button on the page for it.
func (v *visitor) answers(button string, code int, args ...string) string {
	v.t.Helper()
	ended := v.csr(args...)
	v.seen("question")
	v.press(button)
	out := v.wants(ended, code)
	v.until("document.getElementById('question').hidden")
	return out
}

// sends brings scripts to the computer.
func (v *visitor) sends(scripts map[string]string) {
	v.t.Helper()
	batch := ""
	for name, content := range scripts {
		file := filepath.Join(v.dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			v.t.Fatal(err)
		}
		batch += "put " + file + " " + name + "\n"
	}
	if out, err := rig.Run(v.front.alice.SFTP(v.t.Context(), string(v.number)+".support", batch)); err != nil {
		v.t.Fatal(out, err)
	}
}

// joins answers the question about the call, and waits for the connection.
func (v *visitor) joins() {
	v.t.Helper()
	v.shows("c-number", v.number.Spoken())
	v.press("c-yes")
	v.seen("session")
	v.shows("facts", "Alice Kim")
}

// journaled are the answers that the journal has.
func (v *visitor) journaled() (answers []journal.ConsentAnswer) {
	v.t.Helper()
	for _, e := range v.events() {
		if e.Kind == journal.KindConsentAnswer {
			answers = append(answers, journal.Of[journal.ConsentAnswer](e))
		}
	}
	return answers
}

// events is the journal on the customer's computer.
func (v *visitor) events() (events []journal.Event) {
	v.t.Helper()
	found, err := filepath.Glob(filepath.Join(v.state, "*.jsonl"))
	if err != nil || len(found) != 1 {
		v.t.Fatal(found, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		v.t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var e journal.Event
		if err := json.Unmarshal(line, &e); err != nil {
			v.t.Fatal(err)
		}
		if e.Kind != "" { // the last line is the seal
			events = append(events, e)
		}
	}
	return events
}

// ends waits until the program has gone.
func (v *visitor) ends() {
	v.t.Helper()
	select {
	case <-v.over:
	case <-time.After(rig.Patience):
		v.t.Fatal("the program does not go away")
	}
}
