package visit

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/unicode/norm"

	"supportd/library/journal"
	"supportd/library/text"
)

// Whatever is sent, the journal holds lines of text, and sanitising them again
// changes nothing.
func FuzzC9_C10_Messages(f *testing.F) {
	for _, s := range []string{"hello", " \n", "a\r\nb\tc\r", "\x1b[2J\u202e\xff", norm.NFD.String("한글"), strings.Repeat("가", 2000), "\u0958\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s, err := messageText(s)
		if err != nil {
			if s != "" || !errors.Is(err, ErrMessage) {
				t.Fatalf("%q, %v", s, err)
			}
			return
		}
		if s == "" || len(s) > journal.MaxMessage || strings.ContainsFunc(strings.ReplaceAll(s, "\n", ""), text.Hostile) {
			t.Fatalf("%q", s)
		}
		if again, err := messageText(s); again != s || err != nil {
			t.Fatalf("%q becomes %q, %v", s, again, err)
		}
	})
}

func TestC6_FloodOfMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m messages
		for i := range chatBurst {
			if wait, ok := m.turn("alice", chatPatience); wait != 0 || !ok {
				t.Fatalf("message %d waits %v, %v", i, wait, ok)
			}
		}
		for i := range int(chatPatience / chatInterval) {
			if wait, ok := m.turn("alice", chatPatience); wait != time.Duration(i+1)*chatInterval || !ok {
				t.Errorf("message %d behind the burst waits %v, %v", i, wait, ok)
			}
		}
		if _, ok := m.turn("alice", chatPatience); ok {
			t.Error("there is no end to it")
		}
		if wait, ok := m.turn("kim", 0); wait != 0 || !ok {
			t.Error("one who floods keeps others from talking")
		}
		time.Sleep(time.Hour)
		for i := range chatBurst {
			if wait, ok := m.turn("alice", 0); wait != 0 || !ok {
				t.Fatalf("an hour later message %d waits %v, %v", i, wait, ok)
			}
		}
	})
}
