package main

import (
	"fmt"

	"supportd/consent"
	"supportd/library/text"
)

// key names a text that a customer sees.
type key int

// The texts, in the order in which a customer meets them.
const (
	onlyIfYouCalled key = iota
	firstScreen
	firstScreenAllowed
	youWithhold
	restIsAsked
	restIsRefused
	allowedSysInfo
	allowedScript
	allowedLogonAs
	allowedReboot
	allowedCSRJoin
	connecting
	numberWaits
	joined
	resumed
	clockAhead
	clockBehind
	certificateTime
	csrEntered
	csrWords
	csrWordsAsk
	csrWordsAskOnPage
	wordsSame
	wordsDiffer
	wordsDifferHint
	howToPick
	pickNone
	pickLater
	promptPick
	askedPick
	allowedWords
	csrDigits
	csrLeft
	csrViewed
	csrViewedAll
	notShown
	runStarted
	runEnded
	runFailed
	runBrokenOff
	runCancelled
	runLeft
	runFilesStay
	restarted
	restarting
	restartingSoon
	restartingAsks
	notRestarting
	noWayBack
	noWayBackEmptied
	noWayBackHint
	loggedOn
	loggedOff
	stillRuns
	filesStay
	notLoggedOn
	endedByCSR
	endedByCSRLeft
	endedByOther
	endedByOtherLeft
	endedReason
	endedByCustomer
	endedByCustomerLeft
	notUndone
	stillLoggedOn
	endedBefore
	handingOver
	handingOverLeft
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
	chatNoQuestion

	choiceYes
	choiceAlways
	choiceNo
	choiceBlock
	howToAnswer
	choiceWithout
	choiceWithoutTopics
	choiceShow
	choiceTopics
	shortYes
	shortAlways
	shortWithout
	shortNo
	shortBlock
	shortShow
	shortTopics
	moreAbove
	promptAnswer
	countdown
	askedAgain
	nothingCalled
	keyboardIsKorean
	pasteUnclear
	hintLabel
	notText
	sameText

	keyQuestion
	keyPrompt
	keyRefused
	keyMissingHint
	keyMissing
	keyWrong
	keyWrongHint
	keyMistyped
	keyGroup
	keyMistypedHint
	keyLength
	keyLast
	keySign
	keyHint
	numberUnknown
	numberAgain
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
	problemOtherKey
	problemPortal
	problemPortalUnnamed
	portalGoesOn
	portalHint
	problemBlocked
	problemProxy
	problemProxyPassword
	problemProxySetting
	problemUntrusted
	problemSelfMade
	problemExpired
	problemNotYet
	problemOtherName
	problemNoTLS
	nobodyNamed
	problemTried
	listLast
	interrupted
	tryingAgain
	awayTooLong
	noScreen
	noScreenHint
	stateBusy
	stateBusyHint
	stateUnsafe
	stateUnsafeHint
	nothingSaved
	nothingSavedHint
	diskUnwritable
	diskUnwritableHint
	stateUnusable
	numberMissing
	askNumber
	relayMissing
	askRelay
	wholeLineHint
	numberCount
	numberLetter
	numberSign
	numberZero
	numberMistyped
	numberReadHint
	numberOnlyHint

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
	statusWay
	statusWayByProxy
	statusPeople
	statusWords
	statusCompared
	statusNotCompared
	statusDigits
	statusLeft
	statusNobody
	statusActing
	statusRuns
	statusRunsNothing
	statusAsked
	statusHowToStop
	relayForgot
	relayForgotHint
	addressScheme
	addressPart
	addressBefore
	addressSign
	addressNumber
	addressEmpty
	addressHint
	addressMeant
	addressMeantAsked
	copyOffer
	copyPrompt
	copyAgain
	copyName
	keyAgain
	uiUnknown
	uiHint
	allowUnknown
	allowEveryTime
	allowHint
	withholdUnknown
	withholdHint
	nameTooLong
	logUnusable
	helpProgram
	helpJoin
	helpResume
	helpReportCommand
	helpRelay
	helpRelayKey
	helpName
	helpAllow
	helpWithhold
	helpCSRCA
	helpListLeast
	helpListRequired
	helpSecond
	helpWordsRequired
	helpUI
	helpState
	helpStop
	helpStatus
	helpJSON
	helpLog
	helpReport
	howInShort
	journalGone
	addressDoubt

	imprintClaim
	imprintDamaged
	imprintDamagedHint
	imprintNumberHint
	imprintRelay
	imprintRelayHint
	imprintKey
	imprintKeyHint
	imprintCA
	imprintCAHint
	caFileUnusable
	caFileHint
	caIsRelay
	caTooMany
	listNoNumber
	listWithoutCA
	listWithoutCAHint
	secondWrong
	secondWithoutCA
	imprintOther
	imprintOtherHint

	callQuestion
	callNumber
	callPrompt
	callNo
	callSilence
	namedHint
	closePrompt

	answeredElsewhere
	stopByKeys
	restartingSoonOnPage
	addressDoubtOnPage
	pageByHand
	pageBeside
	pageClose
	pageClosed
	pageAgain
	pageStop
	pageTaken
	lockedReason
	screenLocked
	screenUnlocked
	otherReason
	awayAllowed
	takenBack
	grantEverybody
	grantLook
	grantLookOf
	grantRun
	grantRunOf
	grantJoin
	grantAs
	runsStillStop
	notWhileRunning
	notNow
	summaryPeople
	summaryNobody
	summaryLooks
	summaryPrograms
	summaryNothing
	summaryTime

	keyCount // how many there are
)

// phrase is a message in the customer's language, filled in as fmt.Sprintf does.
func phrase(l text.Language, k key, args ...any) string {
	if l == text.Korean {
		return text.Particles(fmt.Sprintf(korean(k), args...))
	}
	return fmt.Sprintf(english(k), args...)
}

// onPage is the same text for the customer's page, where no key is pressed.
func onPage(k key) key {
	switch k {
	case restartingSoon:
		return restartingSoonOnPage
	case addressDoubt:
		return addressDoubtOnPage
	case csrWordsAsk:
		return csrWordsAskOnPage
	}
	return k
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
	case consent.Words:
		return allowedWords
	}
	return allowedCSRJoin
}
