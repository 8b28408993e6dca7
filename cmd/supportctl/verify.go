package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// finding is what "report verify" says of one report.
type finding struct {
	api.Verdict
	Met bool `json:"met"` // this program was connected to the computer with that key
	// Compared says that safety words with that key were compared here.
	Compared bool `json:"compared"`
	// CSRCA are the fingerprints of the CAs against which certificates were held; none is
	// that no CA is known here.
	CSRCA []string `json:"csr_ca"`
	// Entered are the keys that have let somebody in. There is none where the report is not
	// what that computer wrote.
	Entered []entered `json:"entered"`
	More    int       `json:"entered_more"` // connections of further ones

	said text.Message // Text in every language
}

// say sets what people are told.
func (f *finding) say(format string, args ...any) {
	f.said = text.Later(format, args...)
	f.Text = f.said.String()
}

// sentence is what a report's proof is, in every language.
type sentence struct{ report.Verdict }

// In implements [text.Sayable].
func (v sentence) In(s *text.Speaker) string { return v.Sentence(s.Language()) }

// String is the English.
func (v sentence) String() string { return v.In(nil) }

func (p *program) reportVerify(c *cli.Context) error {
	n, f, err := p.subject(c)
	if err != nil {
		return err
	}
	if f != nil {
		defer f.Close()
	}
	cas, err := p.csrCAs(c.StringSlice("csr-ca"))
	if err != nil {
		return err
	}
	v := verifier{p: p, asJSON: c.Bool("json"), wanted: n, key: c.String("key"), cas: cas}
	if c.IsSet("key") && wire.CheckFingerprint(v.key) != nil {
		return cmdline.Usage("--key SHA256:… with 43 characters, as report verify shows it", "--key: %q is no fingerprint", text.Plain(v.key, 60))
	}
	if f != nil { // a proof needs no login
		if form := forPeople(f); form != "" {
			return cmdline.Usage("give the session's number, or the file that \"report export -o jsonl\" wrote", "%s is a report as %s; only the form jsonl can be proved", text.Escape(f.Name()), form)
		}
		return v.verify(f.Name(), f)
	}
	return p.onRelay(c.Context, func(r *client.Relay, pr profile) error {
		v.host = pr.knownAs
		return p.fetch(c.Context, r, n, func(in io.Reader) error { return v.verify(p.say("the report of session %s", n.Spoken()), in) })
	})
}

// forPeople names the form of a report that cannot be proved, by how the file begins;
// "" is everything else.
func forPeople(f io.ReaderAt) string {
	const most = 64 << 10
	head := make([]byte, most)
	n, _ := f.ReadAt(head, 0) // a pipe has none, and is read as it comes
	head = bytes.TrimPrefix(head[:n], []byte(text.BOM))
	line, _, _ := bytes.Cut(head, []byte("\n"))
	switch {
	case bytes.HasPrefix(bytes.ToLower(line), []byte("<!doctype html")):
		return "HTML"
	case bytes.HasPrefix(line, []byte("number,seq,time,kind,")):
		return "CSV"
	case bytes.HasPrefix(line, []byte(`{"report":`)) && bytes.HasSuffix(line, []byte(",")):
		return "JSON"
	case bytes.HasPrefix(line, []byte("Support session ")), bytes.HasPrefix(line, []byte("원격 지원 ")):
		return "text"
	}
	return ""
}

// verifier proves the reports of one file, and trusts nobody for it.
type verifier struct {
	p      *program
	asJSON bool
	host   string          // of the relay through which the computer was met; "" is any
	wanted wire.Number     // whose report it must be; "" is any
	key    string          // SHA256:… of the key that must have signed; "" is any
	cas    []ssh.PublicKey // of CSRs, as this program knows them; none is that it knows none
}

