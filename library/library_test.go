package library

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"fix-dns": "fix-dns", "DNS 고치기": "DNS 고치기", "\u1112\u1161\u11ab": "\ud55c", strings.Repeat("한", MaxName): strings.Repeat("한", MaxName),
		"": "", " a": "", "a ": "", "-rf": "", "a/b": "", `a\b`: "", "a\x1b[2J": "", "a\u202eb": "", "a\nb": "", "\xff": "", strings.Repeat("x", MaxName+1): "",
		"Kim's 1.2_b+c, neu": "Kim's 1.2_b+c, neu", "1": "1",
		// What one CSR publishes, another one's shell completes and hints tell to paste.
		"fix-dns;calc": "", "fix-$(calc)": "", "fix(calc)": "", "a`b": "", "a|b": "", "a&b": "", "a<b": "", "a>b": "", `a"b`: "", "a{b}": "", "$HOME": "", "%PATH%": "",
		"a!b": "", "a*": "", "a?": "", "~a": "", "a[b]": "", "#a": "", "=ls": "", "@a": "", "a^b": "", ":files": "", "a\u201cb": "", "a\u2018b": "",
	} {
		got, err := CheckName(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.30q = %q, %v", name, got, err)
		}
	}
	for _, pair := range [][2]string{{"Fix DNS", "fix dns"}, {"한", "\u1112\u1161\u11ab"}} {
		if Key(pair[0]) != Key(pair[1]) {
			t.Errorf("%q and %q are told apart", pair[0], pair[1])
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	owner, other, admin := Person{Account: "alice"}, Person{Account: "bob"}, Person{Account: "root", Admin: true}
	private, public := Script{Owner: "alice"}, Script{Owner: "alice", Published: true}
	for _, c := range []struct {
		what string
		got  bool
		want bool
	}{
		{"owner sees", private.MaySee(owner), true}, {"other sees private", private.MaySee(other), false},
		{"other sees published", public.MaySee(other), true}, {"admin sees private", private.MaySee(admin), false},
		{"owner changes", public.MayChange(owner), true}, {"other changes", public.MayChange(other), false},
		{"admin changes", public.MayChange(admin), false}, {"admin withdraws", public.MayWithdraw(admin), true},
		{"other withdraws", public.MayWithdraw(other), false}, {"nobody sees private", private.MaySee(Person{}), false},
		{"other sees an older private version", public.MaySeeVersion(other, Version{}), false},
		{"admin sees an older private version", public.MaySeeVersion(admin, Version{}), false},
		{"owner sees an older private version", public.MaySeeVersion(owner, Version{}), true},
		{"other sees an older published version", public.MaySeeVersion(other, Version{Published: true}), true},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v", c.what, c.got)
		}
	}
}

