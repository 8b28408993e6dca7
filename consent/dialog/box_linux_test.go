package dialog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"supportd/consent"
	"supportd/library/text"
)

// boxTools are the programs whose boxes the tests look at.
func boxTools() []string { return []string{"zenity", "kdialog"} }

// allowKeys are what a person presses who answers with the keyboard alone.
func allowKeys() map[string][]string {
	return map[string][]string{"zenity": {"Tab", "Return"}, "kdialog": {"Down", "Return"}}
}

// TestY6_OnlyItsOwnButtonIsAYes answers real boxes with keys and the mouse.
func TestY6_OnlyItsOwnButtonIsAYes(t *testing.T) {
	for _, tool := range boxTools() {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, tool)
			for _, c := range []struct {
				name string
				do   func()
				want consent.Decision
			}{
				{"enter", func() { s.ask("xdotool", "key", "Return") }, consent.Denied},
				{"escape", func() { s.ask("xdotool", "key", "Escape") }, consent.Denied},
				{"closed", func() { s.ask("xdotool", "key", "alt+F4") }, consent.Denied},
				{"mashed", func() { s.ask("xdotool", "type", "--", "yes allow"); s.ask("xdotool", "key", "Return") }, consent.Denied},
				{"allowed", func() { s.ask("xdotool", append([]string{"key"}, allowKeys()[tool]...)...) }, consent.AllowedOnce},
			} {
				_, done := s.asked(t.Context(), s.box(text.English, nil), information())
				s.picture(tool + "-" + c.name)
				if c.want.Allowed() {
					read()
				}
				c.do()
				if o := s.answered(done); !o.is(c.want) {
					t.Errorf("%s: %v, want %v", c.name, o, c.want)
				}
			}
			if n := s.stops.Load(); n != 0 {
				t.Errorf("these have stopped everything, %d times", n)
			}
		})
	}
}

// TestAClickAllows clicks the right button of zenity's box, in both languages.
func TestAClickAllows(t *testing.T) {
	t.Parallel()
	s := newScreen(t, "zenity")
	for _, l := range text.Languages() {
		for share, want := range map[int]consent.Decision{40: consent.Denied, 15: consent.AllowedOnce} { // percent from the right
			window, done := s.asked(t.Context(), s.box(l, nil), information())
			s.picture("zenity-information-" + string(l))
			read()
			var width, height int
			for line := range strings.Lines(s.ask("xdotool", "getwindowgeometry", "--shell", window)) {
				key, val, _ := strings.Cut(strings.TrimSpace(line), "=")
				n, _ := strconv.Atoi(val)
				switch key {
				case "WIDTH":
					width = n
				case "HEIGHT":
					height = n
				}
			}
			s.ask("xdotool", "mousemove", "--sync", "--window", window, strconv.Itoa(width-width*share/100), strconv.Itoa(height-20), "click", "1")
			if o := s.answered(done); !o.is(want) {
				t.Errorf("%s, %d %% from the right: %v, want %v", l, share, o, want)
			}
		}
	}
}

// TestAboveAFullScreenWindow holds that a box is in front of a full-screen window within
// a second, on top of it, and has the keyboard.
func TestAboveAFullScreenWindow(t *testing.T) {
	s := newScreen(t, "zenity")
	film := s.film()
	s.ask("wmctrl", "-i", "-r", film, "-b", "add,fullscreen")
	s.await("full-screen window", func() bool { return strings.Contains(s.ask("xprop", "-id", film, "_NET_WM_STATE"), "FULLSCREEN") })
	limit := max(time.Second, s.plain()+time.Second/2) // a busy computer shows every window late
	const tries = 3
	for try := 1; ; try++ {
		began := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan outcome, 1)
		b := s.box(text.English, nil)
		go func() {
			a, err := b.Ask(ctx, information())
			done <- outcome{a, err}
		}()
		window := s.window("Remote support – Hanbit IT")
		s.await("box above the film", func() bool { return s.above(window) && s.onTop(window) })
		took := time.Since(began)
		s.await("keyboard", func() bool { return s.ask("xdotool", "getactivewindow") == window })
		s.picture("zenity-film")
		cancel()
		if o := s.answered(done); !errors.Is(o.err, context.Canceled) || o.answer.Decision.Allowed() {
			t.Errorf("withdrawn: %v", o)
		}
		s.await("end of the box", func() bool { return s.ask("xdotool", "search", "--onlyvisible", "--name", "^Remote support") == "" })
		t.Logf("above after %v", took)
		if took <= limit {
			return
		}
		if try == tries {
			t.Fatalf("the box was above the full-screen window after %v only; %v is the limit", took, limit)
		}
	}
}

