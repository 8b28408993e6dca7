package cmdline

import "golang.org/x/sys/unix"

// onFirstThread reports whether this is the thread whose number is the process's
// (gettid(2)).
func onFirstThread() bool { return unix.Gettid() == unix.Getpid() }
