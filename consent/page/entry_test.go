package page

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func newEntry() *entry {
	e := &entry{}
	e.init()
	return e
}

// issue makes a ticket, and use takes one.
func issue(e *entry) string {
	t, _ := e.ticket()
	return t
}

func use(e *entry, ticket string, hurried bool) (secret string, ok bool) {
	secret, _, ok = e.useTicket(ticket, hurried)
	return secret, ok
}

func TestY1_TicketsCountOnceAndForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEntry()
		one := issue(e)
		secret, ok := use(e, one, false)
		if !ok || e.tab(secret) == nil || e.tab(secret).hurried {
			t.Error("a ticket lets nobody in")
		}
		if _, ok := use(e, one, false); ok {
			t.Error("a ticket counts twice")
		}
		for _, wrong := range []string{"", one[1:], one + "=", issue(e) + " "} {
			if _, ok := use(e, wrong, false); ok {
				t.Errorf("%q lets somebody in", wrong)
			}
		}
		late, timely := issue(e), ""
		time.Sleep(time.Millisecond)
		timely = issue(e)
		time.Sleep(ticketLife - time.Millisecond)
		if _, ok := use(e, late, false); ok {
			t.Error("a ticket counts after a minute")
		}
		if _, ok := use(e, timely, false); !ok {
			t.Error("a ticket does not count for a minute")
		}
		first := issue(e)
		for range maxTickets {
			time.Sleep(time.Millisecond)
			issue(e)
		}
		if _, ok := use(e, first, false); ok || len(e.tickets) != maxTickets {
			t.Errorf("%d tickets wait, and the oldest counts: %v", len(e.tickets), ok)
		}
	})
}

func TestY1_CodesHaveThreeTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEntry()
		if _, _, ok := e.useCode("", false); ok {
			t.Error("no code lets somebody in")
		}
		wrong := func(code string) string {
			var n int
			_, _ = fmt.Sscanf(code, "%d", &n)
			return fmt.Sprintf("%06d", (n+1)%1_000_000)
		}
		code := e.newCode()
		if len(code) != 6 {
			t.Errorf("a code is %q", code)
		}
		for left := codeTries - 1; left >= 0; left-- {
			if _, l, ok := e.useCode(wrong(code), false); ok || l != left {
				t.Errorf("a wrong code: %v, %d tries left and not %d", ok, l, left)
			}
		}
		if _, _, ok := e.useCode(code, false); ok {
			t.Error("a code counts behind three wrong ones")
		}
		before := e.newCode()
		code = e.newCode()
		if _, _, ok := e.useCode(before, false); ok && before != code {
			t.Error("the code before counts")
		}
		if _, _, ok := e.useCode(code, true); !ok {
			t.Error("the right code does not count at the second try")
		}
		if _, _, ok := e.useCode(code, false); ok {
			t.Error("a code counts twice")
		}
		code = e.newCode()
		time.Sleep(codeLife)
		if _, _, ok := e.useCode(code, false); ok {
			t.Error("a code counts too long")
		}
		ticket := issue(e)
		secret, _ := use(e, issue(e), false)
		code = e.newCode()
		e.void()
		_, byTicket := use(e, ticket, false)
		_, _, byCode := e.useCode(code, false)
		_, byNew := use(e, issue(e), false)
		if byTicket || byCode || byNew || e.tab(secret) != nil || e.mayReopen() {
			t.Error("somebody is let in after the end")
		}
	})
}

func TestATabTooManyForgetsTheOldest(t *testing.T) {
	e := newEntry()
	var secrets []string
	for range maxTabs + 1 {
		s, _ := use(e, issue(e), false)
		secrets = append(secrets, s)
	}
	if e.tab(secrets[0]) != nil || e.tab(secrets[1]) == nil || e.tab(secrets[maxTabs]) == nil || len(e.tabs) != maxTabs {
		t.Errorf("%d tabs are known", len(e.tabs))
	}
}

func TestReopeningIsAskedForNowAndThenOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEntry()
		first, second := e.mayReopen(), e.mayReopen()
		time.Sleep(reopenPause)
		if third := e.mayReopen(); !first || second || !third {
			t.Error(first, second, third)
		}
	})
}

// presenceOnly is a server without a listener: what it knows of streams.
func presenceOnly() *Server {
	s := &Server{}
	s.hub.init()
	return s
}

// Y9, Y10: a page that is reloaded comes back in time; one that does not is gone after the
// time, and not before.
func TestY9_Y10_AReloadIsNotGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, begun, over := presenceOnly(), time.Now(), make(chan error)
		if open, since := s.Present(); open || !since.Equal(begun) {
			t.Error("a page is open already")
		}
		st := s.hub.join(&tab{})
		select {
		case <-s.Opened():
		default:
			t.Error("nobody is told that a page is open")
		}
		go func() { over <- s.Gone(context.Background(), time.Minute) }()
		time.Sleep(2 * time.Hour)
		s.hub.quit(st)
		time.Sleep(59 * time.Second)
		st = s.hub.join(&tab{})
		if open, since := s.Present(); !open || time.Since(since) != 0 {
			t.Error("it is not open again")
		}
		time.Sleep(time.Hour)
		other := s.hub.join(&tab{})
		s.hub.quit(st)
		time.Sleep(time.Hour)
		s.hub.quit(other)
		gone := time.Now()
		if err := <-over; err != nil || time.Since(gone) < time.Minute || time.Since(gone) > time.Minute+time.Second {
			t.Errorf("%v after %v", err, time.Since(gone))
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("why")
		cancel(why)
		if err := s.Gone(ctx, time.Minute); err != why {
			t.Error(err)
		}
	})
}
