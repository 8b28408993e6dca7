//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// operatorParts are those of who runs a relay. One machine has the relay, Alice, who is
// the CSR, and Bob, who is the customer and sits at the second serial line.
func operatorParts() []part {
	return []part{{name: "operator", alone: true, limit: 6 * time.Minute, play: operate}}
}

const (
	// returnLimit is how long a support session may be interrupted by an upgrade of the
	// relay, by the machine's own clock.
	returnLimit = 5 * time.Second
	// exposure is how many tenths "systemd-analyze security" may give a unit at most.
	exposure = "20"

	dataDir    = "/var/lib/supportd"
	backupsDir = "/var/backups/supportd"
	configFile = "/etc/support-relay/relay.toml"
	backupFile = "/root/relay.tar.gz"
)

// person is somebody who types.
type person string

const (
	root  person = "root"
	alice person = "alice"
)

func operate(ctx context.Context, w *world) error {
	for _, step := range []struct {
		name string
		do   func(*world, context.Context) error
	}{
		{"the machine", (*world).furnish}, {"a first session", (*world).firstSession}, {"the sandbox", (*world).sandbox},
		{"a backup", (*world).backUp}, {"an upgrade", (*world).upgrade}, {"a second disk", (*world).restore}, {"remove and purge", (*world).remove},
	} {
		began := time.Now()
		if err := step.do(w, ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Printf("          %s: %.1f s\n", step.name, time.Since(began).Seconds())
	}
	return w.keepTranscript()
}

func (w *world) keepTranscript() error {
	if w.protocol == "" {
		return nil
	}
	return os.WriteFile(w.protocol, []byte(w.transcript.String()+"== what Bob saw\n"+w.seat.shown()), 0o644)
}

// as has somebody type a line at root's console, and keeps it and its output for the
// transcript.
func (w *world) as(ctx context.Context, who person, line string, turns ...turn) (string, error) {
	command, sign := line, "#"
	if who != root {
		command, sign = "su - "+string(who)+" -c '"+strings.ReplaceAll(line, "'", `'\''`)+"'", "$"
	}
	return w.keeping(ctx, string(who)+sign+" "+line, command, turns...)
}

// install has root type a line where the packages of a version lie.
func (w *world) install(ctx context.Context, version, line string) error {
	_, err := w.keeping(ctx, "root# "+line, "(cd "+packagesOf(version)+" && "+line+")")
	return err
}

// keeping runs a command as root, and keeps it for the transcript as it looks.
func (w *world) keeping(ctx context.Context, looks, command string, turns ...turn) (string, error) {
	out, err := w.must(ctx, command, turns...)
	out = regexp.MustCompile(`(\(Reading database \.\.\. (\d+%)?)+`).ReplaceAllString(out, "(Reading database ... ")
	fmt.Fprintf(w.transcript, "%s\n%s\n", looks, out)
	return out, err
}

// byReadme is a line as the README has it, with what is each reader's own in it.
func (w *world) byReadme(line string) (string, error) {
	text, err := os.ReadFile(w.readme)
	if err != nil {
		return "", err
	}
	if !strings.Contains(string(text), line) {
		return "", fmt.Errorf("README has no %q any more", line)
	}
	own := strings.NewReplacer("./support-relay_….deb", w.packages, "SHA256:…", w.pin, "482 913 077", spoken(w.number), "482913077", w.number)
	return own.Replace(line), nil
}

func spoken(number string) string {
	if len(number) != 9 {
		return number
	}
	return number[:3] + " " + number[3:6] + " " + number[6:]
}

// follow has somebody type a line of the README.
func (w *world) follow(ctx context.Context, who person, line string, turns ...turn) (string, error) {
	typed, err := w.byReadme(line)
	if err != nil {
		return "", err
	}
	return w.as(ctx, who, typed, turns...)
}

// furnish makes a bare Debian with people, packages and a name in the network, and lets
// Bob log in.
func (w *world) furnish(ctx context.Context) (err error) {
	if _, err := w.must(ctx, "rm -f /usr/local/bin/support-agent; echo 127.0.0.1 relay.example >>/etc/hosts"); err != nil {
		return err
	}
	if err := w.unpack(ctx); err != nil {
		return err
	}
	if w.packages, err = w.must(ctx, "(cd "+packagesOf("first")+" && echo ./support*.deb)"); err != nil {
		return err
	}
	return w.seatBob(ctx)
}

// unpack makes the packages ready, and what apt shows such that it can be read.
func (w *world) unpack(ctx context.Context) error {
	_, err := w.must(ctx, "mkdir /media/packages && mount -o ro -L packages /media/packages && "+
		`echo 'quiet "1"; Binary::apt::DPkg::Progress-Fancy "0";' >/etc/apt/apt.conf.d/90plain`)
	return err
}

// packagesOf is where the packages of a version lie.
func packagesOf(version string) string { return "/media/packages/" + version }

// firstSession goes from nothing to a report that is proved. The operator types two lines,
// and everybody goes by the README.
func (w *world) firstSession(ctx context.Context) error {
	fmt.Fprintln(w.transcript, "== the operator")
	// One machine is everybody's here, so all three programs go onto it.
	line, err := w.byReadme("apt install ./support-relay_….deb")
	if err != nil {
		return err
	}
	if err := w.install(ctx, "first", line); err != nil {
		return err
	}
	if err := w.invite(ctx, w); err != nil {
		return err
	}
	if _, err := w.follow(ctx, alice, "supportctl ssh config --install"); err != nil {
		return err
	}
	fmt.Fprintln(w.transcript, "== the support session")
	if err := w.call(ctx); err != nil {
		return err
	}
	return w.fix(ctx)
}

// invite has the operator invite Alice, and her log in.
func (w *world) invite(ctx context.Context, operator *world) error {
	out, err := operator.follow(ctx, root, "support-relay csr invite alice --name 'Alice Kim'")
	if err != nil {
		return err
	}
	invitation := regexp.MustCompile(`\b[a-z2-7]{8}(-[a-z2-7]{8}){3}\b`).FindString(out)
	w.pin = regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`).FindString(out)
	if invitation == "" || w.pin == "" {
		return errors.New("csr invite does not say the invitation, and how the relay is known")
	}
	fmt.Fprintln(w.transcript, "== Alice, once")
	if _, err := w.follow(ctx, alice, "ssh-keygen -t ed25519",
		turn{w.console, "save the key", "\n"}, turn{w.console, "passphrase", "\n"}, turn{w.console, "again", "\n"}); err != nil {
		return err
	}
	_, err = w.follow(ctx, alice, "supportctl login alice@relay.example --relay-key SHA256:… --invited",
		turn{w.console, "Invitation (it is not shown)", invitation + "\n"})
	return err
}

// fix has Alice look, and run a program, and ends the session.
func (w *world) fix(ctx context.Context) error {
	if _, err := w.follow(ctx, alice, "ssh 482913077.support sysinfo os memory", w.bobAllows()...); err != nil {
		return err
	}
	if _, err := w.as(ctx, alice, `printf '#!/bin/sh\necho fixed for $(id -un)\n' >fix.sh`); err != nil {
		return err
	}
	if _, err := w.follow(ctx, alice, "echo 'put fix.sh' | sftp -b - 482913077.support"); err != nil {
		return err
	}
	if out, err := w.follow(ctx, alice, "ssh 482913077.support run fix.sh", w.bobAllows()...); err != nil || !strings.Contains(out, "fixed for bob") {
		return fmt.Errorf("the run says %q, %w", out, err)
	}
	return w.hangUp(ctx)
}

// call opens a support session, which Bob joins.
func (w *world) call(ctx context.Context) error {
	out, err := w.follow(ctx, alice, "supportctl session start")
	if err != nil {
		return err
	}
	w.number = strings.ReplaceAll(regexp.MustCompile(`\b\d{3} \d{3} \d{3}\b`).FindString(out), " ", "")
	if w.number == "" {
		return errors.New("session start shows no number")
	}
	line, err := w.byReadme("support-agent 482 913 077 --relay relay.example --relay-key SHA256:…")
	if err != nil {
		return err
	}
	return w.bob(ctx, line, "Connected. Support with Alice Kim (alice) is open")
}

// hangUp looks once more, with the program that remembers the computer's key, ends the
// support session, and proves its report.
func (w *world) hangUp(ctx context.Context) error {
	if _, err := w.as(ctx, alice, "rm -f pc.txt"); err != nil {
		return err
	}
	if _, err := w.follow(ctx, alice, "supportctl sysinfo 482913077 --save pc.txt", w.bobAllows()...); err != nil {
		return err
	}
	if _, err := w.follow(ctx, alice, "supportctl session end 482913077", turn{w.console, "Type yes to go on: ", "yes\n"}); err != nil {
		return err
	}
	if _, err := w.seat.expect(ctx, "yes / no: "); err != nil {
		return err
	}
	if err := w.bob(ctx, "no", bobsPrompt); err != nil {
		return err
	}
	return w.proved(ctx, w.number)
}

// proved checks a report as Alice does.
func (w *world) proved(ctx context.Context, number string) error {
	out, err := w.as(ctx, alice, "supportctl report verify "+number)
	if err == nil && !strings.Contains(out, "Proved") {
		err = fmt.Errorf("report verify says %q", out)
	}
	return err
}

// sandbox has systemd judge the units.
func (w *world) sandbox(ctx context.Context) error {
	fmt.Fprintln(w.transcript, "== the sandbox")
	for _, unit := range []string{"support-relay", "support-relay-backup"} {
		out, err := w.as(ctx, root, "systemd-analyze security --no-pager --threshold="+exposure+" "+unit+".service")
		if err != nil {
			return err
		}
		lines := strings.Split(out, "\n")
		fmt.Println("         ", lines[len(lines)-1])
	}
	return nil
}

// backUp makes backups while a support session is open: by hand, and by the timer's unit.
func (w *world) backUp(ctx context.Context) error {
	fmt.Fprintln(w.transcript, "== a backup beside an open session")
	w.first = w.number
	if err := w.call(ctx); err != nil {
		return err
	}
	for _, line := range []string{
		"support-relay backup " + backupFile, "systemctl start support-relay-backup.service", "ls -l " + backupsDir + " | grep -- '-rw------- 1 supportd supportd'", "support-relay status",
	} {
		if _, err := w.as(ctx, root, line); err != nil {
			return err
		}
	}
	return nil
}

// upgrade installs the next version while the support session is open.
func (w *world) upgrade(ctx context.Context) error {
	fmt.Fprintln(w.transcript, "== an upgrade with the session open")
	before, err := w.as(ctx, root, "support-relay --version")
	if err != nil {
		return err
	}
	for _, line := range []string{`sed -i '1i organisation = "Example Ltd"' ` + configFile, "systemctl reload support-relay.service"} {
		if _, err := w.as(ctx, root, line); err != nil {
			return err
		}
	}
	if err := w.install(ctx, "later", "apt install ./support-relay_*.deb"); err != nil {
		return err
	}
	if _, err := w.seat.expect(ctx, "Connected again with Alice Kim (alice)"); err != nil {
		return err
	}
	after, err := w.as(ctx, root, "support-relay --version && grep -x 'organisation = .*' "+configFile)
	if err != nil || after == before {
		return fmt.Errorf("%q before the upgrade, %q after it, %w", before, after, err)
	}
	if err := w.returnedInTime(ctx); err != nil {
		return err
	}
	_, err = w.follow(ctx, alice, "ssh 482913077.support sysinfo os memory", w.bobAllows()...)
	return err
}

// returnedInTime reads in the relay's log for how long the session was interrupted: from
// when the old relay was told to end until the computer was with the new one.
func (w *world) returnedInTime(ctx context.Context) error {
	out, err := w.must(ctx, "journalctl -u support-relay.service -o short-unix --no-pager | grep -e 'Stopping ' -e 'computer connected' | tail -2 | cut -d' ' -f1 | tr '\\n' ' '")
	if err != nil {
		return err
	}
	var from, to float64
	if _, err := fmt.Sscan(out, &from, &to); err != nil {
		return fmt.Errorf("the relay's log does not say when it ended, and when the computer was back: %q", out)
	}
	took := time.Duration((to - from) * float64(time.Second))
	fmt.Printf("          the session was back %.1f s after the relay was told to end\n", took.Seconds())
	fmt.Fprintf(w.transcript, "the session was back %.1f s after the relay was told to end\n", took.Seconds())
	if took > returnLimit || took <= 0 {
		return fmt.Errorf("the session was back after %v, which is more than %v", took, returnLimit)
	}
	return nil
}

// restore puts the backup onto another disk, in the place of the data directory, which is
// what an operator does whose disk has broken. The session is still open.
func (w *world) restore(ctx context.Context) error {
	fmt.Fprintln(w.transcript, "== the backup on a second disk")
	for _, line := range []string{
		"systemctl stop support-relay.socket support-relay.service", "mount -L spare " + dataDir,
		"support-relay restore " + backupFile + " --data " + dataDir, "systemctl start support-relay.socket support-relay.service",
	} {
		if _, err := w.as(ctx, root, line); err != nil {
			return err
		}
	}
	if _, err := w.seat.expect(ctx, "Connected again with Alice Kim (alice)"); err != nil {
		return err
	}
	if _, err := w.follow(ctx, alice, "ssh 482913077.support sysinfo os memory", w.bobAllows()...); err != nil {
		return err
	}
	if err := w.hangUp(ctx); err != nil {
		return err
	}
	return w.proved(ctx, w.first)
}

// remove takes the package away, installs it again, and purges it.
func (w *world) remove(ctx context.Context) error {
	fmt.Fprintln(w.transcript, "== remove, install again, purge")
	goOn := turn{w.console, "[Y/n] ", "y\n"}
	for _, line := range []struct {
		text  string
		turns []turn
	}{
		{"apt remove support-relay", []turn{goOn}},
		{"test -f " + dataDir + "/relay.db && test -f " + configFile + " && ! systemctl is-active support-relay.service support-relay.socket && ! test -e /usr/bin/support-relay", nil},
		{"apt install " + packagesOf("later") + "/support-relay_*.deb", nil},
		{"systemctl is-active support-relay.service && support-relay csr list | grep alice", nil},
		{"apt purge support-relay", []turn{goOn}},
		{"find " + dataDir + " /etc/support-relay /usr/lib/systemd/system /etc/systemd/system /usr/bin /usr/lib/support-relay /usr/share/support-relay 2>/dev/null " +
			"| grep -e relay -e _key | wc -l | grep -x 0", nil},
		{"ls " + backupsDir + " | grep .", nil},
	} {
		if _, err := w.as(ctx, root, line.text, line.turns...); err != nil {
			return err
		}
	}
	return nil
}
