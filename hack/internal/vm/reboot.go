//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"supportd/hack/internal/rig"
)

// rebootParts are those of restarting.
func rebootParts() []part {
	return []part{
		{name: "reboot", play: reboot},
		{name: "reboot-from-tmp", play: rebootFromTmp},
		{name: "reboot-wait", play: rebootWait},
		{name: "reboot-twice", play: rebootTwice},
		{name: "reboot-denied", play: rebootDenied},
		{name: "reboot-inhibited", play: rebootInhibited},
		{name: "relay-restarts-meanwhile", play: relayRestarts},
		{name: "never-returns", play: neverReturns, more: []string{"--window", "10s"}},
		{name: "stop", play: stopped},
	}
}

const (
	entry  = "/etc/systemd/system/supportd-resume.service"
	resume = "/var/lib/support/session.json"
	bootID = "cat /proc/sys/kernel/random/boot_id"
)

// gone checks that nothing is left that would start or bring back anything.
func (w *world) gone(ctx context.Context, files ...string) error {
	for _, f := range files {
		// A link that leads nowhere is there, too.
		out, err := w.must(ctx, "find "+filepath.Dir(f)+" -maxdepth 2 -name '"+filepath.Base(f)+"' 2>&1 | grep -v 'No such file' | cat")
		if err != nil {
			return err
		}
		if out != "" {
			return fmt.Errorf("still there: %s", out)
		}
	}
	return nil
}

// cycle restarts the machine once through the verb and waits until the session
// is back, and the console too.
func (w *world) cycle(ctx context.Context) (before, after string, err error) {
	if before, err = w.must(ctx, bootID); err != nil {
		return "", "", err
	}
	if err = w.says(ctx, 0, "reboot --reason updates", "support comes back by itself"); err != nil {
		return "", "", err
	}
	return w.returned(ctx, before)
}

// returned waits until the session is back after a restart, and the console too.
func (w *world) returned(ctx context.Context, before string) (_, after string, err error) {
	began := time.Now()
	if err = w.await(ctx, "away", "rebooting"); err != nil {
		return "", "", err
	}
	if err = w.await(ctx, "active", ""); err != nil {
		return "", "", err
	}
	back := time.Since(began)
	_, prompted, err := w.expectAt(ctx, prompt)
	if err != nil {
		return "", "", err
	}
	console := prompted.Sub(began)
	fmt.Printf("          the session was back after %.1f s, the console after %.1f s\n", back.Seconds(), console.Seconds())
	if back > console+3*time.Second {
		return "", "", fmt.Errorf("the session was back %.1f s after the console", (back - console).Seconds())
	}
	if after, err = w.must(ctx, bootID); err != nil {
		return "", "", err
	}
	if before == after {
		return "", "", errors.New("the machine did not restart: its boot id is the same")
	}
	// The entry has done its work as soon as the session is back; the file is what
	// a second crash would need, and private.
	if err = w.gone(ctx, entry); err != nil {
		return "", "", err
	}
	mode, err := w.must(ctx, "stat -c %a "+resume)
	if err == nil && mode != "600" {
		err = fmt.Errorf("%s has mode %s", resume, mode)
	}
	return before, after, err
}

func (w *world) finish(ctx context.Context) error {
	if _, err := rig.Run(w.csr.SSH(ctx, "relay", "session", "end", w.number)); err != nil {
		return err
	}
	if _, err := w.must(ctx, "for i in $(seq 100); do pgrep support-agent >/dev/null || break; sleep 0.1; done; ! pgrep -a support-agent"); err != nil {
		return err
	}
	return w.gone(ctx, entry, resume)
}

