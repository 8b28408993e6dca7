//go:build unix

package hostile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/wire"
)

// inventAnswers is Z6: what a CSR has sent is sent once more, and while a question stands
// the relay answers it in every way that it can think of.
func inventAnswers(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, asked: true})
	if err != nil {
		return err
	}
	defer s.close()
	var sent recorder
	h.relay.Lie(s.number, &Lies{Tamper: func(toComputer bool, from io.Reader) io.Reader {
		if toComputer {
			return io.TeeReader(from, &sent)
		}
		return from
	}})
	asking := make(chan error, 1)
	go func() {
		out, err := s.ssh(ctx, "sysinfo", "os")
		const no = 5
		asking <- seen("ssh", out, err, no, "the customer said no")
	}()
	if err := s.screen.Expect(ctx, "Do you allow this?"); err != nil {
		return errors.Join(err, <-asking)
	}
	to, err := h.relay.Computer(s.number)
	if err != nil {
		return err
	}
	for _, name := range []string{"answer@supportd", "consent@supportd", journal.KindConsentAnswer, journal.KindConsentAllow} {
		if ok, _, err := to.SendRequest(name, true, []byte("yes\n")); ok || err != nil {
			return fmt.Errorf("%s: %t, %w", name, ok, err)
		}
	}
	if err := s.replay(&sent); err != nil {
		return err
	}
	if n, err := s.count(journal.KindSysInfoView); n > 0 || err != nil {
		return fmt.Errorf("the computer has shown something before anybody answered: %w", err)
	}
	if err := s.screen.Type("no\n"); err != nil {
		return err
	}
	if err := <-asking; err != nil {
		return err
	}
	if err := s.replay(&sent); err != nil {
		return err
	}
	n, err := s.count(journal.KindSysInfoView)
	if err != nil || n > 0 {
		return fmt.Errorf("the computer has shown something %d times: %w", n, err)
	}
	return s.entered(1)
}

// replay sends the computer what a CSR has sent it, and waits until it hangs up.
func (s *stage) replay(sent *recorder) error {
	to, err := s.relay.Computer(s.number)
	if err != nil {
		return err
	}
	ch, requests, err := to.OpenChannel(wire.ForwardedChannel, targetOf(s.number))
	if err != nil {
		return err
	}
	var drained sync.WaitGroup
	drained.Go(func() { ssh.DiscardRequests(requests) })
	_, _ = ch.Write(sent.bytes()) // the computer may hang up before it has all
	_ = ch.CloseWrite()
	_, _ = io.Copy(io.Discard, ch)
	_ = ch.Close()
	drained.Wait()
	return nil
}

// recorder keeps what passes through.
type recorder struct {
	mu   sync.Mutex
	data []byte
}

// Write implements [io.Writer].
func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.data = append(r.data, p...)
	return len(p), nil
}

func (r *recorder) bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.data)
}
