package main

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/journal"
	"supportd/library/text"
)

// byWhat is what has let somebody in, as far as this program can tell.
type byWhat string

// What lets somebody in. The last three cannot be true of the organisation's CSRs.
const (
	byCA        byWhat = "csr-ca"         // a CA that is known here has signed the certificate, which stands in the report
	byCAStated  byWhat = "csr-ca-stated"  // the computer says so, and the certificate does not stand in the report
	byUnknownCA byWhat = "unknown-ca"     // no CA is known here
	byRelay     byWhat = "relay"          // no certificate: the relay has named the key
	byOtherCA   byWhat = "another-ca"     // a CA that is none of those known here
	byForged    byWhat = "not-signed"     // the certificate in the report is not as its CA signs, or says something else
	byNothing   byWhat = "no-certificate" // only certificates enter there, and this key has none
)

// mayBe reports whether nothing that is known here speaks against it.
func (b byWhat) mayBe() bool { return b != byOtherCA && b != byForged && b != byNothing }

// entered is a key that has let somebody in, with one certificate or without.
type entered struct {
	Account     string               `json:"account"`
	Name        string               `json:"name"`
	Fingerprint string               `json:"fingerprint"` // SHA256:… of the CSR's key
	Connections int                  `json:"connections"`
	By          byWhat               `json:"by"`
	Certificate *journal.Certificate `json:"certificate"` // null is none
}

// maxEntered bounds how many keys are told of: a report may be of anybody's making.
const maxEntered = 200

// doors finds in the events of one report who has entered, and by what.
type doors struct {
	cas   []ssh.PublicKey // that are known here
	check csrca.Checker
	only  bool // the computer has said that only certificates enter
	lines map[journal.Certificate]string
	all   []entered
	more  int      // connections of others, behind maxEntered
	wrong *entered // the first that cannot be
}

// see is given each event in order.
func (d *doors) see(e journal.Event) {
	switch e.Kind {
	case journal.KindSessionJoin:
		d.only = d.only || len(journal.Of[journal.SessionJoin](e).CSRCA) > 0
	case journal.KindSessionResume:
		d.only = d.only || len(journal.Of[journal.SessionResume](e).CSRCA) > 0
	case journal.KindConnOpen:
		d.open(e.Time, journal.Of[journal.ConnectionOpen](e))
	}
}

// open counts one connection.
func (d *doors) open(at time.Time, o journal.ConnectionOpen) {
	by := d.judge(at, o)
	is := entered{Account: o.Who.Account, Name: o.Who.Name, Fingerprint: o.Who.Fingerprint, Connections: 1, By: by, Certificate: o.Certificate}
	if d.wrong == nil && !by.mayBe() {
		d.wrong = &is
	}
	same := func(b entered) bool {
		return b.Account == is.Account && b.Name == is.Name && b.Fingerprint == is.Fingerprint && b.By == by &&
			(b.Certificate == nil) == (is.Certificate == nil) && (is.Certificate == nil || withoutLine(b.Certificate) == withoutLine(is.Certificate))
	}
	switch i := slices.IndexFunc(d.all, same); {
	case i >= 0:
		d.all[i].Connections++
	case len(d.all) < maxEntered:
		d.all = append(d.all, is)
	default:
		d.more++
	}
}

// withoutLine is what can be compared of a certificate in a journal.
func withoutLine(c *journal.Certificate) journal.Certificate {
	bare := *c
	bare.Line, bare.Until = "", c.Until.UTC()
	return bare
}

// judge finds out what has let somebody in.
func (d *doors) judge(at time.Time, o journal.ConnectionOpen) byWhat {
	c := o.Certificate
	switch {
	case c == nil && d.only:
		return byNothing
	case c == nil:
		return byRelay
	}
	ours := slices.ContainsFunc(d.cas, func(ca ssh.PublicKey) bool { return ssh.FingerprintSHA256(ca) == c.CA })
	line := d.lineOf(c)
	switch {
	case line != "" && !d.signs(line, at, o):
		return byForged
	case len(d.cas) == 0:
		return byUnknownCA
	case !ours:
		return byOtherCA
	case line == "":
		return byCAStated
	}
	return byCA
}

