//go:build unix

package hostile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/words"
)

// swapTheKey is Z1: the relay certifies a computer of its own for the number.
func swapTheKey(ctx context.Context, h *house, ca bool) error {
	if err := h.swapAlone(ctx, ca); err != nil {
		return fmt.Errorf("alone: %w", err)
	}
	if !ca { // with one, the attempt is above
		if err := h.sitBetween(ctx); err != nil {
			return fmt.Errorf("in between: %w", err)
		}
	}
	if err := h.swapLater(ctx, ca); err != nil {
		return fmt.Errorf("later: %w", err)
	}
	if err := h.meetBoth(ctx, ca); err != nil {
		return fmt.Errorf("for a while: %w", err)
	}
	return nil
}

// csrWords is what "supportctl words" says.
type csrWords struct {
	English  string `json:"en"`
	Digits   string `json:"digits"`
	Compared bool   `json:"compared"`
}

// readWords is what the CSR reads out, and the exit code is held.
func (s *stage) readWords(ctx context.Context, code int) (w csrWords, err error) {
	cmd := s.control(ctx, "words", string(s.number), "--json")
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err := seen("supportctl words", string(out)+problems.String(), err, code, ""); err != nil {
		return w, err
	}
	return w, json.Unmarshal(out, &w)
}

// digitsOf are the digits of plain ssh in a text.
var digitsOf = regexp.MustCompile(`[0-9]{5}( [0-9]{5}){5}`)

// swapAlone has CSRs brought to a computer of the relay's that the real one does not let
// in: it has no key with a certificate, or none that was named before the customer joined.
// So it has nothing of the customer's, and the real computer hears of nobody.
func (h *house) swapAlone(ctx context.Context, ca bool) error {
	set := setting{ca: ca}
	if ca { // the relay's word for its own key is worth nothing
		set.lies = vouching
	}
	s, err := h.open(ctx, set)
	if err != nil {
		return err
	}
	defer s.close()
	before, err := s.events()
	if err != nil {
		return err
	}
	screen := s.log.String()
	for _, mute := range []bool{true, false} {
		there, err := h.swapped(s, set.lies, mute)
		if err != nil {
			return err
		}
		out, err := s.ssh(ctx, "sysinfo", "os")
		if err := seen("ssh", out, err, 1, "the liar did not get in: "); err != nil {
			return err
		}
		if strings.Contains(out, "Linux") {
			return fmt.Errorf("the relay shows what the customer's computer shows:\n%s", out)
		}
		if out, err := s.supportctl(ctx, "sysinfo", string(s.number), "os"); err == nil || strings.Contains(out, "Linux") {
			return fmt.Errorf("supportctl shows something:\n%s", out)
		}
		if there.visits() < 2 {
			return errors.New("nobody was brought to the relay's computer: nothing was tried")
		}
		if mute {
			out, err := s.supportctl(ctx, "words", string(s.number))
			if err := seen("words that are kept back", out, err, 1, "nothing shows that nobody sits in between"); err != nil {
				return err
			}
		}
	}
	// The CSR reads out words that this customer does not have.
	w, err := s.readWords(ctx, 0)
	if err != nil {
		return err
	}
	here, err := s.agent(ctx, "status", "--state", s.state)
	if err != nil {
		return err
	}
	if w.English == "" || w.Compared || strings.Contains(here, w.English) || strings.Contains(here, "Safety words") || strings.Contains(here, w.Digits) {
		return fmt.Errorf("the CSR has %+v, and the customer:\n%s", w, here)
	}
	after, err := s.events()
	if err != nil || len(after) != len(before) {
		return fmt.Errorf("the journal of the real computer had %d events, and has %d now: %w", len(before), len(after), err)
	}
	if now := s.log.String(); now != screen {
		return fmt.Errorf("the customer's screen shows something new:\n%s", strings.TrimPrefix(now, screen))
	}
	return s.differs(ctx)
}

// swapped brings CSRs to a computer of the relay's from now on, beside its other lies.
func (h *house) swapped(s *stage, others func(*stage) *Lies, mute bool) (*Impostor, error) {
	lies := &Lies{}
	if others != nil {
		lies = others(s)
	}
	there, serve, err := h.relay.Impersonate(s.number, owner, mute)
	lies.Serve = serve
	h.relay.Lie(s.number, lies)
	return there, err
}

