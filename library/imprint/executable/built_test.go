package executable_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"supportd/library/imprint"
	"supportd/library/imprint/executable"
	"supportd/library/reach"
)

// systems are all that support-agent is built for.
func systems() []string {
	return []string{"linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64", "darwin/amd64", "darwin/arm64"}
}

// stock is a support-agent as it is given out: without the names of its parts.
type stock struct {
	dir   string
	built map[string]func() ([]byte, error)
}

var shared stock // of all tests: building takes seconds

func TestMain(m *testing.M) { os.Exit(runMain(m)) }

func runMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "supportd-imprint-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared = stock{dir: dir, built: map[string]func() ([]byte, error){}}
	for _, system := range systems() {
		shared.built[system] = sync.OnceValues(func() ([]byte, error) { return build(dir, system) })
	}
	return m.Run()
}

func build(dir, system string) ([]byte, error) {
	goos, goarch, _ := strings.Cut(system, "/")
	out := filepath.Join(dir, goos+"-"+goarch)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "supportd/cmd/support-agent")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	return os.ReadFile(out)
}

// agent is a copy of the stock support-agent for a system, which the test may change.
func agent(t testing.TB, system string) []byte {
	t.Helper()
	file, err := shared.built[system]()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(file)
}

func example(t testing.TB) imprint.Imprint {
	t.Helper()
	a, err := reach.ParseAddress("relay.example")
	if err != nil {
		t.Fatal(err)
	}
	return imprint.Imprint{
		Relays: []reach.Address{a}, RelayKeys: []string{"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"}, Organisation: "한국 Example",
	}
}

