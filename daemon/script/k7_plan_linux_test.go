package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A package that cannot be copied whole is not run.
func TestD1_APackageThatCannotBeCopied(t *testing.T) {
	b := newBench(t)
	b.put("pkg/run.sh", "#!/bin/sh\n")
	b.put("pkg/sub/helper", "x")
	plan := b.plan("pkg/run.sh")
	for name, inTheWay := range map[string]func(dir string) error{
		"a file where a folder belongs":      func(dir string) error { return os.WriteFile(filepath.Join(dir, "sub"), nil, 0o600) },
		"a folder where a file belongs":      func(dir string) error { return os.MkdirAll(filepath.Join(dir, "sub", "helper"), 0o700) },
		"a folder where the script belongs":  func(dir string) error { return os.Mkdir(filepath.Join(dir, "run.sh"), 0o700) },
		"there is no folder to copy it into": os.Remove,
	} {
		dir := t.TempDir()
		if err := inTheWay(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := plan.extract(0, dir); err == nil {
			t.Errorf("%s: copied", name)
		}
	}
	if path, err := plan.extract(0, t.TempDir()); err != nil || filepath.Base(path) != "run.sh" {
		t.Errorf("%q, %v", path, err)
	}
}

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
