package executable_test

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"supportd/library/imprint"
	"supportd/library/imprint/executable"
)

// section is the read-only data of a program, as its tables and Go's readers of them
// say.
func section(t testing.TB, file []byte) []byte {
	t.Helper()
	r := bytes.NewReader(file)
	var data []byte
	err := errors.New("no such section")
	if f, e := elf.NewFile(r); e == nil {
		data, err = f.Section(".rodata").Data()
	} else if f, e := pe.NewFile(r); e == nil {
		data, err = f.Section(".rdata").Data()
	} else if f, e := macho.NewFile(r); e == nil {
		data, err = f.Section("__rodata").Data()
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// codeDirectory is the beginning of one, of Apple's cs_blobs.h.
type codeDirectory struct {
	Magic, Length, Version, Flags, HashOffset, IdentOffset, SpecialSlots, CodeSlots, CodeLimit uint32
	HashSize, HashType, Platform, PageBits                                                     uint8
}

// signatureAt is where the signature of a program for macOS begins, -1 for nowhere.
func signatureAt(t testing.TB, file []byte) int {
	t.Helper()
	f, err := macho.NewFile(bytes.NewReader(file))
	if err != nil {
		return -1
	}
	for _, l := range f.Loads {
		if raw := l.Raw(); binary.LittleEndian.Uint32(raw) == 0x1d {
			return int(binary.LittleEndian.Uint32(raw[8:]))
		}
	}
	return -1
}

func signed(t testing.TB, file []byte) bool { return signatureAt(t, file) >= 0 }

// hashes are those of the code directory, each proved with the page that it is of, as
// macOS does when it loads the page.
func hashes(t testing.TB, file []byte) (list [][]byte, pages int) {
	t.Helper()
	signature := file[signatureAt(t, file):]
	var d codeDirectory
	if err := binary.Read(bytes.NewReader(signature[20:]), binary.BigEndian, &d); err != nil {
		t.Fatal(err)
	}
	pages = 1 << d.PageBits
	if d.Magic != 0xfade0c02 || d.HashSize != sha256.Size || d.HashType != 2 || int(d.CodeLimit) != signatureAt(t, file) {
		t.Fatalf("%+v", d)
	}
	slots := signature[20+d.HashOffset:]
	rest := file[:d.CodeLimit]
	for range d.CodeSlots {
		page := rest[:min(pages, len(rest))]
		rest = rest[len(page):]
		if want := sha256.Sum256(page); !bytes.Equal(slots[:sha256.Size], want[:]) {
			t.Errorf("the hash of page %d does not fit", len(list))
		}
		list, slots = append(list, slots[:sha256.Size]), slots[sha256.Size:]
	}
	if len(rest) > 0 {
		t.Errorf("%d bytes are not signed", len(rest))
	}
	return list, pages
}

// compareSignatures holds that only pages with a part of the region have new hashes,
// and that nothing else of the signature is new.
func compareSignatures(t testing.TB, before, after []byte) {
	t.Helper()
	old, pages := hashes(t, before)
	fresh, _ := hashes(t, after)
	if len(old) != len(fresh) {
		t.Fatalf("%d pages became %d", len(old), len(fresh))
	}
	at := bytes.Index(before, []byte(imprint.Mark()))
	changed := 0
	for i := range old {
		if bytes.Equal(old[i], fresh[i]) {
			copy(fresh[i], old[i])
			continue
		}
		changed++
		if (i+1)*pages <= at || i*pages >= at+imprint.Size {
			t.Errorf("the hash of page %d is new", i)
		}
		copy(fresh[i], old[i])
	}
	if changed == 0 {
		t.Error("no hash is new")
	}
	if !bytes.Equal(before[signatureAt(t, before):], after[signatureAt(t, after):]) {
		t.Error("more of the signature is new")
	}
}

// I2: a program for macOS that is damaged, or signed by somebody, is refused.
func TestI2_SignedForMacOS(t *testing.T) {
	file := agent(t, "darwin/arm64")
	if !signed(t, file) {
		t.Fatal("Go's linker has not signed it")
	}
	compareSignatures(t, file, with(t, file))
	at := signatureAt(t, file)
	for name, c := range map[string]struct {
		at   int
		with byte
		want error
	}{
		"a page was changed":    {at / 2, file[at/2] + 1, executable.ErrDamaged},
		"a hash was changed":    {at + 300, file[at+300] + 1, executable.ErrDamaged},
		"no signature":          {at, 0, executable.ErrDamaged},
		"two blobs":             {at + 11, 2, executable.ErrSigned},
		"a key has signed":      {at + 20 + 15, 0, executable.ErrSigned},
		"not the linker":        {at + 20 + 13, 0, executable.ErrSigned},
		"another kind of hash":  {at + 20 + 37, 1, executable.ErrSigned},
		"special hashes":        {at + 20 + 27, 2, executable.ErrSigned},
		"pages of 2^40 bytes":   {at + 20 + 39, 40, executable.ErrDamaged},
		"hashes elsewhere":      {at + 20 + 17, 0xff, executable.ErrDamaged},
		"another limit":         {at + 20 + 34, 0xff, executable.ErrDamaged},
		"fewer pages":           {at + 20 + 31, file[at+20+31] - 1, executable.ErrDamaged},
		"a longer signature":    {at + 20 + 4, 0xff, executable.ErrDamaged},
		"no directory in there": {at + 20, 0, executable.ErrDamaged},
	} {
		bad := bytes.Clone(file)
		if bad[c.at] == c.with {
			t.Errorf("%s: the byte is %d already", name, c.with)
		}
		bad[c.at] = c.with
		if _, err := executable.Open(bad); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// I2: the checksum of a program for Windows is right.
func TestI2_ChecksumForWindows(t *testing.T) {
	// Also for an odd number of bytes.
	for system, extra := range map[string]string{"windows/amd64": "", "windows/arm64": "x"} {
		file := with(t, append(agent(t, system), extra...))
		at := int(binary.LittleEndian.Uint32(file[0x3c:])) + 88
		has := binary.LittleEndian.Uint32(file[at:])
		clear(file[at : at+4])
		var sum uint64
		for i, b := range file {
			sum += uint64(b) << (i % 2 * 8)
		}
		for sum > 0xffff {
			sum = sum&0xffff + sum>>16
		}
		if want := uint32(sum) + uint32(len(file)); has != want {
			t.Errorf("%s: %#x, want %#x", system, has, want)
		}
	}
}

// I2: what is signed after the imprint is valid under any name, and has the imprint;
// what is signed before takes none.
func TestI2_SignedForWindows(t *testing.T) {
	for _, tool := range []string{"osslsigncode", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not here")
		}
	}
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Example", "-days", "1",
		"-addext", "extendedKeyUsage=codeSigning", "-keyout", name("key"), "-out", name("cert"))
	sign := func(file []byte, to string) []byte {
		t.Helper()
		if err := os.WriteFile(name("unsigned"), file, 0o600); err != nil {
			t.Fatal(err)
		}
		run("osslsigncode", "sign", "-certs", name("cert"), "-key", name("key"), "-h", "sha256", "-in", name("unsigned"), "-out", name(to))
		signed, err := os.ReadFile(name(to))
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	stock := agent(t, "windows/amd64")
	if _, err := executable.Open(sign(stock, "stock.exe")); !errors.Is(err, executable.ErrSigned) {
		t.Errorf("signed before: %v", err)
	}
	want, err := example(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	file := sign(with(t, stock), "support-agent.exe")
	if !strings.Contains(string(section(t, file)), want) {
		t.Error("the imprint is gone")
	}
	if err := os.Rename(name("support-agent.exe"), name("support-482913077 (1).exe")); err != nil {
		t.Fatal(err)
	}
	verify := func(file string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "osslsigncode", "verify", "-CAfile", name("cert"), "-in", name(file)).CombinedOutput()
		return string(out), err
	}
	if out, err := verify("support-482913077 (1).exe"); err != nil {
		t.Errorf("the signature is not valid: %v\n%s", err, out)
	}
	// The signature covers the imprint.
	file[bytes.Index(file, []byte("\nrelay relay.example"))+len("\nrelay ")] = 'R'
	if err := os.WriteFile(name("forged.exe"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := verify("forged.exe"); err == nil {
		t.Errorf("another imprint under the same signature is valid:\n%s", out)
	}
}

// I5: Windows itself loads nothing for the program that could lie beside it.
func TestI5_WhatWindowsLoadsFirst(t *testing.T) {
	for _, system := range []string{"windows/amd64", "windows/arm64"} {
		f, err := pe.NewFile(bytes.NewReader(agent(t, system)))
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := f.ImportedSymbols()
		if err != nil || len(symbols) == 0 {
			t.Fatal(symbols, err)
		}
		for _, s := range symbols {
			if _, library, _ := strings.Cut(s, ":"); !strings.EqualFold(library, "kernel32.dll") {
				t.Errorf("%s: %s", system, s)
			}
		}
	}
}
