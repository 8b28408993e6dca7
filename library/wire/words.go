package wire

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// Safety words: two words that customer and CSR compare by voice. The daemon commits to
// a nonce before it sees the client's, and opens it behind that. What is computed of it
// is in package words.
const (
	// Client to daemon, a global request inside the inner connection, want-reply, without a
	// payload: the client has no words for this pair of keys. The reply is a [WordsCommit].
	// A program that knows no words refuses it, and a client that knows none never sends
	// it, so that nothing is counted for stock ssh.
	WordsCommitRequest = "words-commit@supportd"
	// Client to daemon, a global request, want-reply: payload [WordsAnswer], once and behind
	// the commitment. The reply is a [WordsOpening].
	WordsRequest = "words@supportd"

	// Client to daemon, a global request, want-reply: payload [WordsVerdict], what the CSR
	// has heard from the customer. A program that is older refuses it.
	WordsVerdictRequest = "words-verdict@supportd"

	// WordsVersion is the version of the exchange.
	WordsVersion = 1
	// WordsNonce is the length of a nonce, and of the commitment, in bytes.
	WordsNonce = 32
	// WordsTime is how long an exchange may take.
	WordsTime = 10 * time.Second
	// MaxWordsOffered bounds how often a daemon commits in one support session, and
	// MaxWordsTried how often a client answers for one number. With both, words that were
	// swapped for others are alike once in 2^22/(8×3) sessions.
	MaxWordsOffered = 8
	MaxWordsTried   = 3
)

// WordsCommit is the reply to [WordsCommitRequest]. An empty Sum says that nothing is
// exchanged on this connection: the pair of keys has words already, or cannot get any.
type WordsCommit struct {
	Version uint32
	Sum     []byte
}

// Marshal encodes the message.
func (m WordsCommit) Marshal() []byte { return ssh.Marshal(m) }

// ParseWordsCommit decodes what [WordsCommit.Marshal] made.
func ParseWordsCommit(data []byte) (m WordsCommit, err error) {
	if err := parse(data, &m, "words-commit"); err != nil {
		return WordsCommit{}, err
	}
	if m.Version != WordsVersion || len(m.Sum) != 0 && len(m.Sum) != WordsNonce {
		return WordsCommit{}, fmt.Errorf("%w: words-commit: version %d, %d bytes", ErrPayload, m.Version, len(m.Sum))
	}
	return m, nil
}

// WordsAnswer is the payload of [WordsRequest].
type WordsAnswer struct {
	Version uint32
	Nonce   []byte
}

// Marshal encodes the message.
func (m WordsAnswer) Marshal() []byte { return ssh.Marshal(m) }

// ParseWordsAnswer decodes what [WordsAnswer.Marshal] made.
func ParseWordsAnswer(data []byte) (m WordsAnswer, err error) {
	if err := parse(data, &m, "words"); err != nil {
		return WordsAnswer{}, err
	}
	if m.Version != WordsVersion || len(m.Nonce) != WordsNonce {
		return WordsAnswer{}, fmt.Errorf("%w: words: version %d, %d bytes", ErrPayload, m.Version, len(m.Nonce))
	}
	return m, nil
}

// WordsOpening is the reply to [WordsRequest]: what the daemon had committed to.
type WordsOpening struct{ Nonce []byte }

// Marshal encodes the message.
func (m WordsOpening) Marshal() []byte { return ssh.Marshal(m) }

// ParseWordsOpening decodes what [WordsOpening.Marshal] made.
func ParseWordsOpening(data []byte) (m WordsOpening, err error) {
	if err := parse(data, &m, "the opening of words"); err != nil {
		return WordsOpening{}, err
	}
	if len(m.Nonce) != WordsNonce {
		return WordsOpening{}, fmt.Errorf("%w: the opening of words: %d bytes", ErrPayload, len(m.Nonce))
	}
	return m, nil
}

// WordsVerdict is the payload of [WordsVerdictRequest].
type WordsVerdict struct {
	Version uint32
	Same    bool
}

// Marshal encodes the message.
func (m WordsVerdict) Marshal() []byte { return ssh.Marshal(m) }

// ParseWordsVerdict decodes what [WordsVerdict.Marshal] made.
func ParseWordsVerdict(data []byte) (m WordsVerdict, err error) {
	if err := parse(data, &m, "words-verdict"); err != nil {
		return WordsVerdict{}, err
	}
	if m.Version != WordsVersion || !bytes.Equal(m.Marshal(), data) { // a bool has two forms only
		return WordsVerdict{}, fmt.Errorf("%w: words-verdict: version %d", ErrPayload, m.Version)
	}
	return m, nil
}
