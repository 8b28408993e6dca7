package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/hack/testkit"
	"supportd/library"
	"supportd/library/api"
	"supportd/library/journal"
)

// smallDisk is a store on a file system of 1 MB, and a file to fill it with.
func smallDisk(t *testing.T) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	testkit.SmallDisk(t, dir)
	return open(t, filepath.Join(dir, "relay.db")), filepath.Join(dir, "ballast")
}

func TestD1_DiskFull(t *testing.T) {
	s, ballast := smallDisk(t)
	if err := s.AddSession(t.Context(), new(session("before"))); err != nil {
		t.Fatal(err)
	}
	testkit.Fill(t, ballast)
	full := 0
	for i := range 100 {
		big := session(fmt.Sprintf("%d-%s", i, strings.Repeat("x", 20_000)))
		if err := s.AddSession(t.Context(), &big); errors.Is(err, ErrFull) {
			full++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if full == 0 {
		t.Fatal("the disk was not full")
	}
	if _, err := s.ChangeSession(t.Context(), "before", api.Active, func(row *Session) { row.Reason = strings.Repeat("y", 500_000) }); !errors.Is(err, ErrFull) {
		t.Errorf("%v", err)
	}
	rows, err := s.OpenSessions(t.Context())
	if err != nil || len(rows) != 1+100-full {
		t.Errorf("%d sessions, %v; %d were refused", len(rows), err, full)
	}
	if row, err := s.Session(t.Context(), "before"); err != nil || row.State != api.Waiting || row.Reason != "" {
		t.Errorf("half done: %+v, %v", row, err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeSession(t.Context(), "before", api.Active, func(*Session) {}); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestD1_JournalOnAFullDisk(t *testing.T) {
	s, ballast := smallDisk(t)
	ctx := t.Context()
	events := follow(journal.Event{}, 400, strings.Repeat("x", 4000))
	testkit.Fill(t, ballast)
	at := 0
	for ; at < len(events); at += 4 {
		if err := s.AppendEvents(ctx, "s", events[at:at+4]); errors.Is(err, ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if at == len(events) {
		t.Fatal("the disk was not full")
	}
	if got := stored(t, s, "s", 0); len(got) != at {
		t.Errorf("%d events are stored, %d were acknowledged", len(got), at)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendEvents(ctx, "s", events[at:at+20]); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got := stored(t, s, "s", 0); len(got) != at+20 {
		t.Errorf("%d events are stored, not %d", len(got), at+20)
	}
}

func TestD1_ScriptsOnAFullDisk(t *testing.T) {
	s, ballast := smallDisk(t)
	ctx := t.Context()
	if err := s.AddCategory(ctx, Category{Name: "Printers"}); err != nil {
		t.Fatal(err)
	}
	add(t, s, script("before", "alice"), program("1"))
	testkit.Fill(t, ballast)
	before := everything(t, s)
	big := program(strings.Repeat("x", library.MaxPackage/2))
	if _, err := s.AddScript(ctx, script("big", "alice"), big); !errors.Is(err, ErrFull) {
		t.Errorf("%v", err)
	}
	change := edit("half")
	change.Package = &big
	if _, err := s.ChangeScript(ctx, "before", change); !errors.Is(err, ErrFull) {
		t.Errorf("%v", err)
	}
	if after := everything(t, s); after != before {
		t.Errorf("something was half done:\n%s\nwas\n%s", after, before)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	big = program(strings.Repeat("x", 50_000))
	if _, err := s.ChangeScript(ctx, "before", change); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
