package process

import "testing"

func TestBatchFilesAndTheirCommandLine(t *testing.T) {
	for name, want := range map[string]bool{"a.cmd": true, `b\A.BAT`: true, "a.cmd.exe": false, "cmd": false, "a.ps1": false} {
		if got := isBatch(name); got != want {
			t.Errorf("isBatch(%q) = %v", name, got)
		}
	}
	want := `"C:\Windows\system32\cmd.exe" /d /v:off /s /c ""%SUPPORTD_SCRIPT%""`
	if got := batchLine(`C:\Windows\system32\cmd.exe`); got != want {
		t.Errorf("the command line is %s, want %s", got, want)
	}
}
