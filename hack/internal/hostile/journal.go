//go:build unix

package hostile

import (
	"bufio"
	"bytes"
	"context"
	"io"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// handleJournal passes a computer's journal on. The real relay gets it signed by the
// computer's stand-in.
func (r *Relay) handleJournal(_ context.Context, c *sshd.Conn, nc ssh.NewChannel) {
	n, ok := r.numberOf(c)
	if !ok {
		c.Reject(nc, ssh.Prohibited, "this computer has not joined")
		return
	}
	pass(nc, c.Identity().(*login).up, wire.JournalChannel, nil, &edits{to: func(w io.Writer, from io.Reader) error {
		in := bufio.NewReaderSize(from, journal.MaxLine)
		for {
			line, err := in.ReadBytes('\n')
			if err != nil {
				return err
			}
			if journal.IsSealLine(line) {
				if line, err = r.reseal(n, line); err != nil {
					return err
				}
			}
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
	}})
}

func (r *Relay) reseal(n wire.Number, line []byte) ([]byte, error) {
	s, err := journal.ParseSeal(line)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	c := r.computers[n]
	c.seal = line
	r.mu.Unlock()
	again, err := journal.NewSeal(c.standIn, wire.Number(s.Number), journal.Event{Seq: s.Seq, Hash: s.Hash})
	if err != nil {
		return nil, err
	}
	return again.Line()
}

// unseal puts the computers' own keys and signatures back into a report.
func (r *Relay) unseal(out []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.computers {
		lines := bytes.SplitAfter(out, []byte("\n"))
		for i, line := range lines {
			if s, err := journal.ParseSeal(line); err == nil && s.Key == authorized(c.standIn.PublicKey()) {
				lines[i] = c.seal
			}
		}
		out = bytes.ReplaceAll(bytes.Join(lines, nil), []byte(authorized(c.standIn.PublicKey())), []byte(authorized(c.key)))
	}
	return out
}

func authorized(key ssh.PublicKey) string {
	return string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(key)))
}
