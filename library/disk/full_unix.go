//go:build unix

package disk

import "syscall"

// noSpace are the errors of a full disk, or of a user who has had their share.
func noSpace() []error { return []error{syscall.ENOSPC, syscall.EDQUOT} }
