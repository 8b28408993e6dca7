//go:build unix

package hostile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// forgeReports is Z12: the relay ends the session as the customer, and then tells what
// happened otherwise: events are gone, come in another order, say something else, or the
// report is a page of the relay's.
func forgeReports(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	if out, err := s.supportctl(ctx, "sysinfo", string(s.number), "os"); err != nil { // it meets the computer
		return fmt.Errorf("%w: %s", err, out)
	}
	// By itself the relay ends this session here, and the real one's is ended after it.
	to, err := h.relay.Computer(s.number)
	if err != nil {
		return err
	}
	reason := "call +1-900-555-0100\x1b]52;c;ZXZpbA==\x07\u202e"
	if _, _, err := to.SendRequest(wire.EndRequest, true, wire.End{By: wire.CustomerUser, Reason: reason}.Marshal()); err != nil {
		return err
	}
	if err := s.over(ctx); err != nil {
		return err
	}
	if err := s.endedByRelay(journal.ByRelay); err != nil {
		return err
	}
	if screen := s.log.String(); strings.ContainsFunc(strings.ReplaceAll(screen, "\n", ""), text.Hostile) {
		return fmt.Errorf("the customer's screen has control characters: %q", screen)
	}
	if err := s.end(ctx); err != nil {
		return err
	}
	if err := s.forgedReports(ctx); err != nil {
		return err
	}
	return h.endAsTheCSR(ctx, ca)
}

// endAsTheCSR ends a session as the CSR, who has done nothing: the computer signs that the
// relay says so.
func (h *house) endAsTheCSR(ctx context.Context, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	to, err := h.relay.Computer(s.number)
	if err != nil {
		return err
	}
	if _, _, err := to.SendRequest(wire.EndRequest, true, wire.End{By: owner}.Marshal()); err != nil {
		return err
	}
	if err := s.over(ctx); err != nil {
		return err
	}
	return s.endedByRelay(owner)
}

// endedByRelay holds what the computer has signed of the end: by is whom the relay names.
func (s *stage) endedByRelay(by string) error {
	events, err := s.events()
	if err != nil {
		return err
	}
	last := events[len(events)-1]
	if end := journal.Of[journal.SessionEnd](last); last.Kind != journal.KindSessionEnd || last.Actor != journal.ByRelay || end.By != by {
		return fmt.Errorf("the computer has signed %s by %q, %+v", last.Kind, last.Actor, end)
	}
	return nil
}

// page is what a relay may want to put onto a CSR's disk.
const page = "<!DOCTYPE html><script>evil()</script>\x1b[2J=cmd|calc\n"

// forgedReports holds what a CSR sees of a report that was changed.
func (s *stage) forgedReports(ctx context.Context) error {
	show := func(form string) (string, error) {
		return s.supportctl(ctx, "report", "show", string(s.number), "-o", form)
	}
	verify := func() (string, error) { return s.supportctl(ctx, "report", "verify", string(s.number)) }
	if err := eventually(ctx, "the report", func() error {
		out, err := verify()
		return seen("the true report", strings.Join(strings.Fields(out), " "), err, 0, "Proved: all")
	}); err != nil {
		return err
	}
	forms, n := []string{"html", "csv", "text", "json"}, 0
	for what, change := range map[string]func(lines [][]byte) [][]byte{
		"an event is gone":     func(l [][]byte) [][]byte { return slices.Delete(l, 2, 3) },
		"two are swapped":      func(l [][]byte) [][]byte { l[2], l[3] = l[3], l[2]; return l },
		"the last is gone":     func(l [][]byte) [][]byte { return slices.Delete(l, len(l)-2, len(l)-1) },
		"the end is gone":      func(l [][]byte) [][]byte { return l[:len(l)-3] },
		"it says otherwise":    func(l [][]byte) [][]byte { return each(l, `"sysinfo.view"`, `"sysinfo.seen"`) },
		"somebody else did it": func(l [][]byte) [][]byte { return each(l, `"actor":"alice"`, `"actor":"carol"`) },
		"it is a page":         func([][]byte) [][]byte { return [][]byte{[]byte(page)} },
		"nothing is there":     func([][]byte) [][]byte { return nil },
	} {
		s.lieOfReports(change)
		if out, err := verify(); err == nil || strings.Contains(out, "Proved: ") {
			return fmt.Errorf("%s: report verify finds nothing wrong:\n%s", what, out)
		}
		n++
		tried := forms[n%len(forms):][:1] // each form with some of the changes
		if what == "it is a page" {
			tried = forms
		}
		for _, form := range tried {
			out, err := show(form)
			if strings.Contains(out, "<script") || strings.Contains(out, "\x1b") || strings.Contains(out, "=cmd") {
				return fmt.Errorf("%s: report show -o %s has what the relay wrote:\n%s", what, form, out)
			}
			if err == nil && strings.Contains(out, "Proved: ") {
				return fmt.Errorf("%s: report show -o %s says that it is proved:\n%s", what, form, out)
			}
		}
	}
	return s.forgedHeader(ctx)
}

