package script

import (
	"os"
	"strings"
	"testing"
)

// A native program is started by itself, and what comes with a script is only
// data: it cannot be run, nor what was not named.
func TestK7T8_OnlyWhatWasNamedCanBeRun(t *testing.T) {
	b := newBench(t)
	native, err := os.ReadFile("/bin/echo")
	if err != nil {
		t.Fatal(err)
	}
	b.put("tool/prog", string(native))
	b.put("tool/data", "x")
	outcomes, rec := b.run(RunOptions{}, "tool/prog")
	if outcomes[0].Reason != Exited || outcomes[0].Code != 0 || rec.text("stdout") != "\n" {
		t.Errorf("a native program: %+v %q", outcomes[0], rec.text(""))
	}
	b.put("pkg/run.sh", "#!/bin/sh\nstat -c '%n %a' run.sh helper sub/helper\n./helper; echo $?\n./sub/helper; echo $?\n[ -x run.sh ] && echo itself\n")
	b.put("pkg/helper", string(native))
	b.put("pkg/sub/helper", "#!/bin/sh\necho ran\n")
	outcomes, rec = b.run(RunOptions{}, "pkg/run.sh")
	want := "run.sh 700\nhelper 600\nsub/helper 600\n126\n126\nitself\n"
	if outcomes[0].Code != 0 || rec.text("stdout") != want {
		t.Errorf("%+v %q, want %q", outcomes[0], rec.text("stdout"), want)
	}
	if out := rec.text(""); strings.Contains(out, "ran\n") {
		t.Errorf("a file that came along ran: %q", out)
	}
}
