package dialog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// windowsOf plays Windows: it writes down what it is asked for.
type fakeUser32 struct {
	calls   []string
	appears time.Duration // until the box has a window; negative is never
	presses time.Duration // until somebody presses a button, from then on; 0 is never
	button  int
	missing int // a button that cannot be named
	fails   error

	began  time.Time
	closed chan struct{}
}

func (f *fakeUser32) note(format string, args ...any) {
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

func (f *fakeUser32) MessageBox(text, title string, flags uint32, thread chan<- uint32) (int, error) {
	f.note("MessageBox %q %q %#x", title, text, flags)
	f.began = time.Now()
	thread <- 42
	if f.fails != nil {
		return 0, f.fails
	}
	var pressed <-chan time.Time
	if f.presses > 0 {
		pressed = time.After(max(f.appears, 0) + f.presses)
	}
	select {
	case <-pressed:
		return f.button, nil
	case <-f.closed:
		return idCancel, nil
	}
}

func (f *fakeUser32) Window(thread uint32) uintptr {
	if thread == 42 && f.appears >= 0 && time.Since(f.began) >= f.appears {
		return 7
	}
	return 0
}

func (f *fakeUser32) SetButton(window uintptr, button int, label string) bool {
	f.note("SetButton %d %d %q", window, button, label)
	return button != f.missing
}

func (f *fakeUser32) Raise(window uintptr) { f.note("Raise %d", window) }
func (f *fakeUser32) Close(window uintptr) { f.note("Close %d", window); f.end() }
func (f *fakeUser32) Quit(thread uint32)   { f.note("Quit %d", thread); f.end() }

func (f *fakeUser32) end() {
	select {
	case <-f.closed:
	default:
		close(f.closed)
	}
}

// TestTheCallsOfMessageBox holds what Windows is asked for, and in which order: a box on
// top and in front whose No is where Enter and Esc are, and buttons that say what they do.
func TestTheCallsOfMessageBox(t *testing.T) {
	ask := note{title: "Remote support", text: "a question", yes: "Allow once", no: "Don't allow"}
	tell := note{title: "Remote support", text: "a question", no: "Don't allow"}
	box := func(flags string) string { return `MessageBox "Remote support" "a question" ` + flags }
	const onTop = 0x40000 | 0x10000 // MB_TOPMOST, MB_SETFOREGROUND
	named := []string{box(fmt.Sprintf("%#x", onTop|0x1|0x100|0x30)), `SetButton 7 1 "Allow once"`, `SetButton 7 2 "Don't allow"`, "Raise 7"}
	broken := errors.New("broken")
	three, two := ask, tell
	three.stop, three.press, two.stop, two.press = "Stop", "a question", "Stop", "a question"
	all := []string{box(fmt.Sprintf("%#x", onTop|0x3|0x200|0x30)), `SetButton 7 6 "Allow once"`, `SetButton 7 7 "Stop"`, `SetButton 7 2 "Don't allow"`, "Raise 7"}
	both := []string{box(fmt.Sprintf("%#x", onTop|0x1|0x100|0x30)), `SetButton 7 1 "Stop"`, `SetButton 7 2 "Don't allow"`, "Raise 7"}
	for name, c := range map[string]struct {
		n     note
		f     fakeUser32
		ends  time.Duration // of the question
		yes   bool
		stood time.Duration
		err   error
		calls []string
	}{
		"allowed":   {ask, fakeUser32{presses: 3 * time.Second, button: idOK}, time.Minute, true, 3 * time.Second, nil, named},
		"slow":      {ask, fakeUser32{appears: 5 * time.Second, presses: time.Second, button: idOK}, time.Minute, true, time.Second, nil, named},
		"refused":   {ask, fakeUser32{presses: time.Second, button: idCancel}, time.Minute, false, time.Second, nil, named},
		"no button": {ask, fakeUser32{presses: time.Second, button: 11}, time.Minute, false, time.Second, nil, named},
		"over":      {ask, fakeUser32{}, time.Minute, false, 0, context.DeadlineExceeded, append(slices.Clone(named), "Close 7")},
		"only no": {tell, fakeUser32{presses: time.Second, button: idOK, missing: idCancel}, time.Minute, false, time.Second, nil,
			[]string{box(fmt.Sprintf("%#x", onTop|0x30)), `SetButton 7 1 "Don't allow"`, `SetButton 7 2 "Don't allow"`, "Raise 7"}},
		"unnamed":   {ask, fakeUser32{missing: idCancel}, time.Minute, false, 0, errLabels, append(slices.Clone(named), "Close 7")},
		"no window": {ask, fakeUser32{appears: -1}, time.Minute, false, 0, context.DeadlineExceeded, []string{named[0], "Quit 42"}},
		"unseen":    {ask, fakeUser32{appears: -1, presses: time.Second, button: idOK}, time.Minute, true, 0, nil, named[:1]},
		"fails":     {ask, fakeUser32{fails: broken}, time.Minute, false, 0, broken, named[:1]},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.ends)
				defer cancel()
				f := &c.f
				f.closed = make(chan struct{})
				shown := 0
				c.n.shown = func() { shown++ }
				got, err := messageBox(ctx, f, c.n)
				if raised := slices.Contains(c.calls, "Raise 7"); raised != (shown == 1) || shown > 1 {
					t.Errorf("it was said %d times that the box can be read", shown)
				}
				if got.yes != c.yes || !errors.Is(err, c.err) || got.stood > c.stood || got.stood < c.stood-2*finding {
					t.Errorf("%+v, %v; want yes %v, %v, %v", got, err, c.yes, c.stood, c.err)
				}
				if !slices.Equal(f.calls, c.calls) {
					t.Errorf("calls:\n%s\nwant:\n%s", strings.Join(f.calls, "\n"), strings.Join(c.calls, "\n"))
				}
			})
		})
	}
	for name, c := range map[string]struct {
		n         note
		button    int
		yes, stop bool
		calls     []string
	}{
		"three: allowed": {three, idYes, true, false, all},
		"three: stopped": {three, idNo, false, true, all},
		"three: refused": {three, idCancel, false, false, all},
		"three: another": {three, idOK, false, false, all},
		"three: none":    {three, 0, false, false, all},
		"two: stopped":   {two, idOK, false, true, both},
		"two: refused":   {two, idCancel, false, false, both},
		"two: none":      {two, 0, false, false, both},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeUser32{presses: time.Second, button: c.button, closed: make(chan struct{})}
			got, err := messageBox(t.Context(), f, c.n)
			if err != nil || got.yes != c.yes || got.stop != c.stop || got.stood > time.Second || got.stood < time.Second-2*finding {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			if !slices.Equal(f.calls, c.calls) {
				t.Errorf("%s: calls:\n%s\nwant:\n%s", name, strings.Join(f.calls, "\n"), strings.Join(c.calls, "\n"))
			}
		})
	}
}
