//go:build linux

package pages

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/chromedp/chromedp"

	"supportd/hack/internal/rig"
	"supportd/library/wire"
)

// joining are the page of a number when its download has begun, and when the computer
// has joined: the second one goes on where the first one was.
func (h *house) joining(base string) []state {
	var number wire.Number
	begun := state{name: "begun", base: base, agent: windows}
	begun.before = func() (err error) { number, err = h.session(); return err }
	begun.then = func(tab context.Context) error {
		return chromedp.Do(tab, chromedp.Navigate(base+"/j/"+string(number)), chromedp.Click(chromedp.CSS("a.start")))
	}
	joined := state{name: "joined"}
	joined.then = func(tab context.Context) error {
		end, err := h.join(number)
		if err != nil {
			return err
		}
		h.ends = append(h.ends, end)
		return chromedp.Do(tab, chromedp.WaitReady(chromedp.CSS("#state.done")))
	}
	return []state{begun, joined}
}

// copyLine presses the button that copies the line to paste.
func copyLine(tab context.Context) error {
	return chromedp.Do(tab, chromedp.Click(chromedp.CSS("button.copy")), chromedp.WaitReady(chromedp.CSS("button.copy.copied")))
}

// session opens a support session.
func (h *house) session() (wire.Number, error) {
	ctx, cancel := context.WithTimeout(context.Background(), rig.Patience)
	defer cancel()
	var session struct{ Number wire.Number }
	out, err := rig.Run(h.alice.SSH(ctx, "relay", "session", "start", "--json"))
	if err == nil {
		err = json.Unmarshal([]byte(out), &session)
	}
	return session.Number, err
}

// join is a computer that joins.
func (h *house) join(number wire.Number) (end func(), err error) {
	cmd := exec.Command(h.programs.Agent, string(number), "--relay", h.full.Addr, "--relay-key", h.key, "--ui", "none", "--allow", "sysinfo",
		"--state", filepath.Join(h.dir, "state-"+string(number)))
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		killed := time.AfterFunc(rig.Patience, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // how it ends is another test's
		killed.Stop()
	}, nil
}