func TestDescriptions(t *testing.T) {
	for text, good := range map[string]bool{
		"": true, "two\nlines\tand a tab": true, strings.Repeat("x", MaxDescription): true,
		strings.Repeat("x", MaxDescription+1): false, "\x1b[2J": false, "a\u202eb": false, "\xff": false, "a\rb": false,
	} {
		if err := CheckDescription(text); (err == nil) != good {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func pack(sizes map[string]int) Package {
	p := Package{}
	for name, size := range sizes {
		p.Files = append(p.Files, File{name, bytes.Repeat([]byte("x"), size)})
		if p.Executable == "" || strings.HasSuffix(name, ".sh") {
			p.Executable = name
		}
	}
	return p
}

func TestF1_F4_F5_Packages(t *testing.T) {
	many := map[string]int{}
	for i := range MaxFiles + 1 {
		many[strings.Repeat("a", i+1)] = 1
	}
	for name, c := range map[string]struct {
		p    Package
		want string
	}{
		"one":             {pack(map[string]int{"a.sh": 1}), ""},
		"empty file":      {pack(map[string]int{"a.sh": 0}), ""},
		"one byte less":   {pack(map[string]int{"a.sh": 1, "data/x": MaxPackage - 2}), ""},
		"just full":       {pack(map[string]int{"a.sh": 1, "data/x": MaxPackage - 1}), ""},
		"one byte more":   {pack(map[string]int{"a.sh": 1, "data/x": MaxPackage}), "1 more than the 1048576"},
		"upwards":         {pack(map[string]int{"../a.sh": 1}), "upwards"},
		"absolute":        {pack(map[string]int{"/a.sh": 1}), "empty"},
		"two halves":      {pack(map[string]int{"a.sh": 700 << 10, "b": 700 << 10}), "385024 more"},
		"deep":            {pack(map[string]int{"1/2/3/4/5/6/a.sh": 1}), ""},
		"too deep":        {pack(map[string]int{"1/2/3/4/5/6/7/a.sh": 1}), "too many folders"},
		"folders by case": {pack(map[string]int{"a.sh": 1, "A/x": 1, "a/y": 1}), "the same name"},
		"one folder":      {pack(map[string]int{"a.sh": 1, "a/x": 1, "a/y": 1}), ""},
		"device":          {pack(map[string]int{"a.sh": 1, "nul": 1}), "Windows"},
		"case":            {pack(map[string]int{"a.sh": 1, "A.SH": 1}), "the same name"},
		"form":            {pack(map[string]int{"a.sh": 1, "é": 1, "e\u0301": 1}), "the same name"},
		"file and folder": {pack(map[string]int{"a.sh": 1, "A.sh/x": 1}), "the same name"},
		"file in a file":  {pack(map[string]int{"a.sh": 1, "a.sh/x": 1}), "a file and a folder"},
		"nothing":         {Package{}, "no file"},
		"too many":        {pack(many), "at most 100"},
		"no executable":   {Package{Executable: "b", Files: []File{{"a", nil}}}, "is not in it"},
	} {
		err := c.p.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
			continue
		}
		if err != nil {
			continue
		}
		archive, err := c.p.Tar()
		if err != nil || len(archive) > MaxArchive {
			t.Errorf("%s: %d bytes, %v", name, len(archive), err)
		}
		if len(archive)%512 != 0 || !bytes.HasSuffix(archive, make([]byte, 1024)) {
			t.Errorf("%s: the archive has no end", name)
		}
		again, err := ReadTar(bytes.NewReader(archive), c.p.Executable)
		if err != nil || again.Executable != c.p.Executable || again.Size() != c.p.Size() {
			t.Errorf("%s: read again: %v", name, err)
		}
	}
}

func archive(t *testing.T, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sparse is an archive of files that are all hole, in GNU tar's older format: each
// claims a size and has no data.
func sparse(t *testing.T, files, size int) []byte {
	t.Helper()
	var all []byte
	for i := range files {
		block := archive(t, tar.Header{Name: fmt.Sprint("hole", i), Typeflag: tar.TypeReg, Format: tar.FormatGNU})[:512]
		block[156] = 'S'
		copy(block[386:], fmt.Sprintf("%011o\x00%011o\x00", size, 0)) // the one piece of data: none, at the end
		copy(block[483:], fmt.Sprintf("%011o\x00", size))
		copy(block[148:], "        ")
		sum := 0
		for _, b := range block {
			sum += int(b)
		}
		copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
		all = append(all, block...)
	}
	return append(all, make([]byte, 1024)...)
}

func TestF8_Archives(t *testing.T) {
	file := func(name string, mode int64) tar.Header {
		return tar.Header{Name: name, Mode: mode, Size: 3, Typeflag: tar.TypeReg}
	}
	for name, c := range map[string]struct {
		archive          []byte
		named, want, bad string
	}{
		"one file":          {archive(t, file("notes", 0o644)), "", "notes", ""},
		"dot and folder":    {archive(t, tar.Header{Name: "./", Typeflag: tar.TypeDir}, file("./a.sh", 0o644)), "", "a.sh", ""},
		"the runnable":      {archive(t, file("fix", 0o755), file("data", 0o644)), "", "fix", ""},
		"run of several":    {archive(t, file("a.sh", 0o644), file("run.ps1", 0o644)), "", "run.ps1", ""},
		"marked of several": {archive(t, file("lib.sh", 0o644), file("main.sh", 0o755)), "", "main.sh", ""},
		"named":             {archive(t, file("a.sh", 0o644), file("b.sh", 0o644)), "./b.sh", "b.sh", ""},
		"several":           {archive(t, file("a.sh", 0o644), file("b.sh", 0o644)), "", "", "call the one run"},
		"none":              {archive(t, file("a", 0o644), file("b", 0o644)), "", "", "nothing in it can be run"},
		"link":              {archive(t, tar.Header{Name: "a.sh", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}), "", "", "link"},
		"outside":           {archive(t, file("../a.sh", 0o644)), "", "", "upwards"},
		"empty":             {archive(t), "", "", "no file"},
		"no archive":        {[]byte("#!/bin/sh\necho this is a script, not an archive of one\n"), "", "", "no tar archive"},
		"too big":           {archive(t, tar.Header{Name: "a.sh", Size: MaxPackage + 5, Typeflag: tar.TypeReg}), "", "", "5 more than"},
		"far too big":       {archive(t, tar.Header{Name: "a.sh", Size: MaxArchive, Typeflag: tar.TypeReg}), "", "", "at most 100 files and 1048576 bytes"},
		"files far too big": {archive(t, slices.Repeat([]tar.Header{{Name: "a.sh", Size: MaxPackage, Typeflag: tar.TypeReg}}, 9)...), "", "", "at most 100 files and 1048576 bytes"},
		"a hole":            {sparse(t, 1, 1000), "", "hole0", ""},
		"holes":             {sparse(t, 20, MaxPackage), "", "", "at most 100 files and 1048576 bytes"},
		"a huge hole":       {sparse(t, 1, 1<<32), "", "", "at most 100 files and 1048576 bytes"},
		"of git":            {archive(t, tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "c0ffee"}}, file("a.sh", 0o644)), "", "a.sh", ""},
		"many files":        {archive(t, numbered(2*MaxFiles+1)...), "f0.sh", "", "it has 201 files"},
		"far too many":      {archive(t, numbered(2*MaxFiles+2)...), "f0.sh", "", "at most 100 files and 1048576 bytes"},
		"packed":            {[]byte("\x1f\x8b\x08\x00 and so on"), "", "", "it is a gzip archive; send it unpacked"},
		"cut short":         {archive(t, file("a.sh", 0o644))[:513], "", "", "not a whole one"},
	} {
		p, err := ReadTar(bytes.NewReader(c.archive), c.named)
		if p.Executable != c.want && c.bad == "" || (err == nil) != (c.bad == "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%s: %q, %v", name, p.Executable, err)
		}
	}
	if _, err := ReadTar(strings.NewReader("x"), ""); !errors.Is(err, ErrNoArchive) {
		t.Error(err)
	}
	if _, err := ReadTar(bytes.NewReader(archive(t, file("a.sh", 0o644))[:513]), ""); err == nil || err.Error() != ErrNoArchive.Error() {
		t.Errorf("an archive that is cut short is called something else: %v", err)
	}
}

