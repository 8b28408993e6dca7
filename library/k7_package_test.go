package library

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// What is run has the run bit and is shown as what is run; what comes along has not,
// and is not.
func TestK7T8_OnlyWhatIsRunCanBeRun(t *testing.T) {
	p := Package{Executable: "b/main", Files: []File{{"a.sh", []byte("a")}, {"b/main", []byte("main")}, {"c", []byte("cc")}}}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	archive, err := p.Tar()
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]int64{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		modes[h.Name] = h.Mode
	}
	if len(modes) != 3 || modes["b/main"] != 0o755 || modes["a.sh"] != 0o644 || modes["c"] != 0o644 {
		t.Errorf("modes %v", modes)
	}
	if _, err := (Package{Executable: "a\x00b", Files: []File{{"a\x00b", nil}}}).Tar(); err == nil {
		t.Error("a name that no archive can hold is in one")
	}
	shown := p.Program()
	var with []string
	for _, f := range shown.With {
		with = append(with, f.Name)
	}
	if shown.Name != "b/main" || shown.Size != 4 || shown.SHA256 != Sum([]byte("main")) || !slices.Equal(with, []string{"a.sh", "c"}) {
		t.Errorf("%+v", shown)
	}
	if shown.With[1].Size != 2 || shown.With[1].SHA256 != Sum([]byte("cc")) {
		t.Errorf("%+v", shown.With[1])
	}
}

// How many files a package may have, to the file.
func TestF16_FilesOfAPackage(t *testing.T) {
	files := func(n int) Package {
		p := Package{Executable: "f000"}
		for i := range n {
			p.Files = append(p.Files, File{Path: "f" + string([]byte{byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)})})
		}
		return p
	}
	if MaxFiles != 100 || MaxPackage != 1<<20 || MaxStaged != 16<<20 || MaxScripts != 100 || MaxArchive != 8<<20 {
		t.Error("a limit is not the one that SECURITY.md names")
	}
	if err := files(MaxFiles).Check(); err != nil {
		t.Error(err)
	}
	if err := files(MaxFiles + 1).Check(); err == nil || !strings.Contains(err.Error(), "101 files") {
		t.Error(err)
	}
	if err := files(0).Check(); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Error(err)
	}
}

// Any bit of the three makes a file one that can be run, and so does an ending, in
// either case. Where some are marked, the others only look like programs.
func TestWhatCanBeRun(t *testing.T) {
	for _, c := range []struct {
		name   string
		mode   int64
		ok     bool
		marked bool
	}{
		{"a", 0o644, false, false}, {"a", 0o100, true, true}, {"a", 0o010, true, true}, {"a", 0o001, true, true},
		{"a.sh", 0o644, true, false}, {"A.PS1", 0, true, false}, {"a.txt", 0o666, false, false}, {"sh", 0, false, false},
	} {
		if r, ok := CanRun(c.name, c.mode); ok != c.ok || r.Marked != c.marked || r.Path != c.name {
			t.Errorf("%s %o: %+v, %v", c.name, c.mode, r, ok)
		}
	}
	many := []Runnable{{"1.sh", false}, {"2.sh", false}, {"3.sh", false}, {"4.sh", false}, {"5.sh", false}, {"6.sh", false}}
	if _, err := Choose(many); err == nil || !strings.Contains(err.Error(), "5.sh") || strings.Contains(err.Error(), "6.sh") {
		t.Errorf("of many the first five are named: %v", err)
	}
	if got, err := Choose([]Runnable{{"run.sh", false}, {"b", true}}); err != nil || got != "b" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := Choose([]Runnable{{"running.sh", true}, {"run", true}}); err != nil || got != "run" {
		t.Errorf("%q, %v", got, err)
	}
}

// A file alone in an archive is what is run, whatever it is called.
func TestTheOnlyFileIsRun(t *testing.T) {
	one, err := Package{Executable: "notes", Files: []File{{"notes", []byte("x")}}}.Tar()
	if err != nil {
		t.Fatal(err)
	}
	if p, err := ReadTar(bytes.NewReader(one), ""); err != nil || p.Executable != "notes" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := ReadTar(bytes.NewReader(one), "other"); err == nil {
		t.Error("a file that is not there is to be run")
	}
}

