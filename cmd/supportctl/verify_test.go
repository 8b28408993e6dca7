package main

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
)

const provedNumber = wire.Number("482913077")

// provedReport is a file with a sealed report, and whose key sealed it.
func provedReport(t *testing.T, text string) (path string, key ssh.PublicKey) {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	e := journal.Event{Time: time.Now(), Kind: journal.KindSessionJoin, Actor: "customer", Data: []byte(`{"number":"482913077","name":"` + text + `","owner":"alice"}`)}
	e.Seal(journal.Event{})
	seal, err := journal.NewSeal(signer, provedNumber, e)
	if err != nil {
		t.Fatal(err)
	}
	events := func() iter.Seq2[journal.Event, error] {
		return func(yield func(journal.Event, error) bool) { yield(e, nil) }
	}
	h, err := report.HeaderOf(events(), seal.Key)
	if err != nil {
		t.Fatal(err)
	}
	h.State = report.Ended
	var b bytes.Buffer
	if err := (report.Source{Header: h, Seal: &seal, Events: events, Outline: events}).Write(&b); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "report.jsonl")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, signer.PublicKey()
}

// P10: a journal that somebody has rewritten and signed with a key of their own is
// no proof, neither where the real computer was met nor where it never was.
func TestK1P10_ReportOfAnotherComputer(t *testing.T) {
	b := newBench(t)
	pr := b.logIn(t)
	path, key := provedReport(t, "kim")
	this := ssh.FingerprintSHA256(key)
	if code := b.do(t, "report", "verify", path); code != cmdline.ExitFailed || b.out.Len() > 0 ||
		!strings.Contains(b.err.String(), "not proved: ") || !strings.Contains(b.err.String(), "signed by the key "+this+". This program has not met that key") ||
		!strings.Contains(b.err.String(), "--key "+this) {
		t.Errorf("never met: exit code %d, %s%s", code, &b.out, &b.err)
	}
	if code := b.do(t, "report", "verify", path, "--json"); code != cmdline.ExitFailed || !strings.Contains(b.out.String(), `"met":false`) || !strings.Contains(b.out.String(), `"proof":"unknown-key"`) {
		t.Errorf("never met, as JSON: exit code %d, %s%s", code, &b.out, &b.err)
	}
	if code := b.do(t, "report", "verify", path, "--key", this); code != 0 || !strings.Contains(b.out.String(), "It is the key that --key names.") {
		t.Errorf("never met, but named: exit code %d, %s%s", code, &b.out, &b.err)
	}
	three := filepath.Join(t.TempDir(), "three.jsonl")
	one, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(three, bytes.Repeat(one, 3), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := b.do(t, "report", "verify", three); code != cmdline.ExitSome || b.out.Len() > 0 || !strings.Contains(b.err.String(), "3 of 3 reports") {
		t.Errorf("never met, many of them: exit code %d, %s%s", code, &b.out, &b.err)
	}
	// What such a file looks like says that the key is not known to be the computer's.
	if code := b.do(t, "report", "show", path); code != 0 || !strings.Contains(b.out.String(), "Whether that is the computer's key, the support rep can check with \"supportctl report verify\".") {
		t.Errorf("show: exit code %d, %s%s", code, &b.out, &b.err)
	}
	b.meet(pr.knownAs, provedNumber, publicOf(t, newKey(t)))
	b.meet(pr.knownAs, "100000009", key)
	if code := b.do(t, "report", "verify", path); code != cmdline.ExitFailed || !strings.Contains(b.err.String(), "is not that of the computer") || b.out.Len() > 0 {
		t.Errorf("another one met: exit code %d, %s%s", code, &b.out, &b.err)
	}
	if code := b.do(t, "report", "verify", "--json", path); code != cmdline.ExitFailed || !strings.Contains(b.out.String(), `"proof":"another-key"`) {
		t.Errorf("as JSON: exit code %d, %s%s", code, &b.out, &b.err)
	}
	if err := os.RemoveAll(b.path(metDir)); err != nil {
		t.Fatal(err)
	}
	b.meet(pr.knownAs, provedNumber, key)
	b.meet("another.example", provedNumber, key) // the same, by another name
	if code := b.do(t, "report", "verify", path); code != 0 || !strings.Contains(b.out.String(), "the computer that this program was connected to") {
		t.Errorf("met: exit code %d, %s%s", code, &b.out, &b.err)
	}
	// A file that was saved stays proved after a login to another relay.
	pr.Relay = "another.example:22"
	if err := pr.save(b.program); err != nil {
		t.Fatal(err)
	}
	if code := b.do(t, "report", "verify", path); code != 0 {
		t.Errorf("met at the relay before: exit code %d, %s%s", code, &b.out, &b.err)
	}
}

// Z1: a computer has one key for a support session. With which of two that were met under a
// number nobody sat in between, words say, or who knows the key.
func TestZ1_TwoComputersUnderOneNumber(t *testing.T) {
	b := newBench(t)
	pr := b.logIn(t)
	path, key := provedReport(t, "kim")
	b.meet(pr.knownAs, provedNumber, key)
	b.meet(pr.knownAs, provedNumber, publicOf(t, newKey(t)))
	if code := b.do(t, "report", "verify", path); code != cmdline.ExitFailed || !strings.Contains(b.err.String(), "2 computers with different keys") || b.out.Len() > 0 {
		t.Errorf("two met: exit code %d, %s%s", code, &b.out, &b.err)
	}
	if code := b.do(t, "report", "verify", path, "--key", ssh.FingerprintSHA256(key)); code != 0 {
		t.Errorf("two met, and the key is known: exit code %d, %s%s", code, &b.out, &b.err)
	}
	words := fmt.Sprintf(`{"pairs":[{"host":%q,"csr":"SHA256:x","verdict":"same"}]}`, ssh.FingerprintSHA256(key))
	if err := errors.Join(os.MkdirAll(b.path(wordsDir), 0o700), os.WriteFile(filepath.Join(b.path(wordsDir), string(provedNumber)+".json"), []byte(words), 0o600)); err != nil {
		t.Fatal(err)
	}
	if code := b.do(t, "report", "verify", path); code != 0 || !strings.Contains(b.out.String(), "you have compared its safety words") {
		t.Errorf("two met, and words were compared: exit code %d, %s%s", code, &b.out, &b.err)
	}
}

// Whoever knows the computer's key from elsewhere asks for it.
func TestVerifyWithAKey(t *testing.T) {
	b := newBench(t)
	path, key := provedReport(t, "kim")
	this, another := ssh.FingerprintSHA256(key), ssh.FingerprintSHA256(publicOf(t, newKey(t)))
	for name, c := range map[string]struct {
		key, want string
		code      int
	}{
		"the key":     {this, "Proved: all 1 events", 0},
		"another":     {another, "not proved: the key that signed, " + this + ", is not " + another, cmdline.ExitFailed},
		"cut short":   {this[:20], "no fingerprint", cmdline.ExitUsage},
		"nothing":     {"", "no fingerprint", cmdline.ExitUsage},
		"not SHA-256": {"MD5:" + this[4:], "no fingerprint", cmdline.ExitUsage},
	} {
		code := b.do(t, "report", "verify", path, "--key", c.key)
		if text := b.out.String() + b.err.String(); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s: exit code %d, %s", name, code, text)
		}
	}
}

