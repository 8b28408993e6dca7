package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// unmountBelow unmounts what is mounted on path or below it, the last mount first.
func unmountBelow(path string) error {
	real, err := filepath.Abs(path)
	if err == nil {
		var parent string
		parent, err = filepath.EvalSymlinks(filepath.Dir(real))
		real = filepath.Join(parent, filepath.Base(real))
	}
	if err != nil {
		return err
	}
	var problems []error
	for _, at := range slices.Backward(mountsBelow(real)) {
		if err := unix.Unmount(at, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil && !errors.Is(err, unix.EINVAL) {
			problems = append(problems, fmt.Errorf("a file system is mounted on %s: %w", at, err))
		}
	}
	if len(problems) == 0 && len(mountsBelow(real)) > 0 {
		problems = append(problems, fmt.Errorf("file systems are mounted below %s", real))
	}
	return errors.Join(problems...)
}

// mountsBelow lists where something is mounted on dir or below it, in the order of the
// mounts (proc_pid_mountinfo(5)). Where /proc is missing nothing is known.
func mountsBelow(dir string) (found []string) {
	list, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		const point = 4
		if len(f) <= point {
			continue
		}
		if at := unescape.Replace(f[point]); at == dir || strings.HasPrefix(at, dir+"/") {
			found = append(found, at)
		}
	}
	return found
}

// makeRemovable gives what its removal needs: a directory its permissions, and where we
// are root and nothing else has the file, a file that may be changed (ioctl_iflags(2)).
func makeRemovable(path string, dir bool) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		if dir {
			openDirectory(path)
		}
		return
	}
	defer unix.Close(fd)
	const held = unix.STATX_ATTR_IMMUTABLE | unix.STATX_ATTR_APPEND // the same bits as the flags
	var st unix.Stat_t
	flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	if err == nil && flags&held != 0 && unix.Fstat(fd, &st) == nil && (dir || st.Nlink == 1) {
		_ = unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, int(flags&^held))
	}
	if dir {
		_ = unix.Fchmod(fd, 0o700)
	}
}
