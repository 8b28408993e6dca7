package daemon

import "os"

func systemName() string {
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if text, err := os.ReadFile(name); err == nil {
			return releaseName(string(text))
		}
	}
	return ""
}