// verify tells of every report in a file whether it is proved.
func (v verifier) verify(name string, in io.Reader) error {
	r := report.NewReader(in)
	count, bad := 0, 0
	for ; ; count++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var got report.Verdict
		in := &doors{cas: v.cas}
		if err == nil {
			got, err = report.VerifyEach(r, h, in.see)
		}
		told, err := v.judge(h, got, in, err)
		if err != nil {
			return err
		}
		if !told.Proof.OK() {
			bad++
		}
		if err := v.tell(told); err != nil {
			return err
		}
	}
	switch {
	case count == 0:
		return cmdline.Fail(cmdline.ExitFailed, "", "%s is empty", name)
	case bad == 0:
		return nil
	case count == 1:
		return cmdline.Silent(cmdline.ExitFailed)
	}
	return cmdline.Fail(cmdline.ExitSome, "", "%d of %d reports in %s are not proved", bad, count, name)
}

// judge makes a verdict for people; the error is that of a file or a relay that
// cannot be read.
func (v verifier) judge(h report.Header, got report.Verdict, in *doors, err error) (finding, error) {
	told := finding{Verdict: api.Verdict{Number: h.Number, Proof: got.Proof, Events: got.Last.Seq, Key: got.Fingerprint()}, CSRCA: []string{}, Entered: []entered{}}
	for _, ca := range v.cas {
		told.CSRCA = append(told.CSRCA, ssh.FingerprintSHA256(ca))
	}
	var bad *report.Broken
	switch {
	case errors.As(err, &bad):
		told.Proof = api.Broken
		told.say("this is not what the computer wrote: %v", bad)
		return told, nil
	case err != nil:
		return told, err
	}
	told.Number, told.Differs = got.Header.Number, got.Differs
	told.say("%s", sentence{got})
	if v.wanted != "" && told.Number != v.wanted {
		told.Proof = api.Broken
		told.say("the relay has sent the report of session %s", told.Number.Spoken())
		return told, nil
	}
	met := v.p.metKeys(v.host, told.Number)
	told.Met = slices.Contains(met, got.Key)
	kept, err := v.p.keptOf(told.Number, got.Key)
	if err != nil {
		return told, err
	}
	told.Compared = kept == client.KeptSame
	if told.Proof.OK() {
		v.judgeKeys(&told, got, in, kept, len(met))
	}
	if told.Proof != api.OtherKey {
		told.Entered, told.More = append(told.Entered, in.all...), in.more
	}
	return told, nil
}

// keptOf is what is kept here of the words with a computer's key, as in authorized_keys.
func (p *program) keptOf(n wire.Number, line string) (client.Kept, error) {
	key, err := parseKey(line)
	if err != nil || p.dir == "" { // nobody has signed, or nothing is kept
		return client.KeptNothing, nil
	}
	return client.KeptOfComputer(p.path(wordsDir), n, key)
}

// judgeKeys holds a report that is signed against what this program knows itself: the
// computer that it met, its words, and the CAs of CSRs. What is known and differs is no
// proof, and what is not known is said. met is how many keys it has met under the number.
func (v verifier) judgeKeys(told *finding, got report.Verdict, in *doors, kept client.Kept, met int) {
	switch {
	case kept == client.KeptOther:
		told.Proof = api.OtherKey
		told.say("not proved: the key that signed, %s, is not that of the computer, as the safety words that were compared here show", told.Key)
	case v.key != "" && told.Key != v.key:
		told.Proof = api.OtherKey
		told.say("not proved: the key that signed, %s, is not %s", told.Key, v.key)
	case met > 0 && !told.Met && v.key == "":
		told.Proof = api.OtherKey
		told.say("not proved: the key that signed, %s, is not that of the computer which this program was connected to under this number", told.Key)
	case in.wrong != nil:
		told.Proof = api.OtherCA
		told.say("not proved: %s", in.wrong.says())
	case met > 1 && !told.Compared && v.key == "":
		// A computer has one key for a support session: a relay has put another one in its
		// place, or has given the number twice.
		told.Proof = api.UnknownKey
		told.say("not proved: this program was connected to %d computers with different keys under this number, so somebody may have sat in between. "+
			"It cannot say whether %s, which signed, is that of the customer's", met, told.Key)
	case told.Met:
		told.say("%s It is the key of the computer that this program was connected to.", sentence{got})
	case v.key != "":
		told.say("%s It is the key that --key names.", sentence{got})
	default:
		stranger(told)
	}
}

