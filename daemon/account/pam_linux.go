//go:build pam

package account

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	osuser "os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/msteinert/pam/v2"

	"supportd/library/disk"
)

// hasPAM says that this program can speak with PAM itself.
const hasPAM = true

// service is the name of our PAM service. We use none of the system's, because they have
// other rules: "su" lets root in with any password.
const service = "support-agent"

// localeFile is where Debian keeps the system's language.
const localeFile = "/etc/default/locale"

// systemServices is where PAM finds its services.
const systemServices = "/etc/pam.d"

// RunBroker is our program as root: it authenticates the user that in names,
// opens a session of theirs, keeps it open while the worker lives, and closes it.
func RunBroker(in io.Reader, out *os.File) error {
	// Sessions, keyrings and limits belong to the thread that opens them.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := adoptOrphans(); err != nil {
		return answer(out, err)
	}
	t, password, err := readTask(in)
	if err != nil {
		return answer(out, err)
	}
	who := person{name: t.Name, uid: t.UID, gid: t.GID, home: string(t.Home), shell: string(t.Shell)}
	b := &broker{who: who, services: string(t.Services), password: password}
	defer b.close()
	err = b.open()
	clear(password)
	if err == nil {
		err = runSession(who, string(t.Temp), b.groups, b.environment, out)
	}
	if err != nil {
		return answer(out, err)
	}
	return nil
}

// broker is one PAM transaction.
type broker struct {
	who         person
	password    []byte
	services    string // directory with our service file
	pam         *pam.Transaction
	opened      bool // the session is open
	credited    bool // credentials are set
	groups      []uint32
	environment []string
}

// open authenticates once, checks the account, and opens the session.
func (b *broker) open() (err error) {
	if err := writeServices(b.services); err != nil {
		return err
	}
	asked := 0
	b.pam, err = pam.StartConfDir(service, b.who.name, pam.ConversationFunc(func(style pam.Style, _ string) (string, error) {
		switch style {
		case pam.PromptEchoOff:
			if asked++; asked > 1 {
				return "", errors.New("only one attempt is made")
			}
			// Not a copy: these bytes are overwritten when the attempt is over.
			return unsafe.String(unsafe.SliceData(b.password), len(b.password)), nil
		case pam.PromptEchoOn:
			return "", errors.New("only a password is known")
		}
		return "", nil // messages for a screen that is not there
	}), b.services)
	if err != nil {
		return b.explain(err, Failed)
	}
	if err := b.pam.Authenticate(pam.DisallowNullAuthtok); err != nil {
		return b.explain(err, BadPassword)
	}
	if err := b.pam.AcctMgmt(pam.DisallowNullAuthtok); err != nil {
		return b.explain(err, Refused)
	}
	if err := b.establish(); err != nil {
		return b.explain(err, Failed)
	}
	return nil
}

// establish gives this process the person's groups, credentials and session.
// Modules may add to the groups and to the environment.
func (b *broker) establish() error {
	u, err := osuser.LookupId(strconv.Itoa(int(b.who.uid)))
	if err != nil {
		return err
	}
	ids, err := u.GroupIds()
	if err != nil {
		return err
	}
	var groups []int
	for _, id := range ids {
		g, err := strconv.Atoi(id)
		if err != nil {
			return err
		}
		groups = append(groups, g)
	}
	if err := syscall.Setgroups(groups); err != nil {
		return os.NewSyscallError("setgroups", err)
	}
	if err := b.pam.SetCred(pam.EstablishCred); err != nil {
		return err
	}
	b.credited = true
	if err := b.pam.OpenSession(0); err != nil {
		return err
	}
	b.opened = true
	all, err := syscall.Getgroups()
	if err != nil {
		return err
	}
	for _, g := range all {
		b.groups = append(b.groups, uint32(g))
	}
	given, err := b.pam.GetEnvList()
	if err != nil {
		return err
	}
	b.environment = loginEnvironment(b.who, given)
	return nil
}

// loginEnvironment is what login(1) gives a shell before the profile.
func loginEnvironment(who person, given map[string]string) []string {
	path := "/usr/local/bin:/usr/bin:/bin"
	if who.uid == 0 {
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	}
	env := []string{
		"PATH=" + path, "HOME=" + who.home, "SHELL=" + who.shell, "USER=" + who.name, "LOGNAME=" + who.name,
	}
	for name, value := range given {
		env = append(env, name+"="+value)
	}
	return env
}

func (b *broker) close() {
	if b.pam != nil {
		if b.opened {
			_ = b.pam.CloseSession(0) // its processes are gone, and nobody listens
		}
		if b.credited {
			_ = b.pam.SetCred(pam.DeleteCred)
		}
		_ = b.pam.End()
	}
	_ = os.RemoveAll(b.services) // the daemon removes it too, unless it was killed
}

