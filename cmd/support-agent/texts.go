package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"supportd/consent"
	"supportd/library/text"
)

// key names a text that a customer sees.
type key int

// The texts, in the order in which a customer meets them.
const (
	firstScreen key = iota
	firstScreenAllowed
	restIsAsked
	restIsRefused
	allowedSysInfo
	allowedScript
	allowedLogonAs
	allowedReboot
	allowedCSRJoin
	connecting
	joined
	resumed
	clockAhead
	clockBehind
	csrEntered
	csrLeft
	csrViewed
	csrViewedAll
	runStarted
	runEnded
	runFailed
	runBrokenOff
	runLeft
	runFilesStay
	restarted
	restarting
	restartingSoon
	restartingAsks
	notRestarting
	loggedOn
	loggedOff
	stillRuns
	filesStay
	notLoggedOn
	endedByCSR
	endedByOther
	endedReason
	endedByCustomer
	handingOver
	notHandedOver
	journalKept
	reportOffer
	reportSaved
	reportName
	reportNameHint
	reportExists
	reportUnwritten
	reportDamaged
	noReport
	noReportHint
	moreOutput
	chatHint
	chatYou
	chatUnsent
	chatTooMany
	chatTooEarly

	howToAnswer
	choiceYes
	choiceAlways
	choiceWithout
	choiceNo
	choiceBlock
	choiceShow
	promptAnswer
	hintLabel
	notText
	sameText
	answeredYes
	answeredAlways
	answeredNo
	answeredBlock
	notUnderstood
	pasteUnclear
	questionClosed

	keyQuestion
	keyPrompt
	keyRefused
	keyMissing
	keyMissingHint
	keyWrong
	keyWrongHint
	numberUnknown
	numberExpired
	numberUsed
	numberEnded
	numberLimited
	numberHint
	numberLimitedHint
	programTooOld
	programTooOldHint
	problemName
	problemRefused
	problemUnreachable
	problemTimeout
	problemNotSSH
	problemBusy
	problemBroken
	problemDisk
	interrupted
	tryingAgain
	awayTooLong
	noScreen
	noScreenHint
	stateBusy
	stateBusyHint
	numberMissing
	relayMissing
	wholeLineHint
	stateUnsafe
	stateUnsafeHint
	nothingSaved
	nothingSavedHint
	diskUnwritable
	diskUnwritableHint
	number9Digits
	numberMistyped
	numberReadHint
	stateUnusable

	noSessionRuns
	noSessionRunsHint
	sessionSilent
	sessionSilentHint
	sessionEnding
	sessionEndingHint
	othersSession
	othersSessionHint
	statusSession
	statusWaiting
	statusActive
	statusAway
	statusEnded
	statusPeople
	statusNobody
	statusActing
	statusRuns
	statusRunsNothing
	statusAsked
	statusHowToStop
	relayForgot
	relayForgotHint
	keyCount // how many there are
)

// phrase is a message in the customer's language, filled in as fmt.Sprintf does.
func phrase(l text.Language, k key, args ...any) string {
	format := english(k)
	if l == text.Korean {
		format = korean(k)
	}
	return fmt.Sprintf(format, args...)
}

// allowedKey names what was allowed beforehand.
func allowedKey(k consent.Kind) key {
	switch k {
	case consent.SysInfo:
		return allowedSysInfo
	case consent.Script:
		return allowedScript
	case consent.LogonAs:
		return allowedLogonAs
	case consent.Reboot:
		return allowedReboot
	}
	return allowedCSRJoin
}

// word is something that a customer answers with.
type word int

// The answers.
const (
	yes word = iota
	always
	no
	block
	show
	without
)

// spellings of the word in every language: whoever is asked in one may answer
// in the other.
func (w word) spellings() []string {
	switch w {
	case yes:
		return []string{"yes", "네", "예"}
	case always:
		return []string{"always", "항상"}
	case no:
		return []string{"no", "아니요", "아니오"}
	case block:
		return []string{"block", "차단"}
	case show:
		return []string{"t", "text", "보기"}
	case without:
		return []string{"without", "제외"}
	}
	return nil
}

// is reports whether the word stands there, and nothing else but the mark with
// which one ends a sentence. Korean keyboards may send a syllable in one piece or
// in its parts.
func (w word) is(s string) bool {
	s = norm.NFC.String(strings.ToLower(strings.TrimSpace(s)))
	return slices.Contains(w.spellings(), strings.TrimRight(s, ".!。"))
}
