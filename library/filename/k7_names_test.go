package filename

import (
	"strings"
	"testing"
)

// What is no device of Windows though it begins like one, and what is one.
func TestF3_DevicesAtTheirLimits(t *testing.T) {
	for name, want := range map[string]bool{
		"com0": true, "com9": true, "COM²": true, "lpt³.txt": true, "com": false, "com10": false, "com11.x": false, "comx": false, "lpt": false, "lpt12": false,
		"1": false, "5.txt": false, "²": false, "": false, "con": true, "conin$": true, "CONOUT$.x": true, "clock$": true, "con1": false, "aux.tar.gz": true, "nul  .x": true,
		"com1 .txt": true, "prn": true, "x.con": false, "command": false, "xcom1": false,
	} {
		if device(name) != want {
			t.Errorf("%q: %t", name, device(name))
		}
	}
}

// Each part of a path keeps the rule, and there are so many at most.
func TestF1_F2_PathsAtTheirLimits(t *testing.T) {
	deep := strings.TrimSuffix(strings.Repeat("a/", MaxDepth), "/")
	for path, why := range map[string]string{
		deep: "", deep + "/a": "too many folders", "a/" + strings.Repeat("x", MaxBytes): "", "a/" + strings.Repeat("x", MaxBytes+1): "255 bytes", strings.Repeat("한", 85): "", strings.Repeat("한", 86): "255 bytes",
		"a/.": "upwards", "a/..": "upwards", ".": "upwards", "..": "upwards", "...": "dot", ".a": "", "a.": "dot", "a/": "empty", "\u3000a": "space", "a\u3000": "space", "-": "dash", "a-": "",
		`a\b`: "any of", "a:b": "any of", "a*": "any of", "a?": "any of", `"`: "any of", "<": "any of", ">": "any of", "|": "any of", "\xff": "UTF-8", "a\x7f": "invisible",
	} {
		if err := CheckPath(path); (err == nil) != (why == "") || err != nil && !strings.Contains(err.Error(), why) {
			t.Errorf("%.30q: %v, want %q", path, err, why)
		}
	}
	if MaxDepth != 8 || MaxBytes != 255 {
		t.Error("a limit is not the one that SECURITY.md names")
	}
}
