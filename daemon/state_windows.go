package daemon

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// privateSDDL gives the owner, SYSTEM and the administrators everything, and
// nobody else anything; it does not inherit from the parent.
const privateSDDL = "D:P(A;OICI;FA;;;OW)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

func mkdirPrivate(dir string) error {
	sd, err := windows.SecurityDescriptorFromString(privateSDDL)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	attrs := windows.SecurityAttributes{SecurityDescriptor: sd}
	attrs.Length = uint32(unsafe.Sizeof(attrs))
	if err := windows.CreateDirectory(name, &attrs); err != nil {
		return &os.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return nil
}

// checkPrivate has nothing to add on Windows: the list that mkdirPrivate set
// stands, and only its owner or an administrator can change it.
func checkPrivate(string, os.FileInfo) error { return nil }

func checkParent(string) error { return nil }

// lockFile locks f until it is closed or the process ends, however it ends.
func lockFile(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
}
