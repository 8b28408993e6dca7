package power

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
)

// EntryName is the name of the autostart entry wherever the system wants one:
// file names, values and services are made of it.
const EntryName = "supportd-resume"

// Autostart is the entry that starts a program once after the next boot. Its
// methods may be called any number of times; Remove needs no Install before it,
// because the process that removes is another one than the process that installed.
type Autostart struct {
	// Program is the absolute path of the program, Args what it is called with.
	Program string
	Args    []string
	// Admin makes an entry of the system's; else it is the user's own, below Home.
	Admin bool
	Home  string
	// Desktop means that the user sits before windows and can be asked in one: on
	// Linux the entry is the desktop's, and not the service manager's, on macOS it
	// opens Terminal. On Windows, and with Admin, it makes no difference.
	Desktop bool

	root string // stands for / in tests
}

// ErrVolatile means that the program or its files are gone after a restart.
var ErrVolatile = errors.New("it lies in a directory that is emptied when the computer restarts")

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
	for _, word := range append([]string{a.Program}, a.Args...) {
		if filepath.IsAbs(word) && volatile(word) {
			return fmt.Errorf("%s: %w", word, ErrVolatile)
		}
	}
	return a.checkEntry()
}

// Install makes the entry, or replaces it.
func (a Autostart) Install() error {
	if err := a.Check(); err != nil {
		return err
	}
	if err := a.Remove(); err != nil {
		return err
	}
	if err := a.install(); err != nil {
		return errors.Join(fmt.Errorf("making the autostart entry: %w", err), a.Remove())
	}
	return nil
}

// Remove removes the entry of whatever form; that there is none is no error.
func (a Autostart) Remove() error {
	if !a.Admin && a.Home == "" {
		return nil // none was installed
	}
	if err := a.remove(); err != nil {
		return fmt.Errorf("removing the autostart entry: %w", err)
	}
	return nil
}
