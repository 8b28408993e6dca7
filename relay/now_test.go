package relay

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
)

// A list counts the minutes of a computer that is connected up to now, whatever its clock
// says, and those of one that is away up to when it went.
func TestOpenSessionsAreCountedToNow(t *testing.T) {
	for name, wrong := range map[string]time.Duration{"right": 0, "behind": -3 * time.Hour, "ahead": 3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			alice := w.login("alice", w.account("alice", false))
			n := alice.start()
			p := w.joined(n)
			joined := time.Now().Add(-10 * time.Minute)
			d := p.journal()
			var last journal.Event
			for _, e := range []journal.Event{
				{Time: joined.Add(wrong), Kind: journal.KindSessionJoin, Data: json.RawMessage(fmt.Sprintf(`{"number":%q,"owner":"alice","name":"Kim","host":"pc","os":"Linux"}`, n))},
				{Time: joined.Add(wrong + 4*time.Minute), Kind: journal.KindChatMessage, Data: json.RawMessage(`{"text":"hello"}`)},
			} {
				e.Actor = "daemon"
				e.Seal(last)
				line, err := e.Line()
				if err != nil {
					t.Fatal(err)
				}
				d.write(line)
				last = e
			}
			d.answer(fmt.Sprint(last.Seq))
			w.sql(fmt.Sprintf(`UPDATE sessions SET joined = %d`, joined.UnixMilli()))
			minutes := func() int64 {
				t.Helper()
				var list []api.Report
				if err := json.Unmarshal([]byte(alice.ok("report list --json")), &list); err != nil || len(list) != 1 {
					t.Fatal(list, err)
				}
				return list[0].Minutes(time.Now())
			}
			if got := minutes(); got != 10 {
				t.Errorf("connected since 10 minutes: %d", got)
			}
			w.sql(`UPDATE sessions SET state = 'away'`)
			if got := minutes(); got != 4 {
				t.Errorf("away, and the last event came after 4 minutes: %d", got)
			}
		})
	}
}
