//go:build unix

package power

import (
	"errors"
	"strings"
	"testing"
)

func TestB1_RestartOfAMacLosesNobodysWork(t *testing.T) {
	kim := []macLogin{{UID: 501, Name: "kim", PID: 88}}
	for name, c := range map[string]struct {
		euid, screen uint32
		logins       []macLogin
		want         string
	}{
		"root, nobody there":         {want: "/sbin/shutdown -r now"},
		"root, kim at the screen":    {screen: 501, logins: kim, want: "/bin/launchctl asuser 501 /usr/bin/sudo -n -u #501 /usr/bin/osascript -e "},
		"kim at the screen":          {euid: 501, screen: 501, logins: kim, want: "/usr/bin/osascript -e ignoring application responses -e "},
		"kim, somebody else there":   {euid: 501, screen: 502, logins: kim, want: "forbidden"},
		"kim, nobody at the screen":  {euid: 501, logins: kim, want: "forbidden"},
		"root, kim behind the login": {logins: kim, want: "inhibited"},
	} {
		argv, err := macRestart(c.euid, c.screen, c.logins)
		got := strings.Join(argv, " ")
		var r *Refusal
		switch {
		case errors.As(err, &r) && r.Cause == Forbidden:
			got = "forbidden"
		case errors.As(err, &r) && r.Cause == Inhibited:
			got = "inhibited"
			if !strings.Contains(r.Error(), "kim (process 88)") {
				t.Errorf("%s: %v", name, r)
			}
		case err != nil:
			t.Fatal(err)
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
		if gentle := strings.Contains(got, "loginwindow"); gentle != (c.screen != 0 && err == nil) {
			t.Errorf("%s: gentle is %v", name, gentle)
		}
	}
}
