//go:build unix

package power

import (
	"encoding/xml"
	"strings"
)

// The texts of a Mac's autostart entry. They are made here so that the tests of every
// system cover them.

// launchdJob describes a job that launchd starts once, at boot or login
// (launchd.plist(5)).
func launchdJob(label string, argv []string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>` + label + `</string>
<key>RunAtLoad</key><true/>
<key>KeepAlive</key><false/>
<key>ProgramArguments</key><array>
`)
	for _, arg := range argv {
		b.WriteString("<string>")
		_ = xml.EscapeText(&b, []byte(arg)) // a strings.Builder takes everything
		b.WriteString("</string>\n")
	}
	b.WriteString("</array></dict></plist>\n")
	return b.String()
}

// terminalScript is a file that Terminal runs in a window of its own. The program
// takes the shell's place, so that the window's end is the program's.
func terminalScript(argv []string) string {
	var words []string
	for _, arg := range argv {
		words = append(words, "'"+strings.ReplaceAll(arg, "'", `'\''`)+"'")
	}
	return "#!/bin/sh\nexec " + strings.Join(words, " ") + "\n"
}
