package power

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"supportd/library/disk"
)

// EntryName is the name of the autostart entry wherever the system wants one:
// file names, values and services are made of it.
const EntryName = "supportd-resume"

// Autostart is the entry that starts a program once after the next boot. Its methods may
// be called any number of times; Remove needs no Install before it, because another
// process has installed.
type Autostart struct {
	// Program is the absolute path of the program, Args what it is called with.
	Program string
	Args    []string
	// Admin makes an entry of the system's; else it is the user's own, below Home.
	Admin bool
	Home  string
	// Desktop means that the user sits before windows and can be asked in one: on Linux
	// the desktop starts the program and not the service manager, on macOS Terminal does.
	// On Windows, and with Admin, it makes no difference.
	Desktop bool
	// Windowless means that the program shows a window of its own: on Linux the desktop
	// opens no terminal for it.
	Windowless bool
	// Private is an open directory that nobody else can enter. A copy of the program is
	// put there and started instead, if the program lies where it may vanish or where
	// somebody else than root may replace it. Nil means no copy.
	Private *os.Root

	root string // stands for / in tests; what lies in a test's own directory is kept
}

// Errors of [Autostart.Check].
var (
	// ErrVolatile means that the program or its files are gone after a restart.
	ErrVolatile = errors.New("it lies in a directory that is emptied when the computer restarts")
	// ErrReplaceable means that somebody else than root could replace what root would
	// start.
	ErrReplaceable = errors.New("others may put another program in its place")
	// ErrNoExec means that the system starts no programs from there.
	ErrNoExec = errors.New("programs may not be started from this directory (mounted noexec)")
)

// Emptied is the [ErrVolatile] of one place: a program, a directory, a file.
type Emptied struct{ Path string }

func (e *Emptied) Error() string { return e.Path + ": " + ErrVolatile.Error() }

// Unwrap is [ErrVolatile].
func (e *Emptied) Unwrap() error { return ErrVolatile }

// Volatile reports whether what lies at an absolute path, or would lie there, is gone
// after a restart of the computer. What cannot be found out counts as kept.
func Volatile(path string) bool { return volatile(path) }

// Check reports why [Autostart.Install] would not bring the program back, before
// anybody is asked anything.
func (a Autostart) Check() error {
	for _, word := range append([]string{a.Program}, a.Args...) {
		if strings.ContainsFunc(word, unicode.IsControl) {
			return fmt.Errorf("%q cannot stand in an autostart entry", word)
		}
	}
	if !a.Admin && a.Home == "" {
		return errors.New("there is no home directory for an autostart entry")
	}
	if !filepath.IsAbs(a.Program) {
		return fmt.Errorf("%s is not an absolute path", a.Program)
	}
	started := a.entry()
	needed := append([]string{started.Program}, a.Args...)
	if !a.Admin && a.root == "" { // the user's own entry lies there
		needed = append(needed, a.Home)
	}
	for _, word := range needed {
		if filepath.IsAbs(word) && volatile(word) {
			return &Emptied{word}
		}
	}
	switch {
	case started.Program != a.Program && noExec(a.Private.Name()):
		return fmt.Errorf("%s: %w", a.Private.Name(), ErrNoExec)
	case started.Program == a.Program && a.Admin && !a.isCopy() && disk.OthersMayReplace(a.Program):
		return fmt.Errorf("%s: %w", a.Program, ErrReplaceable)
	}
	return started.checkEntry()
}

// entry is what the entry starts: the program itself, or its copy.
func (a Autostart) entry() Autostart {
	if a.Private != nil && !a.isCopy() && (mayVanish(a.Program) || disk.OthersMayReplace(a.Program)) {
		a.Program = a.copyPath()
	}
	return a
}

// Install makes the entry, or replaces it.
func (a Autostart) Install() error {
	if err := a.Check(); err != nil {
		return err
	}
	if err := a.Remove(); err != nil {
		return err
	}
	started := a.entry()
	err := error(nil)
	if started.Program != a.Program {
		err = a.copyProgram()
	}
	if err == nil {
		err = started.install()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("making the autostart entry: %w", err), a.Remove())
	}
	return nil
}

// Remove removes every form of the entry, and the copy of the program unless this process
// was started from it. It is no error when there is none.
func (a Autostart) Remove() error {
	if !a.Admin && a.Home == "" {
		return nil // none was installed
	}
	err := a.remove()
	if !a.isCopy() {
		err = errors.Join(err, a.removeCopy())
	}
	if err != nil {
		return fmt.Errorf("removing the autostart entry: %w", err)
	}
	return nil
}

// Discard is [Autostart.Remove] for the end of the support session. It also removes the
// copy of the program that this process was started from.
func (a Autostart) Discard() error {
	return errors.Join(a.Remove(), a.removeCopy())
}
