package store

import (
	"encoding/json"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
)

func pictureText(t *testing.T, p *journal.Picture) string {
	t.Helper()
	text, err := json.Marshal(p)
	must(t, err)
	return string(text)
}

// Who asked for it is told of each picture that has changed, as it is stored, and only of
// those.
func TestChangedPicturesAreTold(t *testing.T) {
	plain, ctx := open(t, file(t)), t.Context()
	var told []journal.Picture
	s := plain.Seeing(func(p journal.Picture) { told = append(told, p) })
	must(t, s.AddSession(ctx, new(session("s"))))
	events := happened(t,
		journal.KindRunStart, started("1", program("x")),
		journal.KindScriptOutput, `{}`,
		journal.KindRunEnd, `{}`,
	)
	for i, c := range []struct {
		events []journal.Event
		told   bool
	}{
		{events[:1], true},
		{events[:1], false}, // they were there
		{events[1:2], false},
		{nil, false},
		{events[1:3], true},
	} {
		before := len(told)
		must(t, s.AppendEvents(ctx, "s", c.events))
		if (len(told) > before) != c.told || len(told) > before+1 {
			t.Errorf("%d: %d pictures were told", i, len(told)-before)
		}
		row, err := s.Session(ctx, "s")
		must(t, err)
		if got, want := pictureText(t, row.Picture), pictureText(t, &told[len(told)-1]); got != want {
			t.Errorf("%d: told %s, stored %s", i, want, got)
		}
	}
	if last := told[len(told)-1]; last.Run != nil || last.Seq != 3 || told[0].Run == nil || told[0].Run.Of != 1 || told[0].Seq != 1 {
		t.Errorf("%+v", told)
	}
	// A journal outlives its session; what was refused tells nothing.
	must(t, s.AppendEvents(ctx, "nobody", events[:1]))
	if err := s.AppendEvents(ctx, "s", events[:1:1]); err != nil {
		t.Error(err)
	}
	if err := s.AppendEvents(ctx, "s", happened(t, journal.KindRunEnd, `{}`)); err == nil {
		t.Error("another first event was taken")
	}
	if len(told) != 2 {
		t.Errorf("%d pictures were told", len(told))
	}
	must(t, plain.AddSession(ctx, new(session("plain"))), plain.AppendEvents(ctx, "plain", events)) // who did not ask
	if len(told) != 2 {
		t.Error("a store told whom it does not know")
	}
}

// What an older program has written gets its picture of the last 1000 events that are no
// output, where the session goes on.
func TestPicturesCatchUp(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	pairs := []string{journal.KindRunStart, started("old", program("x"))}
	for range 999 {
		pairs = append(pairs, journal.KindConnClose, `{}`, journal.KindScriptOutput, `{}`)
	}
	inside := happened(t, pairs...)
	outside := happened(t, append(pairs, journal.KindConnClose, `{}`)...)
	ended(t, s, "over", "100000001", nil)
	must(t, s.AddSession(ctx, new(session("inside"))), s.AddSession(ctx, new(session("outside"))), s.AddSession(ctx, new(session("empty"))), s.AddSession(ctx, new(session("new"))),
		s.AppendEvents(ctx, "inside", inside), s.AppendEvents(ctx, "outside", outside), s.AppendEvents(ctx, "over", inside[:1]))
	set(t, s, `UPDATE sessions SET picture = ''`)
	must(t, s.AppendEvents(ctx, "new", inside[:1]))
	set(t, s, `UPDATE sessions SET picture = '{"seq":77}' WHERE id = 'new'`)
	must(t, s.CatchUpPictures(ctx))
	for id, want := range map[string]string{"inside": "old", "outside": "none", "over": "no picture", "empty": "no picture", "new": "77"} {
		row, err := s.Session(ctx, id)
		must(t, err)
		got := "no picture"
		switch p := row.Picture; {
		case p != nil && p.Seq == 77:
			got = "77"
		case p != nil && p.Run != nil:
			got = p.Run.ID
			if !p.Run.Since.Equal(inside[0].Time) {
				t.Errorf("the run began at %v", p.Run.Since)
			}
		case p != nil:
			got = "none"
		}
		if got != want {
			t.Errorf("%s: %s, want %s: %+v", id, got, want, row.Picture)
		}
	}
}

// A picture that cannot be read is an empty one, and the next event mends it.
func TestAPictureThatCannotBeRead(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	must(t, s.AddSession(ctx, new(session("s"))))
	events := happened(t, journal.KindRunStart, started("1", program("x")), journal.KindRunEnd, `{}`)
	must(t, s.AppendEvents(ctx, "s", events[:1]))
	set(t, s, `UPDATE sessions SET picture = '{"seq":5,"run":{'`)
	if row, err := s.Session(ctx, "s"); err != nil || row.Picture == nil || row.Picture.Seq != 0 || row.Picture.Run != nil {
		t.Errorf("%+v, %v", row.Picture, err)
	}
	must(t, s.AppendEvents(ctx, "s", events[1:]))
	if row, err := s.Session(ctx, "s"); err != nil || row.Picture == nil || row.Picture.Seq != 2 || row.Picture.Last == nil || !row.Picture.Last.Time.Equal(time.UnixMilli(3000)) {
		t.Errorf("%+v, %v", row.Picture, err)
	}
	if _, err := s.ChangeSession(ctx, "s", api.Ended, func(*Session) {}); err != nil {
		t.Error(err)
	}
}
