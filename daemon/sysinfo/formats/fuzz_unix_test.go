//go:build unix

package formats

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
		KernelLog(b)
		Members(b, "sudo")
		Anacrontab(b)
		Visible(Mounts(b))
		ProcessStat(string(b))
		Utmp(b, 384)
		Utmp(b, 400)
		Directory(b)
		if e, ok := Desktop(b); ok {
			e.Command()
			e.Name()
			e.List("OnlyShowIn")
		}
		if got := unescapeOctal(escapeOctal(string(b))); got != string(b) {
			t.Errorf("%q came back as %q", b, got)
		}
		Passwd(b)
		Crontab(b, true)
		Crontab(b, false)
	})
}
