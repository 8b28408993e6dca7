package relay

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/wire"
	"supportd/relay/unjoined"
)

// alarmed reports whether the log has the alarm.
func (w *world) alarmed() bool { return strings.Contains(w.log.String(), "ALARM") }

// guess tries a wrong number from an address, with a new key.
func (w *world) guess(from string) wire.Welcome {
	w.t.Helper()
	return w.try(from, wire.NewNumber())
}

// try tries a number from an address, with a new key, and leaves.
func (w *world) try(from string, n wire.Number) wire.Welcome {
	w.t.Helper()
	p := w.computer(testkit.NewKey(w.t), from)
	defer p.Close()
	return p.join(n)
}

// slow makes an address slowed.
func (w *world) slow(from string) {
	w.t.Helper()
	for i := range unjoined.MaxMisses {
		if m := w.guess(from); m.Code != wire.CodeUnknown {
			w.t.Fatalf("guess %d: %+v", i+1, m)
		}
	}
}

// connectInTurn lets several computers connect at the same time: the network in memory
// makes one connection after the other.
func (w *world) connectInTurn() {
	var mu sync.Mutex
	connect := w.connect
	w.connect = func(from string) net.Conn { mu.Lock(); defer mu.Unlock(); return connect(from) }
}

// persist asks every second until the number is looked up, as support-agent does, and
// returns how often it had to wait.
func (p *pc) persist(n wire.Number) (m wire.Welcome, waits int) {
	p.t.Helper()
	for {
		if m = p.join(n); m.Code != wire.CodeLimited || m.Wait == 0 {
			return m, waits
		}
		waits++
		<-time.After(wire.JoinPause)
	}
}

func TestW4_WrongNumbersSlowAnAddress(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	w.slow("127.0.0.2")
	if m := w.guess("127.0.0.2"); m.Code != wire.CodeLimited || m.Wait == 0 || m.Wait > 30 {
		t.Errorf("guess %d: %+v", unjoined.MaxMisses+1, m)
	}
	if m := w.computer(testkit.NewKey(t), "127.0.0.2").join(n); m.Code != wire.CodeLimited || len(m.Certificate) > 0 {
		t.Errorf("the right number after too many wrong ones: %+v", m)
	}
	for i := unjoined.MaxMisses; i < unjoined.MissAlarm; i++ {
		if w.alarmed() {
			t.Errorf("alarm after %d misses", i)
		}
		w.guess("127.0.1." + string('1'+byte(i/unjoined.MaxMisses)))
	}
	if !w.alarmed() {
		t.Error("no alarm")
	}
	if m := w.computer(testkit.NewKey(t), "127.0.0.3").join(n); m.Code != wire.CodeOK {
		t.Errorf("somebody else: code %d", m.Code)
	}
}

// Attempts that come all at once are not all the first.
func TestA5_ManyGuessesAtOnceAreLimited(t *testing.T) {
	w := newWorld(t, nil)
	codes := make(chan wire.Code)
	const guesses = 9 // connections of one source that may log in at once
	for range guesses {
		p := w.computer(testkit.NewKey(t), "127.0.0.9")
		go func() { codes <- p.join(wire.NewNumber()).Code }()
	}
	got := map[wire.Code]int{}
	for range guesses {
		got[receive(t, codes)]++
	}
	if got[wire.CodeUnknown] != unjoined.MaxMisses || got[wire.CodeLimited] != guesses-unjoined.MaxMisses {
		t.Errorf("%v", got)
	}
}

