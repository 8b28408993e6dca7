package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/wire"
	"supportd/library/words"
)

// Why a connection to a computer has no safety words, as [Words.Why]; the last one is an
// error of [Relay.Reach].
var (
	// ErrNoWords: the computer's program is older than safety words, or somebody in
	// between says so.
	ErrNoWords = errors.New("the computer's program knows no safety words, or somebody in between keeps them back")
	// ErrWordsElsewhere: the computer has words with this key already that are not kept
	// here, or no attempt left.
	ErrWordsElsewhere = errors.New("the computer makes no new safety words: it has some with this key that are not kept here, or no attempt is left")
	// ErrWordsTried: as often as this program may try for one number, it has.
	ErrWordsTried = errors.New("no attempt at safety words is left for this number")
	// errDiffer: the customer has other words.
	errDiffer = errors.New("the safety words differ")
	// errAnother: words were compared with another computer's key.
	errAnother = errors.New("another computer is there than that whose words were compared")
	// errBurnt: the computer's side has cheated.
	errBurnt = errors.New("what the computer opened is not what it had committed to")
)

const (
	// wordsKept is how long words are kept behind the last change: longer than any
	// support session.
	wordsKept = 90 * 24 * time.Hour
	maxWords  = 64 << 10 // bytes of a file
)

// Words are the safety words of a connection to a computer: what the customer's screen
// shows too, unless somebody sits in between.
type Words struct {
	Pair words.Pair
	New  bool  // this connection has agreed on them
	Why  error // there are none, for this reason; Pair says nothing then
	// Digits are compared where plain ssh is used, see [words.Keys.Digits].
	Digits string
	// Heard says that the CSR has heard the customer say the same words, over the phone: the
	// computer is theirs.
	Heard bool
	// Certified says that the computer has let us in by a certificate of the CSR CA.
	Certified bool
	// Others says that words were made with another key of this number's computer, too. A
	// computer has one, so somebody may sit in between now, or did.
	Others bool
}

// Confirmed reports whether words or the CSR CA have confirmed the computer, so that a
// password may be sent to it. Whoever sits in between takes every certificate, so where
// another key was there, too, only words do.
func (w Words) Confirmed() bool { return w.Why == nil && w.Heard || w.Certified && !w.Others }

// wordsFile is what is kept of a number.
type wordsFile struct {
	Tried int         `json:"tried"` // saved before the client's nonce is sent
	Pairs []wordsPair `json:"pairs"`
}

// wordsPair is what is known of two keys, SHA256:….
type wordsPair struct {
	Host  string `json:"host"`
	CSR   string `json:"csr"`
	Burnt bool   `json:"burnt,omitempty"`
	words.Pair
	Verdict string `json:"verdict,omitempty"` // what the CSR has heard: same, differ, or nothing yet
}

// What a CSR has heard.
const (
	heardSame   = "same"
	heardDiffer = "differ"
)

// find is what is known of two keys; nil is nothing.
func (f *wordsFile) find(host, csr string) *wordsPair {
	for i := range f.Pairs {
		if f.Pairs[i].Host == host && f.Pairs[i].CSR == csr {
			return &f.Pairs[i]
		}
	}
	return nil
}

// another reports whether the CSR has compared words with another key than this one of a
// number's computer, which has one key for a support session.
func (f *wordsFile) another(host string) bool {
	return slices.ContainsFunc(f.Pairs, func(p wordsPair) bool { return p.Host != host && p.Verdict == heardSame })
}

// wordsBook is the file of one number, which one program at a time changes.
type wordsBook struct {
	path string
	lock *os.File
}

// openWords opens the file of a number in a directory, and makes that.
func openWords(dir string, n wire.Number) (*wordsBook, error) {
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, string(n))
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := disk.Lock(lock); err != nil { // whoever has it lets go within [wire.WordsTime]
		return nil, errors.Join(err, lock.Close())
	}
	return &wordsBook{path + ".json", lock}, nil
}

func (b *wordsBook) close() { _ = b.lock.Close() } // which unlocks it; everything is on the disk

