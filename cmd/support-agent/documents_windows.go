package main

import "golang.org/x/sys/windows"

// documentsDir is the known folder of that name.
func documentsDir(func(string) string, string) string {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_Documents, 0)
	if err != nil {
		return ""
	}
	return dir
}
