package dialog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"supportd/consent"
	"supportd/consent/dialog/internal/x11"
)

const (
	// looking is how often is looked whether the box can be seen.
	looking = 25 * time.Millisecond
	// unseen is how long a box takes at most to appear, where nothing tells that it has.
	unseen = 2 * time.Second
	// tooQuick is sooner than a person could have answered: a box that has ended so soon
	// after its program was started has never stood, whatever that says.
	tooQuick = time.Second
	// refused is how zenity ends that does not know an option (-1).
	refused = 255
	// maxAuthority bounds the file with the cookies of a display, in bytes.
	maxAuthority = 64 << 10
	// maxOutput bounds what a box writes, in bytes.
	maxOutput = 4 << 10
)

// errNoBox is a [consent.ErrNobody]: no program here shows one.
var errNoBox = fmt.Errorf("%w that a message box could reach: neither zenity nor kdialog is installed", consent.ErrNobody)

// tool is a program that shows boxes.
type tool struct {
	paths  []string
	args   func(n *note) []string
	answer func(code int, out string) (yes, no, stop bool)
}

// tools are those that we know, the better first.
func tools() []tool {
	return []tool{
		{[]string{"/usr/bin/zenity", "/usr/local/bin/zenity"}, zenityArgs, zenityAnswer},
		{[]string{"/usr/bin/kdialog", "/usr/local/bin/kdialog"}, kdialogArgs, kdialogAnswer},
	}
}

// zenityArgs: every text stands behind its option in the same argument, so that none is
// an option; "--no-markup" takes it as it is, with its backslashes: zenity replaces escapes
// such as "\n" in markup only (msg.c of versions 3 and 4).
func zenityArgs(n *note) []string {
	args := []string{"--no-markup", "--no-wrap", "--title=" + n.title, "--text=" + n.said()}
	if n.yes == "" {
		args = append(args, "--warning", "--ok-label="+n.no)
	} else {
		args = append(args, "--question", "--default-cancel", "--ok-label="+n.yes, "--cancel-label="+n.no)
	}
	if n.stop != "" { // not in every version
		args = append(args, "--extra-button="+n.stop)
	}
	return args
}

// zenityAnswer reads zenity(1)'s exit code. A warning has one button, which is No. The
// button more is the only one whose text is written; it ends it as No does.
func zenityAnswer(code int, out string) (yes, no, stop bool) {
	stop = code > 0 && strings.TrimSpace(out) != ""
	return code == 0, code == 1 && !stop, stop
}

