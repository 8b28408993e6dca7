package journal

import (
	"supportd/library/text"
	"supportd/library/wire"
)

// Event kinds, noun.verb. A journal holds exactly one end for each start.
const (
	KindSessionJoin   = "session.join"
	KindSessionResume = "session.resume"
	KindSessionLost   = "session.lost"
	KindSessionEnd    = "session.end"
	KindAccessChange  = "access.change"
	KindAccessRevoke  = "access.revoke"
	KindConnOpen      = "connection.open"
	KindConnClose     = "connection.close"
	KindConsentAsk    = "consent.ask"
	KindConsentAnswer = "consent.answer"
	KindConsentAllow  = "consent.allow"  // by the customer, outside any question
	KindConsentRevoke = "consent.revoke" // likewise
	KindSysInfoView   = "sysinfo.view"
	KindFileStage     = "file.stage"
	KindFileFetch     = "file.fetch"
	KindFileMkdir     = "file.mkdir"
	KindFileMove      = "file.move"
	KindFileRemove    = "file.remove"
	KindRunStart      = "run.start"
	KindScriptStart   = "script.start"
	KindScriptOutput  = "script.output"
	KindScriptExit    = "script.exit"
	KindRunEnd        = "run.end"
	KindChatMessage   = "chat.message"
	KindChatRead      = "chat.read"
	KindRebootRequest = "reboot.request"
	KindRebootRefuse  = "reboot.refuse" // the restart that was asked for does not happen
	KindRebootReturn  = "reboot.return" // the computer is back
	KindLogonStart    = "logon.start"
	KindLogonRefuse   = "logon.refuse"
	KindLogonEnd      = "logon.end"
	KindWordsExchange = "words.exchange"
	KindWordsVerdict  = "words.verdict" // by the customer, or by a CSR
	KindProblem       = "problem.report"
)

// Actors that are no account. No account may have these names.
const (
	ByCustomer = wire.CustomerUser
	ByDaemon   = wire.DaemonName
	ByRelay    = wire.RelayName
)

// Kind of each payload.
func (SessionJoin) Kind() string     { return KindSessionJoin }
func (SessionResume) Kind() string   { return KindSessionResume }
func (SessionLost) Kind() string     { return KindSessionLost }
func (SessionEnd) Kind() string      { return KindSessionEnd }
func (AccessChange) Kind() string    { return KindAccessChange }
func (AccessRevoke) Kind() string    { return KindAccessRevoke }
func (ConnectionOpen) Kind() string  { return KindConnOpen }
func (ConnectionClose) Kind() string { return KindConnClose }
func (ConsentAsk) Kind() string      { return KindConsentAsk }
func (ConsentAnswer) Kind() string   { return KindConsentAnswer }
func (ConsentAllow) Kind() string    { return KindConsentAllow }
func (ConsentRevoke) Kind() string   { return KindConsentRevoke }
func (SysInfoView) Kind() string     { return KindSysInfoView }
func (FileStage) Kind() string       { return KindFileStage }
func (FileFetch) Kind() string       { return KindFileFetch }
func (FileMkdir) Kind() string       { return KindFileMkdir }
func (FileMove) Kind() string        { return KindFileMove }
func (FileRemove) Kind() string      { return KindFileRemove }
func (RunStart) Kind() string        { return KindRunStart }
func (ScriptStart) Kind() string     { return KindScriptStart }
func (ScriptOutput) Kind() string    { return KindScriptOutput }
func (ScriptExit) Kind() string      { return KindScriptExit }
func (RunEnd) Kind() string          { return KindRunEnd }
func (ChatMessage) Kind() string     { return KindChatMessage }
func (ChatRead) Kind() string        { return KindChatRead }
func (RebootRequest) Kind() string   { return KindRebootRequest }
func (RebootRefuse) Kind() string    { return KindRebootRefuse }
func (RebootReturn) Kind() string    { return KindRebootReturn }
func (LogonStart) Kind() string      { return KindLogonStart }
func (LogonRefuse) Kind() string     { return KindLogonRefuse }
func (LogonEnd) Kind() string        { return KindLogonEnd }
func (WordsExchange) Kind() string   { return KindWordsExchange }
func (WordsVerdict) Kind() string    { return KindWordsVerdict }
func (ProblemReport) Kind() string   { return KindProblem }

// Kinds lists every kind there is.
func Kinds() []string {
	return []string{
		KindSessionJoin,
		KindSessionResume,
		KindSessionLost,
		KindSessionEnd,
		KindAccessChange,
		KindAccessRevoke,
		KindConnOpen,
		KindConnClose,
		KindConsentAsk,
		KindConsentAnswer,
		KindConsentAllow,
		KindConsentRevoke,
		KindSysInfoView,
		KindFileStage,
		KindFileFetch,
		KindFileMkdir,
		KindFileMove,
		KindFileRemove,
		KindRunStart,
		KindScriptStart,
		KindScriptOutput,
		KindScriptExit,
		KindRunEnd,
		KindChatMessage,
		KindChatRead,
		KindRebootRequest,
		KindRebootRefuse,
		KindRebootReturn,
		KindLogonStart,
		KindLogonRefuse,
		KindLogonEnd,
		KindWordsExchange,
		KindWordsVerdict,
		KindProblem,
	}
}