// with is the program with the imprint of the example.
func with(t testing.TB, file []byte) []byte {
	t.Helper()
	p, err := executable.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.With(example(t))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// read is the imprint of a program, in its form; "" is none.
func read(file []byte) (string, error) {
	p, err := executable.Open(file)
	if err != nil {
		return "", err
	}
	i, ok, err := p.Imprint()
	if err != nil || !ok {
		return "", err
	}
	return i.Encode()
}

// I2: a stock program of every system takes an imprint, once, and the same gives the
// same bytes.
func TestI2_EverySystem(t *testing.T) {
	want, err := example(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, system := range systems() {
		t.Run(system, func(t *testing.T) {
			file := agent(t, system)
			if had, err := read(file); had != "" || err != nil {
				t.Fatalf("it has an imprint: %q, %v", had, err)
			}
			p, err := executable.Open(file)
			if err != nil || p.System() != system {
				t.Fatalf("%v, %v", p.System(), err)
			}
			before := bytes.Clone(file)
			out := with(t, file)
			if !bytes.Equal(file, before) || len(out) != len(file) {
				t.Error("the stock program changed, or the new one has another size")
			}
			if got, err := read(out); got != want || err != nil {
				t.Errorf("%q, %v", got, err)
			}
			if !bytes.Equal(out, with(t, agent(t, system))) {
				t.Error("the same program and imprint gave other bytes")
			}
			if !strings.Contains(string(section(t, out)), want) || strings.Count(string(out), want) != 1 {
				t.Error("the imprint does not stand once, in the section that the file's tables name")
			}
			again, err := executable.Open(out)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := again.With(example(t)); !errors.Is(err, executable.ErrImprinted) {
				t.Errorf("a second imprint: %v", err)
			}
			t.Logf("%d bytes", len(out))
		})
	}
}

// I2: nothing but the region and what depends on it changes.
func TestI2_NothingElseChanges(t *testing.T) {
	for _, system := range systems() {
		file := agent(t, system)
		out := with(t, file)
		at := bytes.Index(file, []byte(imprint.Mark()))
		var others []int
		const block = 4 << 10
		for from := 0; from < len(file); from += block {
			to := min(from+block, len(file))
			if bytes.Equal(file[from:to], out[from:to]) {
				continue
			}
			for i := from; i < to; i++ {
				if file[i] != out[i] && (i < at || i >= at+imprint.Size) {
					others = append(others, i)
				}
			}
		}
		switch goos, _, _ := strings.Cut(system, "/"); {
		case goos == "windows":
			// The checksum.
			if len(others) == 0 || others[len(others)-1]-others[0] >= 4 {
				t.Errorf("%s: other bytes changed: %v", system, others)
			}
		case signed(t, file):
			compareSignatures(t, file, out)
		case len(others) > 0:
			t.Errorf("%s: other bytes changed: %v", system, others)
		}
	}
}

// I2: what is no program of ours, or is damaged, signed or has two places for an
// imprint, is refused with the reason.
func TestI2_OtherPrograms(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	mark := []byte(imprint.Mark())
	linux := agent(t, "linux/amd64")
	at := bytes.Index(linux, mark)
	cases := map[string]struct {
		file []byte
		want error
	}{
		"nothing":        {nil, executable.ErrKind},
		"a script":       {[]byte("#!/bin/sh\n"), executable.ErrKind},
		"a mark alone":   {mark, executable.ErrKind},
		"universal":      {[]byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), executable.ErrUniversal},
		"another":        {other, executable.ErrOther},
		"without a mark": {slices.Concat(linux[:at], []byte("S"), linux[at+1:]), executable.ErrOther},
		"a second mark":  {slices.Concat(linux[:at+200], mark, linux[at+200+len(mark):]), executable.ErrTwice},
		"for 32 bits":    {slices.Concat(linux[:4], []byte{1}, linux[5:]), executable.ErrCut},
		"another system": {slices.Concat(linux[:18], []byte{8}, linux[19:]), executable.ErrKind},
		"a library":      {slices.Concat(linux[:16], []byte{1}, linux[17:]), executable.ErrKind},
	}
	for _, system := range systems() {
		file := agent(t, system)
		for name, size := range map[string]int{"half": len(file) / 2, "header": 64, "first bytes": 5, "behind the region": bytes.Index(file, mark) + imprint.Size + 1} {
			cases[system+" cut: "+name] = struct {
				file []byte
				want error
			}{file[:size], executable.ErrCut}
		}
	}
	for name, c := range cases {
		if p, err := executable.Open(c.file); !errors.Is(err, c.want) || p != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// A mark elsewhere in the file, behind it for instance, is no place for an imprint.
	longer := slices.Concat(linux, with(t, linux)[at:at+imprint.Size])
	if had, err := read(longer); had != "" || err != nil {
		t.Errorf("an imprint behind the program counts: %q, %v", had, err)
	}
}

// I2: an imprint that was changed is not taken for one, and not for none.
func TestI2_DamagedPrograms(t *testing.T) {
	file := with(t, agent(t, "linux/arm64"))
	at := bytes.Index(file, []byte("\nrelay relay.example")) + 3
	file[at] ^= 1
	p, err := executable.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	var bad *imprint.Error
	if _, ok, err := p.Imprint(); ok || !errors.As(err, &bad) || bad.Problem != imprint.Edited {
		t.Errorf("%v, %v", ok, err)
	}
	if _, err := p.With(example(t)); !errors.Is(err, executable.ErrDamaged) || !errors.As(err, &bad) {
		t.Errorf("%v", err)
	}
	p, err = executable.Open(agent(t, "linux/arm64"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := p.With(imprint.Imprint{}); out != nil || !errors.As(err, &bad) || bad.Problem != imprint.Missing {
		t.Errorf("an empty imprint: %v", err)
	}
}

// I2: tables that lie break nothing, whatever stands in them.
func FuzzI2_Tables(f *testing.F) {
	var files [][]byte
	for _, system := range []string{"linux/amd64", "windows/amd64", "darwin/arm64"} {
		files = append(files, agent(f, system))
	}
	for kind := range files {
		for _, at := range []int{16, 40, 60, 0x84, 0x98, 0x108, 0x190, 0x1f0, 0x400} {
			f.Add(byte(kind), at, []byte{0xff, 0xff, 0xff, 0x7f})
		}
	}
	f.Add(byte(2), -1, []byte{0})
	f.Fuzz(func(t *testing.T, kind byte, at int, patch []byte) {
		file := files[int(kind)%len(files)]
		if at < 0 { // from the end: the signature
			at += len(file)
		}
		if at < 0 || at+len(patch) > len(file) {
			return
		}
		file = slices.Concat(file[:at], patch, file[at+len(patch):])
		p, err := executable.Open(file)
		if err != nil {
			return
		}
		if _, ok, err := p.Imprint(); ok || err != nil {
			return
		}
		out, err := p.With(example(t))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(out); err != nil || got == "" {
			t.Fatalf("what was written cannot be read: %q, %v", got, err)
		}
	})
}
