//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"supportd/hack/internal/rig"
	"supportd/library/cmdline"
)

// What the customer's computer uses of its drive C.
const (
	stateDir = "state"
	agentLog = "agent.log"
)

// sessionParts are a CSR's day at a computer under Windows.
func sessionParts() []part {
	return []part{
		{"join", joins},
		{"status", status},
		{"sysinfo", sysinfo},
		{"sysinfo-json", sysinfoJSON},
		{"run-with-companion", runs},
		{"run-with-a-difficult-name", difficultName},
		{"run-fails", fails},
		{"run-timeout", timeout},
		{"run-cancel", cancels},
		{"logon-refused", logonRefused},
		{"reboot-refused", rebootRefused},
	}
}

// newSession opens a support session.
func (w *world) newSession(ctx context.Context) (string, error) {
	out, err := rig.Run(w.csr.SSH(ctx, "relay", "session", "start", "--json"))
	if err != nil {
		return "", err
	}
	var s struct {
		Number string `json:"number"`
	}
	err = json.Unmarshal([]byte(out), &s)
	return s.Number, err
}

// session is the number of the support session that the computer is in; the
// first part that needs one opens it.
func (w *world) session(ctx context.Context) (string, error) {
	if w.agent != nil {
		return w.number, nil
	}
	number, err := w.newSession(ctx)
	if err != nil {
		return "", err
	}
	// All but restarting and logging on: with nobody at a screen, those are refused.
	w.agent, err = start(w.exe(ctx, "support-agent", "join", number, "--relay", w.relay.Addr, "--relay-key", w.pin,
		"--allow", "sysinfo,script,csr-join", "--ui", "none", "--state", `C:\`+stateDir, "--log", `C:\`+agentLog))
	if err != nil {
		return "", err
	}
	w.number = number
	joining, done := context.WithTimeout(ctx, rig.Patience)
	defer done()
	if _, err := w.agent.log.Await(joining, w.agent.exited, "Connected."); err != nil {
		return "", err
	}
	return number, nil
}

// verb is what the CSR types on the customer's computer.
func (w *world) verb(ctx context.Context, verb ...string) (*exec.Cmd, error) {
	number, err := w.session(ctx)
	if err != nil {
		return nil, err
	}
	return w.csr.SSH(ctx, append([]string{number + ".support"}, verb...)...), nil
}

// says runs a verb and checks what comes of it.
func (w *world) says(ctx context.Context, code int, verb []string, texts ...string) (string, error) {
	cmd, err := w.verb(ctx, verb...)
	if err != nil {
		return "", err
	}
	return says(cmd, code, texts...)
}

func joins(ctx context.Context, w *world) error {
	number, err := w.session(ctx)
	if err != nil {
		return err
	}
	_, err = says(w.csr.SSH(ctx, "relay", "session", "show", "--json", number), 0, `"state": "active"`, `"os": "Windows`)
	return err
}

func status(ctx context.Context, w *world) error {
	_, err := w.says(ctx, 0, []string{"status"}, "state      active", "system     Windows", "acting as  the customer", "allowed    csr-join")
	return err
}

// sysinfo shows what Windows' interfaces answer, and says of the rest that it
// is not available.
func sysinfo(ctx context.Context, w *world) error {
	_, err := w.says(ctx, 0, []string{"sysinfo"}, "Operating system [os]", "Microsoft Windows", "Disks [disks]", "C:", "support-agent.exe", "(not available on this system)")
	return err
}

func sysinfoJSON(ctx context.Context, w *world) error {
	cmd, err := w.verb(ctx, "sysinfo", "--json")
	if err != nil {
		return err
	}
	out, err := rig.Run(cmd)
	if err != nil {
		return err
	}
	var doc struct {
		Sections []struct {
			Category string `json:"category"`
			Items    []struct {
				Name   string          `json:"name"`
				Value  json.RawMessage `json:"value"`
				Reason string          `json:"reason"`
			} `json:"items"`
		} `json:"sections"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		return err
	}
	const all = 21
	categories, absent := map[string]bool{}, 0
	for _, s := range doc.Sections {
		categories[s.Category] = true
		for _, i := range s.Items {
			if !bytes.Equal(i.Value, []byte("null")) {
				continue
			}
			if absent++; i.Reason == "" {
				return fmt.Errorf("%s of %s is missing without a reason", i.Name, s.Category)
			}
		}
	}
	if len(categories) != all || absent == 0 {
		return fmt.Errorf("%d categories and %d values that are not available; there should be %d, and some", len(categories), absent, all)
	}
	return nil
}

// stage uploads files as name and text, in the order given.
func (w *world) stage(ctx context.Context, files ...[2]string) error {
	number, err := w.session(ctx)
	if err != nil {
		return err
	}
	var batch strings.Builder
	for i, f := range files {
		local := filepath.Join(w.dir, fmt.Sprintf("upload-%d", i))
		if err := os.WriteFile(local, []byte(f[1]), 0o600); err != nil {
			return err
		}
		if dir, _, ok := strings.Cut(f[0], "/"); ok {
			fmt.Fprintf(&batch, "-mkdir %q\n", dir)
		}
		fmt.Fprintf(&batch, "put %q %q\n", local, f[0])
	}
	_, err = rig.Run(w.csr.SFTP(ctx, number+".support", batch.String()))
	return err
}

// batch is a script for cmd.exe.
func batch(lines ...string) string {
	return strings.Join(append([]string{"@echo off"}, lines...), "\r\n") + "\r\n"
}

func runs(ctx context.Context, w *world) error {
	err := w.stage(ctx,
		[2]string{"fix/run.cmd", batch("echo out of %~nx0", `type "a file & more.txt"`, "echo temp=%TEMP%", "echo 1 >left.txt", "echo 2 >%TEMP%\\left.txt", "echo to the other stream 1>&2")},
		[2]string{"fix/a file & more.txt", "from beside it\n"})
	if err != nil {
		return err
	}
	out, err := w.says(ctx, 0, []string{"run", "fix/run.cmd"}, "out of run.cmd\n", "from beside it\n", "to the other stream", `temp=C:\`+stateDir+`\work\run-`, "run.cmd: ok, ")
	if err != nil {
		return err
	}
	_, temp, _ := strings.Cut(out, "temp=C:")
	temp, _, _ = strings.Cut(temp, "\n")
	if _, err := os.Stat(w.drive(strings.ReplaceAll(temp, `\`, "/"))); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is still there: %w", temp, err)
	}
	return w.nothingLeft()
}

// nothingLeft checks that the runs' directory is empty; what a run keeps
// for "run --attach" is no directory.
func (w *world) nothingLeft() error {
	left, err := filepath.Glob(w.drive(stateDir + "/work/run-*"))
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("a run has left %q", left)
	}
	return err
}

// difficultName is a script whose name cmd.exe would take apart.
func difficultName(ctx context.Context, w *world) error {
	const name = "it is & (1) ^ @home.cmd"
	if err := w.stage(ctx, [2]string{name, batch("echo still one script")}); err != nil {
		return err
	}
	if _, err := w.says(ctx, 0, []string{`run "` + name + `"`}, "still one script\n"); err != nil {
		return err
	}
	return w.nothingLeft()
}

func fails(ctx context.Context, w *world) error {
	if err := w.stage(ctx, [2]string{"bad.cmd", batch("exit /b 7")}); err != nil {
		return err
	}
	_, err := w.says(ctx, 1, []string{"run", "bad.cmd"}, "bad.cmd: failed with exit code 7, ")
	return err
}

// endless never ends, and starts another one that does not either.
const endless = "endless-under-wine.cmd"

func (w *world) stageEndless(ctx context.Context) error {
	return w.stage(ctx, [2]string{endless, batch(`if not "%1" == "again" start /b cmd /c "%~f0" again`, "echo it runs", ":again", "goto again")})
}

// gone waits until no process of a script is left.
func (w *world) gone(ctx context.Context) error {
	return until(ctx, "the end of the script's processes", func() (bool, error) {
		n, err := w.shells()
		return n == 0, err
	})
}

// shells counts the processes of cmd.exe under this Wine. One that has ended and
// was not waited for has no command line any more.
func (w *world) shells() (n int, err error) {
	processes, err := filepath.Glob("/proc/[0-9]*")
	for _, p := range processes {
		line, _ := os.ReadFile(filepath.Join(p, "cmdline")) // it may have ended meanwhile
		env, _ := os.ReadFile(filepath.Join(p, "environ"))
		program, _, _ := bytes.Cut(line, []byte{0})
		name := strings.ToLower(string(program[bytes.LastIndexAny(program, `\/`)+1:]))
		if strings.TrimSuffix(name, ".exe") == "cmd" && bytes.Contains(env, []byte("WINEPREFIX="+w.prefix+"\x00")) {
			n++
		}
	}
	return n, err
}

func timeout(ctx context.Context, w *world) error {
	if err := w.stageEndless(ctx); err != nil {
		return err
	}
	if _, err := w.says(ctx, cmdline.ExitTimeout, []string{"run", "--timeout", "2s", endless}, "it runs\n", "ended at its time limit"); err != nil {
		return err
	}
	return errors.Join(w.gone(ctx), w.nothingLeft())
}

func cancels(ctx context.Context, w *world) error {
	if err := w.stageEndless(ctx); err != nil {
		return err
	}
	cmd, err := w.verb(ctx, "run", endless)
	if err != nil {
		return err
	}
	run, err := start(cmd)
	if err != nil {
		return err
	}
	defer run.kill()
	err = until(ctx, "both processes of the script", func() (bool, error) {
		n, err := w.shells()
		return n >= 2, err
	})
	if err != nil {
		return err
	}
	if _, err := w.says(ctx, 0, []string{"cancel"}); err != nil {
		return err
	}
	<-run.exited
	if text := run.log.String(); !strings.Contains(text, "cancelled by Kim (kim)") {
		return fmt.Errorf("the run does not say that it was cancelled:\n%s", text)
	}
	return errors.Join(w.gone(ctx), w.nothingLeft())
}

// logonRefused is refused before anybody is asked: like most accounts on Windows,
// Wine's may not start programs as others.
func logonRefused(ctx context.Context, w *world) error {
	number, err := w.session(ctx)
	if err != nil {
		return err
	}
	_, err = says(w.csr.SSH(ctx, "-tt", number+".support", "logon-as", "Administrator"), cmdline.ExitFailed,
		"support-agent: support-agent may not start programs as another user", "hint: ")
	return err
}

// rebootRefused is refused for want of somebody to ask: the computer could be
// restarted, for all that Wine says, and would come back.
func rebootRefused(ctx context.Context, w *world) error {
	_, err := w.says(ctx, cmdline.ExitDenied, []string{"reboot", "--reason", "updates"}, "nobody could be asked")
	return err
}
