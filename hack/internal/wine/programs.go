//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"supportd/hack/internal/rig"
	"supportd/library/cmdline"
)

// endParts are the end of the support session and what is left of it.
func endParts() []part {
	return []part{
		{"supportctl", supportctl},
		{"session-end", sessionEnd},
		{"report", reports},
		{"killed", killed},
		{"locked-out", lockedOut},
	}
}

// programParts are the two other programs.
func programParts() []part { return []part{{"relay", relays}} }

// testParts are the tests of packages.
func testParts() []part { return []part{{"tests", tests}} }

// supportctl is the CSR's program, with a login of its own.
func supportctl(ctx context.Context, w *world) error {
	number, err := w.session(ctx)
	if err != nil {
		return err
	}
	script := filepath.Join(w.dir, "hello.cmd")
	if err := os.WriteFile(script, []byte(batch("echo hello")), 0o600); err != nil {
		return err
	}
	for _, c := range []struct {
		args  []string
		texts []string
	}{
		{[]string{"--version"}, []string{"supportctl "}},
		{[]string{"help"}, []string{"supportctl", "session", "sysinfo"}},
		{[]string{"login", "kim@" + w.relay.Addr, "--relay-key", w.pin, "--identity", zPath(w.csr.Key())}, []string{"logged in to ", "as Kim (kim)"}},
		{[]string{"session", "list", "--json"}, []string{number, "Windows"}},
		{[]string{"sysinfo", number, "--category", "os"}, []string{"Microsoft Windows"}},
		{[]string{"script", "run", zPath(script), "--session", number}, []string{"hello"}},
	} {
		if _, err := says(w.exe(ctx, "supportctl", c.args...), 0, c.texts...); err != nil {
			return err
		}
	}
	return nil
}

// sessionEnd ends the session, and looks at what the customer keeps of it.
func sessionEnd(ctx context.Context, w *world) error {
	number, err := w.session(ctx)
	if err != nil {
		return err
	}
	if _, err := says(w.csr.SSH(ctx, "relay", "session", "end", number), 0, "has ended"); err != nil {
		return err
	}
	ending, done := context.WithTimeout(ctx, rig.Patience)
	defer done()
	if err := w.agent.ends(ending); err != nil {
		return err
	}
	if text := strings.Join(strings.Fields(w.agent.log.String()), " "); !strings.Contains(text, "Nothing of it runs any more.") {
		return errors.New("the customer is not told that the session is over")
	}
	w.agent = nil
	return w.onlyJournals()
}

// onlyJournals checks that nothing but journals is left of sessions that have ended;
// the lock file is no content.
func (w *world) onlyJournals() error {
	return filepath.WalkDir(w.drive(stateDir), func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || path == w.drive(stateDir) || name == "lock" || strings.HasPrefix(name, "journal-") {
			return err
		}
		return fmt.Errorf("the state directory still holds %s", name)
	})
}

