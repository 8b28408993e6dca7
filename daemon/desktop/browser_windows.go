package desktop

import (
	"context"

	"golang.org/x/sys/windows"
)

// browsers is what Windows opens a page with; BROWSER is no variable of Windows.
func (d *Desktop) browsers() [][]string { return [][]string{{""}} }

// start lets Windows open what is last (ShellExecuteW). It returns at once.
func (d *Desktop) start(_ context.Context, words []string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	what, err := windows.UTF16PtrFromString(words[len(words)-1])
	if err != nil {
		return err
	}
	return windows.ShellExecute(0, verb, what, nil, nil, windows.SW_SHOWNORMAL)
}

// places is where only this user and administrators may read.
func (d *Desktop) places() []string { return []string{value(d.Env, "LOCALAPPDATA")} }

func (d *Desktop) asUser(do func() error) error { return do() }
