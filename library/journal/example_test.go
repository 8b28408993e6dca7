package journal_test

import (
	"fmt"
	"time"

	"supportd/library/journal"
)

// A journal is a list of events, each of which holds the hash of the one before.
func Example() {
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	var last journal.Event
	var events []journal.Event
	for _, p := range []journal.Payload{
		journal.ChatMessage{Text: "It is slow."},
		journal.FileRemove{Name: "fix.sh"},
	} {
		e, err := journal.New(at, "alice", p)
		if err != nil {
			fmt.Println(err)
			return
		}
		e.Seal(last)
		events, last = append(events, e), e
	}
	fmt.Println(events[1].Follows(events[0]))
	switch p := events[0].Payload().(type) {
	case journal.ChatMessage:
		fmt.Println(events[0].Actor, "says", p.Text)
	}
	events[0].Actor = "mallory"
	fmt.Println(events[0].Follows(journal.Event{}))
	// Output:
	// <nil>
	// alice says It is slow.
	// the journal's chain is broken at event 1
}
