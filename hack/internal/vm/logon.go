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

	"supportd/hack/internal/rig"
)

// canary is a password that would be recognised anywhere.
const canary = "Canary-5b1f-Passw0rd"

// logonParts are those of logging on as another user.
func logonParts() []part {
	return []part{
		{name: "logon-as", play: logonAs},
		{name: "logon-refused", play: logonRefused},
		{name: "logon-ends", play: logonEnds},
	}
}

// users makes the accounts that are tried.
func (w *world) users(ctx context.Context) error {
	for _, command := range []string{
		"groupadd -g 7001 fixers; groupadd -g 7002 watchers",
		"useradd -m -s /bin/bash -G fixers,watchers boss && echo 'umask 027' >> /home/boss/.profile && touch /home/boss/.hushlogin",
		"for u in locked expired nologin nohome; do useradd -m -s /bin/bash $u; done",
		"for u in boss locked expired nologin nohome; do echo $u:" + canary + " | chpasswd; done",
		"usermod -L locked; usermod -e 2020-01-01 expired; usermod -s /usr/sbin/nologin nologin; rm -r /home/nohome",
	} {
		if _, err := w.must(ctx, command); err != nil {
			return err
		}
	}
	// What typed the passwords into the console must not count as a leak.
	_, err := w.must(ctx, "history -c; unset HISTFILE; rm -f /root/.bash_history")
	return err
}

// logOn types the password at the prompt, as "ssh -t" does.
func (w *world) logOn(ctx context.Context, code int, user, password, says string) error {
	out, err := w.do(ctx, code, password+"\r", "logon-as", user)
	switch {
	case err != nil:
		return err
	case strings.Contains(out, password):
		return errors.New("the password was shown")
	case !strings.Contains(out, says):
		return fmt.Errorf("logon-as %s does not say %q:\n%s", user, says, out)
	}
	return nil
}

// logOnWithProgram logs on and off with supportctl, at a terminal.
func (w *world) logOnWithProgram(ctx context.Context) error {
	if err := w.login(ctx); err != nil {
		return err
	}
	// No password is sent before the safety words were compared, those that stood there before.
	for _, heard := range [][]string{nil, {"--same"}} {
		if _, err := rig.Run(w.supportctl(ctx, append([]string{"words", w.number}, heard...)...)); err != nil {
			return err
		}
	}
	console, err := rig.OpenConsole(w.supportctl(ctx, "logon-as", w.number, "boss"), nil)
	if err != nil {
		return err
	}
	defer console.Close()
	if err := console.Expect(ctx, "Password of boss: "); err != nil {
		return err
	}
	if err := console.Type(canary + "\n"); err != nil {
		return err
	}
	if err := console.Expect(ctx, "you act as boss now"); err != nil {
		return err
	}
	if code, err := console.Wait(ctx); code != 0 || err != nil {
		return fmt.Errorf("supportctl logon-as: exit code %d, %w", code, err)
	}
	if strings.Contains(console.Screen(), canary) {
		return errors.New("the password was shown")
	}
	_, err = rig.Run(w.supportctl(ctx, "logoff", w.number))
	return err
}

func logonAs(ctx context.Context, w *world) error {
	if err := w.users(ctx); err != nil {
		return err
	}
	if err := w.attend(ctx); err != nil {
		return err
	}
	if err := w.logOn(ctx, 0, "boss", canary, "you act as boss now"); err != nil {
		return err
	}
	if err := w.says(ctx, 0, "status", "boss"); err != nil {
		return err
	}
	if err := w.runAs(ctx); err != nil {
		return err
	}
	if err := w.says(ctx, 0, "sysinfo environment", "/home/boss"); err != nil {
		return err
	}
	// The login manager knows the session.
	if out, err := w.must(ctx, "loginctl list-sessions --no-legend | cat"); err != nil || !strings.Contains(out, "boss") {
		return fmt.Errorf("loginctl lists %q, %w", out, err)
	}
	if err := w.noCanary(ctx); err != nil {
		return err
	}
	if err := w.says(ctx, 0, "logoff", "logged off"); err != nil {
		return err
	}
	if err := w.nobody(ctx); err != nil {
		return err
	}
	if err := w.logOnWithProgram(ctx); err != nil {
		return err
	}
	if err := w.nobody(ctx); err != nil {
		return err
	}
	if err := w.noCanary(ctx); err != nil {
		return err
	}
	if err := w.says(ctx, 0, "journal", "logon.start", "logon.end"); err != nil {
		return err
	}
	return w.finish(ctx)
}

// runAs runs a script and compares what it sees with what the system says.
func (w *world) runAs(ctx context.Context) error {
	script := "#!/bin/sh\nid\numask\necho home=$HOME user=$USER dir=$(pwd)\ntouch $TMPDIR/mine && echo temp=yes\nps -o user= -p $$\nenv\n"
	if err := w.put(ctx, "who.sh", script); err != nil {
		return err
	}
	out, err := w.do(ctx, 0, "", "run", "who.sh")
	if err != nil {
		return err
	}
	id, err := w.must(ctx, "id boss")
	if err != nil {
		return err
	}
	login, err := w.must(ctx, "env -i su - boss -c 'env | grep -E \"^(HOME|SHELL|USER|LOGNAME|PATH|LANG)=\"'")
	if err != nil {
		return err
	}
	for _, want := range append(strings.Fields(login), id, "0027", "home=/home/boss user=boss dir=/tmp/support-", "temp=yes") {
		if !strings.Contains(out, want) {
			return fmt.Errorf("a run as boss does not show %q:\n%s", want, out)
		}
	}
	return nil
}

