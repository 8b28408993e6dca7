//go:build unix

package desktop

import (
	"io"
	"path/filepath"
	"strings"

	"supportd/library/disk"
)

// UserDir is one of a desktop's directories by its name, such as DOCUMENTS or DOWNLOAD,
// where there is one (xdg-user-dirs): they are called otherwise in other languages. config
// is what XDG_CONFIG_HOME says.
func UserDir(name, config, home string) string {
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
		value, ok := strings.CutPrefix(strings.TrimSpace(line), "XDG_"+name+"_DIR=")
		if value = strings.Trim(value, `"`); ok {
			if rest, ok := strings.CutPrefix(value, "$HOME"); ok {
				value = home + rest
			}
			dir = strings.ReplaceAll(value, `\`, "")
		}
	}
	return dir
}
