package relay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// told gives a session the journal of a computer with this key, and ends it.
func (c *csr) told(w *world, n wire.Number, key ssh.Signer, text string) {
	c.t.Helper()
	w.beside(func(s *store.Store) error {
		row, err := s.SessionByNumber(c.t.Context(), n)
		if err != nil {
			return err
		}
		var events []journal.Event
		var last journal.Event
		var there journal.Presence
		add := func(kind, actor string, data map[string]any) {
			raw, err := json.Marshal(data)
			if err != nil {
				c.t.Fatal(err)
			}
			e := journal.Event{Time: time.Now(), Kind: kind, Actor: actor, Data: raw}
			e.Seal(last)
			last, events = e, append(events, e)
			there.Observe(e)
		}
		add(journal.KindSessionJoin, "customer", map[string]any{"number": n, "name": text, "host": text, "os": text, "owner": row.Owner})
		add(journal.KindConnOpen, row.Owner, map[string]any{"who": map[string]string{"name": text, "account": row.Owner}})
		add(journal.KindRunStart, row.Owner, map[string]any{"scripts": []map[string]any{{"name": text + "fix.sh"}}})
		add(journal.KindScriptOutput, row.Owner, map[string]any{"stream": "stdout", "text": text})
		add(journal.KindChatMessage, "customer", map[string]any{"text": text})
		add(journal.KindSessionEnd, "customer", map[string]any{"by": "customer", "reason": text, "summary": there.Summary(last.Time)})
		seal, err := journal.NewSeal(key, n, last)
		if err != nil {
			return err
		}
		identity := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey())))
		_, err = s.ChangeSession(c.t.Context(), row.ID, api.Ended, func(r *store.Session) {
			r.Customer, r.Identity, r.Ended, r.EndedBy, r.Reason = text, identity, time.Now(), "customer", text
		})
		return errors.Join(err, s.AppendEvents(c.t.Context(), row.ID, events), s.SetSeal(c.t.Context(), row.ID, seal))
	})
}

func TestReports(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob, root := w.login("alice", w.account("alice", false)), w.login("bob", w.account("bob", false)), w.login("root", w.account("root", true))
	n := alice.session("session start --ticket T-17 --json").Number
	alice.ok("session note " + string(n) + " first")
	waiting := bob.start()
	alice.told(w, n, testkit.NewKey(t), "김민지")
	alice.ok("session note " + string(n) + " 'called back, all is well'")

	for line, want := range map[string]string{
		"report list --json": "T-17", "report list --script FIX": string(n), "report list --customer 민지": "signed",
		"report show " + string(n): "Note: called back, all is well", "report show " + string(n) + " --lang ko --zone +09:00": "+09:00",
		"report show -o html " + string(n): "<!DOCTYPE html>", "report show -o table " + string(n): "Ticket: T-17", "report show -o csv " + string(n): "script.output",
		"report verify " + string(n): "Proved: all 6 events", "report verify --json " + string(n): `"proof": "proved"`,
		"report export": "called back", "report export -o jsonl --since 1d": `{"seal":`, "session show " + string(n): "T-17",
	} {
		if out := alice.ok(line); !strings.Contains(out, want) {
			t.Errorf("%s: %q is missing in\n%s", line, want, out)
		}
	}
	if out := alice.ok("report list --script other --since 2026-01-01"); strings.Contains(out, string(n)) {
		t.Errorf("a script that was not run:\n%s", out)
	}
	if out := root.ok("report list --csr bob"); !strings.Contains(out, string(waiting)) || strings.Contains(out, string(n)) {
		t.Errorf("bob's reports:\n%s", out)
	}
	root.ok("report show " + string(n))

	// What is read over the network is what the computer signed.
	r := report.NewReader(strings.NewReader(alice.ok("report show -o jsonl " + string(n))))
	h, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if v, err := report.Verify(r, h); err != nil || v.Proof != report.Proved || h.Ticket != "T-17" {
		t.Errorf("%+v, %v", v, err)
	}

	for line, want := range map[string]int{
		"report verify " + string(waiting): cmdline.ExitFailed, // it is open
		"report show 999999990":            cmdline.ExitNoSession, "report show 1": cmdline.ExitUsage,
		"report list --state gone": cmdline.ExitUsage, "report list --since yesterday": cmdline.ExitUsage, "report export -o html": cmdline.ExitUsage,
		"report show -o xml " + string(waiting): cmdline.ExitUsage, "report show --lang fr " + string(waiting): cmdline.ExitUsage,
		"report show --zone KST " + string(waiting):                          cmdline.ExitUsage,
		"session start --ticket " + strings.Repeat("x", report.MaxText+1):    cmdline.ExitUsage,
		"session note " + string(waiting) + strings.Repeat(" xxxxxxxx", 256): cmdline.ExitUsage,
		// Somebody else's are as if they were not there.
		"report show " + string(n): cmdline.ExitNoSession, "report verify " + string(n): cmdline.ExitNoSession, "session note " + string(n) + " mine": cmdline.ExitNoSession,
		"report show " + h.ID: cmdline.ExitNoSession,
	} {
		if out, problem, code := bob.run("", line); code != want || out != "" {
			t.Errorf("%.40s: exit code %d\n%s%s", line, code, out, problem)
		}
	}
	if out := alice.ok("report show " + h.ID); !strings.Contains(out, "T-17") {
		t.Errorf("by its identifier:\n%s", out)
	}
	if out := bob.ok("report list") + bob.ok("report export -o jsonl"); strings.Contains(out, string(n)) {
		t.Errorf("bob sees alice's report:\n%s", out)
	}
	if _, _, code := bob.run("", "report list --csr alice"); code != cmdline.ExitUsage {
		t.Errorf("bob asks for alice's reports: exit code %d", code)
	}
}

