//go:build unix

package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

// forgeResume is Z11: the relay lets the computer come back with another certificate, to
// another owner, with other keys. Nothing that was counted or decided begins again.
func forgeResume(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, more: []string{"--withhold", "serials"}})
	if err != nil {
		return err
	}
	defer s.close()
	if out, err := s.supportctl(ctx, "sysinfo", string(s.number), "os"); err != nil { // makes safety words
		return fmt.Errorf("%w: %s", err, out)
	}
	list := listOf(5, h.ca)
	if ca {
		if err := s.bring(list, true); err != nil {
			return err
		}
	}
	before, err := s.saved()
	if err != nil {
		return err
	}
	for name, want := range map[string]string{"owner": owner, "words": `"offered": 1`, "withheld": "serials"} {
		if !strings.Contains(string(before[name]), want) {
			return fmt.Errorf("session.json has %s: %s", name, before[name])
		}
	}
	if ca && (!strings.Contains(string(before["revocations"]), "5") || !strings.Contains(string(before["csr_ca"]), "ssh-ed25519 ")) {
		return fmt.Errorf("session.json has %s and %s", before["revocations"], before["csr_ca"])
	}
	// The certificate of another computer: it does not come back.
	var once atomic.Bool
	h.relay.Lie(s.number, &Lies{Welcome: func(w *wire.Welcome) {
		if once.CompareAndSwap(false, true) {
			w.Certificate, _ = h.relay.Certify(w.Certificate, h.relay.Own(owner).PublicKey())
			return
		}
		w.Account, w.Owner, w.Number, w.Window = other, "Carol", "482913077", 1<<31
	}, Authorize: func(m *wire.Authorize) { m.Entries = append(m.Entries, h.entry(other)) }})
	if err := s.comeBack(ctx); err != nil {
		return err
	}
	if !once.Load() {
		return errors.New("no forged certificate was brought")
	}
	if err := s.keeps(before); err != nil {
		return fmt.Errorf("after a forged resume: %w", err)
	}
	// Whose the session is, and which keys were there, the relay has said before.
	late := []ssh.Signer{h.relay.Own(other)}
	if ca {
		_, certified, err := h.certificate(other)
		if err != nil {
			return err
		}
		late = []ssh.Signer{certified}
	}
	if err := s.refused(ctx, other, late...); err != nil {
		return err
	}
	if err := s.rejoin(ctx, setting{ca: ca, more: []string{"--withhold", "serials"}}); err != nil {
		return err
	}
	if err := s.keeps(before); err != nil {
		return fmt.Errorf("after a crash: %w", err)
	}
	if ca { // this list counts from now on, and the relay has to bring it again
		if err := s.keptOut(ctx, other, late[0], "number 5 or later"); err != nil {
			return err
		}
		if err := s.bring(list, true); err != nil {
			return err
		}
	}
	return s.refused(ctx, other, late...)
}

// saved is what session.json keeps of who may enter, of what the customer has said, and of
// what is counted.
func (s *stage) saved() (map[string]json.RawMessage, error) {
	data, err := os.ReadFile(filepath.Join(s.state, "session.json"))
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	kept := map[string]json.RawMessage{}
	for _, name := range []string{"number", "identity", "journal", "allow", "withheld", "csr_ca", "csr_ca_signed", "revocations", "owner", "words"} {
		kept[name] = all[name]
	}
	var keys []json.RawMessage
	if err := json.Unmarshal(all["keys"], &keys); err != nil || len(keys) == 0 {
		return nil, fmt.Errorf("no keys are kept: %s, %w", all["keys"], err)
	}
	kept["keys"] = keys[0]
	return kept, nil
}

// keeps holds that it is the same as before. Keys may have come, without a yes to them.
func (s *stage) keeps(before map[string]json.RawMessage) error {
	now, err := s.saved()
	if err != nil {
		return err
	}
	for name, was := range before {
		var earlier, later time.Time
		if name == "csr_ca_signed" && json.Unmarshal(was, &earlier) == nil && json.Unmarshal(now[name], &later) == nil && !later.Before(earlier) {
			continue // newer certificates move it on
		}
		if !bytes.Equal(was, now[name]) {
			return fmt.Errorf("session.json has %s: %s, and had %s", name, now[name], was)
		}
	}
	return nil
}