// lineOf is a certificate as it stands here, or further up in the report.
func (d *doors) lineOf(c *journal.Certificate) string {
	bare := withoutLine(c)
	if c.Line == "" {
		return d.lines[bare]
	}
	if d.lines == nil {
		d.lines = map[journal.Certificate]string{}
	}
	if len(d.lines) < maxEntered {
		d.lines[bare] = c.Line
	}
	return c.Line
}

// signs reports whether a certificate is what the CA that the event names has signed for the
// account and the key in it, and lets them in at the time.
func (d *doors) signs(line string, at time.Time, o journal.ConnectionOpen) bool {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return false
	}
	cert := csrca.Of(key)
	if cert == nil {
		return false
	}
	// The computer's clock may have stood before the certificate's begin, and counts as no
	// earlier; a moment lies between its look at the clock and the event.
	from := time.Unix(int64(min(cert.ValidAfter, 1<<40)), 0)
	if at = at.Add(-time.Minute); at.Before(from) {
		at = from
	}
	got, err := d.check.Check(cert, o.Who.Account, []ssh.PublicKey{cert.SignatureKey}, claimed(o.From), at)
	is := o.Certificate
	return err == nil && got.CA == is.CA && got.Serial == is.Serial && got.KeyID == is.KeyID && got.Until.Equal(is.Until) &&
		got.Key == o.Who.Fingerprint && got.Name == o.Who.Name
}

// claimed is an address as the relay has told it to the computer.
type claimed string

// Network is "tcp".
func (claimed) Network() string { return "tcp" }

// String is the address.
func (c claimed) String() string { return string(c) }

// csrCAs are the CAs that may vouch for CSRs: those in the files, or else those that have
// signed the certificates of the login's own key. None is that it is not known.
func (p *program) csrCAs(files []string) (cas []ssh.PublicKey, err error) {
	for _, file := range files {
		data, err := disk.Read(filepath.Clean(file), csrca.MaxFile)
		var keys []ssh.PublicKey
		if err == nil {
			keys, err = csrca.Keys(data)
		}
		if err != nil {
			return nil, cmdline.Usage("name the CA's public key, FILE.pub of supportctl ca init", "--csr-ca: %s cannot be used: %v", text.Escape(file), err)
		}
		cas = append(cas, keys...)
	}
	if len(files) > 0 {
		return cas, nil
	}
	pr, err := p.loadProfile()
	if err != nil {
		return nil, nil // whoever has no login has no certificate either
	}
	add := func(public ssh.PublicKey) {
		if cert := csrca.Of(public); cert != nil && sameKey(cert.Key, pr.key) && !csrca.IsOneOf(cert.SignatureKey, cas) {
			cas = append(cas, cert.SignatureKey)
		}
	}
	if data, err := disk.Read(pr.certificateFile(p), maxOwn); err == nil {
		if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
			add(public)
		}
	}
	held, release := p.agentKeys()
	defer release()
	for _, c := range held {
		add(c.public)
	}
	return cas, nil
}

// says tells of one key that has let somebody in.
func (e entered) says() text.Message {
	who := strings.TrimSpace(text.Escape(e.Name))
	if who == "" || who == e.Account {
		who = text.Escape(e.Account)
	} else {
		who += " (" + text.Escape(e.Account) + ")"
	}
	print := text.Escape(e.Fingerprint)
	if e.Certificate == nil {
		if e.By == byNothing {
			return text.Later("%s, key %s: it has no certificate, and the computer lets in nobody without", who, print)
		}
		return text.Later("%s, key %s: no certificate; by the relay's word", who, print)
	}
	number, ca := e.Certificate.Serial, text.Escape(e.Certificate.CA)
	switch e.By {
	case byCA:
		return text.Later("%s, key %s: certificate %d, proved: your CSR CA %s has signed it", who, print, number, ca)
	case byCAStated:
		return text.Later("%s, key %s: certificate %d of your CSR CA %s, as the computer says; it does not stand in the report", who, print, number, ca)
	case byOtherCA:
		return text.Later("%s, key %s: certificate %d is of the CA %s, which is none of yours", who, print, number, ca)
	case byForged:
		return text.Later("%s, key %s: certificate %d is not what the CA %s has signed for this key", who, print, number, ca)
	}
	return text.Later("%s, key %s: certificate %d of the CA %s; it is not known here whether that is your CSR CA", who, print, number, ca)
}
