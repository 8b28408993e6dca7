//go:build !linux

package cmdline

// onFirstThread is not asked for elsewhere: other systems choose a thread that can
// take the signal.
func onFirstThread() bool { return true }
