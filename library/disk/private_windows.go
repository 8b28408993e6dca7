package disk

import (
	"fmt"
	"os"
	"slices"
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

// checkPrivate reports whether the directory belongs to us or to an administrator
// and lets nobody else in: one that somebody has prepared need not.
func checkPrivate(dir string, _ os.FileInfo) error {
	const owner, list = windows.OWNER_SECURITY_INFORMATION, windows.DACL_SECURITY_INFORMATION
	sd, err := windows.GetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, owner|list)
	if err != nil {
		return fmt.Errorf("%w: who may enter %s cannot be told: %w", ErrNotPrivate, dir, err)
	}
	us, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	if sid, _, err := sd.Owner(); err != nil || !trusted(sid, us.User.Sid) {
		return fmt.Errorf("%w: %s belongs to %v", ErrNotPrivate, dir, sid)
	}
	acl, _, err := sd.DACL()
	if err != nil || acl == nil {
		return fmt.Errorf("%w: everybody may enter %s", ErrNotPrivate, dir)
	}
	for i := range uint32(acl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(acl, i, &ace); err != nil {
			return err
		}
		sid := (*windows.SID)(unsafe.Pointer(&ace.SidStart))
		if ace.Header.AceType == windows.ACCESS_ALLOWED_ACE_TYPE && ace.Mask != 0 && !trusted(sid, us.User.Sid) {
			return fmt.Errorf("%w: %v may enter %s; take that away in the folder's properties, under Security", ErrNotPrivate, sid, dir)
		}
	}
	return nil
}

// trusted reports whether a SID is ours, the system's or the administrators', or
// one that stands for the owner.
func trusted(sid, us *windows.SID) bool {
	return sid.Equals(us) || slices.ContainsFunc([]windows.WELL_KNOWN_SID_TYPE{
		windows.WinLocalSystemSid, windows.WinBuiltinAdministratorsSid, windows.WinCreatorOwnerSid, windows.WinCreatorOwnerRightsSid,
	}, sid.IsWellKnown)
}

// checkWay trusts the way, which by default leads through the user's own profile;
// what counts is who may enter the directory that has been opened.
func checkWay(string) error { return nil }

func checkPlace(string) error { return nil }

// OthersMayReplace is false: on Windows it is not looked at.
func OthersMayReplace(string) bool { return false }