// readWords reads a file; nothing is kept yet where there is none.
func readWords(path string) (f wordsFile, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && time.Since(info.ModTime()) > wordsKept {
		return wordsFile{}, nil
	}
	if err != nil {
		return f, err
	}
	data, err := disk.Read(path, maxWords)
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func (b *wordsBook) save(f wordsFile) error {
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return disk.Replace(b.path, append(data, '\n'), 0o600)
}

// Words are the safety words of this connection.
func (c *Computer) Words() Words {
	w := c.words
	w.Heard = w.Heard || c.heard.Load()
	return w
}

// agreeOnWords finds the words of a connection: those that are kept, or new ones. An error
// is that the connection must not be used.
func (r *Relay) agreeOnWords(ctx context.Context, c *Computer, csr ssh.PublicKey) (Words, error) {
	keys := words.KeysOf(c.Identity, csr)
	_, certified := csr.(*ssh.Certificate)
	said := Words{Digits: keys.Digits(), Certified: certified}
	if r.opts.WordsDir == "" {
		said.Why = ErrWordsElsewhere
		return said, nil
	}
	e := agreement{keys: keys, number: c.Number, host: ssh.FingerprintSHA256(c.Identity), csr: fingerprintOf(csr), dir: r.opts.WordsDir}
	kept, err := readWords(filepath.Join(e.dir, string(c.Number)+".json"))
	if err != nil {
		return said, cmdline.Fail(cmdline.ExitFailed, "look at the file, or remove it", "the safety words that are kept cannot be read: %v", err)
	}
	if kept.another(e.host) {
		return said, e.another()
	}
	said.Others = slices.ContainsFunc(kept.Pairs, func(p wordsPair) bool { return p.Host != e.host })
	if p := kept.find(e.host, e.csr); p != nil {
		return e.known(said, p)
	}
	ctx, cancel := context.WithTimeout(ctx, wire.WordsTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = c.conn.Close() })() // a computer that says nothing
	ok, reply, err := c.ssh.SendRequest(wire.WordsCommitRequest, true, nil)
	switch {
	case err != nil:
		return said, e.broken(err)
	case !ok:
		said.Why = ErrNoWords
		return said, nil
	}
	commit, err := wire.ParseWordsCommit(reply)
	if err != nil {
		return said, e.broken(err)
	}
	return e.answer(said, c, commit)
}

// fingerprintOf is a key's, without a certificate.
func fingerprintOf(key ssh.PublicKey) string {
	if cert, ok := key.(*ssh.Certificate); ok {
		key = cert.Key
	}
	return ssh.FingerprintSHA256(key)
}

// agreement is an exchange on the client's side.
type agreement struct {
	keys      words.Keys
	number    wire.Number
	host, csr string // fingerprints
	dir       string
}

// known uses what is kept.
func (e agreement) known(said Words, p *wordsPair) (Words, error) {
	switch {
	case p.Burnt:
		return said, e.burnt()
	case p.Verdict == heardDiffer:
		return said, e.differ()
	}
	said.Pair, said.Heard = p.Pair, p.Verdict == heardSame
	return said, nil
}

// answer counts the attempt, and answers a commitment. Another program of ours may have
// agreed meanwhile: the file is looked at again.
func (e agreement) answer(said Words, c *Computer, commit wire.WordsCommit) (Words, error) {
	book, err := openWords(e.dir, e.number)
	if err != nil {
		return said, e.unkept(err)
	}
	defer book.close()
	f, err := readWords(book.path)
	if err != nil {
		return said, e.unkept(err)
	}
	switch p := f.find(e.host, e.csr); {
	case f.another(e.host):
		return said, e.another()
	case p != nil:
		return e.known(said, p)
	case len(commit.Sum) == 0:
		said.Why = ErrWordsElsewhere
		return said, nil
	case f.Tried >= wire.MaxWordsTried:
		return said, cmdline.Fail(cmdline.ExitAuth, "end the session and start a new one; if it happens again, tell the relay's admin: somebody may sit in between",
			"%s: three exchanges of safety words were broken off, so no more are tried", c.where()).Because(ErrWordsTried)
	}
	f.Tried++
	if err := book.save(f); err != nil {
		return said, e.unkept(err)
	}
	nonce := words.NewNonce()
	ok, reply, err := c.ssh.SendRequest(wire.WordsRequest, true, wire.WordsAnswer{Version: wire.WordsVersion, Nonce: nonce}.Marshal())
	if err == nil && !ok {
		err = errors.New("it was refused")
	}
	var opening wire.WordsOpening
	if err == nil {
		opening, err = wire.ParseWordsOpening(reply)
	}
	if err != nil {
		return said, e.broken(err)
	}
	p := wordsPair{Host: e.host, CSR: e.csr, Burnt: !e.keys.Opens(commit.Sum, opening.Nonce), Pair: e.keys.Draw(e.number, opening.Nonce, nonce)}
	f.Pairs = append(f.Pairs, p)
	if err := book.save(f); err != nil {
		return said, e.unkept(err)
	}
	said.New = true
	return e.known(said, &p)
}

