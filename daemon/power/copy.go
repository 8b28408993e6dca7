package power

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"supportd/library/disk"
)

// copyName is the name of the program's copy in [Autostart.Private].
func copyName() string {
	if runtime.GOOS == "windows" {
		return "support-agent.exe"
	}
	return "support-agent"
}

func (a Autostart) copyPath() string { return filepath.Join(a.Private.Name(), copyName()) }

// isCopy reports whether this process was started from the copy.
func (a Autostart) isCopy() bool {
	if a.Private == nil {
		return false
	}
	ours, err := os.Stat(a.running())
	if err != nil {
		return false
	}
	theirs, err := a.Private.Lstat(copyName())
	return err == nil && os.SameFile(ours, theirs)
}

// copyProgram puts a copy of what runs now into the private directory. It is on the
// disk when copyProgram returns.
func (a Autostart) copyProgram() (err error) {
	from, err := os.Open(a.running())
	if err != nil {
		return fmt.Errorf("copying the program: %w", err)
	}
	defer from.Close()
	err = disk.ReplaceFrom(a.Private, copyName(), 0o700, func(w io.Writer) error {
		_, err := io.Copy(w, from)
		return err
	})
	if err != nil {
		return fmt.Errorf("copying the program: %w", err)
	}
	return nil
}

// removeCopy removes the copy if there is one.
func (a Autostart) removeCopy() error {
	if a.Private == nil {
		return nil
	}
	err := a.Private.Remove(copyName())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, disk.SyncRoot(a.Private))
}
