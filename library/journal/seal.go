package journal

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

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

// sealHash is the name of the hash that the signature covers the message with.
const sealHash = "sha512"

// sealSigned is what is signed, behind the magic preamble (PROTOCOL.sshsig,
// section 3).
type sealSigned struct {
	Namespace, Reserved, HashAlgorithm string
	Hash                               []byte
}

// sealBlob is what the armor holds, behind the magic preamble (PROTOCOL.sshsig,
// section 2).
type sealBlob struct {
	Version                            uint32
	Key                                []byte
	Namespace, Reserved, HashAlgorithm string
	Signature                          []byte
}

const (
	sealMagic   = "SSHSIG"
	sealVersion = 1
	armorBegin  = "-----BEGIN SSH SIGNATURE-----\n"
	armorEnd    = "-----END SSH SIGNATURE-----\n"
	armorWidth  = 70 // as ssh-keygen wraps it
)

// NewSeal signs the journal that ends with head. The signer holds the
// computer's ed25519 key of this session.
func NewSeal(signer ssh.Signer, number wire.Number, head Event) (Seal, error) {
	key := signer.PublicKey()
	s := Seal{Number: string(number), Seq: head.Seq, Hash: head.Hash, Key: keyLine(key)}
	sig, err := signer.Sign(nil, s.signed())
	if err != nil {
		return Seal{}, fmt.Errorf("signing the journal: %w", err)
	}
	s.Signature = armor(append([]byte(sealMagic), ssh.Marshal(sealBlob{
		Version: sealVersion, Key: key.Marshal(), Namespace: SealNamespace, HashAlgorithm: sealHash, Signature: ssh.Marshal(sig),
	})...))
	return s, nil
}

// Message is the text that is signed.
func (s Seal) Message() []byte {
	return fmt.Appendf(nil, "supportd journal 1\n%s\n%d\n%x\n", s.Number, s.Seq, s.Hash[:])
}

func (s Seal) signed() []byte {
	sum := sha512.Sum512(s.Message())
	return append([]byte(sealMagic), ssh.Marshal(sealSigned{Namespace: SealNamespace, HashAlgorithm: sealHash, Hash: sum[:]})...)
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
	sig, err := s.signature(key)
	if err != nil {
		return err
	}
	if err := key.Verify(s.signed(), sig); err != nil {
		return fmt.Errorf("%w: %w", ErrSeal, err)
	}
	return nil
}

// signature takes the armor apart. Only what [NewSeal] makes for this key is
// accepted, so that no byte of a seal can be changed unnoticed.
func (s Seal) signature(key ssh.PublicKey) (*ssh.Signature, error) {
	malformed := fmt.Errorf("%w: its signature is malformed", ErrSeal)
	text := strings.TrimSuffix(strings.TrimPrefix(s.Signature, armorBegin), armorEnd)
	raw, _ := base64.StdEncoding.DecodeString(text) // line ends are skipped
	if armor(raw) != s.Signature {                  // whatever is wrong with it shows here
		return nil, malformed
	}
	rest, ok := bytes.CutPrefix(raw, []byte(sealMagic))
	var blob sealBlob
	if !ok || ssh.Unmarshal(rest, &blob) != nil {
		return nil, malformed
	}
	want := sealBlob{sealVersion, key.Marshal(), SealNamespace, "", sealHash, blob.Signature}
	if !bytes.Equal(ssh.Marshal(blob), ssh.Marshal(want)) {
		return nil, fmt.Errorf("%w: its signature is of another key or for something else", ErrSeal)
	}
	sig := new(ssh.Signature)
	if ssh.Unmarshal(blob.Signature, sig) != nil || len(sig.Rest) > 0 {
		return nil, malformed
	}
	return sig, nil
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

func armor(raw []byte) string {
	var b strings.Builder
	b.WriteString(armorBegin)
	for text := base64.StdEncoding.EncodeToString(raw); text != ""; {
		n := min(armorWidth, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	b.WriteString(armorEnd)
	return b.String()
}
