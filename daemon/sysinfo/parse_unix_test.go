//go:build unix

package sysinfo

import (
	"reflect"
	"testing"
)

func TestParsePasswd(t *testing.T) {
	got := parsePasswd([]byte("root:x:0:0:root:/root:/bin/sh\nkim:x:1000:1000:Kim Minsu,Room 1,,:/home/kim:/bin/zsh\nbad:x:-1:0::/:\nshort:x\n#c:x:1:1::/:/\nnobody:x:65534:65534::/:/\n"))
	if len(got) != 3 || got[1].full != "Kim Minsu" || !got[1].person() || got[0].person() || got[2].person() {
		t.Errorf("%+v", got)
	}
}

func TestParseCron(t *testing.T) {
	got := parseCron([]byte("SHELL=/bin/sh\nMAILTO = x\n# c\n*/5 * * * * root  /usr/bin/a  b\n@reboot kim /bin/c\n1 2 3 4 5\n"), true)
	want := []cronJob{{"*/5 * * * *", "root", "/usr/bin/a  b"}, {"@reboot", "kim", "/bin/c"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := parseCron([]byte("0 1 * * * backup --all\n"), false); len(got) != 1 || got[0].command != "backup --all" {
		t.Errorf("%+v", got)
	}
}
