package library

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// failing fails once, at its n-th read, and goes on as if nothing had been.
type failing struct {
	r io.Reader
	n int
}

func (f *failing) Read(p []byte) (int, error) {
	if f.n--; f.n == 0 {
		return 0, errors.New("the connection stutters")
	}
	return f.r.Read(p[:min(len(p), 512)])
}

// An archive of which a part could not be read is refused, wherever that was, also where
// the rest comes: half a script would do half of the work.
func TestK7_AnArchiveThatCouldNotBeReadWhole(t *testing.T) {
	whole, err := pack(map[string]int{"a.sh": 3000, "b": 0, "c": 700}).Tar()
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	for ; ; reads++ {
		stutters := &failing{bytes.NewReader(whole), reads + 1}
		p, err := ReadTar(stutters, "a.sh")
		if stutters.n > 0 { // it needed fewer reads
			if err != nil {
				t.Error(err)
			}
			break
		}
		if err == nil {
			t.Errorf("read %d failed: %d bytes of files are taken", reads+1, p.Size())
		}
	}
	if reads < 10 {
		t.Errorf("it took %d reads: this proved little", reads)
	}
}

// What stands in the place of an archive, and what in one cannot be run, is said.
func TestK7_WhatIsWrongWithAnArchive(t *testing.T) {
	file := func(name string, mode int64) tar.Header {
		return tar.Header{Name: name, Mode: mode, Size: 1, Typeflag: tar.TypeReg}
	}
	for what, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":            {nil, errNothing.Error()},
		"some text":          {bytes.Repeat([]byte("text "), 200), ErrNoArchive.Error()},
		"a cut one":          {archive(t, file("a.sh", 0o755))[:513], ErrNoArchive.Error()},
		"one in a folder":    {archive(t, file("readme", 0o644), file("sub/x.sh", 0o755)), "nothing in it can be run: name the file, or give it an ending such as .sh, .py, .bat or .ps1"},
		"a hole just as big": {sparse(t, 1, MaxArchive), "its files have 8388608 bytes together, 7340032 more than the 1048576 that a script may have"},
		"a hole too big":     {sparse(t, 1, MaxArchive+1), "hole0: " + errTooMuch.Error()},
	} {
		if _, err := ReadTar(bytes.NewReader(c.data), ""); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}

// A package is checked in whatever order its files come, and keeps them by name; where
// two names are the same, both are told, a folder as such.
func TestF4_NamesOfAPackageAgainstEachOther(t *testing.T) {
	p := Package{Executable: "b", Files: []File{{"c", nil}, {"a/x", nil}, {"b", nil}, {"B.sh", nil}}}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, f := range p.Files {
		order = append(order, f.Path)
	}
	if got := strings.Join(order, " "); got != "B.sh a/x b c" {
		t.Errorf("in the order %q", got)
	}
	long := strings.Repeat("q", 200)
	for _, c := range []struct {
		a, b, want string
	}{
		{"a.sh", "A.SH", "A.SH and a.sh are the same name"}, {"A.sh/x", "a.sh", "A.sh/ and a.sh are the same name"}, {"a", "A/x", "A/ and a are the same name"}, {"a", "a", "a is there twice"}, {"a", "a/x", "a/x is there twice, or a file and a folder"},
		{strings.ToUpper(long), long, strings.Repeat("Q", 79) + "… and " + strings.Repeat("q", 79) + "… are"},
	} {
		err := Package{Executable: c.a, Files: []File{{c.a, nil}, {c.b, nil}}}.Check()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20s, %.20s: %v, want %q", c.a, c.b, err, c.want)
		}
	}
}

// C10: why a name or a description is refused is the true reason.
func TestC10_WhyNamesAreRefused(t *testing.T) {
	for name, why := range map[string]string{
		"": "needs a name", "a\xff": "has to be UTF-8", strings.Repeat("x", MaxName+1): "at most 64 characters", "a\u202eb": "invisible", "a$": "letters, digits, spaces", " a": "no space at either end", "-a": "no dash in front",
	} {
		if _, err := CheckName(name); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", name, err, why)
		}
	}
	for s, why := range map[string]string{"a\xff": "has to be UTF-8", strings.Repeat("x", MaxDescription+1): "at most 4096 bytes, this one has 4097", "a\x1b": "invisible"} {
		if err := CheckDescription(s); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.20q: %v, want %q", s, err, why)
		}
	}
}
