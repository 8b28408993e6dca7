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
}

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
		return p.fetch(c.Context, r, n, func(in io.Reader) error { return v.verify("the report of session "+n.Spoken(), in) })
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
		told.Proof, told.Text = api.Broken, "this is not what the computer wrote: "+bad.Error()
		return told, nil
	case err != nil:
		return told, err
	}
	told.Number, told.Text, told.Differs = got.Header.Number, got.Sentence(text.English), got.Differs
	if v.wanted != "" && told.Number != v.wanted {
		told.Proof, told.Text = api.Broken, "the relay has sent the report of session "+told.Number.Spoken()
		return told, nil
	}
	met := v.p.metKeys(v.host, told.Number)
	told.Met = slices.Contains(met, got.Key)
	if !told.Proof.OK() {
		return told, nil
	}
	switch {
	case v.key != "" && told.Key != v.key:
		told.Proof, told.Text = api.OtherKey, "not proved: the key that signed, "+told.Key+", is not "+v.key
	case len(met) > 0 && !told.Met && v.key == "":
		told.Proof, told.Text = api.OtherKey, "not proved: the key that signed, "+told.Key+", is not that of the computer which this program was connected to under this number"
	case told.Met:
		told.Text += " It is the key of the computer that this program was connected to."
	case v.key != "":
		told.Text += " It is the key that --key names."
	default:
		told.Proof, told.Text = api.UnknownKey, stranger(told)
	}
	return told, nil
}

// stranger says what is known of a report that is signed, but with a key that
// anybody may have made.
func stranger(told finding) string {
	what := fmt.Sprintf("all %d events stand here, in order and unchanged since they were", told.Events)
	if told.Proof == report.PrunedProved {
		what = fmt.Sprintf("the %d events were deleted; what is left of them is unchanged since it was", told.Events)
	}
	return "not proved: " + what + " signed by the key " + told.Key + ". This program has not met that key, so it cannot say that it is the computer's"
}

// tell writes a verdict: what is proved to standard output, all else as errors.
func (v verifier) tell(told finding) error {
	if v.asJSON {
		return cmdline.List(v.p.std.Out, cmdline.JSONL, []finding{told}, nil)
	}
	s := "session " + text.Escape(told.Number.Spoken()) + ": " + text.Escape(told.Text)
	if told.Number == "" {
		s = text.Escape(told.Text)
	}
	if !told.Proof.OK() {
		hint := ""
		if told.Proof == api.UnknownKey {
			hint = "ask the customer, whose own copy of the report shows their computer's key, or verify where the support rep was connected to it; " +
				"if it is the same, add --key " + told.Key
		}
		cmdline.Report(v.p.std.Err, "supportctl", cmdline.Fail(cmdline.ExitFailed, hint, "%s", s))
		return nil
	}
	_, err := fmt.Fprintln(v.p.std.Out, s)
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