// reports are the customer's copy, and the CSR's with the computer's signature.
func reports(ctx context.Context, w *world) error {
	page := `C:\report.html`
	if _, err := says(w.exe(ctx, "support-agent", "report", page, "--state", `C:\`+stateDir), 0, page); err != nil {
		return err
	}
	html, err := os.ReadFile(w.drive("report.html"))
	if err != nil {
		return err
	}
	for _, text := range []string{"Kim", "run.cmd", "exit code 7", endless} {
		if !strings.Contains(string(html), text) {
			return fmt.Errorf("the report does not say %q", text)
		}
	}
	_, err = says(w.exe(ctx, "supportctl", "report", "verify", w.number), 0)
	return err
}

// killed is a computer whose support-agent dies during a run: the script goes
// with it, and what it left goes at the next start, which brings the relay the rest
// of the journal, too. That is not waited for when the support session ends.
func killed(ctx context.Context, w *world) error {
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
	starting, done := context.WithTimeout(ctx, rig.Patience)
	defer done()
	if _, err := run.log.Await(starting, run.exited, "it runs"); err != nil {
		return err
	}
	w.agent.kill()
	w.agent = nil
	if err := w.gone(ctx); err != nil {
		return err
	}
	if _, err := w.session(ctx); err != nil { // another one, with the same state directory
		return err
	}
	err = until(ctx, "the relay to get the journal of the support session that was killed", func() (bool, error) {
		owed, err := filepath.Glob(w.drive(stateDir + "/owed-*"))
		return len(owed) == 0, err
	})
	return errors.Join(err, w.nothingLeft(), sessionEnd(ctx, w))
}

// lockedOut is what keeps a second support-agent out of the state directory, and is
// put back when a program removes it. "status" says that the first one does not answer:
// Wine has no sockets in directories, like Windows before version 1803.
func lockedOut(ctx context.Context, w *world) error {
	if _, err := w.session(ctx); err != nil {
		return err
	}
	lock := w.drive(stateDir + "/lock")
	if err := os.Remove(lock); err != nil {
		return err
	}
	err := until(ctx, "the lock to be put back", func() (bool, error) {
		_, err := os.Lstat(lock)
		return err == nil, nil
	})
	if err != nil {
		return err
	}
	if _, err := says(w.exe(ctx, "support-agent", "status", "--state", `C:\`+stateDir), cmdline.ExitFailed, "does not answer", "Ctrl-C"); err != nil {
		return err
	}
	second := w.exe(ctx, "support-agent", "join", "482913077", "--relay", w.relay.Addr, "--relay-key", w.pin, "--allow", "sysinfo", "--ui", "none", "--state", `C:\`+stateDir)
	if _, err := says(second, cmdline.ExitFailed, "another support session is running"); err != nil {
		return err
	}
	return sessionEnd(ctx, w)
}

// relays is the relay's program, with a CSR on Linux.
func relays(ctx context.Context, w *world) error {
	const data = `C:\relay`
	serve, err := start(w.exe(ctx, "support-relay", "serve", "--data", data, "--listen", "127.0.0.1:0"))
	if err != nil {
		return err
	}
	defer serve.kill()
	starting, done := context.WithTimeout(ctx, rig.Patience)
	defer done()
	line, err := serve.log.Await(starting, serve.exited, "listening on ")
	if err != nil {
		return err
	}
	_, addr, _ := strings.Cut(line, "listening on ")
	host, port, _ := strings.Cut(strings.TrimSpace(addr), ":")
	another := w.exe(ctx, "support-relay", "serve", "--data", data+"2", "--listen", net.JoinHostPort(host, port))
	if _, err := says(another, cmdline.ExitUsage, "another program uses it"); err != nil {
		return err
	}
	pin, err := rig.Run(w.exe(ctx, "support-relay", "fingerprint", "--data", data))
	if err != nil {
		return err
	}
	key := w.csr.Key()
	if _, err := says(w.exe(ctx, "support-relay", "csr", "add", "lee", "--key", zPath(key+".pub"), "--name", "Lee", "--data", data), 0, "lee added"); err != nil {
		return err
	}
	seen, err := rig.Run(exec.CommandContext(ctx, "ssh-keyscan", "-t", "ed25519", "-p", port, host))
	if err != nil {
		return err
	}
	known := filepath.Join(w.dir, "known_hosts")
	if err := os.WriteFile(known, []byte(seen), 0o600); err != nil {
		return err
	}
	if _, err := says(exec.CommandContext(ctx, "ssh-keygen", "-l", "-f", known), 0, strings.TrimSpace(pin)); err != nil {
		return err
	}
	ssh := []string{"-F", "none", "-i", key, "-p", port, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=" + known, "lee@" + host}
	var last []byte
	err = until(ctx, "the relay to know its new CSR", func() (bool, error) {
		last, _ = exec.CommandContext(ctx, "ssh", append(slices.Clone(ssh), "session", "list")...).CombinedOutput()
		return strings.Contains(string(last), "no open sessions"), nil
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, last)
	}
	_, err = says(exec.CommandContext(ctx, "ssh", append(slices.Clone(ssh), "session", "start", "--json")...), 0, `"owner": "lee"`)
	return err
}

// suite are the tests of a package that hold on Windows too.
type suite struct{ pkg, except string }

// suites are those of the packages that have Windows code, or work with what
// Windows gives them: file names, terminals, scripts. The exceptions test what
// Unix has and Windows has not: file modes, and line ends and colons in file names; or
// what Wine has not: links, the end of a file that is still open, and a connection that
// was reset before somebody reads.
func suites() []suite {
	return []suite{
		{pkg: "consent"}, {pkg: "consent/dialog"}, {pkg: "daemon/account"}, {pkg: "daemon/desktop"}, {pkg: "daemon/internal/jobobject"}, {pkg: "daemon/lineedit"}, {pkg: "daemon/power"},
		{pkg: "daemon/script"}, {pkg: "daemon/script/process"}, {pkg: "daemon/sysinfo"}, {pkg: "daemon/sysinfo/document"}, {pkg: "daemon/sysinfo/formats"},
		{pkg: "daemon/sysinfo/machine"}, {pkg: "daemon/sysinfo/secrets"}, {pkg: "daemon/sysinfo/withhold"}, {pkg: "library"},
		{pkg: "library/wire"}, {pkg: "library/cmdline"}, {pkg: "library/filename"}, {pkg: "library/report"}, {pkg: "library/disk"},
		{pkg: "library/imprint"}, {pkg: "library/reach"},
		{pkg: "daemon/journal", except: "^(TestHandOverOfAJournalThatIsGone|TestReadingAJournalThatIsGone|TestTheLatestIsAFile)$"},
		{pkg: "cmd/support-agent"},
		{pkg: "cmd/supportctl", except: "^(TestPackagesAndTheirNames|TestScriptsThatCannotBeSent|TestFilesAreForThisUserOnly|TestConnectTellsALostConnection)$"},
	}
}

// tests runs the suites.
func tests(ctx context.Context, w *world) error {
	for _, s := range suites() {
		exe, err := w.testProgram(ctx, s.pkg)
		if err != nil {
			return err
		}
		args := []string{exe, "-test.v", "-test.timeout=2m"}
		if s.except != "" {
			args = append(args, "-test.skip", s.except)
		}
		test := exec.CommandContext(ctx, "wine64", args...)
		test.Dir = s.pkg
		out, err := says(test, 0)
		if err != nil {
			return fmt.Errorf("the tests of %s: %w", s.pkg, err)
		}
		passed, skipped := strings.Count(out, "--- PASS: Test"), strings.Count(out, "--- SKIP: ")
		fmt.Printf("          %s: %d passed, %d skipped\n", s.pkg, passed, skipped)
	}
	return nil
}
