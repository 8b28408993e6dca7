package desktop

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"

	"supportd/daemon/internal/logind"
)

// identity is nil where the desktop is our own.
type identity = *syscall.Credential

// Find finds the desktop in front. An ordinary user has their own or none; root has
// that of whoever sits there, and never starts a window with its own rights on it. An
// error is one of the three above.
func Find(ctx context.Context, opts Options) (*Desktop, error) {
	f := finder{Options: opts, uid: os.Getuid(), proc: "/proc", sockets: "/tmp/.X11-unix"}
	sessions, err := f.sessions(ctx)
	if err == nil && f.uid != 0 {
		return f.own(ctx, sessions)
	} else if err == nil {
		return f.foreign(ctx, sessions)
	}
	return nil, err
}

// Command is a program on this desktop, as its user, in their environment and their home
// directory. It ends with ctx.
func (d *Desktop) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = slices.Clone(d.Env)
	if d.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: d.as}
		cmd.Dir = "/"
		if info, err := os.Stat(d.Home); err == nil && info.IsDir() {
			cmd.Dir = d.Home
		}
	}
	return cmd
}

// finder is one search.
type finder struct {
	Options
	uid           int
	proc, sockets string // where Linux and X11 keep theirs
}

// sessions are the desktops at the computer itself, as the login manager knows them;
// none where there is no login manager.
func (f finder) sessions(ctx context.Context) ([]logind.Session, error) {
	conn, err := logind.Open(ctx, f.Bus)
	if err != nil {
		return nil, context.Cause(ctx)
	}
	defer conn.Close()
	all, err := conn.Sessions(ctx)
	if err != nil {
		return nil, context.Cause(ctx)
	}
	return slices.DeleteFunc(all, func(s logind.Session) bool { return !s.Desktop() || s.Remote }), nil
}

// localDisplay finds the number of an X server of this computer; nil is none.
func localDisplay(environ []string) []string {
	return regexp.MustCompile(`^(?:unix)?:([0-9]{1,5})(?:\.[0-9]+)?$`).FindStringSubmatch(value(environ, "DISPLAY"))
}

// own is the desktop of an ordinary user.
func (f finder) own(ctx context.Context, sessions []logind.Session) (*Desktop, error) {
	if value(f.Environ, "DISPLAY") != "" && value(f.Environ, "WAYLAND_DISPLAY") == "" && localDisplay(f.Environ) == nil {
		sessions = nil // "ssh -X": they sit before another computer, and its screen is what counts
	}
	var mine []logind.Session
	other := false
	for _, s := range sessions {
		if s.UID == uint32(f.uid) {
			mine = append(mine, s)
		} else {
			other = other || s.Active
		}
	}
	if i := slices.IndexFunc(mine, func(s logind.Session) bool { return s.ID == value(f.Environ, "XDG_SESSION_ID") }); i >= 0 {
		mine = mine[i : i+1]
	}
	session, err := front(mine)
	if err != nil && len(mine) > 0 {
		return nil, err
	}
	env := f.Environ
	switch {
	case hasWindows(env):
	case err == nil:
		if env = append(slices.Clone(env), f.windowsOf(ctx, session)...); !hasWindows(env) {
			return nil, ErrNone
		}
	case other:
		return nil, ErrOther
	default:
		return nil, ErrNone
	}
	d := &Desktop{UID: f.uid, Home: value(env, "HOME"), User: value(env, "USER"), Env: slices.Clone(env)}
	if d.User == "" {
		d.User = session.User
	}
	return d, nil
}

// foreign is the desktop for root.
func (f finder) foreign(ctx context.Context, sessions []logind.Session) (*Desktop, error) {
	if len(sessions) == 0 {
		return f.started(ctx)
	}
	starter, known := f.starter()
	mine := slices.DeleteFunc(slices.Clone(sessions), func(s logind.Session) bool { return s.UID != starter })
	if !known || len(mine) == 0 {
		mine = sessions
	}
	session, err := front(mine)
	if err != nil {
		return nil, err
	}
	return f.as(ctx, session.UID, f.windowsOf(ctx, session))
}

// started is the desktop from which root was started, where no login manager says
// whose it is. Without the user who did that there is none: any local user could show a
// desktop of their own.
func (f finder) started(ctx context.Context) (*Desktop, error) {
	uid, known := f.starter()
	if !hasWindows(f.Environ) || !known {
		return nil, ErrNone
	}
	var windows []string
	for _, name := range ofWindows() {
		if v := value(f.Environ, name); v != "" {
			windows = append(windows, name+"="+v)
		}
	}
	return f.as(ctx, uid, windows)
}

// starter is the user who has become root to start us: as sudo and pkexec say, or as the
// kernel keeps it since the login; else whoever the X server of our own environment
// belongs to.
func (f finder) starter() (uid uint32, known bool) {
	for _, text := range []string{value(f.Environ, "SUDO_UID"), value(f.Environ, "PKEXEC_UID"), f.read("self/loginuid")} {
		// 4294967295 is the kernel's word for nobody.
		if n, err := strconv.ParseUint(text, 10, 32); err == nil && n != 0 && n != 1<<32-1 {
			return uint32(n), true
		}
	}
	match := localDisplay(f.Environ)
	if match == nil {
		return 0, false
	}
	info, err := os.Lstat(filepath.Join(f.sockets, "X"+match[1]))
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return 0, false
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return owner.Uid, ok
}

// front is the session that a person sees now.
func front(sessions []logind.Session) (logind.Session, error) {
	locked := false
	for _, s := range sessions {
		switch {
		case s.Active && s.Locked:
			locked = true
		case s.Active:
			return s, nil
		}
	}
	switch {
	case locked:
		return logind.Session{}, ErrLocked
	case len(sessions) > 0:
		return logind.Session{}, ErrOther // or the login screen, in front of all of them
	}
	return logind.Session{}, ErrNone
}

// as is the desktop of another user, in an environment that holds nothing of root's.
func (f finder) as(ctx context.Context, uid uint32, windows []string) (*Desktop, error) {
	who, err := lookup(ctx, uid)
	if err != nil || !hasWindows(windows) {
		return nil, ErrNone
	}
	d := &Desktop{User: who.name, UID: int(uid), Home: who.home}
	if uid != 0 {
		d.as = &syscall.Credential{Uid: uid, Gid: who.gid, Groups: who.groups}
	}
	d.Env = append(d.Env, "HOME="+who.home, "USER="+who.name, "LOGNAME="+who.name, "SHELL="+who.shell,
		"PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games:/snap/bin")
	for _, name := range []string{"LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE"} {
		if v := value(f.Environ, name); v != "" && value(windows, name) == "" {
			d.Env = append(d.Env, name+"="+v)
		}
	}
	d.Env = append(d.Env, windows...)
	// A session has this directory wherever there is systemd, also where no process says so.
	if dir := "/run/user/" + strconv.Itoa(int(uid)); value(windows, "XDG_RUNTIME_DIR") == "" {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			d.Env = append(d.Env, "XDG_RUNTIME_DIR="+dir)
		}
	}
	return d, nil
}
