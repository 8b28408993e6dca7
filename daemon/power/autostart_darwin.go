package power

import (
	"encoding/xml"
	"path/filepath"
	"strings"
)

// label is the job's name for launchd, in reverse domain notation as launchd
// wants it.
const label = "supportd." + EntryName

func (a Autostart) file() string {
	if a.Admin {
		return filepath.Join("/", a.root, "Library/LaunchDaemons", label+".plist")
	}
	return filepath.Join(a.Home, "Library/LaunchAgents", label+".plist")
}

func (a Autostart) install() error { return writeFile(a.file(), a.plist()) }
func (a Autostart) remove() error  { return removeFiles(a.file()) }

// plist describes a job that launchd starts once, at boot or login
// (launchd.plist(5)).
func (a Autostart) plist() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>` + label + `</string>
<key>RunAtLoad</key><true/>
<key>KeepAlive</key><false/>
<key>ProgramArguments</key><array>
`)
	for _, arg := range append([]string{a.Program}, a.Args...) {
		b.WriteString("<string>")
		_ = xml.EscapeText(&b, []byte(arg)) // a strings.Builder takes everything
		b.WriteString("</string>\n")
	}
	b.WriteString("</array></dict></plist>\n")
	return b.String()
}

// volatile reports whether a path does not outlive a restart.
func volatile(path string) bool {
	clean := filepath.Clean(path)
	for _, dir := range []string{"/tmp/", "/private/tmp/", "/private/var/folders/", "/var/folders/", "/Volumes/"} {
		if strings.HasPrefix(clean, dir) {
			return true
		}
	}
	return false
}