// Payload is the event's data as the type of its kind, as [Of] reads it; nil for a
// kind that this program does not know.
func (e *Event) Payload() Payload {
	switch e.Kind {
	case KindSessionJoin:
		return Of[SessionJoin](*e)
	case KindSessionResume:
		return Of[SessionResume](*e)
	case KindSessionLost:
		return Of[SessionLost](*e)
	case KindSessionEnd:
		return Of[SessionEnd](*e)
	case KindAccessChange:
		return Of[AccessChange](*e)
	case KindAccessRevoke:
		return Of[AccessRevoke](*e)
	case KindConnOpen:
		return Of[ConnectionOpen](*e)
	case KindConnClose:
		return Of[ConnectionClose](*e)
	case KindConsentAsk:
		return Of[ConsentAsk](*e)
	case KindConsentAnswer:
		return Of[ConsentAnswer](*e)
	case KindConsentAllow:
		return Of[ConsentAllow](*e)
	case KindConsentRevoke:
		return Of[ConsentRevoke](*e)
	case KindSysInfoView:
		return Of[SysInfoView](*e)
	case KindFileStage:
		return Of[FileStage](*e)
	case KindFileFetch:
		return Of[FileFetch](*e)
	case KindFileMkdir:
		return Of[FileMkdir](*e)
	case KindFileMove:
		return Of[FileMove](*e)
	case KindFileRemove:
		return Of[FileRemove](*e)
	case KindRunStart:
		return Of[RunStart](*e)
	case KindScriptStart:
		return Of[ScriptStart](*e)
	case KindScriptOutput:
		return Of[ScriptOutput](*e)
	case KindScriptExit:
		return Of[ScriptExit](*e)
	case KindRunEnd:
		return Of[RunEnd](*e)
	case KindChatMessage:
		return Of[ChatMessage](*e)
	case KindChatRead:
		return Of[ChatRead](*e)
	case KindRebootRequest:
		return Of[RebootRequest](*e)
	case KindRebootRefuse:
		return Of[RebootRefuse](*e)
	case KindRebootReturn:
		return Of[RebootReturn](*e)
	case KindLogonStart:
		return Of[LogonStart](*e)
	case KindLogonRefuse:
		return Of[LogonRefuse](*e)
	case KindLogonEnd:
		return Of[LogonEnd](*e)
	case KindWordsExchange:
		return Of[WordsExchange](*e)
	case KindWordsVerdict:
		return Of[WordsVerdict](*e)
	case KindProblem:
		return Of[ProblemReport](*e)
	}
	return nil
}

// EndKind is the kind of the event that ends what one of this kind begins; "" where
// nothing has to end.
func EndKind(kind string) string {
	switch kind {
	case KindConnOpen:
		return KindConnClose
	case KindRunStart:
		return KindRunEnd
	case KindScriptStart:
		return KindScriptExit
	case KindLogonStart:
		return KindLogonEnd
	}
	return ""
}

// IsEnd reports whether events of a kind end what others have begun.
func IsEnd(kind string) bool {
	return kind == KindConnClose || kind == KindRunEnd || kind == KindScriptExit || kind == KindLogonEnd
}

// MarkOf is the mark of an event; the zero one where it has none.
func MarkOf(e Event) Mark { return Of[marked](e).Mark }

// EndOf is the payload that ends what an event began and whose end nobody saw: it
// says why. Nil where nothing has to end.
func EndOf(start Event, why Cause) Payload {
	because := why.Of("")
	cut := Cut{Aborted: true, Reason: because.English()}
	switch start.Kind {
	case KindConnOpen:
		begun := Of[ConnectionOpen](start)
		return ConnectionClose{Mark: begun.Mark, Who: begun.Who, Because: because, Cut: cut}
	case KindRunStart:
		begun := Of[RunStart](start)
		return RunEnd{Mark: begun.Mark, Run: begun.Run, Cut: cut}
	case KindScriptStart:
		return ScriptExit{Step: Of[ScriptStart](start).Step, Cut: cut}
	case KindLogonStart:
		begun := Of[LogonStart](start)
		return LogonEnd{Mark: begun.Mark, User: begun.User, UID: begun.UID, Because: because, Cut: cut}
	}
	return nil
}

// marked is any payload that has a [Mark].
type marked struct{ Mark }

func (marked) Kind() string { return "" }

// escaped is data as it is hashed: see [Event.Harmless].
func escaped(raw []byte) []byte { return []byte(text.EscapeJSON(string(raw))) }
