package journal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supportd/library/text"
)

// Cause is the code of a reason that the programs give themselves. What people give
// as a reason has no code: it stays in their words.
type Cause string

// The causes. Those with "of" in their comment name something: see
// [Because.CauseOf].
const (
	// A connection ended.
	CauseSilent      Cause = "connection-silent"
	CauseShutdown    Cause = "connection-shutdown"
	CauseAbuse       Cause = "connection-abuse"
	CauseBroken      Cause = "connection-broken" // of: what the system said
	CauseNoAccess    Cause = "access-removed"
	CauseCertificate Cause = "certificate-ended"
	CauseRevoked     Cause = "certificate-revoked" // of: the list's number
	CauseListOld     Cause = "revocations-old"     // of: the list's number
	CauseOver        Cause = "session-over"
	CauseRestarting  Cause = "computer-restarts"
	CauseEndedAway   Cause = "ended-while-away"
	CauseEndedOff    Cause = "ended-while-off"
	CauseEndedHere   Cause = "ended-at-relay"
	CauseWindow      Cause = "relay-out-of-reach"
	CauseBrokeOff    Cause = "session-broke-off"
	CauseGone        Cause = "agent-did-not-return"
	CauseWords       Cause = "words-differ"

	// What had begun was cut off.
	CauseKilled    Cause = "agent-killed"
	CauseUnwritten Cause = "end-not-written"

	// Nobody was logged on, or the logon ended.
	CauseLogonFailed     Cause = "logon-failed" // of: the user
	CauseLogonBroke      Cause = "logon-broke"
	CauseUserName        Cause = "logon-bad-name"
	CausePassword        Cause = "logon-bad-password"     // of: the user; of version 0.1
	CauseNotProven       Cause = "logon-not-proven"       // of: the user, whom there need not be
	CausePasswordForm    Cause = "logon-unusual-password" // of: the most bytes
	CauseNoPassword      Cause = "logon-no-password"
	CauseNoUser          Cause = "logon-no-user"     // of: the user
	CauseLocked          Cause = "logon-locked"      // of: the user
	CauseExpired         Cause = "logon-expired"     // of: the user
	CauseMustChange      Cause = "logon-must-change" // of: the user
	CauseNoShell         Cause = "logon-no-shell"    // of: the user
	CauseNoHome          Cause = "logon-no-home"     // of: the user
	CauseLogonRules      Cause = "logon-rules"       // of: the user
	CauseLogonSlow       Cause = "logon-slow"        // of: the user
	CauseLogonPowerless  Cause = "logon-powerless"
	CauseLogonNowhere    Cause = "logon-unsupported"
	CauseLoggedOffBy     Cause = "logged-off-by" // of: the account
	CauseLoggedOffByUser Cause = "logged-off-there"

	// The computer does not restart.
	CauseRestart            Cause = "restart-failed"
	CauseRestartNot         Cause = "restart-not"
	CauseRestartCalledOff   Cause = "restart-called-off"
	CauseRestartKilled      Cause = "restart-agent-killed"
	CauseRestartForbidden   Cause = "restart-forbidden"
	CauseRestartUnsupported Cause = "restart-unsupported"
	CauseRestartInhibited   Cause = "restart-inhibited"
	CauseRestartHeld        Cause = "restart-held" // of: the programs, in their own words
	CauseRestartOccupied    Cause = "restart-occupied"
	CauseRestartOneWay      Cause = "restart-one-way" // of: what the system said
	CauseRestartLate        Cause = "restart-late"    // of: how long it was waited for

	// A script did not go as it should.
	CauseTimeLimit     Cause = "script-time-limit" // of: the limit
	CauseTooMany       Cause = "script-too-many"   // of: how many
	CauseWatcherKilled Cause = "script-watcher-killed"
	CauseFilesChanged  Cause = "script-changed"
	CauseNoStart       Cause = "script-no-start" // of: what the system said
	CauseNoRecord      Cause = "script-not-recorded"
	CauseFilesStay     Cause = "script-files-stay" // of: what the system said
	CauseCancelledBy   Cause = "script-cancelled"  // of: the CSR
	CauseUserLoggedOff Cause = "script-user-logged-off"
)

// Because is the code of a cause, beside its text in English. It is empty where a
// person gave the reason, and in journals from before version 0.1.0.
type Because struct {
	CauseCode Cause  `json:"cause_code,omitempty"`
	CauseOf   string `json:"cause_of,omitempty"` // what the text names
}

// Causes lists every cause there is, sorted.
func Causes() []Cause {
	causes := []Cause{}
	for c := range causeTexts() {
		causes = append(causes, c)
	}
	slices.Sort(causes)
	return causes
}

// Names reports whether the text of the cause names something.
func (c Cause) Names() bool { return strings.Contains(causeTexts()[c][0], "%s") }

// Of is the cause with what it names.
func (c Cause) Of(what string) Because { return Because{c, what} }

// Say is the text in a language; "" without a code that this program knows. What it
// names stays as it came, but for a span of time.
func (b Because) Say(l text.Language) string {
	texts := causeTexts()[b.CauseCode]
	format, of := texts[0], b.CauseOf
	if l == text.Korean {
		format = texts[1]
		if d, err := time.ParseDuration(of); err == nil && (b.CauseCode == CauseTimeLimit || b.CauseCode == CauseRestartLate) {
			of = text.Span(d, l)
		}
	}
	if !strings.Contains(format, "%s") {
		return format
	}
	said := fmt.Sprintf(format, of)
	if l == text.Korean {
		return text.Particles(said)
	}
	return said
}

// English is the text that stands beside the code.
func (b Because) English() string { return b.Say(text.English) }

// CauseError is a cause as an error.
type CauseError struct{ Because Because }

// Error is the text in English.
func (e *CauseError) Error() string { return e.Because.English() }

// Err is the cause as an error; of as for [Cause.Of].
func (c Cause) Err(of string) error { return &CauseError{c.Of(of)} }

// BecauseOf finds the code of a text in English, for what only gives the text: the
// relay's word on how a session ended, and older journals. Only for texts of ours: what
// a person wrote may begin alike.
func BecauseOf(said string) Because {
	for c, texts := range causeTexts() {
		before, after, names := strings.Cut(texts[0], "%s")
		switch {
		case !names && said == before:
			return c.Of("")
		case names && len(said) > len(before)+len(after) && strings.HasPrefix(said, before) && strings.HasSuffix(said, after):
			return c.Of(said[len(before) : len(said)-len(after)])
		}
	}
	return Because{}
}
