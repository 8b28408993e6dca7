package report

import (
	"fmt"
	"time"

	"supportd/library/text"
)

// word names a text of a report.
type word string

// The headings, the labels of the header, and what is said of proof. Sentences
// about events have the event's kind as their word.
const (
	wTitle      word = "title"
	wTimeline   word = "timeline"
	wConsents   word = "consents"
	wSysinfo    word = "sysinfo"
	wScripts    word = "scripts"
	wWritten    word = "written by"
	wApproved   word = "approved by"
	wChat       word = "chat"
	wProof      word = "proof"
	wRelaysWord word = "relay's word"
	wDiffers    word = "differs"
	wWhose      word = "whose"
	wNothing    word = "nothing"
	wNumber     word = "number"
	wState      word = "state"
	wTicket     word = "ticket"
	wName       word = "name"
	wNote       word = "note"
	wCustomer   word = "customer"
	wComputer   word = "computer"
	wOwner      word = "owner"
	wEntered    word = "entered"
	wCreated    word = "created"
	wJoined     word = "joined"
	wEnded      word = "ended"
	wEndedBy    word = "ended by"
	wReason     word = "reason"
	wDuration   word = "duration"
	wConnected  word = "connected"
	wRestarts   word = "restarts"
	wPruned     word = "pruned"
	wMinutes    word = "minutes"
	wKey        word = "key"
	wBroken     word = "broken"
	wCut        word = "cut"
	wBytes      word = "bytes"
	wTheDaemon  word = "daemon"
	wTheRelay   word = "relay"
	wEverything word = "everything"
	wBehind     word = "withheld"
	wFiles      word = "files"
	wVisits     word = "visits"
	wVisitsOpen word = "visits, open"

	wShort       word = "in short"
	wAllowed     word = "allowed"
	wRefused     word = "refused"
	wWorked      word = "worked"
	wFailed      word = "failed"
	wActed       word = "acted"
	wMore        word = "more"
	wProved      word = "proved"
	wNotProved   word = "not proved"
	wProvedLater word = "proved later"
	wProofBelow  word = "proof below"

	wChart         word = "chart"
	wLaneSaid      word = "lane"
	wLaneSaidBad   word = "lane, bad"
	wLaneConnected word = "lane.connected"
	wLanePresent   word = "lane.present"
	wLaneAsked     word = "lane.asked"
	wLaneRan       word = "lane.ran"
	wLaneActed     word = "lane.acted"
	wLaneAway      word = "lane.away"
	wLaneTalks     word = "lane.talks"
)

func words(l text.Language) map[word]string {
	if l == text.Korean {
		return korean()
	}
	return english()
}

// Style is for whom a report is rendered.
type Style struct {
	Language text.Language
	Zone     *time.Location // of the times; nil is UTC
	BOM      bool           // CSV begins with a byte order mark, which spreadsheets need
}

// clock shows a time with its zone.
func (s Style) clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2006-01-02 15:04:05 -07:00")
}

func (s Style) moment(t time.Time) moment { return moment{t, s.clock(t)} }

// hours shows a duration to the second.
func hours(d time.Duration) string {
	d = d.Round(time.Second)
	return fmt.Sprintf("%d:%02d:%02d", d/time.Hour, d/time.Minute%60, d/time.Second%60)
}