// differs has the CSR say that the customer has no such words: the support session ends for
// both, nothing goes to that computer any more, and what the real one has signed is not that
// of the computer that supportctl was connected to.
func (s *stage) differs(ctx context.Context) error {
	const kept = 4
	out, err := s.supportctl(ctx, "words", string(s.number), "--differ")
	if err := seen("words --differ", out, err, kept, "somebody sits between you and the computer"); err != nil {
		return err
	}
	if err := s.over(ctx); err != nil {
		return err
	}
	s.relay.Lie(s.number, nil)
	return s.unproved(ctx, "is not that of the computer")
}

// sitBetween is all of it without a CA: the relay has named its own key before the customer
// joined, enters with it, shows the CSR what it sees there, and has safety words with both.
// They are others, and a customer who listens ends it.
func (h *house) sitBetween(ctx context.Context) error {
	s, err := h.open(ctx, setting{lies: vouching, asked: true, allow: "sysinfo"})
	if err != nil {
		return err
	}
	defer s.close()
	own := h.relay.Own(owner)
	client, err := s.enter(ctx, owner, own)
	if err != nil {
		return err
	}
	theirs, err := s.agree(client, own)
	client.Close()
	if err != nil {
		return err
	}
	if _, err := h.swapped(s, vouching, false); err != nil {
		return err
	}
	// This is the stated limit: who compares nothing sees nothing.
	out, err := s.ssh(ctx, "sysinfo", "os")
	if err := seen("ssh", out, err, 0, "Linux"); err != nil {
		return err
	}
	if err := s.entered(2); err != nil { // the one of the words above, too
		return err
	}
	if err := s.otherWords(ctx, theirs); err != nil {
		return err
	}
	return s.pickNone(ctx, theirs)
}

// otherWords holds that CSR and customer see other words, and other digits.
func (s *stage) otherWords(ctx context.Context, theirs words.Pair) error {
	w, err := s.readWords(ctx, 0)
	if err != nil {
		return err
	}
	here, err := s.agent(ctx, "status", "--state", s.state)
	if err != nil {
		return err
	}
	at := theirs.In(text.English)
	switch {
	case !strings.Contains(here, at):
		return fmt.Errorf("the customer has the words %q, and sees:\n%s", at, here)
	case w.English == "" || w.English == at || strings.Contains(s.log.String(), w.English):
		return fmt.Errorf("both see %q, and somebody sits in between", w.English)
	}
	digits := digitsOf.FindAllString(here, -1)
	if len(digits) == 0 || !digitsOf.MatchString(w.Digits) || slices.Contains(digits, w.Digits) {
		return fmt.Errorf("the CSR has the digits %q, the customer %q", w.Digits, digits)
	}
	return nil
}

// pickNone has the customer listen: none of the pairs on their screen is what the CSR reads
// out, and that ends the support session.
func (s *stage) pickNone(ctx context.Context, theirs words.Pair) error {
	w, err := s.readWords(ctx, 0)
	if err != nil {
		return err
	}
	asking := make(chan error, 1)
	go func() { // ends with the support session
		_, err := s.supportctl(ctx, "words", string(s.number), "--ask")
		asking <- err
	}()
	if err := s.screen.Expect(ctx, "Which do you hear"); err != nil {
		return errors.Join(err, <-asking)
	}
	if screen := s.log.String(); strings.Contains(screen, w.English) || !strings.Contains(screen, theirs.In(text.English)) {
		return fmt.Errorf("the CSR reads out %q, and the customer may pick:\n%s", w.English, screen)
	}
	if err := s.screen.Type("none\n"); err != nil {
		return err
	}
	if err := s.over(ctx); err != nil {
		return err
	}
	<-asking // whatever the relay answers
	const auth = 4
	if code := s.cmd.ProcessState.ExitCode(); code != auth || !strings.Contains(s.log.String(), "Tell your support rep so on the phone") {
		return fmt.Errorf("the customer's program ended with %d, wanted %d:\n%s", code, auth, s.log)
	}
	events, err := s.events()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(events, func(e journal.Event) bool {
		return e.Kind == journal.KindWordsVerdict && e.Actor == journal.ByCustomer && !journal.Of[journal.WordsVerdict](e).Same
	}) {
		return errors.New("the journal does not say that the customer has other words")
	}
	s.relay.Lie(s.number, nil)
	return s.unproved(ctx, "is not that of the computer")
}