func TestC12_HostileReportsAreHarmlessOnATerminal(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	const hostile = "=1+1\x1b]52;c;eA==\x07\u202e\u009b2J<script>\r\n"
	n := alice.start()
	alice.ok("session note " + string(n) + " '" + strings.ReplaceAll(hostile, "\n", "") + "'")
	alice.told(w, n, testkit.NewKey(t), hostile)
	for _, line := range []string{"list", "list --json", "list -o csv", "export", "show N", "show N --lang ko", "show N -o html", "show N -o csv", "show N -o json", "verify N"} {
		out := alice.ok("report " + strings.ReplaceAll(line, "N", string(n)))
		if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && r != '\t' && text.Hostile(r) }); i >= 0 {
			t.Errorf("%s: %q", line, out[i:min(i+20, len(out))])
		}
		if strings.Contains(out, "<script>") && strings.Contains(line, "html") || strings.Contains(out, "\n=") || strings.Contains(out, ",=") {
			t.Errorf("%s:\n%s", line, out)
		}
	}
}

// What is pruned leaves proof that it was complete, beside a running relay.
func TestPruneLeavesProof(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	key := testkit.NewKey(t)
	n, open := alice.start(), alice.start()
	alice.told(w, n, key, "plain")
	prune := func(before time.Time) (pruned []wire.Number) {
		w.beside(func(s *store.Store) error {
			return Prune(t.Context(), s, before, time.Now(), func(n wire.Number) { pruned = append(pruned, n) })
		})
		return pruned
	}
	if pruned := prune(time.Now().Add(-time.Hour)); len(pruned) > 0 {
		t.Errorf("%v was pruned too early", pruned)
	}
	if pruned := prune(time.Now().Add(time.Hour)); len(pruned) != 1 || pruned[0] != n {
		t.Errorf("%v was pruned", pruned)
	}
	if pruned := prune(time.Now().Add(time.Hour)); len(pruned) > 0 {
		t.Errorf("%v was pruned twice", pruned)
	}
	testkit.Eventually(t, "the log tells of it", func() bool {
		return strings.Contains(w.log.String(), "event=journal.pruned from=local by=operator")
	})
	alice.ok("session note " + string(n) + " later")
	for line, want := range map[string]string{
		"report verify ":        "The 6 events were deleted when their time was over. What stands here is proved by the last of them, which tells of the others and which the computer signed if the key " + ssh.FingerprintSHA256(key.PublicKey()),
		"report show ":          "Entered the computer: plain (alice)",
		"report show -o jsonl ": `"note":"later"`,
		"report show -o json ":  `"events":[`,
	} {
		if out := alice.ok(line + string(n)); !strings.Contains(out, want) {
			t.Errorf("%s: %q is missing in\n%s", line, want, out)
		}
	}
	if out := alice.ok("report list"); !strings.Contains(out, "deleted, provable") {
		t.Errorf("the list:\n%s", out)
	}
	if state := alice.session("session show --json " + string(open)).State; state != api.Waiting {
		t.Errorf("the open session is %s", state)
	}
}

