package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
)

// noon is when everything in these reports happens.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sealedReport is a file with a report of these payloads that a computer's key has sealed.
func sealedReport(t *testing.T, computer ssh.Signer, payloads ...journal.Payload) string {
	t.Helper()
	var events []journal.Event
	for _, p := range payloads {
		e, err := journal.New(noon, "alice", p)
		if err != nil {
			t.Fatal(err)
		}
		var before journal.Event
		if n := len(events); n > 0 {
			before = events[n-1]
		}
		e.Seal(before)
		events = append(events, e)
	}
	seal, err := journal.NewSeal(computer, provedNumber, events[len(events)-1])
	if err != nil {
		t.Fatal(err)
	}
	all := func() iter.Seq2[journal.Event, error] {
		return func(yield func(journal.Event, error) bool) {
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
	h, err := report.HeaderOf(all(), seal.Key)
	if err != nil {
		t.Fatal(err)
	}
	h.State = report.Ended
	var b bytes.Buffer
	if err := (report.Source{Header: h, Seal: &seal, Events: all, Outline: all}).Write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.jsonl")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// joined is a session of alice whose computer names a CSR CA, or none.
func joined(cas ...ssh.Signer) journal.SessionJoin {
	j := journal.SessionJoin{Presented: journal.Presented{Number: provedNumber, Name: "Kim", Owner: "alice"}}
	for _, ca := range cas {
		j.CSRCA = append(j.CSRCA, ssh.FingerprintSHA256(ca.PublicKey()))
	}
	return j
}

// came is a connection of an account by a certificate, as support-agent writes it.
func came(t *testing.T, ca ssh.Signer, key ssh.PublicKey, account string) journal.ConnectionOpen {
	t.Helper()
	cert, err := csrca.Sign(csrca.Request{Key: key, Account: account, Name: "Alice Kim", KeyID: "laptop", Life: time.Hour}, ca, noon)
	if err != nil {
		t.Fatal(err)
	}
	return journal.ConnectionOpen{
		Mark: journal.Mark{ID: "k1"}, From: "192.0.2.7:50000",
		Who: consent.Person{Name: "Alice Kim", Account: account, Fingerprint: ssh.FingerprintSHA256(key)},
		Certificate: &journal.Certificate{
			CA: ssh.FingerprintSHA256(ca.PublicKey()), KeyID: "laptop", Serial: cert.Serial, Until: time.Unix(int64(cert.ValidBefore), 0).UTC(), Line: csrca.Line(cert),
		},
	}
}

// changed is a connection of which something is another.
func changed(o journal.ConnectionOpen, change func(*journal.ConnectionOpen)) journal.ConnectionOpen {
	cert := *o.Certificate
	o.Certificate = &cert
	change(&o)
	return o
}

// caFile is a file with a CA's public key.
func caFile(t *testing.T, ca ssh.Signer) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pub")
	if err := os.WriteFile(path, []byte(csrca.Line(ca.PublicKey())+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Z2, Z12: who has entered is held against the CA that is known here. What it has signed is
// proved; what another CA has, or nobody, is an error; what is not known is said.
func TestZ12_WhoHasEnteredIsHeldAgainstTheCA(t *testing.T) {
	ca, another, computer, key := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t).PublicKey()
	good := came(t, ca, key, "alice")
	byKey := journal.ConnectionOpen{Who: consent.Person{Name: "Alice Kim", Account: "alice", Fingerprint: ssh.FingerprintSHA256(key)}}
	later := changed(good, func(o *journal.ConnectionOpen) { o.Certificate.Line = "" })
	for name, c := range map[string]struct {
		events []journal.Payload
		known  []ssh.Signer
		by     byWhat
		proof  report.Proof
	}{
		"ours":                       {[]journal.Payload{joined(ca), good}, []ssh.Signer{ca}, byCA, report.Proved},
		"ours, of two":               {[]journal.Payload{joined(ca), good}, []ssh.Signer{another, ca}, byCA, report.Proved},
		"ours, twice":                {[]journal.Payload{joined(ca), good, later}, []ssh.Signer{ca}, byCA, report.Proved},
		"ours, without the whole":    {[]journal.Payload{joined(ca), later}, []ssh.Signer{ca}, byCAStated, report.Proved},
		"none is known":              {[]journal.Payload{joined(ca), good}, nil, byUnknownCA, report.Proved},
		"a key that the relay named": {[]journal.Payload{joined(), byKey}, []ssh.Signer{ca}, byRelay, report.Proved},
		"of another CA":              {[]journal.Payload{joined(ca), good}, []ssh.Signer{another}, byOtherCA, api.OtherCA},
		"of another, without it":     {[]journal.Payload{joined(ca), later}, []ssh.Signer{another}, byOtherCA, api.OtherCA},
		"no certificate with a CA":   {[]journal.Payload{joined(ca), byKey}, []ssh.Signer{ca}, byNothing, api.OtherCA},
		"for another key": {[]journal.Payload{joined(ca), changed(good, func(o *journal.ConnectionOpen) {
			o.Who.Fingerprint = ssh.FingerprintSHA256(another.PublicKey())
		})}, []ssh.Signer{ca}, byForged, api.OtherCA},
		"for another account": {[]journal.Payload{joined(ca), changed(good, func(o *journal.ConnectionOpen) { o.Who.Account = "bob" })}, []ssh.Signer{ca}, byForged, api.OtherCA},
		"another name":        {[]journal.Payload{joined(ca), changed(good, func(o *journal.ConnectionOpen) { o.Who.Name = "Bob" })}, []ssh.Signer{ca}, byForged, api.OtherCA},
		"another number":      {[]journal.Payload{joined(ca), changed(good, func(o *journal.ConnectionOpen) { o.Certificate.Serial++ })}, []ssh.Signer{ca}, byForged, api.OtherCA},
		"longer":              {[]journal.Payload{joined(ca), changed(good, func(o *journal.ConnectionOpen) { o.Certificate.Until = noon.Add(48 * time.Hour) })}, []ssh.Signer{ca}, byForged, api.OtherCA},
		"another's, called ours": {[]journal.Payload{joined(ca), changed(came(t, another, key, "alice"), func(o *journal.ConnectionOpen) {
			o.Certificate.CA = ssh.FingerprintSHA256(ca.PublicKey())
		})}, []ssh.Signer{ca}, byForged, api.OtherCA},
		"no certificate at all": {[]journal.Payload{joined(ca), changed(good, func(o *journal.ConnectionOpen) { o.Certificate.Line = csrca.Line(key) })}, nil, byForged, api.OtherCA},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			pr := b.logIn(t)
			b.meet(pr.knownAs, provedNumber, computer.PublicKey())
			path := sealedReport(t, computer, c.events...)
			args := []string{"report", "verify", path, "--json"}
			for _, k := range c.known {
				args = append(args, "--csr-ca", caFile(t, k))
			}
			code := b.do(t, args...)
			var got struct {
				Proof   report.Proof `json:"proof"`
				CSRCA   []string     `json:"csr_ca"`
				Entered []entered    `json:"entered"`
			}
			if err := json.Unmarshal(b.out.Bytes(), &got); err != nil {
				t.Fatalf("exit code %d: %v: %s%s", code, err, &b.out, &b.err)
			}
			if (code == 0) != c.proof.OK() || got.Proof != c.proof || len(got.CSRCA) != len(c.known) || len(got.Entered) != 1 || got.Entered[0].By != c.by || got.Entered[0].Connections != len(c.events)-1 {
				t.Errorf("exit code %d, %s", code, &b.out)
			}
			code = b.do(t, args[:len(args)-2*len(c.known)-1]...)
			if len(c.known) == 0 {
				if said := b.out.String() + b.err.String(); (code == 0) != c.proof.OK() || !strings.Contains(said, ssh.FingerprintSHA256(ca.PublicKey())) {
					t.Errorf("for people: exit code %d, %s", code, said)
				}
			}
		})
	}
}

// Z12: whoever rewrites a report and seals it with a key of their own is found out by the
// words that were compared, also where somebody names the key.
func TestZ12_AResealedReportAgainstTheWords(t *testing.T) {
	computer, liar := testkit.NewKey(t), testkit.NewKey(t)
	kept := func(key ssh.Signer, rest string) string {
		return fmt.Sprintf(`{"tried":1,"pairs":[{"host":%q,"csr":"SHA256:x"%s}]}`, ssh.FingerprintSHA256(key.PublicKey()), rest)
	}
	same, differ, burnt := `,"verdict":"same"`, `,"verdict":"differ"`, `,"burnt":true`
	for name, c := range map[string]struct {
		words    string
		code     int
		compared bool
	}{
		"compared with it":             {kept(computer, same), 0, true},
		"not compared":                 {kept(computer, ""), 0, false},
		"nothing is kept":              {"", 0, false},
		"compared with another":        {kept(liar, same), cmdline.ExitFailed, false},
		"the customer had other words": {kept(computer, differ), cmdline.ExitFailed, false},
		"opened wrongly":               {kept(computer, burnt), cmdline.ExitFailed, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			pr := b.logIn(t)
			b.meet(pr.knownAs, provedNumber, computer.PublicKey())
			if dir := b.path(wordsDir); c.words != "" {
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, string(provedNumber)+".json"), []byte(c.words), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			path := sealedReport(t, computer, joined())
			for _, args := range [][]string{{"report", "verify", path}, {"report", "verify", path, "--key", ssh.FingerprintSHA256(computer.PublicKey())}} {
				code := b.do(t, args...)
				said := b.out.String() + b.err.String()
				if code != c.code || strings.Contains(said, "you have compared its safety words") != c.compared || strings.Contains(said, "is not that of the computer, as the safety words") != (c.code != 0) ||
					strings.Contains(said, "were not compared here") != (c.code == 0 && !c.compared) {
					t.Errorf("%q: exit code %d, %s", args, code, said)
				}
			}
			if code := b.do(t, "report", "verify", path, "--json"); code != c.code || strings.Contains(b.out.String(), `"compared":true`) != c.compared {
				t.Errorf("as JSON: exit code %d, %s", code, &b.out)
			}
			if code := b.do(t, "report", "show", path); code != 0 || !strings.Contains(b.out.String(), "Proved: ") || strings.Contains(b.err.String(), "report verify says more") != (c.code != 0) {
				t.Errorf("show: exit code %d, %s%s", code, &b.out, &b.err)
			}
		})
	}
}

// Without --csr-ca, the CA is that of the login's own certificate.
func TestZ12_TheCAOfTheOwnCertificateIsKnown(t *testing.T) {
	b := newBench(t)
	pr := b.logIn(t)
	ca, another, computer := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	b.meet(pr.knownAs, provedNumber, computer.PublicKey())
	path := sealedReport(t, computer, joined(ca), came(t, ca, testkit.NewKey(t).PublicKey(), "bob"))
	pr, err := b.loadProfile()
	if err != nil {
		t.Fatal(err)
	}
	for signer, code := range map[ssh.Signer]int{ca: 0, another: cmdline.ExitFailed} {
		cert, err := csrca.Sign(csrca.Request{Key: pr.key, Account: "alice", Life: time.Hour}, signer, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(pr.certificateFile(b.program), []byte(csrca.Line(cert)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		got := b.do(t, "report", "verify", path)
		if said := b.out.String() + b.err.String(); got != code || strings.Contains(said, "proved: your CSR CA") != (code == 0) || strings.Contains(said, "none of yours") != (code != 0) {
			t.Errorf("exit code %d, %s", got, said)
		}
	}
	if code := b.do(t, "report", "verify", path, "--csr-ca", path); code != cmdline.ExitUsage {
		t.Errorf("no CA: exit code %d, %s", code, &b.err)
	}
}

// What is told of a key fits a terminal of 80 columns in both languages, whatever stands in
// the report.
func TestZ12_WhoHasEnteredIn80Columns(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t).PublicKey()
	is := came(t, ca, key, "alice")
	for _, l := range text.Languages() {
		for _, by := range []byWhat{byCA, byCAStated, byUnknownCA, byRelay, byOtherCA, byForged, byNothing} {
			e := entered{Account: "alice", Name: "Alice\x1b[2J\u202eKim", Fingerprint: is.Who.Fingerprint, By: by, Certificate: is.Certificate}
			if by == byRelay || by == byNothing {
				e.Certificate = nil
			}
			var out cmdlinetest.Narrow
			v := verifier{p: &program{std: cmdline.Streams{Out: &out, Speaker: speaker(l)}}}
			folding := cmdline.Folding(&out)
			v.tellKeys(folding, finding{Entered: []entered{e}, More: 3})
			if err := folding.Flush(); err != nil {
				t.Fatal(err)
			}
			cmdlinetest.Fits(t, string(l)+" "+string(by), out.String())
			if strings.ContainsAny(out.String(), "\x1b\u202e") || !strings.Contains(out.String(), "3") {
				t.Errorf("%s: %q", by, out.String())
			}
		}
	}
}

// A report of endless connections takes bounded memory, and what is wrong with a later one
// is found all the same.
func TestZ12_EndlessKeys(t *testing.T) {
	d := doors{}
	o := journal.ConnectionOpen{}
	for i := range 3 * maxEntered {
		o.Who.Fingerprint = fmt.Sprint(i)
		d.open(noon, o)
	}
	d.only = true
	d.open(noon, o)
	if len(d.all) != maxEntered || d.more != 2*maxEntered+1 || d.wrong == nil || d.wrong.By != byNothing {
		t.Errorf("%d, %d, %+v", len(d.all), d.more, d.wrong)
	}
}
