package formats

import (
	"reflect"
	"testing"
)

func TestParsePasswd(t *testing.T) {
	got := Passwd([]byte("root:x:0:0:root:/root:/bin/sh\nkim:x:1000:1000:Kim Minsu,Room 1,,:/home/kim:/bin/zsh\nbad:x:-1:0::/:\nshort:x\n#c:x:1:1::/:/\nnobody:x:65534:65534::/:/\n"))
	if len(got) != 3 || got[1].Full != "Kim Minsu" || !got[1].Person() || got[0].Person() || got[2].Person() {
		t.Errorf("%+v", got)
	}
}

func TestParseCron(t *testing.T) {
	got := Crontab([]byte("SHELL=/bin/sh\nMAILTO = x\n# c\n*/5 * * * * root  /usr/bin/a  b\n@reboot kim /bin/c\n1 2 3 4 5\n"), true)
	want := []CronJob{{"*/5 * * * *", "root", "/usr/bin/a  b"}, {"@reboot", "kim", "/bin/c"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := Crontab([]byte("0 1 * * * backup --all\n"), false); len(got) != 1 || got[0].Command != "backup --all" {
		t.Errorf("%+v", got)
	}
}