// film is a window that stands there already. A program that shows none is started again,
// and what it says is told.
func (s *screen) film() (window string) {
	s.t.Helper()
	for try := range 4 {
		cmd := s.program("xclock", "-title", fmt.Sprint("film ", try))
		told, err := os.Create(filepath.Join(s.t.TempDir(), "told"))
		if err != nil {
			s.t.Fatal(err)
		}
		defer told.Close()
		cmd.Stdout, cmd.Stderr = told, told
		s.run(cmd)
		for end := time.Now().Add(wait / 4); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
			if window = s.ask("xdotool", "search", "--onlyvisible", "--name", fmt.Sprintf("^film %d$", try)); window != "" {
				return window
			}
		}
		said, err := os.ReadFile(told.Name())
		s.t.Logf("xclock shows no window after %v: %s %v\n%s", wait/4, said, err, s.ask("xdotool", "search", "--name", "."))
	}
	s.t.Fatal("no window can be shown here")
	return ""
}

// plain is how long a box takes to appear here that nobody brings to the front.
func (s *screen) plain() time.Duration {
	s.t.Helper()
	began := time.Now()
	cmd := s.program("zenity", "--info", "--title=plain", "--text=x")
	s.run(cmd)
	window := s.window("plain")
	took := time.Since(began)
	s.ask("xdotool", "key", "--window", window, "Escape")
	_ = cmd.Process.Kill()
	return took
}

// onTop reports whether a window is above all others.
func (s *screen) onTop(window string) bool {
	_, list, _ := strings.Cut(s.ask("xprop", "-root", "_NET_CLIENT_LIST_STACKING"), "# ")
	windows := strings.Split(list, ", ")
	top, err := strconv.ParseUint(windows[len(windows)-1], 0, 32)
	return err == nil && strconv.FormatUint(top, 10) == window
}

// TestY8_AKilledBoxIsNoAnswer kills boxes, and the display under them: both programs end
// then in ways of their own, and none of them is a yes.
func TestY8_AKilledBoxIsNoAnswer(t *testing.T) {
	for _, tool := range boxTools() {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, tool)
			for name, kill := range map[string]func(int){
				"killed":     func(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) },
				"terminated": func(pid int) { _ = syscall.Kill(pid, syscall.SIGTERM) },
			} {
				window, done := s.asked(t.Context(), s.box(text.English, nil), information())
				pid, err := strconv.Atoi(s.ask("xdotool", "getwindowpid", window))
				if err != nil || pid < 2 {
					t.Fatalf("whose is %s? %v", window, err)
				}
				kill(pid)
				if o := s.answered(done); o.answer.Decision.Allowed() || o.err == nil {
					t.Errorf("%s: %v", name, o)
				}
			}
			_, done := s.asked(t.Context(), s.box(text.English, nil), information())
			if err := s.server.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if o := s.answered(done); o.answer.Decision.Allowed() {
				t.Errorf("the display has gone: %v", o)
			}
			if a, err := s.box(text.English, nil).Ask(t.Context(), information()); !errors.Is(err, consent.ErrNobody) || a.Decision.Allowed() {
				t.Errorf("no display: %v, %v", a, err)
			}
		})
	}
}

// TestY14_NoAllowWhileAScriptRuns takes the button away when a script begins, and puts it
// back for nobody who was not asked again.
func TestY14_NoAllowWhileAScriptRuns(t *testing.T) {
	for _, tool := range boxTools() {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, tool)
			var begun atomic.Uint64
			window, done := s.asked(t.Context(), s.box(text.English, func() (bool, uint64) { n := begun.Load(); return n > 0, n }), information())
			first := s.ask("xdotool", "getwindowpid", window)
			begun.Add(1)
			s.await("another box", func() bool {
				window, _, _ = strings.Cut(s.ask("xdotool", "search", "--onlyvisible", "--name", "^Remote support"), "\n")
				if window == "" {
					return false
				}
				second := s.ask("xdotool", "getwindowpid", window)
				return second != "" && second != first && s.above(window)
			})
			read()
			s.picture(tool + "-running")
			s.ask("xdotool", "key", "Return") // No is all that there is
			if o := s.answered(done); !o.is(consent.Denied) {
				t.Errorf("while a script runs: %v", o)
			}
		})
	}
}

// TestY5_HostileTextsAreTexts shows what would be markup, options or escapes to the
// programs, in both of them: each box can be seen whole, and Esc is No.
func TestY5_HostileTextsAreTexts(t *testing.T) {
	for _, tool := range boxTools() {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, tool)
			s.environ = append(s.environ, "ZENITY_ESC=0", "ZENITY_CANCEL=0", "ZENITY_ERROR=0", "LC_ALL=C")
			long := strings.Repeat("W", 10000)
			for name, q := range map[string]consent.Question{
				"markup": {ID: 1, Kind: consent.LogonAs, Who: consent.Person{Name: "<b>Kim</b> &amp; <a href='x'>", Account: `</qt><img src="/etc/passwd">`}, Account: `CORP\nancy\\`},
				"option": {ID: 2, Kind: consent.Reboot, Who: consent.Person{Name: "--ok-label=No", Account: "-"}, Reason: "--default-cancel --timeout=1"},
				"lines":  {ID: 3, Kind: consent.SysInfo, Who: consent.Person{Name: "Kim\n\nUser: nobody\r\x1b[2J\u202e", Account: "kim"}, Reason: "a\nPassword: tell it\x00 \\nx\\tx"},
				"long":   {ID: 4, Kind: consent.SysInfo, Who: consent.Person{Name: long, Account: long}, Reason: long},
				"many":   {ID: 5, Kind: consent.Script, Who: kim(), Programs: make([]consent.Program, 3000)},
			} {
				for i := range q.Programs {
					q.Programs[i].Name = long
				}
				window, done := s.asked(t.Context(), s.box(text.Korean, nil), q)
				s.picture(tool + "-hostile-" + name)
				if at := s.ask("xdotool", "getwindowgeometry", window); !fits(at) {
					t.Errorf("%s: it is not whole on a screen of 1024 × 768: %s", name, at)
				}
				s.ask("xdotool", "key", "Escape")
				if o := s.answered(done); !o.is(consent.Denied) {
					t.Errorf("%s: %v", name, o)
				}
			}
		})
	}
}

