package script

import (
	"strings"
	"testing"

	"supportd/library/text"
)

func TestF1_F2_F3_PathRule(t *testing.T) {
	for name, want := range map[string]string{
		"/": ".", "": ".", ".": ".", "/a.sh": "a.sh", "a/b/c.txt": "a/b/c.txt", "/a/": "a", "/한글 파일.sh": "한글 파일.sh",
		"/.hidden": ".hidden", "/a..b": "a..b", "/" + strings.Repeat("x", 255): strings.Repeat("x", 255),
		"/console": "console", "/com10.txt": "com10.txt", "/nulls": "nulls", "/a/b/c/d/e/f/g/h": "a/b/c/d/e/f/g/h",
		// F1 outside
		"../x": "", "/a/../../x": "", "..": "", `..\x`: "", `C:\x`: "", "C:/x": "", `\\srv\s`: "", "//srv/s": "", "a//b": "",
		// F2 names that deceive or that some system cannot hold
		"/a\x00b": "", "/a\nb": "", "/a\x1b[2J": "", "/a\u202eb": "", "/-rf": "", "/a/-rf": "", "/trailing.": "", "/trailing ": "", "/ leading": "",
		"/" + strings.Repeat("x", 256): "", "/\xff": "", "/a?": "", "/a*b": "", "/a|b": "", `/a"b`: "", "/a<b": "", "/stream:x": "",
		"/a/b/c/d/e/f/g/h/i": "",
		// F3 devices of Windows
		"/con": "", "/CON": "", "/nul.txt": "", "/a/AUX": "", "/prn.tar.gz": "", "/com1": "", "/LPT9.sh": "", "/COM¹": "", "/conin$": "", "/con .txt": "",
	} {
		got, err := cleanPath(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("cleanPath(%.40q) = %q, %v; want %q", name, got, err, want)
		}
		if err != nil && strings.ContainsFunc(err.Error(), text.Hostile) {
			t.Errorf("the refusal of %q is raw: %q", name, err)
		}
	}
}

func FuzzCleanPath(f *testing.F) {
	for _, s := range []string{"/a/b.sh", "../x", `C:\x`, "/con", "/a\u202eb", "//a", "/한글"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		rel, err := cleanPath(name)
		if err != nil {
			return
		}
		if again, err := cleanPath("/" + rel); err != nil || again != rel {
			t.Errorf("%q became %q, which became %q, %v", name, rel, again, err)
		}
		if rel != "." && (strings.HasPrefix(rel, "/") || strings.Contains("/"+rel+"/", "/../") || strings.ContainsAny(rel, "\\:\x00")) {
			t.Errorf("%q came through as %q", name, rel)
		}
	})
}
