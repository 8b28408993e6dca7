//go:build unix

package main

import (
	"io"
	"path/filepath"
	"strings"

	"supportd/library/disk"
)

// documentsDir is XDG_DOCUMENTS_DIR of a desktop, where there is one
// (xdg-user-dirs): "Documents" is called otherwise in other languages.
func documentsDir(getenv func(string) string, home string) string {
	config := getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) {
		config = filepath.Join(home, ".config")
	}
	f, err := disk.Open(filepath.Join(config, "user-dirs.dirs"))
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 64 << 10
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return ""
	}
	dir := ""
	for line := range strings.Lines(string(data)) {
		value, ok := strings.CutPrefix(strings.TrimSpace(line), "XDG_DOCUMENTS_DIR=")
		if value = strings.Trim(value, `"`); ok {
			if rest, ok := strings.CutPrefix(value, "$HOME"); ok {
				value = home + rest
			}
			dir = strings.ReplaceAll(value, `\`, "")
		}
	}
	return dir
}