// The right number waits half a minute, its CSR sees that, and then it joins; and so
// does everybody with a right number who came meanwhile.
func TestW4_TheRightNumberJoinsAfterHalfAMinute(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		var numbers []wire.Number
		for range 4 {
			numbers = append(numbers, alice.start())
		}
		show := func() api.Session { return alice.session("session show --json " + string(numbers[0])) }
		w.slow("")
		from := time.Now()
		if v := show(); v.Delay != nil {
			t.Errorf("nobody has tried it yet: %+v", v.Delay)
		}
		joined := make(chan wire.Welcome)
		for _, n := range numbers {
			p := w.computer(testkit.NewKey(t), "")
			go func() { m, _ := p.persist(n); joined <- m }()
			<-time.After(time.Second)
		}
		v := show()
		if v.Delay == nil || v.Delay.From != "192.0.2.2" || v.Delay.Until.Sub(from).Round(time.Second) != unjoined.SlowPause {
			t.Errorf("the CSR hears %+v", v.Delay)
		}
		until := v.Delay.Until.Format("2006-01-02 15:04:05Z")
		if out := alice.ok("session show " + string(numbers[0])); !strings.Contains(out, "waiting (delayed)") ||
			!strings.Contains(out, "a computer tried this number from 192.0.2.2 and has to wait until "+until) {
			t.Errorf("the CSR reads\n%s", out)
		}
		if out := alice.ok("session list"); strings.Count(out, "waiting (delayed)") != 4 {
			t.Errorf("the CSR reads\n%s", out)
		}
		for range numbers {
			if m := <-joined; m.Code != wire.CodeOK {
				t.Errorf("%+v", m)
			}
		}
		within(t, "joining", from, unjoined.SlowPause, unjoined.SlowPause+5*time.Second)
		if v := show(); v.State != api.Active || v.Delay != nil {
			t.Errorf("%+v", v)
		}
	})
}

// A neighbour who goes on trying is asked one number each half minute, and holds
// somebody with a right number up for no longer than their turn takes.
func TestW4_AGuesserAndACustomerBehindOneAddress(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		w.slow("")
		w.connectInTurn()
		from := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		looked := make(chan int)
		const guessers = 4
		for range guessers {
			go func() {
				tried := 0
				for ctx.Err() == nil {
					p := w.computer(testkit.NewKey(t), "")
					if m, _ := p.persist(wire.NewNumber()); m.Code == wire.CodeUnknown {
						tried++
					}
					p.Close()
				}
				looked <- tried
			}()
		}
		<-time.After(2 * time.Second)
		if m, waits := w.computer(testkit.NewKey(t), "").persist(n); m.Code != wire.CodeOK || waits == 0 {
			t.Errorf("%+v after %d", m, waits)
		}
		within(t, "joining", from, unjoined.SlowPause, (guessers+1)*unjoined.SlowPause+5*time.Second)
		stop()
		tried := 0
		for range guessers {
			tried += <-looked
		}
		if took := time.Since(from); tried > int(took/unjoined.SlowPause)+1 {
			t.Errorf("%d numbers were tried in %v", tried, took)
		}
	})
}

// A computer that waits is not turned away meanwhile; one that stops asking is.
func TestW4_WhoWaitsKeepsTheConnection(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		w.slow("")
		p := w.computer(testkit.NewKey(t), "")
		for i := range 25 {
			switch i {
			case 20: // others of the address, who do nothing, take all its places
				for range unjoined.MaxPerSource - 1 {
					w.computer(testkit.NewKey(t), "")
				}
			case 24: // and one of them makes room
				w.computer(testkit.NewKey(t), "")
			}
			if m := p.join(wire.NewNumber()); m.Code != wire.CodeLimited {
				t.Fatalf("%+v", m)
			}
			<-time.After(time.Second)
		}
		from := time.Now()
		<-p.done
		within(t, "turning it away", from, joinGrace-time.Second, joinGrace)
	})
}

// Who has tried a wrong number may wait too, but makes room for others of the address.
func TestW4_WhoHasGuessedMakesRoom(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		guesser := w.computer(testkit.NewKey(t), "")
		if m := guesser.join(wire.NewNumber()); m.Code != wire.CodeUnknown {
			t.Fatalf("%+v", m)
		}
		for range unjoined.MaxMisses - 1 {
			w.guess("")
		}
		for range 5 {
			if m := guesser.join(wire.NewNumber()); m.Code != wire.CodeLimited {
				t.Fatalf("%+v", m)
			}
			<-time.After(time.Second)
		}
		for range unjoined.MaxPerSource {
			w.computer(testkit.NewKey(t), "")
		}
		<-guesser.done
	})
}

