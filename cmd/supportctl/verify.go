package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

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
	v := verifier{p: p, asJSON: c.Bool("json"), wanted: n, key: c.String("key")}
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
		v.host = pr.address.Host
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
	host   string      // of the relay through which the computer was met; "" is any
	wanted wire.Number // whose report it must be; "" is any
	key    string      // SHA256:… of the key that must have signed; "" is any
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
		if err == nil {
			got, err = report.Verify(r, h)
		}
		told, err := v.judge(h, got, err)
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
func (v verifier) judge(h report.Header, got report.Verdict, err error) (finding, error) {
	told := finding{Verdict: api.Verdict{Number: h.Number, Proof: got.Proof, Events: got.Last.Seq, Key: got.Fingerprint()}}
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
	if !told.Proof.OK() {
		return told, nil
	}
	switch {
	case v.key != "" && told.Key != v.key:
		told.Proof = api.OtherKey
		told.say("not proved: the key that signed, %s, is not %s", told.Key, v.key)
	case len(met) > 0 && !told.Met && v.key == "":
		told.Proof = api.OtherKey
		told.say("not proved: the key that signed, %s, is not that of the computer which this program was connected to under this number", told.Key)
	case told.Met:
		told.say("%s It is the key of the computer that this program was connected to.", sentence{got})
	case v.key != "":
		told.say("%s It is the key that --key names.", sentence{got})
	default:
		stranger(&told)
	}
	return told, nil
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
	if !told.Proof.OK() {
		answer := cmdline.Folding(v.p.problems())
		cmdline.ReportIn(answer, v.p.std.Speaker, "supportctl", said)
		return answer.Flush()
	}
	_, err := fmt.Fprintln(v.p.std.Out, cmdline.Folded(v.p.std.Out, text.Escape(v.p.std.Speaker.Error(said))))
	return err
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