// stranger says what is known of a report that is signed, but with a key that
// anybody may have made.
func stranger(told *finding) {
	if told.Proof == report.PrunedProved {
		told.say("not proved: the %d events were deleted; what is left of them is unchanged since it was signed by the key %s. "+
			"This program has not met that key, so it cannot say that it is the computer's", told.Events, told.Key)
	} else {
		told.say("not proved: all %d events stand here, in order and unchanged since they were signed by the key %s. "+
			"This program has not met that key, so it cannot say that it is the computer's", told.Events, told.Key)
	}
	told.Proof = api.UnknownKey
}

// against says what is known here that speaks against a report which was shown. It is no
// error: the report is what it is, and "report verify" judges it.
func (v verifier) against(h report.Header, got report.Verdict, in *doors) error {
	told, err := v.judge(h, got, in, nil)
	if err != nil || told.Proof != api.OtherKey && told.Proof != api.OtherCA {
		return err
	}
	answer := cmdline.Folding(v.p.problems())
	cmdline.ReportIn(answer, v.p.std.Speaker, "supportctl",
		cmdline.Fail(cmdline.ExitFailed, "supportctl report verify says more", "session %s: %s", told.Number.Spoken(), told.said))
	return answer.Flush()
}

// tell writes a verdict: what is proved to standard output, all else as errors.
func (v verifier) tell(told finding) error {
	if v.asJSON {
		return cmdline.List(v.p.std.Out, cmdline.JSONL, []finding{told}, nil)
	}
	said := cmdline.Fail(cmdline.ExitFailed, "", "session %s: %s", told.Number.Spoken(), told.said)
	if told.Number == "" {
		said = cmdline.Fail(cmdline.ExitFailed, "", "%s", told.said)
	}
	if told.Proof == api.UnknownKey {
		said = said.WithHint("ask the customer, whose own copy of the report shows their computer's key, or verify where the support rep was connected to it; "+
			"if it is the same, add --key %s", told.Key)
	}
	if told.Proof == api.OtherCA && slices.ContainsFunc(told.Entered, func(e entered) bool { return e.By == byOtherCA }) {
		said = said.WithHint("if that CA is your organisation's, too, name each of its CAs: --csr-ca FILE")
	}
	if !told.Proof.OK() {
		answer := cmdline.Folding(v.p.problems())
		cmdline.ReportIn(answer, v.p.std.Speaker, "supportctl", said)
		v.tellKeys(answer, told)
		return answer.Flush()
	}
	answer := cmdline.Folding(v.p.std.Out)
	fmt.Fprintln(answer, text.Escape(v.p.std.Speaker.Error(said)))
	v.tellKeys(answer, told)
	return answer.Flush()
}

// tellKeys tells of the computer's key and of each that has let somebody in what is known
// here of it.
func (v verifier) tellKeys(w io.Writer, told finding) {
	s := v.p.std.Speaker
	switch {
	case told.Proof == api.OtherKey || told.Proof == api.Broken || told.Key == "": // of that key, nothing is
	case told.Compared:
		fmt.Fprintln(w, "  "+s.Say("the computer's key: you have compared its safety words with the customer"))
	default:
		fmt.Fprintln(w, "  "+s.Say("the computer's key: its safety words were not compared here"))
	}
	for _, e := range told.Entered {
		said := e.says().In(s)
		if !e.By.mayBe() {
			said = s.Say("not proved: %s", said)
		}
		fmt.Fprintln(w, "  "+said)
	}
	if told.More > 0 {
		fmt.Fprintln(w, "  "+s.Say("and %d connections of further keys", told.More))
	}
}

// broken is the error for a file that cannot be shown as a report.
func broken(name string, err error) error {
	var bad *report.Broken
	switch {
	case errors.As(err, &bad):
		return cmdline.Fail(cmdline.ExitFailed, "supportctl report verify says more", "%s is not what a computer wrote: %v", name, bad)
	case errors.Is(err, report.ErrNoReport):
		return cmdline.Fail(cmdline.ExitFailed, "", "%s is empty", name)
	}
	return err
}
