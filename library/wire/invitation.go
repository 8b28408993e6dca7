package wire

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
)

const (
	// InvitedUser is the SSH user name under which somebody reaches the relay who has no
	// account's key yet and may do one thing: send a [RegisterRequest]. No account can be
	// called so, see [CheckAccount].
	InvitedUser = "+invited"
	// RegisterRequest is a global request to the relay, want-reply: the key that has
	// logged in as [InvitedUser] is to be one of an account's. Payload [Register],
	// answered with a [Registered].
	RegisterRequest = "register@supportd"

	invitationBytes = 20 // 40 bits of name and 120 of secret
	invitationName  = 8  // the characters in front that name it
	invitationGroup = 8  // characters between two dashes
)

// ErrInvitation is what [ParseInvitation] returns for everything else.
var ErrInvitation = errors.New("an invitation has 32 letters a to z and digits 2 to 7, in groups of 8")

// Invitation lets one person register one key for one account. Its text is a secret. The
// first 8 characters name it, so that who guesses at one has to know that much to use up
// its tries.
type Invitation string

// NewInvitation makes one.
func NewInvitation() Invitation {
	var b [invitationBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return Invitation(strings.ToLower(base32.StdEncoding.EncodeToString(b[:])))
}

// ParseInvitation reads what a person has typed or kept in a file: with or without
// dashes and white space, in letters of either size.
func ParseInvitation(text string) (Invitation, error) {
	text = strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(text, "-", "")), ""))
	if _, err := base32.StdEncoding.DecodeString(strings.ToUpper(text)); err != nil || len(text) != base32.StdEncoding.EncodedLen(invitationBytes) {
		return "", ErrInvitation
	}
	return Invitation(text), nil
}

// Text is the invitation as people are given it.
func (i Invitation) Text() string {
	var groups []string
	for rest := string(i); rest != ""; {
		n := min(invitationGroup, len(rest))
		groups, rest = append(groups, rest[:n]), rest[n:]
	}
	return strings.Join(groups, "-")
}

// Name is the part that is no secret.
func (i Invitation) Name() string { return string(i[:min(invitationName, len(i))]) }

// Hash is what a relay keeps of it: with 120 random bits in it, nobody finds it from that.
func (i Invitation) Hash() string {
	sum := sha256.Sum256([]byte(i))
	return hex.EncodeToString(sum[:])
}

// Register is the payload of [RegisterRequest].
type Register struct {
	Account    string
	Invitation string // as [ParseInvitation] returns it
}

// Marshal encodes the message.
func (m Register) Marshal() []byte { return ssh.Marshal(m) }

// ParseRegister decodes what [Register.Marshal] made.
func ParseRegister(data []byte) (m Register, err error) {
	if err := parse(data, &m, "register"); err != nil {
		return Register{}, err
	}
	return m, within("register", 2*MaxAccount, m.Account, m.Invitation)
}

// RegisterCode says what became of a [Register].
type RegisterCode uint32

// The answers to a [Register]. That it is used up, late, for another account or wrong is
// one answer: who guesses learns nothing of it.
const (
	RegisterNone    RegisterCode = iota // nothing was said
	RegisterOK                          // the key logs in now
	RegisterWrong                       // no such invitation is open for this account
	RegisterLimited                     // too many wrong ones came from this address; see Wait
	RegisterTaken                       // the key logs in for an account already
	RegisterFull                        // the account has as many keys as it may
	RegisterBusy                        // the relay cannot take it now; try again later
)

// Registered is the answer to a [Register].
type Registered struct {
	Code uint32 // a [RegisterCode]
	Wait uint32 // seconds until the next try, with RegisterLimited
}

// Marshal encodes the message.
func (m Registered) Marshal() []byte { return ssh.Marshal(m) }

// ParseRegistered decodes what [Registered.Marshal] made.
func ParseRegistered(data []byte) (m Registered, err error) {
	if err := parse(data, &m, "registered"); err != nil {
		return Registered{}, err
	}
	return m, nil
}