// The header needs few kinds of events; the database finds just these.
func TestDatabaseFindsWhatTellsOfPresence(t *testing.T) {
	w := newWorld(t, nil)
	kinds := []string{
		journal.KindSessionJoin, journal.KindSessionResume, journal.KindSessionLost, journal.KindSessionEnd, journal.KindAccessChange, journal.KindConnOpen, journal.KindConnClose,
		journal.KindConsentAnswer, journal.KindSysInfoView, journal.KindFileStage, journal.KindRunStart, journal.KindScriptStart, journal.KindScriptOutput, journal.KindScriptExit,
		journal.KindRunEnd, journal.KindChatMessage, journal.KindRebootRequest, journal.KindRebootRefuse, journal.KindRebootReturn, journal.KindLogonStart, journal.KindLogonEnd, "new.kind",
	}
	var every, few journal.Presence
	var last journal.Event
	w.beside(func(s *store.Store) error {
		for i := range 3 * len(kinds) {
			e := journal.Event{Time: time.Now().Add(time.Duration(i) * time.Minute), Kind: kinds[i*7%len(kinds)], Actor: "alice",
				Data: fmt.Appendf(nil, `{"name":"n%d","who":{"account":"a%d","fingerprint":"f%d"},"took":"5s"}`, i, i, i)}
			e.Seal(last)
			last = e
			every.Observe(e)
			if err := s.AppendEvents(t.Context(), "s", []journal.Event{e}); err != nil {
				return err
			}
		}
		for e, err := range s.Presence(t.Context(), "s") {
			if err != nil {
				return err
			}
			few.Observe(e)
		}
		return nil
	})
	every.Finish(last)
	few.Finish(last)
	if !every.Equal(few) || len(every.Entered) == 0 {
		t.Errorf("%+v and %+v", every, few)
	}
}

// A long report begins within a second, whatever its form.
func TestD10_LongReportBeginsWithinASecond(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	const batches, size = 20, 1000
	w.beside(func(s *store.Store) error {
		row, err := s.SessionByNumber(t.Context(), n)
		if err != nil {
			return err
		}
		var last journal.Event
		for range batches {
			var events []journal.Event
			for range size {
				e := journal.Event{Time: time.Now(), Kind: journal.KindScriptOutput, Actor: "alice", Data: []byte(`{"stream":"stdout","text":"a line of output\n"}`)}
				e.Seal(last)
				last, events = e, append(events, e)
			}
			if err := s.AppendEvents(t.Context(), row.ID, events); err != nil {
				return err
			}
		}
		return nil
	})
	for _, format := range []string{"text", "html", "csv", "json", "jsonl"} {
		session, err := alice.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		out, err := session.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := session.Start("report show -o " + format + " " + string(n)); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 64)); err != nil || time.Since(began) > testkit.Soon {
			t.Errorf("%s: the first bytes came after %v, %v", format, time.Since(began), err)
		}
		var rest bytes.Buffer
		if _, err := rest.ReadFrom(out); err != nil {
			t.Error(err)
		}
		if err := session.Wait(); err != nil || strings.Count(rest.String(), "a line of output") != batches*size {
			t.Errorf("%s: %d lines, %v", format, strings.Count(rest.String(), "a line of output"), err)
		}
	}
}
