package main

// english has the texts for customers in English: short sentences, no technical
// words.
func english(k key) string {
	return map[key]string{
		firstScreen: `────────────────────────────────────────────────────────────
Did YOU call for help? Only then go on.
If somebody called you, or wrote to you, press Ctrl-C now.

Before your support rep sees or does anything, you are asked here.
You can stop everything at any moment: press Ctrl-C, or close this window.
────────────────────────────────────────────────────────────`,
		connecting:      "Connecting …",
		joined:          "Connected. %s can help you now. To stop everything, press Ctrl-C.",
		resumed:         "Connected again with %s. To stop everything, press Ctrl-C.",
		clockAhead:      "This computer's clock is wrong: it is %s ahead. Tell your support rep.",
		clockBehind:     "This computer's clock is wrong: it is %s behind. Tell your support rep.",
		csrEntered:      "%s is connected to this computer.",
		csrLeft:         "%s is not connected any more.",
		csrViewed:       "%s looks at: %s",
		csrViewedAll:    "%s looks at the information about this computer.",
		runStarted:      "%s runs: %s",
		runEnded:        "%s: finished. Everything worked.",
		runFailed:       "%s: finished. Programs that failed: %d.",
		runBrokenOff:    "%s: stopped early. Programs that failed: %d, not run: %d.",
		restarted:       "Your computer restarted; the support session with %s is open again. To stop everything, press Ctrl-C.",
		restarting:      "%s restarts this computer now. The support session goes on by itself afterwards.",
		restartingSoon:  "%s restarts this computer in %s. Save your work now. To stop that and everything else, press Ctrl-C.",
		restartingAsks:  "Programs with unsaved work may ask you first. If you are asked about this window, let it close.",
		notRestarting:   "This computer is not restarted.",
		loggedOn:        "%s acts as the user %s on this computer now. Your screen may be locked meanwhile; nothing of yours is closed.",
		loggedOff:       "%s does not act as the user %s any more.",
		endedByCSR:      "The support session is over: %s has ended it. Nothing of it runs any more.",
		endedByOther:    "The support session is over. Nothing of it runs any more.",
		endedReason:     "Reason: %s",
		endedByCustomer: "Stopped. Nobody is connected any more, and nothing runs any more.",
		handingOver:     "Nobody is connected any more, and nothing runs any more. The support service is being given the rest of the report: one moment, please.",
		notHandedOver:   "The support service could not be given the whole report.",
		journalKept:     "What happened is written down in %s",
		reportOffer:     "To keep a copy that you can read and print, type: %s",
		reportSaved:     "Your copy of what happened: %s",
		reportName:      "a report cannot be called %s",
		reportNameHint:  "choose a new name that ends in .html, .txt, .csv, .json or .jsonl, in a folder that you may write to",
		reportExists:    "%s is there already",
		reportUnwritten: "%s cannot be written",
		reportDamaged:   "what was written down is damaged",
		noReport:        "there was no support session on this computer yet",
		noReportHint:    "if it had another directory, name it: --state DIRECTORY",
		moreOutput:      "… There is more; all of it is written down.",
		chatHint:        "To write to your support rep, type here and press Enter.",
		chatYou:         "You",
		chatUnsent:      "This message could not be sent. Try again.",
		chatTooMany:     "Too many messages at once: this one was not sent. Wait a moment and press Enter again.",
		chatTooEarly:    "Your support rep cannot read this yet: this message was not sent.",

		howToAnswer:  "Type one of these words and press Enter:",
		choiceYes:    "yes     allow this once",
		choiceAlways: "always  allow exactly this until the support session ends",
		choiceWithout: `yes without serials
          allow this, but keep something to yourself: user-names, serials,
          addresses, or a topic such as processes`,
		choiceNo:       "no      refuse",
		choiceBlock:    "block   refuse, and no more questions or messages from this support rep",
		choiceShow:     "t       read the programs first",
		promptAnswer:   "Do you allow this?",
		notText:        "(this is not text and cannot be shown)",
		sameText:       "(the same as %s)",
		answeredYes:    "Allowed, this once.",
		answeredAlways: "Allowed until the support session ends.",
		answeredNo:     "Refused.",
		answeredBlock:  "Refused. You will not be asked again.",
		notUnderstood:  "That was none of the words, so it counts as no.",
		questionClosed: "This question is closed. Nothing was allowed.",

		keyQuestion: `This is the first contact with %s. Its fingerprint is

    %s

Ask your support rep to read theirs out. Type yes only if every character is the same.`,
		keyPrompt:      "Is it the same?",
		keyRefused:     "not connected: the fingerprint was not confirmed",
		keyMissing:     "the fingerprint of %s is needed, and there is no screen to ask you on",
		keyMissingHint: "add --relay-key SHA256:… as your support rep tells you",
		keyWrong:       "%s is not the place that your support rep meant: its fingerprint is %s",
		keyWrongHint:   "somebody may be listening in on this network; tell your support rep, and try another network",

		numberUnknown:     "no support rep waits for this number",
		numberExpired:     "this number is too old",
		numberUsed:        "this number has been used already",
		numberEnded:       "the support session with this number is over",
		numberLimited:     "too many wrong numbers from here",
		numberHint:        "ask your support rep for a new number",
		numberLimitedHint: "wait ten minutes, then try again with the number read out once more",
		programTooOld:     "this program and your support rep's do not fit together",
		programTooOldHint: "get the newest version of this program from your support rep",

		problemName:        "%s is not found. Is this computer connected to the internet? Is the name right?",
		problemRefused:     "%s does not answer: nothing waits there. Is the address right?",
		problemUnreachable: "%s cannot be reached from here. Is this computer connected to the internet?",
		problemTimeout:     "%s does not answer.",
		problemNotSSH:      "Something else answers instead of %s. On a hotel's or a train's network, open a web page and log in first.",
		problemBusy:        "%s is too busy right now.",
		problemBroken:      "The connection to %s broke off.",
		problemDisk:        "Nothing can be written to this computer's disk, so the connection to %s has to wait. Make some room on it.",
		tryingAgain:        "Trying again in %s …",
		awayTooLong:        "the support session is over: this computer was away for too long",

		noScreen:           "there is no screen here on which you could be asked",
		noScreenHint:       "start it in a window where you can type, or say beforehand what is allowed: --ui none --allow sysinfo,script",
		stateBusy:          "another support session is running on this computer",
		stateBusyHint:      "end that one first: press Ctrl-C in its window",
		stateUnsafe:        "other people could read or change what is kept on this computer (%s)",
		stateUnsafeHint:    "choose another directory with --state DIRECTORY",
		nothingSaved:       "there is no support session to come back to",
		nothingSavedHint:   "ask your support rep for a number and type: support-agent join NUMBER",
		diskUnwritable:     "nothing can be written to this computer's disk",
		diskUnwritableHint: "make some room on it, or choose another directory with --state DIRECTORY",
		stateUnusable:      "%s cannot be used",
		number9Digits:      "a session number has 9 digits",
		numberMistyped:     "the last digit does not fit: one digit is probably mistyped",
		numberReadHint:     "ask your support rep to read the number again",
	}[k]
}
