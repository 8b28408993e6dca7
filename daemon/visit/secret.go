package visit

import (
	"context"
	"io"
	"time"

	"supportd/daemon/account"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/text"
)

// passwordTimeout is how long a CSR has to type a password; they agreed on it
// with somebody who may have to be fetched.
const passwordTimeout = 2 * time.Minute

// errNoPassword is a password prompt that was left.
var errNoPassword = journal.CauseNoPassword.Err("")

// typePassword reads a password from the CSR's terminal, which shows nothing:
// the client's terminal is raw, and we send nothing back.
func (v *visit) typePassword(ctx context.Context, user string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, passwordTimeout)
	defer cancel()
	if _, err := io.WriteString(v.channel, v.speaker.Say("Password of %s: ", text.Plain(user, 60))); err != nil {
		return nil, err
	}
	type result struct {
		secret []byte
		err    error
	}
	typed := make(chan result)
	go func() { // ends with the channel, when the verb has returned
		defer panics.Keep(v.server.Log, "typing a password", cancel)
		secret, err := readSecret(v.channel)
		select {
		case typed <- result{secret, err}:
		case <-ctx.Done():
			clear(secret) // too late
		}
	}()
	select {
	case r := <-typed:
		_, _ = io.WriteString(v.channel, "\n")
		return r.secret, r.err
	case <-ctx.Done():
		_, _ = io.WriteString(v.channel, "\n")
		return nil, context.Cause(ctx)
	}
}

// readSecret reads keys until Enter, in one piece of memory that the caller
// overwrites.
func readSecret(r io.Reader) ([]byte, error) {
	const interrupt, end, backspace, kill, del = 3, 4, 8, 21, 127 // Ctrl-C, Ctrl-D, Ctrl-H, Ctrl-U
	secret := make([]byte, 0, account.MaxPassword+1)
	key := make([]byte, 1)
	defer clear(key)
	for {
		if _, err := io.ReadFull(r, key); err != nil {
			clear(secret)
			return nil, errNoPassword
		}
		switch c := key[0]; {
		case c == '\r' || c == '\n':
			return secret, nil
		case c == interrupt || c == end:
			clear(secret)
			return nil, errNoPassword
		case c == kill:
			clear(secret)
			secret = secret[:0]
		case c == backspace || c == del:
			secret = dropRune(secret)
		case len(secret) < cap(secret):
			secret = append(secret, c)
		}
	}
}

// dropRune takes the last character off UTF-8 text.
func dropRune(text []byte) []byte {
	for len(text) > 0 {
		last := text[len(text)-1]
		text[len(text)-1] = 0
		text = text[:len(text)-1]
		const continuation = 0x80
		if last&0xc0 != continuation {
			break
		}
	}
	return text
}