// rebootWait restarts with the CSR's own program, which waits for the return and
// shows what the restart has changed.
func rebootWait(ctx context.Context, w *world) error {
	if err := w.attend(ctx); err != nil {
		return err
	}
	if err := w.login(ctx); err != nil {
		return err
	}
	if _, err := rig.Run(w.supportctl(ctx, "sysinfo", w.number)); err != nil {
		return err
	}
	before, err := w.must(ctx, bootID)
	if err != nil {
		return err
	}
	waited := make(chan error, 1)
	var out string
	go func() {
		var err error
		out, err = rig.Run(w.supportctl(ctx, "reboot", w.number, "--wait", "--reason", "updates"))
		waited <- err
	}()
	if _, _, err := w.returned(ctx, before); err != nil {
		return errors.Join(err, <-waited)
	}
	if err := <-waited; err != nil {
		return err
	}
	for _, want := range []string{"support comes back by itself", "it is back after", "last_boot"} {
		if !strings.Contains(strings.ReplaceAll(strings.ToLower(out), " ", "_"), strings.ReplaceAll(want, " ", "_")) {
			return fmt.Errorf("supportctl reboot --wait does not show %q:\n%s", want, out)
		}
	}
	return w.finish(ctx)
}

// login logs the CSR's own program in.
func (w *world) login(ctx context.Context) error {
	pin, err := w.relay.Admin(ctx, "fingerprint")
	if err == nil {
		_, err = rig.Run(w.supportctl(ctx, "login", "kim@"+w.relay.Addr, "--relay-key", strings.TrimSpace(pin), "--identity", w.csr.Key()))
	}
	return err
}

// supportctl is the CSR's own program.
func (w *world) supportctl(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(filepath.Dir(w.programs.Relay), "supportctl"), args...)
	cmd.Env = append(os.Environ(), "HOME="+w.csr.Dir, "XDG_CONFIG_HOME="+filepath.Join(w.csr.Dir, "config.d"), "SSH_AUTH_SOCK=")
	return cmd
}

func reboot(ctx context.Context, w *world) error {
	if err := w.attend(ctx); err != nil {
		return err
	}
	before, after, err := w.cycle(ctx)
	if err != nil {
		return err
	}
	if err := w.says(ctx, 0, "sysinfo summary", "vm"); err != nil {
		return err
	}
	if err := w.says(ctx, 0, "journal", "reboot.request", "reboot.return", before, after); err != nil {
		return err
	}
	if err := w.finish(ctx); err != nil {
		return err
	}
	text, err := rig.Run(w.csr.SSH(ctx, "relay", "report", "show", w.number))
	if err == nil && (!strings.Contains(text, strings.TrimSpace(before)) || !strings.Contains(text, strings.TrimSpace(after))) {
		err = fmt.Errorf("the report does not show both starts, %s and %s:\n%s", before, after, text)
	}
	return err
}

// rebootFromTmp restarts twice with a program that the first restart removes, and which
// others could replace (K1 P19, P30).
func rebootFromTmp(ctx context.Context, w *world) error {
	const copied = "/var/lib/support/support-agent"
	if _, err := w.must(ctx, "mkdir -m 777 /tmp/downloads && cp /usr/local/bin/support-agent /tmp/downloads/"); err != nil {
		return err
	}
	if err := w.attendWith(ctx, "/tmp/downloads/support-agent"); err != nil {
		return err
	}
	if _, _, err := w.cycle(ctx); err != nil {
		return err
	}
	out, err := w.must(ctx, "readlink /proc/$(pgrep -o support-agent)/exe; stat -c '%a %U' "+copied+"; ls /tmp | grep downloads | cat")
	if err != nil {
		return err
	}
	if out != copied+"\n700 root" {
		return fmt.Errorf("it runs, and there is: %s", out)
	}
	if err := w.finish(ctx); err != nil {
		return err
	}
	return w.gone(ctx, copied)
}