func TestVerifyNeedsNoLoginAndFindsDamage(t *testing.T) {
	b := newBench(t)
	good, key := provedReport(t, "kim")
	b.meet("relay.example", provedNumber, key)
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	write := func(parts ...[]byte) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, bytes.Join(parts, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		path, want string
		code       int
	}{
		"good":      {good, "Proved: all 1 events stand here", 0},
		"empty":     {write(), "is empty", 1},
		"no report": {write([]byte("hello\nworld\n")), "this is not what the computer wrote: event 1 (line 1): it is no line of a report in the form jsonl", 1},
		"cut short": {write(data[:len(data)-5]), "it is cut short", 1},
		"no seal":   {write(lines[0], lines[1]), "Not proved", 1},
		"one bad":   {write(data, lines[0], lines[2], data), "1 of 3 reports", 3},
		"binary":    {write(bytes.Repeat([]byte{0xff, 0, 27}, 100_000)), "it is longer than any line", 3},
		"missing":   {filepath.Join(t.TempDir(), "none"), "cannot read the report", 2},
		"mistyped":  {"482 913 078", "no open session", 6},
	} {
		code := b.do(t, "report", "verify", c.path)
		if text := b.out.String() + b.err.String(); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s: exit code %d, %q", name, code, text)
		}
	}
	for _, args := range [][]string{{"report", "show", good, "-o", "xml"}, {"report", "show", good, "--lang", "fr"}, {"report", "verify"}, {"report", "show", "nowhere"}} {
		if code := b.do(t, args...); code != cmdline.ExitUsage {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
	if code := b.do(t, "report", "show", good, "--lang", "ko"); code != 0 || !strings.Contains(b.out.String(), "증명됨") {
		t.Errorf("show: exit code %d, %s%s", code, &b.out, &b.err)
	}
}

// P10: who gives a report as people read it is told which form can be proved, and not
// that the computer never wrote it.
func TestK1P10_AReportForPeopleIsNamedAsSuch(t *testing.T) {
	path, _ := provedReport(t, "kim")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	src, err := report.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range text.Languages() {
		for form, named := range map[report.Form]string{report.AsHTML: "HTML", report.AsText: "text", report.AsCSV: "CSV", report.AsJSON: "JSON"} {
			other := filepath.Join(t.TempDir(), "copy")
			var b bytes.Buffer
			if err := src.Render(&b, form, report.Style{Language: l, Zone: time.UTC, BOM: true}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(other, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			bench := newBench(t)
			code := bench.do(t, "report", "verify", other)
			if said := bench.err.String(); code != cmdline.ExitUsage || !strings.Contains(said, "is a report as "+named+"; only the form jsonl") || !strings.Contains(said, "the session's number") {
				t.Errorf("%s: exit %d: %s", form, code, said)
			}
		}
	}
}
