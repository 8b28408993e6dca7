package dialog

import (
	"context"
	"errors"
	"time"
)

// Flags of MessageBoxW and the buttons that it answers with (winuser.h).
const (
	mbOK            = 0x0
	mbOKCancel      = 0x1
	mbYesNoCancel   = 0x3
	mbIconWarning   = 0x30 // with the system's sound
	mbDefButton2    = 0x100
	mbDefButton3    = 0x200
	mbSetForeground = 0x10000
	mbTopmost       = 0x40000

	idOK     = 1
	idCancel = 2
	idYes    = 6
	idNo     = 7
)

// buttons are the fixed buttons of a box, and what they are for us: with Stop there is one
// more. Cancel is No in each that has two or three: that is what Esc and closing press, and
// the flags say that Enter does.
type buttons struct {
	flags         uint32
	yes, stop, no int // 0 is none
}

func buttonsOf(n note) buttons {
	switch {
	case n.yes != "" && n.stop != "":
		return buttons{mbYesNoCancel | mbDefButton3, idYes, idNo, idCancel}
	case n.yes != "":
		return buttons{mbOKCancel | mbDefButton2, idOK, 0, idCancel}
	case n.stop != "":
		return buttons{mbOKCancel | mbDefButton2, 0, idOK, idCancel}
	}
	return buttons{flags: mbOK}
}

// pressed is what a button says.
func (b buttons) pressed(button int, stood time.Duration) click {
	return click{yes: button != 0 && button == b.yes, stop: button != 0 && button == b.stop, stood: stood}
}

const (
	// finding is how often is looked for the window of a box.
	finding = 20 * time.Millisecond
	// missing is how long a box that is to be closed may be without a window.
	missing = time.Second
)

// errLabels ends a box whose buttons would say something else than what they do.
var errLabels = errors.New("the buttons of the message box could not be named")

// user32 is what Windows is asked for. MessageBox runs in a goroutine of its own.
type user32 interface {
	// MessageBox shows a box and returns the button that ended it. It says first on
	// which thread, once.
	MessageBox(text, title string, flags uint32, thread chan<- uint32) (button int, err error)
	// Window is the thread's box when it can be seen; 0 is none.
	Window(thread uint32) uintptr
	// SetButton gives a button its text, and reports whether there is such a button.
	SetButton(window uintptr, button int, label string) bool
	// Raise gives a box the keyboard where Windows allows that, and flashes it.
	Raise(window uintptr)
	// Close ends a box as its closing does, which is Cancel.
	Close(window uintptr)
	// Quit ends what a thread shows that has no window to close.
	Quit(thread uint32)
}

// messageBox shows a box: topmost, in front, with Cancel for No, since that is what
// Enter, Esc and the closing of its window are. It returns when the box has ended.
func messageBox(ctx context.Context, w user32, n note) (click, error) {
	has := buttonsOf(n)
	flags := has.flags | mbIconWarning | mbTopmost | mbSetForeground

	type end struct {
		button int
		err    error
	}
	threads, ended := make(chan uint32, 1), make(chan end, 1)
	go func() {
		button, err := w.MessageBox(n.said(), n.title, flags, threads)
		ended <- end{button, err}
	}()
	var (
		thread uint32
		window uintptr
		seen   time.Time
		over   time.Time // when the box was not wanted any more
		failed error
	)
	for tick := time.NewTicker(finding); ; {
		select {
		case thread = <-threads:
		case <-tick.C:
			if window == 0 && thread != 0 {
				if window = w.Window(thread); window != 0 {
					if seen = time.Now(); !has.name(w, window, n) {
						failed = errLabels
					}
					w.Raise(window)
					n.tell()
				}
			}
			switch {
			case failed == nil && ctx.Err() == nil:
			case window != 0:
				w.Close(window) // again where it was not ready for it
			case over.IsZero():
				over = time.Now()
			case time.Since(over) > missing && thread != 0:
				w.Quit(thread)
			}
		case e := <-ended:
			tick.Stop()
			switch {
			case ctx.Err() != nil:
				return click{}, context.Cause(ctx)
			case failed != nil:
				return click{}, failed
			case e.err != nil:
				return click{}, e.err
			case seen.IsZero():
				return has.pressed(e.button, 0), nil
			}
			return has.pressed(e.button, time.Since(seen)), nil
		}
	}
}

// name gives the buttons our texts. The only one of a box has either number, depending on
// the version of Windows.
func (b buttons) name(w user32, window uintptr, n note) bool {
	if b.no != 0 {
		return (b.yes == 0 || w.SetButton(window, b.yes, n.yes)) && (b.stop == 0 || w.SetButton(window, b.stop, n.stop)) && w.SetButton(window, b.no, n.no)
	}
	ok, cancel := w.SetButton(window, idOK, n.no), w.SetButton(window, idCancel, n.no)
	return ok || cancel
}