// A path that begins with a slash is refused with what to type instead.
func TestC11_AnAbsolutePathInAnArchive(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "/etc/x.sh", Size: 1, Mode: 0o755, Typeflag: tar.TypeReg}), func() error { _, err := w.Write([]byte("x")); return err }(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTar(&b, ""); err == nil || !strings.Contains(err.Error(), "begins with a slash") {
		t.Error(err)
	}
}

// C10: a name that is too long for a line is cut where people are told of it.
func TestC10_LongNamesAreCut(t *testing.T) {
	long := strings.Repeat("q", 200)
	link := tar.Header{Name: long, Linkname: "y", Typeflag: tar.TypeSymlink}
	big := tar.Header{Name: long, Size: MaxArchive + 1, Typeflag: tar.TypeReg}
	read := func(h tar.Header) error { _, err := ReadTar(bytes.NewReader(archive(t, h)), ""); return err }
	_, several := Choose([]Runnable{{long + ".sh", true}, {"b", true}})
	for _, c := range []struct {
		err   error
		shown int
	}{
		{Package{Executable: long + ".sh", Files: []File{{long + ".sh", []byte("\xff\xfea\x00")}}}.CheckScripts(), 79},
		{Package{Executable: long, Files: []File{{"a", nil}}}.Check(), 79}, {Package{Executable: long, Files: []File{{long, nil}, {long, nil}}}.Check(), 79},
		{Package{Executable: long, Files: []File{{long + "/a", nil}, {strings.ToUpper(long) + "/b", nil}}}.Check(), 79}, {Package{Files: []File{{long + "\\", nil}}}.Check(), 79},
		{read(link), 79}, {read(big), 79}, {read(tar.Header{Name: "/" + long[:150], Size: 1, Typeflag: tar.TypeReg}), 78}, {several, 39},
		{CheckScript("a", []byte("#!/usr/bin/env -S ${"+long+"}\n")), 37},
	} {
		if c.err == nil || strings.Count(c.err.Error(), "q") != c.shown {
			t.Errorf("not %d of a long name are shown: %v", c.shown, c.err)
		}
	}
}

// Who is who's: seen, run, changed and taken back.
func TestWhoMayDoWhatWithAVersion(t *testing.T) {
	owner, admin, other := Person{Account: "a"}, Person{Account: "b", Admin: true}, Person{Account: "c"}
	for _, published := range []bool{true, false} {
		s := Script{Owner: "a", Published: published}
		for _, c := range []struct {
			who                    Person
			see, change, withdraws bool
		}{{owner, true, true, true}, {admin, published, false, true}, {other, published, false, false}} {
			if s.MaySee(c.who) != c.see || s.MayChange(c.who) != c.change || s.MayWithdraw(c.who) != c.withdraws {
				t.Errorf("%+v, published %t", c.who, published)
			}
			if s.MaySeeVersion(c.who, Version{Published: published}) != c.see {
				t.Errorf("a version: %+v, published %t", c.who, published)
			}
		}
	}
}

// Names and descriptions, to the last character and byte.
func TestC10_NamesAndDescriptionsAtTheirLimits(t *testing.T) {
	for name, good := range map[string]bool{
		"":                                  false,
		strings.Repeat("한", MaxName):        true,
		strings.Repeat("한", MaxName+1):      false,
		"a\xff":                             false,
		"a\u200b":                           false,
		"a$b":                               false,
		"a(b)":                              false,
		"-a":                                false,
		" a":                                false,
		"a ":                                false,
		"a-b_c.d+e,f'g\u2019h":              true,
		"\u1112\u1161\u11ab" + " e\u0301 1": true,
	} {
		got, err := CheckName(name)
		if (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
		if err == nil && Key(got) != Key(name) {
			t.Errorf("%q is kept as %q", name, got)
		}
		if invisible := strings.Contains(name, "\u200b"); err != nil && strings.Contains(err.Error(), "invisible") != invisible {
			t.Errorf("%q: %v", name, err)
		}
	}
	for s, good := range map[string]bool{
		"": true, strings.Repeat("x", MaxDescription): true, strings.Repeat("x", MaxDescription+1): false,
		"one\ntwo\tthree": true, "a\x1b": false, "a\xff": false,
	} {
		if err := CheckDescription(s); (err == nil) != good {
			t.Errorf("%.20q: %v", s, err)
		}
	}
	if MaxName != 64 || MaxDescription != 4096 {
		t.Error("a limit is not the one that SECURITY.md names")
	}
}