// numbered is so many empty files.
func numbered(n int) (files []tar.Header) {
	for i := range n {
		files = append(files, tar.Header{Name: fmt.Sprint("f", i, ".sh"), Mode: 0o644, Typeflag: tar.TypeReg})
	}
	return files
}

// hesitant gives nothing every other time, as a reader may.
type hesitant struct {
	io.Reader
	gave bool
}

func (h *hesitant) Read(p []byte) (int, error) {
	if h.gave = !h.gave; h.gave {
		return 0, nil
	}
	return h.Reader.Read(p)
}

// An archive that ends early is refused wherever that is: half a script would do
// half of the work.
func TestAnArchiveThatEndsEarly(t *testing.T) {
	p := pack(map[string]int{"a.sh": 1000, "한글/x": 0, "zeros": 3})
	p.Files[0].Data = make([]byte, len(p.Files[0].Data))
	whole, err := p.Tar()
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if got, err := ReadTar(bytes.NewReader(whole[:n]), "a.sh"); err == nil {
			t.Fatalf("%d of %d bytes are %d files", n, len(whole), len(got.Files))
		}
	}
	if _, err := ReadTar(iotest.DataErrReader(bytes.NewReader(whole)), "a.sh"); err != nil {
		t.Errorf("the end comes with the last bytes: %v", err)
	}
	if _, err := ReadTar(&hesitant{Reader: bytes.NewReader(whole)}, "a.sh"); err != nil {
		t.Errorf("with pauses: %v", err)
	}
	if _, err := ReadTar(iotest.OneByteReader(bytes.NewReader(whole)), "a.sh"); err != nil {
		t.Errorf("byte by byte: %v", err)
	}
}

func FuzzReadTar(f *testing.F) {
	for _, p := range []Package{pack(map[string]int{"a.sh": 1, "한글/x": 700}), pack(map[string]int{strings.Repeat("y", 200) + ".sh": 3})} {
		if archive, err := p.Tar(); err == nil {
			f.Add(archive, "")
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, executable string) {
		p, err := ReadTar(bytes.NewReader(data), executable)
		if err != nil {
			return
		}
		once, err := p.Tar()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := ReadTar(bytes.NewReader(once), p.Executable)
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Fatalf("%v: %q became %q", err, p, again)
		}
		if twice, err := again.Tar(); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("the archive is not always the same: %v", err)
		}
	})
}
