//go:build unix

package hostile

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/text"
	"supportd/library/wire"
)

// nasty is a name that means harm: to the customer, and to their terminal.
const nasty = "Your Bank\x1b]52;c;ZXZpbA==\x07\x1b[2J\u202e\u200b\u009b31m\r\nevil"

// changeNames is Z5: names and reasons are the relay's invention.
func changeNames(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, lies: func(*stage) *Lies {
		return &Lies{
			Welcome: func(w *wire.Welcome) { w.Owner, w.Text = nasty, nasty },
			Authorize: func(m *wire.Authorize) {
				for i := range m.Entries {
					m.Entries[i].Name = nasty
				}
			},
		}
	}})
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.works(ctx); err != nil {
		return err
	}
	want := "Your Bank"
	if ca {
		want = certain + " (" + owner + ")"
	}
	if err := s.shows(ctx, want); err != nil {
		return err
	}
	// In the middle of the session the key is somebody else's. It keeps its name.
	h.relay.Lie(s.number, &Lies{
		Welcome: func(w *wire.Welcome) { w.Owner, w.Account = "Somebody Else", other },
		Authorize: func(m *wire.Authorize) {
			for i := range m.Entries {
				m.Entries[i].Name = "Somebody Else"
			}
		},
	})
	if err := s.comeBack(ctx); err != nil {
		return err
	}
	if err := s.works(ctx); err != nil {
		return err
	}
	screen := s.log.String()
	switch {
	case strings.ContainsFunc(strings.ReplaceAll(screen, "\n", ""), text.Hostile):
		return fmt.Errorf("the customer's screen has control characters: %q", screen)
	case strings.Contains(screen, "Somebody Else"), strings.Contains(screen, other):
		return fmt.Errorf("the name changed:\n%s", screen)
	case ca && strings.Contains(screen, "Your Bank"):
		return fmt.Errorf("with a CA, the screen shows a name of the relay's:\n%s", screen)
	}
	return h.inventAccounts(ctx, ca)
}

// inventAccounts says that the session is of an account that nobody can have: it is shown
// where the name is not, and would be signed.
func (h *house) inventAccounts(ctx context.Context, ca bool) error {
	for _, account := range []string{nasty, "Your Bank", wire.CustomerUser} {
		s, err := h.open(ctx, setting{ca: ca, unjoined: true, lies: func(*stage) *Lies {
			return &Lies{Welcome: func(w *wire.Welcome) { w.Account = account }}
		}})
		if err != nil {
			return err
		}
		defer s.close()
		if err := s.shows(ctx, "broke off"); err != nil {
			return err
		}
		if screen := s.log.String(); strings.Contains(screen, "Connected") || strings.Contains(screen, "Your Bank") {
			return fmt.Errorf("a session of the account %q is joined:\n%s", account, screen)
		}
	}
	return nil
}

// comeBack cuts the tunnel, and waits until the computer has come back.
func (s *stage) comeBack(ctx context.Context) error {
	to, err := s.relay.Computer(s.number)
	if err != nil {
		return err
	}
	before := s.returns()
	to.Close()
	return s.returned(ctx, before)
}

// spliceElsewhere is Z7: the CSR means one computer, and is brought to another one.
func spliceElsewhere(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	elsewhere, err := h.open(ctx, setting{ca: ca, owner: other, lies: func(*stage) *Lies {
		return &Lies{Authorize: func(m *wire.Authorize) { m.Entries = append(m.Entries, h.entry(owner)) }}
	}})
	if err != nil {
		return err
	}
	defer elsewhere.close()
	h.relay.Lie(s.number, &Lies{To: elsewhere.number})
	out, err := s.ssh(ctx, "status")
	const unreached = 255
	if err := seen("ssh", out, err, unreached, "Host key verification failed"); err != nil {
		return err
	}
	out, err = s.supportctl(ctx, "sysinfo", string(s.number), "os")
	if err == nil || strings.Contains(out, "Linux") {
		return fmt.Errorf("supportctl takes another computer for the one that was meant:\n%s", out)
	}
	if err := elsewhere.entered(0); err != nil {
		return err
	}
	// Only the computer itself can show its certificate, and takes none for another number.
	misled, err := h.open(ctx, setting{ca: ca, owner: other, unjoined: true, lies: func(*stage) *Lies {
		return &Lies{Welcome: func(w *wire.Welcome) {
			key, err := ssh.ParsePublicKey(w.Certificate)
			if err == nil {
				w.Certificate, _ = h.relay.Certify(w.Certificate, key.(*ssh.Certificate).Key, string(s.number), s.number.Host())
			}
		}}
	}})
	if err != nil {
		return err
	}
	defer misled.close()
	if err := misled.shows(ctx, "broke off"); err != nil {
		return err
	}
	if strings.Contains(misled.log.String(), "Connected") {
		return errors.New("a computer takes a certificate for another number")
	}
	return nil
}
