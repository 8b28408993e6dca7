package report

// english has the texts for readers in English.
func english() map[word]string {
	return map[word]string{
		wTitle: "Support session %s", wTimeline: "What happened", wConsents: "What the customer was asked", wSysinfo: "System information viewed",
		wScripts: "Scripts", wChat: "Chat", wProof: "Proof", wRelaysWord: "The word of the support service, which nothing proves", wNothing: "nothing",

		wNumber: "Number", wState: "State", wTicket: "Ticket", wName: "Name", wNote: "Note", wCustomer: "Customer", wComputer: "Computer", wOwner: "Support rep",
		wEntered: "Entered the computer", wCreated: "Created", wJoined: "Joined", wEnded: "Ended", wEndedBy: "Ended by", wReason: "Reason",
		wDuration: "Duration", wConnected: "Connected", wRestarts: "Restarts", wPruned: "Events deleted", wMinutes: "%d minutes", wMinutes + ".one": "%d minute",
		wKey: "Computer's key",

		"state.waiting": "waiting", "state.active": "active", "state.away": "away", "state.ended": "ended",
		wTheDaemon: "support-agent", wTheRelay: "the relay", "by customer": "the customer",

		"proof." + word(Proved):       "Proved: all %d events stand here, in order and unchanged since they were signed at the end with the key %s.",
		"proof." + word(StillOpen):    "Not proved yet: the support session is open. The chain of its %d events holds so far.",
		"proof." + word(Unsealed):     "Not proved: the computer has not signed the end of its journal as it stands here: it was lost before it could, or a part of the file is missing. The chain of the %d events that arrived holds.",
		"proof." + word(PrunedProved): "The %d events were deleted when their time was over. What stands here is proved by the last of them, which tells of the others and which the computer signed if the key %s is its own.",
		"proof." + word(PrunedSealed): "Not provable any more: the %d events are not here, and why is the word of the support service, as is everything that stands here. The computer had signed the events with its key %s.",
		"proof." + word(PrunedOnly):   "Not proved: the %d events were deleted when their time was over, and the computer had not signed them.",
		wDiffers:                      "The support service says something else about the end than the last event, which is signed.",
		wWhose:                        "Whether that is the computer's key, the support rep can check with \"supportctl report verify\".",
		wBroken:                       "NOT WHAT THE COMPUTER WROTE: %s",

		wShort: "In short", wAllowed: "Allowed", wRefused: "Refused or unanswered", wWorked: "Programs that worked", wFailed: "Programs that failed",
		wActed: "Acted as the user", wMore: "and %d more",
		wProved:    "Yes: nothing was changed, added or removed since it was signed. The end of this report says with which key.",
		wNotProved: "No. The end of this report says why.", wProvedLater: "Not yet: the support session is open.", wProofBelow: "The end of this report says it.",
		wChart:         "When it happened. What was refused, not answered or failed is tall and red.",
		wLaneConnected: "Computer connected", wLanePresent: "Support rep connected", wLaneAsked: "Questions", wLaneRan: "Programs", wLaneActed: "As another user",
		wLaneAway: "Restarts", wLaneTalks: "Chat", wLaneSaid: "%s: %d", wLaneSaidBad: "%s: %d; refused, not answered or failed: %d",

		wCut: "[%d more bytes of output were cut off here]", wCut + ".one": "[%d more byte of output was cut off here]", wBytes: "%d bytes", wBytes + ".one": "%d byte", wEverything: "everything", wBehind: "withheld: %s", wFiles: "SHA-256",

		"session.join": "%s joined from the computer %s (%s)",
		"join.allow":   "allowed beforehand: %s",
		"join.ca":      "only certificates of the CA %s were let in", "by certificate": "by the certificate %s of the CA %s",
		"kind.sysinfo": "seeing information about this computer", "kind.script": "running programs", "kind.logon-as": "using this computer as another of its users",
		"kind.reboot": "restarting this computer", "kind.csr-join": "another support rep joining",
		"session.resume":  "the computer is connected again",
		"session.lost":    "the computer lost its connection to the relay",
		"session.end":     "the support session ended, by %s",
		"access.change":   "may enter the computer now: %s",
		"access.nobody":   "nobody may enter the computer now",
		"connection.open": "%s connected to the computer", "connection.close": "%s is not connected any more",
		wVisits: "%s connected %d times, the last time until %s", wVisits + ".one": "%s connected once, until %s",
		wVisitsOpen: "%s connected %d times, and stayed", wVisitsOpen + ".one": "%s connected once, and stayed",
		"consent.allow": "the customer is away, and allows until %s without a question: %s", "consent.revoke": "the customer took back what was allowed: %s",
		"sysinfo.view": "%s looked at: %s", "file.stage": "%s brought the file %s (%s, SHA-256 %s)",
		"file.fetch": "%s took the file %s back (%s, SHA-256 %s)",
		"file.mkdir": "%s made the folder %s",
		"file.move":  "%s renamed the file %s to %s", "file.remove": "%s removed %s",
		"as user": "as the user %s", "run.start": "%s runs: %s", "run.end": "the run ended: %s", "run.ok": "all worked", "run.failed": "%d of %d failed",
		"run.worked": "%d worked", "run.bad": "%d failed", "run.cancelled": "%d cancelled", "run.skipped": "%d not run",
		"script.start": "script %d started: %s", "script.exit": "script %d: %s",
		"aborted":        "ended, because support-agent was killed",
		"reboot.request": "%s restarts the computer", "reboot.refuse": "the computer was not restarted", "reboot.return": "the computer is back after its restart (%s), start %s is now %s",
		"entry.removed": "support-agent's autostart entry is removed",
		"logon.left":    "%d of that user's processes could not be ended", "logon.stays": "files are left in %s",
		"logon.start": "%s acts as the user %s", "logon.refuse": "%s could not log on as the user %s", "logon.end": "%s no longer acts as the user %s",
		"problem.report": "a problem: %s", "problem.desktop-not-locked": "a desktop could not be locked", "problem.desktop-not-unlocked": "a desktop could not be unlocked",
		"problem.logon-not-ended": "a logon could not be ended properly", "problem.screen-unknown": "who is at the screen could not be found out",
		"problem.autostart-stays": "support-agent would start once more with the computer", "problem.files-stay": "not everything could be removed",
		"chat.message": "%s: %s", "chat.read": "%s has read what the customer wrote",
		"consent.ask": "%s asked the customer: %s", "unanswered": "no answer is written",

		"exit": "exit code %d", "signal": "killed by %s", "timeout": "ended at its time limit", "cancelled": "cancelled",
		"too-many-processes": "ended at its limit of processes", "not-started": "could not be started",
		"changed": "not run: its files changed after the customer's yes", "lost": "lost: it was killed from outside", "not-run": "not run",

		"allowed-once": "the customer allowed it, this once", "allowed-for-session": "the customer allowed it until the session ends",
		"blocked": "the customer refused and blocked further questions", "denied": "the customer refused",
		"why.unclear": "what the customer typed was no answer, which counts as no", "why.granted": "allowed earlier, until the session ends", "why.at-start": "allowed when the customer joined", "why.away": "allowed by the customer for the time in which they are away", "why.locked": "the customer's screen was locked", "why.timeout": "the customer did not answer",
		"why.withdrawn": "withdrawn before an answer", "why.nobody": "no one was at the screen", "why.flooded": "not asked: too many questions",
		"why.blocked": "not asked: the customer wants no more questions", "why.stopped": "the customer stopped everything", "why.not-written": "not allowed: it could not be written down",
	}
}
