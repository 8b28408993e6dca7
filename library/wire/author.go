package wire

import "golang.org/x/crypto/ssh"

// AuthorRequest is a channel request to the computer that comes before the exec of "run" on
// its channel, want-reply: who has written one of its scripts. Its payload is an [Authored].
const AuthorRequest = "script-author@supportd"

// Authored is the payload of [AuthorRequest].
type Authored struct {
	Script string // its path in the staging area
	Signed string // author.Signed in its one form
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
