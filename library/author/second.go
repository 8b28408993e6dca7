package author

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/sshsig"
	"supportd/library/text"
)

const (
	// SecondNamespace is what the signature of a second person is for.
	SecondNamespace = "script-second@supportd"
	secondHeader    = "supportd script second 1"
)

// Errors of [Signed.CheckSecond] and [SignSecond], beside [ErrMalformed].
var (
	ErrSecondForged  = errors.New("the second signature is not for these files under this name")
	ErrSamePerson    = errors.New("the second signature is of the author's own account or key: two signatures of one person count as one")
	ErrSecondUnnamed = errors.New("there is no certificate for the key of the second signature")
)

// Second is the signature of somebody else than the author, under the same version of a
// script: two people have looked at it then. It is worth what its certificate is, see
// package csrca.
type Second struct {
	Account     string `json:"account"`     // of who has signed
	Certificate string `json:"certificate"` // theirs, as in an authorized_keys file
	Signature   string `json:"signature"`   // as "ssh-keygen -Y sign -n script-second@supportd" makes it
}

// message is what a second person signs: who they are, whose script it is, and all that the
// author has signed.
func (n Second) message(s Signed, by By, executable string, files []File) ([]byte, error) {
	message, err := s.message(executable, files)
	if err != nil || strings.ContainsFunc(n.Account, text.Hostile) {
		return nil, errForm
	}
	return append([]byte(secondHeader+"\naccount "+n.Account+"\nauthor "+by.Fingerprint()+"\n"), message...), nil
}

// SignSecond signs what an author has signed, as somebody else with an author's
// certificate. It is no method, so that what a customer downloads has none of it.
func SignSecond(s Signed, account, executable string, files []File, signer ssh.Signer, cert *ssh.Certificate) (Second, error) {
	by, err := s.Check(executable, files)
	if err != nil {
		return Second{}, err
	}
	if cert == nil {
		return Second{}, ErrSecondUnnamed
	}
	n := Second{Account: account, Certificate: line(cert)}
	message, err := n.message(s, by, executable, files)
	if err != nil {
		return Second{}, err
	}
	if n.Signature, err = sshsig.Sign(signer, SecondNamespace, message); err != nil {
		return Second{}, fmt.Errorf("signing the script: %w", err)
	}
	if _, err = s.CheckSecond(n, executable, files); err != nil {
		return Second{}, err
	}
	_, err = n.Line()
	return n, err
}

// CheckSecond proves that two people have signed a script with these files, and says who the
// second one is, always with a certificate. They are two where account and key differ, and
// where no certificate is for both accounts.
func (s Signed) CheckSecond(n Second, executable string, files []File) (second By, err error) {
	first, err := s.Check(executable, files)
	if err != nil {
		return By{}, err
	}
	key, err := sshsig.Key(n.Signature)
	if err != nil || sshd.CheckKey(key) != nil {
		return By{}, ErrMalformed
	}
	if n.Certificate == "" {
		return By{}, ErrSecondUnnamed
	}
	second = By{Key: key}
	if second.Certificate, err = certificate(n.Certificate, key); err != nil {
		return By{}, err
	}
	switch of := func(cert *ssh.Certificate, account string) bool {
		return slices.Contains(cert.ValidPrincipals, account)
	}; {
	case n.Account == s.Owner, bytes.Equal(first.Key.Marshal(), key.Marshal()), of(second.Certificate, s.Owner),
		first.Certificate != nil && of(first.Certificate, n.Account):
		return By{}, ErrSamePerson
	}
	message, err := n.message(s, first, executable, files)
	if err != nil || sshsig.Verify(n.Signature, SecondNamespace, message, key) != nil {
		return By{}, ErrSecondForged
	}
	return second, nil
}

// Line is n in the one form in which it is kept and sent.
func (n Second) Line() (string, error) { return oneLine(n) }

// ParseSecond reads what [Second.Line] made, and nothing else.
func ParseSecond(line string) (n Second, err error) {
	if err := parse(line, &n); err != nil {
		return Second{}, err
	}
	return n, nil
}
