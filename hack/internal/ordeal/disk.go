//go:build linux

package ordeal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// disk is a file system of 32 MiB of its own, in a file that goes with it.
type disk struct {
	dir string

	mu     sync.Mutex
	frozen bool
}

// newDisk makes it; the owner must call close. It needs root.
func newDisk(dir string) (*disk, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("a disk of its own that can be frozen needs root")
	}
	image := dir + ".image"
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		err = os.WriteFile(image, nil, 0o600)
	}
	if err == nil {
		err = os.Truncate(image, 32<<20)
	}
	for _, line := range []string{"mke2fs -q -t ext4 " + image, "mount -o loop " + image + " " + dir, "chmod 700 " + dir} {
		if err == nil {
			err = command(line)
		}
	}
	if err != nil {
		return nil, err
	}
	return &disk{dir: dir}, nil
}

func command(line string) error {
	words := strings.Fields(line)
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", line, err, out)
	}
	return nil
}

func (d *disk) path(name string) string { return filepath.Join(d.dir, name) }

// freeze lets every write wait.
func (d *disk) freeze() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.frozen = true
	return command("fsfreeze -f " + d.dir)
}

// thaw lets the writes go on.
func (d *disk) thaw() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.frozen {
		_ = command("fsfreeze -u " + d.dir) // an error says that it is not frozen
		d.frozen = false
	}
}

// fill takes all the room that there is.
func (d *disk) fill() error {
	f, err := os.OpenFile(d.path("ballast"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		block := make([]byte, size)
		for err = nil; err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

// free gives the room back.
func (d *disk) free() error {
	err := os.Remove(d.path("ballast"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// close unmounts it, whoever still uses it.
func (d *disk) close() {
	d.thaw()
	_ = command("umount -l " + d.dir)
}
