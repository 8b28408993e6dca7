package desktop

import (
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// openers open a file or an address with what the desktop has for it.
func openers() [][]string {
	return [][]string{{"xdg-open"}, {"gio", "open"}, {"x-www-browser"}, {"sensible-browser"}, {"firefox"}, {"chromium"}, {"google-chrome"}}
}

// hasWindows reports whether a program can show anything here.
func (d *Desktop) hasWindows() bool { return hasWindows(d.Env) }

// places are where a browser can read a file: one that comes as a snap reads neither the
// temporary directory nor what is hidden in the home directory.
func (d *Desktop) places() (dirs []string) {
	_ = d.asUser(func() error {
		for _, dir := range []string{UserDir("DOWNLOAD", value(d.Env, "XDG_CONFIG_HOME"), d.Home), filepath.Join(d.Home, "Downloads"), d.Home} {
			if info, err := os.Stat(dir); err == nil && info.IsDir() && filepath.IsAbs(dir) {
				dirs = append(dirs, dir)
			}
		}
		return nil
	})
	return dirs
}

// asUser touches files as the desktop's user does: root follows no link of theirs to
// where they could not write (setfsuid(2)).
func (d *Desktop) asUser(do func() error) error {
	if d.as == nil {
		return do()
	}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this goroutine
		if err := descend(int(d.as.Uid), int(d.as.Gid)); err != nil {
			done <- err
			return
		}
		done <- do()
	}()
	return <-done
}

// descend gives this thread the file access of a user. The calls report no error, so
// it is asked what they have done.
func descend(uid, gid int) error {
	if _, _, e := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); e != 0 {
		return e
	}
	_, _ = unix.SetfsgidRetGid(gid)
	_, _ = unix.SetfsuidRetUid(uid)
	nowGID, _ := unix.SetfsgidRetGid(-1)
	nowUID, _ := unix.SetfsuidRetUid(-1)
	if nowUID != uid || nowGID != gid {
		return ErrOther
	}
	return nil
}
