// Package sshsig makes and proves the signatures of OpenSSH's PROTOCOL.sshsig, as
// "ssh-keygen -Y sign" and "-Y verify" do: computers sign their journals with it, and
// an organisation's CA the list of what it has revoked.
//
// What it promises: of all ways to write the same signature down, one is taken, so that
// no byte of it can be changed unnoticed. It is for one key, one purpose and SHA-512.
package sshsig

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Errors of [Verify] and [Key].
var (
	ErrMalformed = errors.New("its signature is malformed")
	ErrOther     = errors.New("its signature is of another key or for something else")
)

// signed is what is signed, behind the magic preamble (PROTOCOL.sshsig, section 3).
type signed struct {
	Namespace, Reserved, HashAlgorithm string
	Hash                               []byte
}

// blob is what the armor holds, behind the magic preamble (PROTOCOL.sshsig, section 2).
type blob struct {
	Version                            uint32
	Key                                []byte
	Namespace, Reserved, HashAlgorithm string
	Signature                          []byte
}

const (
	magic   = "SSHSIG"
	version = 1
	hash    = "sha512" // that the signature covers the message with
	// Begin is the first line of a signature.
	Begin = "-----BEGIN SSH SIGNATURE-----\n"
	end   = "-----END SSH SIGNATURE-----\n"
	width = 70 // as ssh-keygen wraps it
)

// Sign signs a message for a purpose, which keeps the signature from being taken for one
// of something else.
func Sign(signer ssh.Signer, namespace string, message []byte) (armored string, err error) {
	var sig *ssh.Signature
	if rsa, ok := signer.(ssh.AlgorithmSigner); ok && signer.PublicKey().Type() == ssh.KeyAlgoRSA {
		sig, err = rsa.SignWithAlgorithm(rand.Reader, covered(namespace, message), ssh.KeyAlgoRSASHA512) // the plain one is SHA-1
	} else {
		sig, err = signer.Sign(rand.Reader, covered(namespace, message))
	}
	if err != nil {
		return "", err
	}
	return armor(append([]byte(magic), ssh.Marshal(blob{
		Version: version, Key: signer.PublicKey().Marshal(), Namespace: namespace, HashAlgorithm: hash, Signature: ssh.Marshal(sig),
	})...)), nil
}

// Verify reports whether a signature was made with this key for this message and purpose.
func Verify(armored, namespace string, message []byte, key ssh.PublicKey) error {
	b, err := parse(armored)
	if err != nil {
		return err
	}
	if want := (blob{version, key.Marshal(), namespace, "", hash, b.Signature}); !bytes.Equal(ssh.Marshal(b), ssh.Marshal(want)) {
		return ErrOther
	}
	sig := new(ssh.Signature)
	ofHardware := strings.HasPrefix(key.Type(), "sk-") // more stands in those of FIDO keys
	if ssh.Unmarshal(b.Signature, sig) != nil || len(sig.Rest) > 0 && !ofHardware || sig.Format == ssh.KeyAlgoRSA {
		return ErrMalformed
	}
	return key.Verify(covered(namespace, message), sig)
}

// Key is the key that a signature names. It proves nothing.
func Key(armored string) (ssh.PublicKey, error) {
	b, err := parse(armored)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePublicKey(b.Key)
	if err != nil {
		return nil, ErrMalformed
	}
	return key, nil
}

// parse takes the armor apart.
func parse(armored string) (b blob, err error) {
	text := strings.TrimSuffix(strings.TrimPrefix(armored, Begin), end)
	raw, _ := base64.StdEncoding.DecodeString(text) // line ends are skipped
	rest, ok := bytes.CutPrefix(raw, []byte(magic))
	if armor(raw) != armored || !ok || ssh.Unmarshal(rest, &b) != nil { // whatever is wrong with the armor shows here
		return blob{}, ErrMalformed
	}
	return b, nil
}

// covered is what is signed of a message.
func covered(namespace string, message []byte) []byte {
	sum := sha512.Sum512(message)
	return append([]byte(magic), ssh.Marshal(signed{Namespace: namespace, HashAlgorithm: hash, Hash: sum[:]})...)
}

func armor(raw []byte) string {
	var b strings.Builder
	b.WriteString(Begin)
	for text := base64.StdEncoding.EncodeToString(raw); text != ""; {
		n := min(width, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	b.WriteString(end)
	return b.String()
}
