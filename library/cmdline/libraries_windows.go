package cmdline

import "golang.org/x/sys/windows"

// systemLibraries has this program load DLLs from Windows' own directory only, and not
// from beside the program: a browser saves there what any page sends. The first
// statement of a program is not too late: what Windows loads before is kernel32.dll,
// which it takes from nowhere else, and Go's own runtime asks for the system's files
// by itself. It cannot fail on a Windows on which Go runs (SetDefaultDllDirectories,
// libloaderapi.h).
func systemLibraries() {
	_ = windows.SetDefaultDllDirectories(windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
	_ = windows.SetDllDirectory("") // nor from the current directory
}