// swapLater swaps the computer behind people who have compared: neither program goes on.
func (h *house) swapLater(ctx context.Context, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := s.readWords(ctx, 0); err != nil {
		return err
	}
	if out, err := s.supportctl(ctx, "words", string(s.number), "--same"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	before, err := s.settled(ctx)
	if err != nil {
		return err
	}
	there, err := h.swapped(s, nil, false)
	if err != nil {
		return err
	}
	const lost, auth = 255, 4
	told := "this is not the computer whose safety words you have compared"
	out, err := s.plainSSH(ctx, "status")
	if err := seen("ssh by supportctl's configuration", out, err, lost, told); err != nil {
		return err
	}
	if !strings.Contains(out, "REVOKED HOST KEY") {
		return fmt.Errorf("ssh does not warn of the host key:\n%s", out)
	}
	for _, args := range [][]string{{"sysinfo", string(s.number), "os"}, {"words", string(s.number)}, {"words", string(s.number), "--same"}} {
		out, err := s.supportctl(ctx, args...)
		if err := seen("supportctl "+args[0], out, err, auth, told); err != nil {
			return err
		}
	}
	if there.visits() == 0 { // supportctl learns of it behind its login
		return errors.New("nobody was brought to the relay's computer: nothing was tried")
	}
	if err := s.entered(before); err != nil {
		return err
	}
	// The real one is still the customer's, and its report proves.
	h.relay.Lie(s.number, nil)
	if err := s.works(ctx); err != nil {
		return err
	}
	if out, err := s.plainSSH(ctx, "status"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := s.end(ctx); err != nil {
		return err
	}
	return eventually(ctx, "the report", func() error {
		out, err := s.supportctl(ctx, "report", "verify", string(s.number))
		return seen("report verify", strings.Join(strings.Fields(out), " "), err, 0, "you have compared its safety words with the customer")
	})
}

// unproved holds that the report is not proved, and why.
func (s *stage) unproved(ctx context.Context, why string) error {
	return eventually(ctx, "the report", func() error {
		out, err := s.supportctl(ctx, "report", "verify", string(s.number))
		return seen("report verify", strings.Join(strings.Fields(out), " "), err, 1, why)
	})
}

// meetBoth swaps the computer for a while, for people who compare nothing: the report is not
// proved by whichever of the two keys.
func (h *house) meetBoth(ctx context.Context, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	if out, err := s.supportctl(ctx, "sysinfo", string(s.number), "os"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	there, err := h.swapped(s, nil, true)
	if err != nil {
		return err
	}
	out, err := s.supportctl(ctx, "sysinfo", string(s.number), "os")
	if err := seen("supportctl", out, err, 1, "has no safety words"); err != nil {
		return err
	}
	if there.visits() == 0 {
		return errors.New("nobody was brought to the relay's computer: nothing was tried")
	}
	h.relay.Lie(s.number, nil)
	if err := s.end(ctx); err != nil {
		return err
	}
	return s.unproved(ctx, "2 computers with different keys")
}

// settled waits until the journal has the end of every connection so far, and returns how
// many there were.
func (s *stage) settled(ctx context.Context) (opened int, err error) {
	err = eventually(ctx, "all CSRs to leave", func() error {
		closed, err := s.count(journal.KindConnClose)
		if err != nil {
			return err
		}
		if opened, err = s.count(journal.KindConnOpen); err == nil && opened != closed {
			err = fmt.Errorf("%d connections, and %d ends", opened, closed)
		}
		return err
	})
	return opened, err
}

// plainSSH runs a command on the computer with the stock client, as "supportctl ssh config"
// has it.
func (s *stage) plainSSH(ctx context.Context, command ...string) (seen string, err error) {
	config := filepath.Join(s.csr.Dir, ".config", "supportctl", "ssh_config")
	cmd := exec.CommandContext(ctx, "ssh", append([]string{"-F", config, "-o", "ControlPath=none", "-o", "BatchMode=yes", s.number.Host()}, command...)...)
	cmd.Env = append(os.Environ(), "HOME="+s.csr.Dir, "XDG_CONFIG_HOME=", "LC_ALL=C.UTF-8", "SSH_AUTH_SOCK=")
	return all(cmd)
}