// each replaces a text in all lines, so that it stays a report.
func each(lines [][]byte, old, to string) [][]byte {
	for i := range lines {
		lines[i] = bytes.ReplaceAll(lines[i], []byte(old), []byte(to))
	}
	return lines
}

// lieOfReports changes the lines of this session's report.
func (s *stage) lieOfReports(change func([][]byte) [][]byte) {
	s.relay.Lie(s.number, &Lies{Report: func(out []byte) []byte {
		lines := bytes.SplitAfter(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
		lines[len(lines)-1] = append(lines[len(lines)-1], '\n')
		return bytes.Join(change(lines), nil)
	}})
}

// forgedHeader changes what no signature covers: it stands as the relay's word.
func (s *stage) forgedHeader(ctx context.Context) error {
	s.lieOfReports(func(l [][]byte) [][]byte {
		return append(each(l[:1:1], `"owner":"alice"`, `"ticket":"\u003cscript\u003eevil()\u003c/script\u003e","note":"=cmd","owner":"alice"`), l[1:]...)
	})
	out, err := s.supportctl(ctx, "report", "verify", string(s.number))
	if err := errors.Join(err, seen("a ticket of the relay's", strings.Join(strings.Fields(out), " "), nil, 0, "Proved: all")); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	out, err = s.supportctl(ctx, "report", "show", string(s.number), "-o", "html")
	word, ticket := strings.Index(out, "The word of the support service, which nothing proves"), strings.Index(out, "&lt;script&gt;evil()")
	if err != nil || word < 0 || ticket < word || strings.Contains(out, "<script") {
		return fmt.Errorf("a ticket of the relay's does not stand as its word: %w\n%s", err, out)
	}
	return nil
}

// nameOtherHosts is about known_hosts: the relay names keys for hosts that are none of its.
func nameOtherHosts(ctx context.Context, h *house, ca bool) error {
	c := h.csrs[other]
	if ca {
		c = h.csrs[other+"-ca"]
	}
	own := authorized(h.relay.Own(owner).PublicKey())
	lines := "git.example " + own + "\n@cert-authority *.example " + own + "\n* " + own + "\n"
	h.relay.Answer(other, func(command string, out []byte) []byte {
		if command != "known-hosts" {
			return out
		}
		return append([]byte(lines), out...)
	})
	defer h.relay.Answer(other, nil)
	home := rig.CSR{Account: other, Dir: filepath.Join(c.Dir, "again")}
	if err := os.MkdirAll(home.Dir, 0o700); err != nil {
		return err
	}
	if _, err := h.ctl(ctx, home, "login", other+"@"+h.relay.Addr, "--relay-key", h.relayKey, "--identity", c.Key()); err != nil {
		return err
	}
	known, err := h.ctl(ctx, home, "ssh", "known-hosts")
	if err != nil {
		return err
	}
	for line := range strings.Lines(known) {
		marker, names, _, _, _, err := ssh.ParseKnownHosts([]byte(line))
		if err != nil || marker == "" && slices.ContainsFunc(names, func(n string) bool { return !strings.Contains(n, h.relay.Host()) }) || marker != "" && !slices.Equal(names, []string{"*.support"}) {
			return fmt.Errorf("supportctl keeps the line %q (%w)", line, err)
		}
	}
	// The way without supportctl, as README has it: the file is read for the relay and its
	// computers alone.
	written, err := rig.Run(c.SSH(ctx, "relay", "known-hosts"))
	if err != nil || !strings.HasPrefix(written, lines) {
		return fmt.Errorf("the relay does not lie: %w\n%s", err, written)
	}
	file, config := filepath.Join(home.Dir, "supportd"), filepath.Join(home.Dir, "config")
	if err := errors.Join(os.WriteFile(file, []byte(written), 0o600),
		os.WriteFile(config, []byte("Host relay.example *.support\n  UserKnownHostsFile "+file+"\n"), 0o600)); err != nil {
		return err
	}
	for host, reads := range map[string]bool{"git.example": false, "relay.example": true, "482913077.support": true} {
		out, err := rig.Run(exec.CommandContext(ctx, "ssh", "-F", config, "-G", host))
		if err != nil || strings.Contains(out, file) != reads {
			return fmt.Errorf("ssh reads the file for %s: %t (%w)", host, !reads, err)
		}
	}
	return nil
}
