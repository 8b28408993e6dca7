package filename

import (
	"strings"
	"testing"
)

func TestF1_F2_F3_Rule(t *testing.T) {
	for path, good := range map[string]bool{
		"a.sh": true, "a/b/c.txt": true, "한글 파일.sh": true, ".hidden": true, "a..b": true, "console": true, "com10.txt": true,
		"nulls": true, "a/b/c/d/e/f/g/h": true, strings.Repeat("x", 255): true,
		// F1 outside
		"": false, ".": false, "..": false, "../x": false, "a/../../x": false, `..\x`: false, "/x": false, "C:/x": false, `\\srv\s`: false, "a//b": false,
		// F2 names that deceive or that some system cannot hold
		"a\x00b": false, "a\nb": false, "a\x1b[2J": false, "a\u202eb": false, "-rf": false, "a/-rf": false, "trailing.": false, "trailing ": false,
		" leading": false, strings.Repeat("x", 256): false, "\xff": false, "a?": false, "a|b": false, "stream:x": false, "a/b/c/d/e/f/g/h/i": false,
		// F3 devices of Windows
		"con": false, "CON": false, "nul.txt": false, "a/AUX": false, "prn.tar.gz": false, "com1": false, "LPT9.sh": false, "COM¹": false, "con .txt": false,
	} {
		if err := CheckPath(path); (err == nil) != good {
			t.Errorf("%.40q: %v", path, err)
		}
	}
}

func TestF4_NamesThatAreTheSameSomewhere(t *testing.T) {
	for _, pair := range [][2]string{{"Readme", "README"}, {"\u1112\u1161\u11ab", "\ud55c"}, {"ﬁle", "file"}, {"é", "e\u0301"}, {"ΟΔΟΣ", "οδος"}} {
		if Fold(pair[0]) != Fold(pair[1]) {
			t.Errorf("%q and %q are told apart", pair[0], pair[1])
		}
	}
	if Fold("a") == Fold("b") {
		t.Error("everything is the same")
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"a/b.sh", "../x", `C:\x`, "con", "a\u202eb", "/a", "한글"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if CheckPath(path) != nil {
			return
		}
		if strings.HasPrefix(path, "/") || strings.Contains("/"+path+"/", "/../") || strings.ContainsAny(path, "\\:\x00") {
			t.Errorf("%q came through", path)
		}
	})
}
