//go:build unix

package main

import "supportd/daemon/desktop"

// documentsDir is what a desktop calls the directory for documents, where there is one.
func documentsDir(getenv func(string) string, home string) string {
	return desktop.UserDir("DOCUMENTS", getenv("XDG_CONFIG_HOME"), home)
}
