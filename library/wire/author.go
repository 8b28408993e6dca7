package wire

import "golang.org/x/crypto/ssh"

// AuthorRequest is a channel request to the computer that comes before the exec of "run" on
// its channel, want-reply: who has written one of its scripts. Its payload is an [Authored].
const AuthorRequest = "script-author@supportd"

// SecondRequest is the same for who has signed one of its scripts beside its author: it
// comes behind that script's [AuthorRequest].
const SecondRequest = "script-second@supportd"

// Authored is the payload of [AuthorRequest] and [SecondRequest].
type Authored struct {
	Script string // its path in the staging area
	Signed string // author.Signed, or author.Second, in its one form
}

// Marshal encodes the payload.
func (m Authored) Marshal() []byte { return ssh.Marshal(m) }

// ParseAuthored decodes what [Authored.Marshal] made.
func ParseAuthored(data []byte) (m Authored, err error) {
	if err := parse(data, &m, "author"); err != nil {
		return Authored{}, err
	}
	return m, within("author", MaxReason, m.Script)
}