// explain turns PAM's error into our reason. A plain refusal means what the step that
// refused is about. Some distributions say no more than that for an account that is
// locked or has expired. Then the shadow file, which root may read, tells.
func (b *broker) explain(err error, no Why) error {
	var said pam.Error
	why := Failed
	if errors.As(err, &said) {
		switch said {
		case pam.ErrAuth, pam.ErrMaxtries, pam.ErrConv, pam.ErrCredInsufficient, pam.ErrPermDenied:
			why = no
			if closed := closedInShadow(b.who.name, time.Now()); closed != "" {
				why = closed
			}
		case pam.ErrUserUnknown:
			why = NoUser
		case pam.ErrAcctExpired:
			why = Expired
		case pam.ErrNewAuthtokReqd, pam.ErrAuthtokExpired:
			why = MustChange
		}
	}
	return &Failure{Why: why, User: b.who.name, Err: fmt.Errorf("pam: %w", err)}
}

// closedInShadow says why nobody can log on with any password, or nothing
// (shadow(5)).
func closedInShadow(user string, now time.Time) Why {
	text, err := os.ReadFile("/etc/shadow")
	if err != nil {
		return ""
	}
	defer clear(text)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		f := bytes.Split(lines.Bytes(), []byte(":"))
		const hash, expiry = 1, 7
		if len(f) <= expiry || string(f[0]) != user {
			continue
		}
		const day = 24 * 60 * 60
		if d, err := strconv.ParseInt(string(f[expiry]), 10, 64); err == nil && now.Unix()/day >= d {
			return Expired
		}
		if bytes.HasPrefix(f[hash], []byte("!")) || bytes.HasPrefix(f[hash], []byte("*")) {
			return Locked
		}
	}
	return ""
}

// writeServices fills a directory with the system's PAM services and our own. An
// administrator's own /etc/pam.d/support-agent goes before ours.
func writeServices(dir string) error {
	names, err := os.ReadDir(systemServices)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, n := range names {
		known[n.Name()] = true
		if err := os.Symlink(filepath.Join(systemServices, n.Name()), filepath.Join(dir, n.Name())); err != nil {
			return err
		}
	}
	if known[service] {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, service), []byte(serviceText(known)), 0o600)
}

// serviceText is our service in terms of what the distribution has: Debian's and SUSE's
// common-*, or the system-auth of the others. Where only root may log on at present
// (pam_nologin(8)), we refuse too.
func serviceText(known map[string]bool) string {
	stack := func(kind string) string {
		switch {
		case known["common-"+kind]:
			return kind + " include common-" + kind
		case known["system-auth"]:
			return kind + " include system-auth"
		}
		return kind + " required pam_unix.so"
	}
	locale := ""
	if _, err := os.Stat(localeFile); err == nil {
		locale = "session optional pam_env.so readenv=1 envfile=" + localeFile
	}
	return strings.Join([]string{
		stack("auth"),
		"account required pam_nologin.so",
		stack("account"),
		"session optional pam_keyinit.so force revoke",
		"session required pam_limits.so",
		"session optional pam_env.so readenv=1",
		locale,
		stack("session"),
		"session optional pam_umask.so",
		"",
	}, "\n")
}

// readTask reads what askBroker wrote; the password is the caller's to overwrite.
func readTask(r io.Reader) (t brokerTask, password []byte, err error) {
	buf := make([]byte, 64<<10) // one piece of memory, so that only one place has to be overwritten
	n, err := io.ReadFull(r, buf)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return t, nil, err
	}
	line, password, ok := bytes.Cut(buf[:n], []byte("\n"))
	if err := json.Unmarshal(line, &t); err != nil || !ok {
		clear(buf)
		return t, nil, errors.Join(errors.New("the broker's task is damaged"), err)
	}
	return t, password, nil
}

// runSession runs the worker as who, with the groups that the process has by
// now, and returns when it and all that it left have ended. environment is what
// the session was given.
func runSession(who person, temp string, groups []uint32, environment []string, out *os.File) error {
	if err := who.atHome(); err != nil {
		return err
	}
	defer disk.RemoveTree(temp) // where worker and daemon were killed
	// Background: the worker ends when its control socket does.
	cmd := who.loginShell(context.Background(), fmt.Sprintf("/proc/self/fd/%d", programFD), temp)
	cmd.Dir = who.home
	cmd.Env = environment
	cmd.ExtraFiles = []*os.File{os.NewFile(controlFD, "control"), os.NewFile(programFD, "program")}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Credential: &syscall.Credential{Uid: who.uid, Gid: who.gid, Groups: groups},
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for _, f := range cmd.ExtraFiles {
		_ = f.Close() // now only the worker holds them, so the daemon sees its end
	}
	if err := answer(out, nil); err != nil {
		return err
	}
	_ = cmd.Wait() // however it ended, so has the logon
	// Background: the end of a logon is not called off.
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	endDescendants(ctx, os.Getpid())
	return nil
}
