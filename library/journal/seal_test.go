package journal

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func sealSigner(t *testing.T) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func sealed(t *testing.T) (Seal, Event) {
	t.Helper()
	head := chain(3)[2]
	s, err := NewSeal(sealSigner(t), "482913077", head)
	if err != nil {
		t.Fatal(err)
	}
	return s, head
}

// A seal is a signature as OpenSSH makes them: its own program proves it.
func TestSSHKeygenProvesASeal(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip(err)
	}
	s, head := sealed(t)
	if err := s.Verify(head); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sig")
	if err := os.WriteFile(file, []byte(s.Signature), 0o600); err != nil {
		t.Fatal(err)
	}
	prove := func(message []byte) (string, error) {
		cmd := exec.Command(keygen, "-Y", "check-novalidate", "-n", SealNamespace, "-s", file)
		cmd.Stdin = bytes.NewReader(message)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.Key))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := prove(s.Message()); err != nil || !strings.Contains(out, ssh.FingerprintSHA256(key)) {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := prove(append(s.Message(), '\n')); err == nil {
		t.Errorf("another message: %s", out)
	}
}

// Not one byte of a seal's line can be another one.
func TestEveryByteOfASealCounts(t *testing.T) {
	s, head := sealed(t)
	line, err := s.Line()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseSeal(line); err != nil || again != s || !IsSealLine(line) {
		t.Fatalf("%+v, %v", again, err)
	}
	whole := func(line []byte) bool {
		s, err := ParseSeal(line)
		return err == nil && s.Verify(head) == nil
	}
	for i := range bytes.TrimSuffix(line, []byte("\n")) {
		for _, c := range []byte{line[i] ^ 1, line[i] ^ 0x20, ' '} {
			changed := bytes.Clone(line)
			changed[i] = c
			if c != line[i] && whole(changed) {
				t.Errorf("byte %d may be %q: %s", i, c, changed)
			}
		}
		if whole(line[:i]) {
			t.Errorf("it may end at byte %d", i)
		}
	}
}

func TestASealFitsOneJournalOnly(t *testing.T) {
	s, head := sealed(t)
	for name, change := range map[string]func(*Seal, *Event){
		"shorter":        func(_ *Seal, e *Event) { *e = chain(2)[1] },
		"empty":          func(_ *Seal, e *Event) { *e = Event{} },
		"another hash":   func(s *Seal, e *Event) { s.Hash[0]++; e.Hash[0]++ },
		"another number": func(s *Seal, _ *Event) { s.Number = "999999990" },
		"no number":      func(s *Seal, _ *Event) { s.Number = "482 913 077" },
		"no key":         func(s *Seal, _ *Event) { s.Key = "" },
		"comment":        func(s *Seal, _ *Event) { s.Key += " me" },
	} {
		s, head := s, head
		change(&s, &head)
		if err := s.Verify(head); !errors.Is(err, ErrSeal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSeal(f *testing.F) {
	f.Add([]byte(`{"seal":{"number":"482913077","seq":1,"hash":"` + strings.Repeat("0", 64) + `","key":"k","signature":"s"}}`))
	f.Add([]byte(`{"seal":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		s, err := ParseSeal(line)
		if err != nil {
			return
		}
		if again, err := s.Line(); err != nil || !bytes.Equal(bytes.TrimSuffix(again, []byte("\n")), bytes.TrimSuffix(line, []byte("\n"))) {
			t.Errorf("%q became %q, %v", line, again, err)
		}
		_ = s.Verify(Event{Seq: s.Seq, Hash: s.Hash})
	})
}