// put uploads a script.
func (w *world) put(ctx context.Context, name, text string) error {
	file := filepath.Join(w.csr.Dir, name)
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		return err
	}
	out, err := w.csr.SFTP(ctx, w.number+".support", "put "+file+" "+name+"\n").CombinedOutput()
	if err != nil {
		return fmt.Errorf("sftp: %w: %s", err, out)
	}
	return nil
}

// noCanary looks for the password wherever a careless program leaves one.
func (w *world) noCanary(ctx context.Context) error {
	// The pattern is written so that the search does not find itself.
	pattern := canary[:6] + "[" + canary[6:7] + "]" + canary[7:]
	for where, command := range map[string]string{
		"arguments and environments": "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c '" + pattern + "'",
		"files":                      "grep -rIl '" + pattern + "' /var /tmp /run /home /root /etc 2>/dev/null | grep -vc '^$'",
		"the system's journal":       "journalctl --no-pager 2>/dev/null | grep -c '" + pattern + "'",
		"core dumps":                 "ls -d /core* /var/lib/systemd/coredump/* 2>/dev/null | grep -c .",
	} {
		out, _, err := w.run(ctx, command)
		if err != nil {
			return err
		}
		if out != "0" {
			return fmt.Errorf("the password stands in %s: %s", where, out)
		}
	}
	if out, err := exec.CommandContext(ctx, "grep", "-rl", canary, w.relay.Data).Output(); err == nil {
		return fmt.Errorf("the password stands in the relay's %s", out)
	}
	if strings.Contains(w.relay.Log.String(), canary) {
		return errors.New("the password stands in the relay's log")
	}
	return nil
}

// nobody checks that nothing of boss is left but what the system itself keeps
// for a moment after a login.
func (w *world) nobody(ctx context.Context) error {
	for what, command := range map[string]string{
		"processes": "for i in $(seq 100); do ps -o args= -U boss | grep -vq 'systemd\\|sd-pam' || break; sleep 0.1; done; ps -o args= -U boss | grep -v 'systemd\\|sd-pam'; true",
		"sessions":  "for i in $(seq 100); do loginctl list-sessions --no-legend | grep -q ' boss ' || break; sleep 0.1; done; loginctl list-sessions --no-legend | grep ' boss '; true",
		"files":     "for i in $(seq 100); do ls -d /tmp/support* >/dev/null 2>&1 || break; sleep 0.1; done; ls -d /tmp/support* 2>/dev/null; true",
	} {
		out, err := w.must(ctx, command)
		if err != nil {
			return err
		}
		if out != "" {
			return fmt.Errorf("%s are left of boss: %s", what, out)
		}
	}
	return nil
}

func logonRefused(ctx context.Context, w *world) error {
	if err := w.users(ctx); err != nil {
		return err
	}
	if err := w.attend(ctx); err != nil {
		return err
	}
	for _, c := range []struct{ user, password, says string }{
		{"boss", "wrong", "is not right"},
		{"locked", canary, "is locked"},
		{"expired", canary, "has expired"},
		{"nologin", canary, "has no shell"},
		{"nohome", canary, "home directory"},
		{"stranger", canary, "there is no such user"},
	} {
		if err := w.logOn(ctx, 1, c.user, c.password, c.says); err != nil {
			return err
		}
	}
	if err := w.says(ctx, 2, "logon-as boss", "ssh -t"); err != nil {
		return err
	}
	if err := w.says(ctx, 1, "logoff", "nobody else is logged on"); err != nil {
		return err
	}
	if err := w.nobody(ctx); err != nil {
		return err
	}
	return w.finish(ctx)
}

// logonEnds ends the support session in every other way than by logoff.
func logonEnds(ctx context.Context, w *world) error {
	if err := w.users(ctx); err != nil {
		return err
	}
	for how, end := range map[string]func() error{
		"the CSR ends the session": func() error { return w.finish(ctx) },
		"the customer stops":       func() error { _, err := w.must(ctx, "pkill -INT -f 'support-agent join'"); return err },
		"the daemon is killed":     func() error { _, err := w.must(ctx, "pkill -KILL -f 'support-agent join'"); return err },
	} {
		if err := w.attend(ctx); err != nil {
			return fmt.Errorf("%s: %w", how, err)
		}
		if err := w.logOn(ctx, 0, "boss", canary, "you act as boss now"); err != nil {
			return fmt.Errorf("%s: %w", how, err)
		}
		if err := end(); err != nil {
			return fmt.Errorf("%s: %w", how, err)
		}
		if err := w.nobody(ctx); err != nil {
			return fmt.Errorf("%s: %w", how, err)
		}
		if _, err := w.must(ctx, "for i in $(seq 50); do pgrep support-agent >/dev/null || break; sleep 0.1; done; systemctl reset-failed; rm -rf /var/lib/support"); err != nil {
			return err
		}
	}
	return nil
}