func rebootTwice(ctx context.Context, w *world) error {
	if err := w.attend(ctx); err != nil {
		return err
	}
	if _, _, err := w.cycle(ctx); err != nil {
		return err
	}
	// A service has come back, which can ask nobody. Somebody sits down again.
	if err := w.says(ctx, 5, "reboot", "nobody could be asked"); err != nil {
		return err
	}
	if _, err := w.must(ctx, "pkill -KILL support-agent; for i in $(seq 50); do pgrep support-agent >/dev/null || break; sleep 0.1; done; systemctl reset-failed"); err != nil {
		return err
	}
	if err := w.sit(ctx, "/usr/local/bin/support-agent"); err != nil {
		return err
	}
	if _, _, err := w.cycle(ctx); err != nil {
		return err
	}
	return w.finish(ctx)
}

func rebootDenied(ctx context.Context, w *world) error {
	if err := w.join(ctx, "sysinfo"); err != nil {
		return err
	}
	if err := w.says(ctx, 5, "reboot", "nobody could be asked"); err != nil {
		return err
	}
	if err := w.gone(ctx, entry); err != nil {
		return err
	}
	return w.finish(ctx)
}

func rebootInhibited(ctx context.Context, w *world) error {
	if err := w.attend(ctx); err != nil {
		return err
	}
	_, err := w.must(ctx, "systemd-run --quiet --unit=copy systemd-inhibit --what=shutdown --who=Backup --why='the disk is being copied' sleep 600; "+
		"for i in $(seq 50); do systemd-inhibit --list | grep -q Backup && break; sleep 0.1; done; systemd-inhibit --list | grep -q Backup")
	if err != nil {
		return err
	}
	if err := w.says(ctx, 1, "reboot", "Backup", "forbids a restart", "the disk is being copied"); err != nil {
		return err
	}
	if err := w.gone(ctx, entry); err != nil {
		return err
	}
	if err := w.says(ctx, 0, "journal", "reboot.refuse"); err != nil {
		return err
	}
	return w.finish(ctx)
}

func relayRestarts(ctx context.Context, w *world) error {
	if err := w.attend(ctx); err != nil {
		return err
	}
	if err := w.says(ctx, 0, "reboot", "support comes back by itself"); err != nil {
		return err
	}
	if err := w.await(ctx, "away", "rebooting"); err != nil {
		return err
	}
	w.relay.Kill()
	var err error
	if w.relay, err = rig.StartRelay(ctx, w.programs, w.relay.Data, w.relay.Addr, nil, w.more...); err != nil {
		return err
	}
	if err := w.await(ctx, "away", "rebooting"); err != nil {
		return fmt.Errorf("the relay has forgotten why the computer is away: %w", err)
	}
	if err := w.await(ctx, "active", ""); err != nil {
		return err
	}
	if _, err := w.expect(ctx, prompt); err != nil {
		return err
	}
	return w.finish(ctx)
}

func neverReturns(ctx context.Context, w *world) error {
	if err := w.attend(ctx); err != nil {
		return err
	}
	if err := w.says(ctx, 0, "reboot", "support comes back by itself"); err != nil {
		return err
	}
	if err := w.await(ctx, "away", "rebooting"); err != nil {
		return err
	}
	_ = w.cmd.Process.Kill()
	for {
		s, err := w.session(ctx)
		if err != nil {
			return err
		}
		if s.State == "ended" {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the session is still %s", s.State)
		}
	}
}

// stopped is the customer's Stop after a restart.
func stopped(ctx context.Context, w *world) error {
	if err := w.attend(ctx); err != nil {
		return err
	}
	if _, _, err := w.cycle(ctx); err != nil {
		return err
	}
	if _, err := w.must(ctx, "pkill -INT support-agent"); err != nil {
		return err
	}
	if _, err := w.must(ctx, "for i in $(seq 100); do pgrep support-agent >/dev/null || break; sleep 0.1; done; ! pgrep -a support-agent"); err != nil {
		return err
	}
	if s, err := w.session(ctx); err != nil || s.State != "ended" {
		return fmt.Errorf("the session is %+v, %w", s, err)
	}
	return w.gone(ctx, entry, resume)
}