// Hear keeps what the CSR has heard of the customer about the safety words of this
// connection, for good, and tells the computer, which writes it down. With other words the
// error says what to do, and nothing is reached any more by them.
func (c *Computer) Hear(same bool) error {
	e := agreement{number: c.Number, host: ssh.FingerprintSHA256(c.Identity), csr: c.csr, dir: c.wordsDir}
	if c.words.Why != nil {
		return cmdline.Fail(cmdline.ExitFailed, "ask the customer to download support-agent again for a new session",
			"session %s has no safety words that could be compared", e.number.Spoken()).Because(c.words.Why)
	}
	book, err := openWords(e.dir, e.number)
	if err != nil {
		return e.unkept(err)
	}
	defer book.close()
	f, err := readWords(book.path)
	if err != nil {
		return e.unkept(err)
	}
	p := f.find(e.host, e.csr)
	if p == nil {
		return e.unkept(errors.New("the file has been changed"))
	}
	if p.Verdict = heardSame; !same {
		p.Verdict = heardDiffer
	}
	if err := book.save(f); err != nil {
		return e.unkept(err)
	}
	// An older program does not know it, and who sits in between may keep it back.
	late := time.AfterFunc(wire.WordsTime, func() { _ = c.conn.Close() })
	defer late.Stop()
	_, _, _ = c.ssh.SendRequest(wire.WordsVerdictRequest, true, wire.WordsVerdict{Version: wire.WordsVersion, Same: same}.Marshal())
	if _, err := e.known(Words{}, p); err != nil {
		return err
	}
	c.heard.Store(true)
	return nil
}

func (e agreement) burnt() error {
	return cmdline.Fail(cmdline.ExitAuth, "do not go on: end the session, tell the customer and the relay's admin, and start a new session",
		"session %s: somebody sits between you and the computer: its safety words were tampered with", e.number.Spoken()).Because(errBurnt)
}

func (e agreement) differ() error {
	return cmdline.Fail(cmdline.ExitAuth, "do not go on: call the customer back on a number that you know, tell the relay's admin, and start a new session",
		"session %s: the customer has other safety words: somebody sits between you and the computer", e.number.Spoken()).Because(errDiffer)
}

func (e agreement) another() error {
	return cmdline.Fail(cmdline.ExitAuth, "do not go on: call the customer back on a number that you know, tell the relay's admin, and start a new session",
		"session %s: this is not the computer whose safety words you have compared: somebody sits in between", e.number.Spoken()).Because(errAnother)
}

func (e agreement) broken(err error) error {
	return cmdline.Fail(cmdline.ExitUnreachable, "run the command again; after three times this number is used up, so start a new session then",
		"session %s: the exchange of safety words was broken off", e.number.Spoken()).Because(errors.Join(ErrLost, err))
}

func (e agreement) unkept(err error) error {
	return cmdline.Fail(cmdline.ExitFailed, "the disk may be full", "the safety words of session %s cannot be kept: %v", e.number.Spoken(), err)
}

// Kept is what is kept here of the key that a computer shows.
type Kept int

// What is kept.
const (
	KeptNothing Kept = iota // it was not compared
	KeptSame                // the CSR has compared words with this key
	KeptOther               // it is another computer's, or words have shown that somebody sits in between
)

// KeptVerdict is what is kept in a [Options.WordsDir] of the plain key that the computer of a
// number shows to a CSR's plain key. A computer has one key for a support session.
func KeptVerdict(dir string, n wire.Number, host, csr ssh.PublicKey) (Kept, error) {
	ours := ssh.FingerprintSHA256(csr)
	return keptVerdict(dir, n, host, func(p wordsPair) bool { return p.CSR == ours })
}

// KeptOfComputer is [KeptVerdict] for any key with which somebody has used the directory.
func KeptOfComputer(dir string, n wire.Number, host ssh.PublicKey) (Kept, error) {
	return keptVerdict(dir, n, host, func(wordsPair) bool { return true })
}

// keptVerdict takes the words that were compared by the pairs that count.
func keptVerdict(dir string, n wire.Number, host ssh.PublicKey, counts func(wordsPair) bool) (Kept, error) {
	f, err := readWords(filepath.Join(dir, string(n)+".json"))
	if err != nil {
		return KeptNothing, err
	}
	is, shown := KeptNothing, ssh.FingerprintSHA256(host)
	if f.another(shown) {
		return KeptOther, nil
	}
	for _, p := range f.Pairs {
		switch same := p.Host == shown; {
		case same && (p.Burnt || p.Verdict == heardDiffer):
			return KeptOther, nil
		case same && p.Verdict == heardSame && counts(p):
			is = KeptSame
		}
	}
	return is, nil
}