// kdialogArgs asks by a choice, whose outcome is a word: kdialog's yes and no are told by
// exit codes alone, with the yes where Enter is, and its no is what it also ends with
// when its display breaks off. A choice's own buttons cannot be named (version 22.12 takes
// labels for those of questions only), so the text says what they do. Its texts are HTML
// where they look like it, so ours are always; and it replaces escapes
// (Widgets::parseString).
func kdialogArgs(n *note) []string {
	rich := "<qt><p align=\"left\">" + strings.ReplaceAll(html.EscapeString(n.said()+"\n\n"+n.pick), "\n", "<br/>") + "</p></qt>"
	// Spaces at the begin of a line keep apart what a long line goes on with.
	rich = strings.ReplaceAll(rich, "<br/>    ", "<br/>&nbsp;&nbsp;&nbsp;&nbsp;")
	// No letter chooses what begins with a sign: who is typing when the box comes up has
	// not answered it.
	const sign = "• "
	args := []string{"--title=" + n.title, "--radiolist=" + strings.ReplaceAll(rich, `\`, `\\`), "no", sign + n.no, "on"}
	for _, other := range [][2]string{{"yes", n.yes}, {"stop", n.stop}} {
		if other[1] != "" {
			args = append(args, other[0], sign+other[1], "off")
		}
	}
	return args
}

func kdialogAnswer(code int, out string) (yes, no, stop bool) {
	word := strings.TrimSpace(out)
	return code == 0 && word == "yes", code == 1 || code == 0 && word == "no", code == 0 && word == "stop"
}

// show shows a box with the first program that is there.
func show(ctx context.Context, start Starter, n note) (click, error) {
	for _, t := range tools() {
		for _, path := range t.paths {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				return t.showOr(ctx, start, path, n)
			}
		}
	}
	return click{}, errNoBox
}

// showOr shows a box with Stop, or without where the program does not know that button: it
// ends then before it shows anything.
func (t *tool) showOr(ctx context.Context, start Starter, path string, n note) (click, error) {
	c, err := t.show(ctx, start, path, &n)
	if n.stop != "" && errors.Is(err, errUnknown) {
		n.stop = ""
		c, err = t.show(ctx, start, path, &n)
	}
	return c, err
}

// errUnknown ends a box whose program has refused what it was told to show.
var errUnknown = errors.New("the program does not know how to show it")

// show runs the program. It ends with ctx, and with our own process.
func (t *tool) show(ctx context.Context, start Starter, path string, n *note) (click, error) {
	cmd := start(ctx, path, t.args(n)...)
	screen, err := display(cmd)
	if err != nil {
		return click{}, err
	}
	if screen != nil {
		defer screen.Close()
		// Only X11 lets a program put its window above others; a Wayland desktop shows it too.
		cmd.Env = append(cmd.Env, "GDK_BACKEND=x11", "QT_QPA_PLATFORM=xcb")
	}
	cmd.Env = harmless(cmd.Env)
	out := &output{}
	cmd.Stdout = out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGKILL
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second

	began, ended := make(chan error, 1), make(chan error, 1)
	go func() { // the kernel takes the end of the thread that has started it for the end of us
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		began <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-began; err != nil {
		return click{}, err
	}
	seen := look(screen, cmd.Process.Pid, ended, n.tell)
	err = seen.ended
	stood := time.Since(seen.at)
	never := seen.at.IsZero() || unseen+stood < tooQuick
	var exit *exec.ExitError
	switch yes, no, stop := t.answer(cmd.ProcessState.ExitCode(), out.String()); {
	case ctx.Err() != nil:
		return click{}, context.Cause(ctx)
	case err != nil && !errors.As(err, &exit):
		return click{}, err
	case never && (yes || no || stop):
		return click{}, fmt.Errorf("%w: the box could not be shown", consent.ErrNobody)
	case yes && n.yes != "":
		return click{yes: true, stood: stood}, nil
	case stop && n.stop != "":
		return click{stop: true, stood: stood}, nil
	case yes, no, stop:
		return click{stood: stood}, nil
	case never && cmd.ProcessState.ExitCode() == refused:
		return click{}, errUnknown
	}
	return click{}, fmt.Errorf("it has ended without an answer: %s", cmd.ProcessState)
}

// sight is when a box could be seen, the zero time where it never was, and how its
// program has ended.
type sight struct {
	at    time.Time
	ended error
}

// look brings a box to the front as soon as it is there, says so, and waits for its end.
func look(screen *x11.Display, pid int, ended <-chan error, shown func()) sight {
	began, s := time.Now(), sight{}
	if screen == nil {
		s.at = began.Add(unseen)
	}
	for tick := time.NewTicker(looking); ; {
		var again <-chan time.Time
		if s.at.IsZero() {
			again = tick.C
		}
		select {
		case s.ended = <-ended:
			tick.Stop()
			return s
		case <-again:
			window, err := screen.WindowOf(pid)
			if err == nil && window == 0 {
				continue
			}
			if err == nil {
				err = screen.Raise(window)
			}
			s.at = time.Now()
			if err != nil { // it tells nothing any more
				s.at = began.Add(unseen)
				continue
			}
			shown()
		}
	}
}

// display is the X server on which a program will show its box; nil where another kind of
// display, or another computer's, may do. One that does not let us in shows no box either.
func display(cmd *exec.Cmd) (*x11.Display, error) {
	of := map[string]string{}
	for _, v := range cmd.Env {
		name, value, _ := strings.Cut(v, "=")
		of[name] = value
	}
	number := x11.Number(of["DISPLAY"])
	if number == "" {
		return nil, nil
	}
	authority := of["XAUTHORITY"]
	if authority == "" && of["HOME"] != "" {
		authority = filepath.Join(of["HOME"], ".Xauthority")
	}
	uid := os.Getuid()
	if a := cmd.SysProcAttr; a != nil && a.Credential != nil {
		uid = int(a.Credential.Uid)
	}
	screen, err := x11.Open(of["DISPLAY"], cookie(authority, number, uid))
	if err != nil && of["WAYLAND_DISPLAY"] == "" {
		return nil, fmt.Errorf("%w: %w", consent.ErrNobody, err)
	}
	return screen, nil
}

// cookie reads a display's cookie. The file is named by the desktop's user, and we may be
// root: it is read only where it is a file of theirs, and nothing waits for it.
func cookie(path, number string, uid int) []byte {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Mode().Type() != fs.FileMode(0) {
		return nil
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != uid && owner.Uid != 0 {
		return nil
	}
	all, err := io.ReadAll(io.LimitReader(f, maxAuthority))
	if err != nil {
		return nil
	}
	return x11.Cookie(bytes.NewReader(all), number)
}

// harmless is an environment in which the boxes' programs keep to what they are told:
// zenity's exit codes can be changed by it, and a text that is not in the locale's
// encoding is refused.
func harmless(environ []string) []string {
	environ = slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, "ZENITY_") || strings.HasPrefix(name, "LD_") || name == "GTK_MODULES" || name == "G_MESSAGES_DEBUG" || name == "GTK_DEBUG"
	})
	locale := ""
	for _, name := range []string{"LANG", "LC_CTYPE", "LC_ALL"} { // each goes before those before it
		for _, v := range environ {
			if val, ok := strings.CutPrefix(v, name+"="); ok && val != "" {
				locale = val
			}
		}
	}
	if l := strings.ToLower(strings.ReplaceAll(locale, "-", "")); strings.HasSuffix(l, ".utf8") {
		return environ
	}
	return append(environ, "LC_ALL=C.UTF-8")
}

// output keeps the begin of what a program writes.
type output struct{ text []byte }

func (o *output) Write(b []byte) (int, error) {
	o.text = append(o.text, b[:min(len(b), maxOutput-len(o.text))]...)
	return len(b), nil
}

func (o *output) String() string { return string(o.text) }
