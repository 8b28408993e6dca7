package main

import (
	"fmt"
	"slices"
	"strings"

	"supportd/consent"
)

// key names a text that a customer sees.
type key int

// The texts, in the order in which a customer meets them.
const (
	firstScreen key = iota
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
	restarted
	restarting
	restartingSoon
	restartingAsks
	notRestarting
	loggedOn
	loggedOff
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
	notText
	sameText
	answeredYes
	answeredAlways
	answeredNo
	answeredBlock
	notUnderstood
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
	keyCount // how many there are
)

// text is a message in the customer's language, filled in as fmt.Sprintf does.
func text(l consent.Language, k key, args ...any) string {
	format := english(k)
	if l == consent.Korean {
		format = korean(k)
	}
	return fmt.Sprintf(format, args...)
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
// in the other. Korean keyboards may send a syllable in one piece or in its
// parts (Unicode normal forms C and D).
func (w word) spellings() []string {
	switch w {
	case yes:
		return []string{"yes", "네", "\u1102\u1166", "예", "\u110b\u1168"}
	case always:
		return []string{"always", "항상", "\u1112\u1161\u11bc\u1109\u1161\u11bc"}
	case no:
		return []string{"no", "아니요", "\u110b\u1161\u1102\u1175\u110b\u116d", "아니오", "\u110b\u1161\u1102\u1175\u110b\u1169"}
	case block:
		return []string{"block", "차단", "\u110e\u1161\u1103\u1161\u11ab"}
	case show:
		return []string{"t", "text", "보기", "\u1107\u1169\u1100\u1175"}
	case without:
		return []string{"without", "제외", "\u110c\u1166\u110b\u116c"}
	}
	return nil
}

// is reports whether the word stands there, and nothing else.
func (w word) is(s string) bool {
	return slices.Contains(w.spellings(), strings.ToLower(strings.TrimSpace(s)))
}