// A connection may have a few numbers looked up, whatever they are.
func TestW4_AConnectionTriesFewNumbers(t *testing.T) {
	w := newWorld(t, nil)
	n := w.login("alice", w.account("alice", false)).start()
	w.joined(n)
	p := w.computer(testkit.NewKey(t), "")
	for i := range maxTries + 2 {
		want := wire.CodeUsed
		if i >= maxTries {
			want = wire.CodeBusy
		}
		if m := p.join(n); m.Code != want {
			t.Errorf("try %d: code %d, want %d", i+1, m.Code, want)
		}
	}
}

// Numbers of sessions that are open, or ended on this day, are no guesses.
func TestW4_WhatWasANumberIsNoGuess(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	used, ended, joined, expired, last := alice.start(), alice.start(), alice.start(), alice.start(), alice.start()
	w.joined(used)
	p := w.joined(joined)
	for _, n := range []wire.Number{joined, ended} {
		alice.ok("session end " + string(n))
	}
	receive(t, p.done)
	w.sql(`UPDATE sessions SET state = 'ended', ended = ` + fmt.Sprint(time.Now().UnixMilli()) + `, ended_by = 'relay' WHERE number = '` + string(expired) + `'`)
	if err := w.relay.reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 * unjoined.MaxMisses {
		for n, want := range map[wire.Number]wire.Code{used: wire.CodeUsed, ended: wire.CodeEnded, joined: wire.CodeEnded, expired: wire.CodeExpired} {
			if m := w.try("127.0.0.2", n); m.Code != want {
				t.Fatalf("%s: %+v, want %d", n, m, want)
			}
		}
	}
	// A day later it is a number like any other.
	old := time.Now().Add(-justEnded).UnixMilli()
	w.sql(fmt.Sprintf(`UPDATE sessions SET ended = %d WHERE number = '%s'`, old, ended))
	for range unjoined.MaxMisses {
		if m := w.try("127.0.0.2", ended); m.Code != wire.CodeEnded {
			t.Fatalf("%+v", m)
		}
	}
	if m := w.try("127.0.0.2", last); m.Code != wire.CodeLimited {
		t.Errorf("%+v", m)
	}
}

// A slip of the fingers never reaches the database, and is no guess; nor does a
// connection have more numbers looked up than people type.
func TestW3_AWrongCheckDigitNeverReachesTheStore(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	slip := wire.Number(string(n[:8]) + string('0'+(n[8]-'0'+1)%10))
	w.sql(`ALTER TABLE sessions RENAME TO elsewhere`)
	for range 2 {
		p := w.computer(testkit.NewKey(t), "127.0.0.2")
		for _, wrong := range []wire.Number{slip, "048291307", "", wire.Number(n.Spoken()), wire.Number(strings.Repeat("1", 200))} {
			if m := p.join(wrong); m.Code != wire.CodeUnknown {
				t.Errorf("%s: %+v", wrong, m)
			}
		}
		if m := p.join(n); m.Code != wire.CodeBusy {
			t.Errorf("the sixth number of a connection: %+v", m)
		}
	}
	if m := w.guess("127.0.0.2"); m.Code != wire.CodeBusy {
		t.Errorf("a number that could be one is looked up: %+v", m)
	}
	w.sql(`ALTER TABLE elsewhere RENAME TO sessions`)
	if m := w.computer(testkit.NewKey(t), "127.0.0.2").join(n); m.Code != wire.CodeOK {
		t.Errorf("%+v", m)
	}
	misses, err := w.relay.data.Store.Misses(t.Context(), time.Time{})
	if err != nil || len(misses) > 0 {
		t.Errorf("%v, %v", misses, err)
	}
}
