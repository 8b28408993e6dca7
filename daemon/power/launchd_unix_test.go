//go:build unix

package power

import (
	"encoding/xml"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// nasty are words that a shell or an XML file could take for something else.
func nasty() []string {
	return []string{"/opt/it's support/agent", "a b", `"$HOME" $(id) \x`, "<&>]]>", "100%", "김", "--state", ""}
}

func TestB9_TerminalRunsExactlyTheProgram(t *testing.T) {
	script := filepath.Join(t.TempDir(), "resume now.command")
	show := append([]string{"/usr/bin/printf", `%s\n`}, nasty()...)
	if err := writeFile(script, terminalScript(show), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(script).Output()
	if got := strings.TrimSuffix(string(out), "\n"); err != nil || got != strings.Join(nasty(), "\n") {
		t.Errorf("%v: %q", err, got)
	}
}

func TestB9_LaunchdReadsExactlyTheProgram(t *testing.T) {
	var plist struct {
		Keys  []string `xml:"dict>key"`
		Label string   `xml:"dict>string"`
		Argv  []string `xml:"dict>array>string"`
	}
	if err := xml.Unmarshal([]byte(launchdJob("supportd.test", nasty())), &plist); err != nil {
		t.Fatal(err)
	}
	if plist.Label != "supportd.test" || !slices.Equal(plist.Argv, nasty()) || !slices.Contains(plist.Keys, "RunAtLoad") {
		t.Errorf("%+v", plist)
	}
}
