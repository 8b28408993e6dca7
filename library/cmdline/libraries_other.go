//go:build !windows

package cmdline

// systemLibraries has nothing to do elsewhere: no library is looked for beside a
// program.
func systemLibraries() {}