// TestY5_ABackslashIsOneBackslash measures boxes that have one backslash, two, and none.
func TestY5_ABackslashIsOneBackslash(t *testing.T) {
	for _, tool := range boxTools() {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, tool)
			var widths []int
			for _, account := range []string{`CORP\nancy`, `CORP\\nancy`, "CORP/nancy"} {
				q := consent.Question{ID: 1, Kind: consent.LogonAs, Who: kim(), Account: account + strings.Repeat("W", 40)}
				window, done := s.asked(t.Context(), s.box(text.English, nil), q)
				s.picture(tool + "-backslash-" + strconv.Itoa(len(widths)))
				numbers := strings.FieldsFunc(s.ask("xdotool", "getwindowgeometry", window), func(r rune) bool { return r < '0' || r > '9' })
				width, err := strconv.Atoi(numbers[len(numbers)-2])
				if err != nil {
					t.Fatal(err)
				}
				widths = append(widths, width)
				s.ask("xdotool", "key", "Escape")
				s.answered(done)
			}
			if one, two, none := widths[0], widths[1], widths[2]; two <= one || one-none > two-one {
				t.Errorf("a backslash is doubled: with one the box has %d pixels, with two %d, with a slash %d", one, two, none)
			}
		})
	}
}

// fits reads "Position: X,Y …" and "Geometry: WxH" of xdotool.
func fits(said string) bool {
	numbers := strings.FieldsFunc(said, func(r rune) bool { return r < '0' || r > '9' })
	if len(numbers) < 5 {
		return false
	}
	n := make([]int, 0, len(numbers))
	for _, text := range numbers {
		v, _ := strconv.Atoi(text)
		n = append(n, v)
	}
	last := n[len(n)-2:]
	return last[0] <= 1024-60 && last[1] <= 768-60
}

// TestY13_RootsBoxIsTheUsers holds that root's box runs with the rights of the desktop's
// user, is above all others there, and is answered as every other.
func TestY13_RootsBoxIsTheUsers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root shows boxes to others")
	}
	const nobody = 65534
	s := newScreenOf(t, "zenity", nobody)
	window, done := s.asked(t.Context(), s.box(text.English, nil), information())
	status, err := os.ReadFile("/proc/" + s.ask("xdotool", "getwindowpid", window) + "/status")
	if err != nil || !strings.Contains(string(status), "Uid:\t65534\t65534\t65534\t65534\n") {
		t.Errorf("%v\n%s", err, status)
	}
	read()
	s.ask("xdotool", append([]string{"key"}, allowKeys()["zenity"]...)...)
	if o := s.answered(done); !o.is(consent.AllowedOnce) {
		t.Error(o)
	}
	for _, path := range []string{"/etc/passwd", "/dev/zero", s.authority() + ".none", t.TempDir()} {
		if c := cookie(path, "0", nobody); c != nil {
			t.Errorf("%s has the cookie %q", path, c)
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if c := cookie(pipe, "0", 0); c != nil {
		t.Errorf("a pipe has the cookie %q", c)
	}
}

// TestY13_NoBoxIsNobody holds that where no box can be shown nobody has answered.
func TestY13_NoBoxIsNobody(t *testing.T) {
	reason := errors.New("locked")
	b, err := New(Options{
		Desktop: func(context.Context) (Starter, error) { return nil, errors.Join(consent.ErrNobody, reason) },
		Runs:    func() (bool, uint64) { return false, 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := b.Ask(t.Context(), information()); !errors.Is(err, consent.ErrNobody) || !errors.Is(err, reason) || a.Decision.Allowed() {
		t.Errorf("%v, %v", a, err)
	}
	for code, script := range []string{"exit 0", "exit 1", "echo yes", "kill -9 $$", "exit 5"} {
		for _, tool := range tools() {
			start := func(ctx context.Context, _ string, _ ...string) *exec.Cmd {
				return exec.CommandContext(ctx, "/bin/sh", "-c", script)
			}
			c, err := tool.show(t.Context(), start, "", &note{yes: "Allow", no: "No", allows: true})
			if err == nil || c.yes || code < 2 && !errors.Is(err, consent.ErrNobody) && !strings.Contains(err.Error(), "without an answer") {
				t.Errorf("%s: %v, %v", script, c, err)
			}
		}
	}
}
