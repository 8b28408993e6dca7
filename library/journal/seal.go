package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshsig"
	"supportd/library/wire"
)

// SealNamespace is what the signature of a [Seal] is for, so that it can never
// be taken for a signature of something else.
const SealNamespace = "journal@supportd"

// Seal is the signature with which a computer ends the journal of a support
// session: after it nobody can change, drop or add an event. Its signature has
// the format of OpenSSH's PROTOCOL.sshsig, so that stock ssh-keygen proves it
// too:
//
//	ssh-keygen -Y check-novalidate -n journal@supportd -s SIGNATURE < MESSAGE
type Seal struct {
	Number    string `json:"number"`    // of the support session
	Seq       uint64 `json:"seq"`       // of the last event
	Hash      Hash   `json:"hash"`      // of the last event
	Key       string `json:"key"`       // the computer's key in this session, as in authorized_keys
	Signature string `json:"signature"` // armored
}

// ErrSeal is wrapped by the error for a seal that does not fit its journal.
var ErrSeal = errors.New("the journal's seal does not fit")

// sealLine is how a seal stands among the lines of a journal.
type sealLine struct {
	Seal *Seal `json:"seal"`
}

// NewSeal signs the journal that ends with head. The signer holds the
// computer's ed25519 key of this session.
func NewSeal(signer ssh.Signer, number wire.Number, head Event) (Seal, error) {
	key := signer.PublicKey()
	s := Seal{Number: string(number), Seq: head.Seq, Hash: head.Hash, Key: keyLine(key)}
	var err error
	if s.Signature, err = sshsig.Sign(signer, SealNamespace, s.Message()); err != nil {
		return Seal{}, fmt.Errorf("signing the journal: %w", err)
	}
	return s, nil
}

// Message is the text that is signed.
func (s Seal) Message() []byte {
	return fmt.Appendf(nil, "supportd journal 1\n%s\n%d\n%x\n", s.Number, s.Seq, s.Hash[:])
}

// Verify reports whether the seal was made with its key for the journal that
// ends with head. Whose key it is has to be known from elsewhere: the relay
// compares it with the one that logged in.
func (s Seal) Verify(head Event) error {
	if s.Seq != head.Seq || s.Hash != head.Hash {
		return fmt.Errorf("%w: it is for event %d, the last one is event %d, or has another hash", ErrSeal, s.Seq, head.Seq)
	}
	if n, err := wire.ParseNumber(s.Number); err != nil || string(n) != s.Number {
		return fmt.Errorf("%w: it has no session number", ErrSeal)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.Key))
	if err != nil || key.Type() != ssh.KeyAlgoED25519 || keyLine(key) != s.Key {
		return fmt.Errorf("%w: its key is no ed25519 key", ErrSeal)
	}
	if err := sshsig.Verify(s.Signature, SealNamespace, s.Message(), key); err != nil {
		return fmt.Errorf("%w: %w", ErrSeal, err)
	}
	return nil
}

// Line encodes the seal as the last line of a journal, newline included.
func (s Seal) Line() ([]byte, error) {
	line, err := json.Marshal(sealLine{&s})
	return append(line, '\n'), err
}

// IsSealLine reports whether a line of a journal is its seal's, and no event's.
func IsSealLine(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"seal":`)) }

// ParseSeal decodes what [Seal.Line] made, and nothing else. It does not verify.
func ParseSeal(line []byte) (Seal, error) {
	var l sealLine
	if err := json.Unmarshal(line, &l); err != nil {
		return Seal{}, fmt.Errorf("%w: seal: %w", wire.ErrPayload, err)
	}
	if l.Seal == nil {
		return Seal{}, fmt.Errorf("%w: seal: it is empty", wire.ErrPayload)
	}
	if again, _ := l.Seal.Line(); !bytes.Equal(bytes.TrimSuffix(again, []byte("\n")), bytes.TrimSuffix(line, []byte("\n"))) {
		return Seal{}, fmt.Errorf("%w: seal: it is not in canonical form", wire.ErrPayload)
	}
	return *l.Seal, nil
}

// keyLine is a public key as it stands in authorized_keys, without a comment.
func keyLine(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}
