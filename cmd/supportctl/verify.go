package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"supportd/consent"
	"supportd/relay/client"
	"supportd/relay/wire"
	"supportd/relay/wire/cmdline"
	"supportd/relay/wire/report"
)

// What a verdict says beyond the proofs of package report.
const (
	proofBroken   report.Proof = "broken"      // it is not what the computer wrote
	proofOtherKey report.Proof = "another-key" // another computer, or nobody's, signed it
)

// finding is what "report verify" says of one report.
type finding struct {
	Number wire.Number  `json:"number"`
	Proof  report.Proof `json:"proof"`
	Events uint64       `json:"events"`
	Key    string       `json:"key"` // SHA256:… of the key that signed
	Met    bool         `json:"met"` // this program was connected to the computer with that key
	Text   string       `json:"text"`
}

func (p *program) reportVerify(c *cli.Context) error {
	n, f, err := subject(c)
	if err != nil {
		return err
	}
	v := verifier{p: p, asJSON: c.Bool("json"), wanted: n}
	if f != nil {
		defer f.Close()
		if pr, err := p.loadProfile(); err == nil { // a proof needs no login
			v.relay = pr.Relay
		}
		return v.verify(f.Name(), f)
	}
	return p.onRelay(c.Context, func(r *client.Relay, pr profile) error {
		v.relay = pr.Relay
		return p.fetch(c.Context, r, n, func(in io.Reader) error { return v.verify("the report of session "+n.Spoken(), in) })
	})
}

// verifier proves the reports of one file, and trusts nobody for it.
type verifier struct {
	p      *program
	asJSON bool
	relay  string      // whose computers this program has met; "" where it is not logged in
	wanted wire.Number // whose report it must be; "" is any
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
	told := finding{Number: h.Number, Proof: got.Proof, Events: got.Last.Seq, Key: got.Fingerprint()}
	var bad *report.Broken
	switch {
	case errors.As(err, &bad):
		told.Proof, told.Text = proofBroken, "this is not what the computer wrote: "+bad.Error()
		return told, nil
	case err != nil:
		return told, err
	}
	told.Number, told.Text = got.Header.Number, got.Sentence(consent.English)
	if v.wanted != "" && told.Number != v.wanted {
		told.Proof, told.Text = proofBroken, "the relay has sent the report of session "+told.Number.Spoken()
		return told, nil
	}
	met := v.p.metKeys(v.relay, told.Number)
	told.Met = slices.Contains(met, got.Key)
	if told.Proof.OK() && len(met) > 0 && !told.Met {
		told.Proof, told.Text = proofOtherKey, "not proved: the key that signed, "+told.Key+", is not that of the computer which this program was connected to under this number"
	}
	return told, nil
}

// tell writes a verdict: what is proved to standard output, all else as errors.
func (v verifier) tell(told finding) error {
	if v.asJSON {
		return cmdline.List(v.p.std.Out, cmdline.JSONL, []finding{told}, nil)
	}
	text := "session " + consent.Escape(told.Number.Spoken()) + ": " + consent.Escape(told.Text)
	if told.Number == "" {
		text = consent.Escape(told.Text)
	}
	switch {
	case !told.Proof.OK():
		cmdline.Report(v.p.std.Err, "supportctl", errors.New(text))
		return nil
	case told.Met:
		text += " It is the key of the computer that this program was connected to."
	}
	_, err := fmt.Fprintln(v.p.std.Out, text)
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
