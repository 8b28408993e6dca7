package sysinfo

import (
	"fmt"
	"strings"
	"testing"
)

// escapeOctal is what the kernel does to names in mountinfo.
func escapeOctal(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(" \t\n\\#", s[i]) >= 0 {
			fmt.Fprintf(&b, "\\%03o", s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func FuzzParsersOfLinux(f *testing.F) {
	f.Add([]byte("<3>[1.0] m\n root:x:0:0:r:/:/\n"))
	f.Add([]byte("22 1 8:1 / /a\\040b rw - ext4 /dev/sda1 rw\n[Desktop Entry]\nExec=a \"b\" %U\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parseKernel(b)
		parseMembers(b, "sudo")
		parseAnacron(b)
		visible(parseMounts(b))
		parseStat(string(b))
		parseUtmp(b, 384)
		parseUtmp(b, 400)
		parseDirectory(b)
		if e, ok := parseDesktop(b); ok {
			e.command()
			e.name()
			e.list("OnlyShowIn")
		}
		if got := unescapeOctal(escapeOctal(string(b))); got != string(b) {
			t.Errorf("%q came back as %q", b, got)
		}
		parsePasswd(b)
		parseCron(b, true)
		parseCron(b, false)
	})
}
