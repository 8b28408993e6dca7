// Package wire is what the three programs agree on: the names and payloads of
// the SSH extensions (RFC 4250 section 4.6.1: name@domain), and session numbers. The
// relay, the daemon and the CSR's client import it, and never each other. Events are
// those of library/journal.
//
// Payloads are encoded as RFC 4251 section 5 says, through [ssh.Marshal]. What a
// Parse function accepts encodes again to the same bytes.
package wire

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// ProtocolVersion is the version of everything in this package. It changes when
// two programs of different versions would misunderstand each other.
const ProtocolVersion = 1

// HostSuffix may stand behind a session number where a host name is expected,
// so that a CSR's ssh_config can match "*.support".
const HostSuffix = ".support"

// Channel requests of a CSR on a session channel of the daemon, want-reply. The
// gate asks as it does for the verbs of the same names; the answer is a yes only
// when it has happened.
const (
	RebootRequest = "reboot@supportd"   // payload [Reboot]
	LogonRequest  = "logon-as@supportd" // payload [Logon]
	LogoffRequest = "logoff@supportd"   // no payload
)

// Global requests, channel types and channel requests.
const (
	// Daemon to relay, want-reply; answered with a [Welcome].
	JoinRequest   = "join@supportd"
	ResumeRequest = "resume@supportd"
	// Relay to daemon, want-reply: who may enter; payload [Authorize].
	AuthorizeRequest = "authorize@supportd"
	// Relay to daemon, want-reply: what the CSR CA has revoked, as [Revocations] of
	// library/csrca has it in a file; before the first [AuthorizeRequest], and when there is
	// a newer one. A yes is that it counts from now on, or that none does here.
	RevokeRequest = "revoke@supportd"
	// Relay to daemon, want-reply: the support session has ended; payload [End].
	// Daemon to relay, want-reply: the customer ends it.
	EndRequest = "end@supportd"
	// Daemon to relay, want-reply: why the computer will be lost in a moment, so
	// that CSRs see more than a loss; payload [Away].
	AwayRequest = "away@supportd"
	// Daemon to relay, a channel without a payload: the journal. The relay writes
	// a line with the sequence number up to which it has committed, at once and
	// after every commit, and [JournalSealed] when it has committed the seal. The
	// daemon writes the events that follow, as Event.Line of library/journal makes them, and at the
	// end of the support session Seal.Line. The channel's window is what bounds
	// the bytes under way: the relay reads on when it has committed.
	JournalChannel = "journal@supportd"
	// Daemon to relay, want-reply, no payload, once it is in and now and then: within what
	// time to come back when the relay has gone; answered with a [Return]. Older relays
	// say no.
	ReturnRequest = "return@supportd"
	// Daemon to relay, no reply, no payload, before a join or a resume: it reads in a
	// [Welcome] what a relay of a group adds. The relay leaves that out for others: older
	// programs take no Welcome with more than they know. Older relays do nothing.
	GroupRequest = "group@supportd"
	// Either way, want-reply: are you there?
	KeepaliveRequest = "keepalive@openssh.com"

	// RFC 4254 section 7.
	ForwardRequest   = "tcpip-forward"
	CancelForward    = "cancel-tcpip-forward"
	ForwardedChannel = "forwarded-tcpip"
	DirectChannel    = "direct-tcpip"

	// TunnelPort is the only port that exists behind a session number.
	TunnelPort = 22
)

// JournalSealed is the relay's last line on a [JournalChannel].
const JournalSealed = "sealed"

// Limits on fields that come from the other side, in bytes. They are generous
// for people and small for a database.
const (
	MaxName    = 256   // names of customers, hosts, operating systems, CSRs
	MaxReason  = 1024  // reasons and notes
	MaxEntries = 32    // CSRs with access to one support session
	MaxPayload = 65536 // any payload of this package
	// MaxConnections bounds the connections of CSRs to one computer that are open at
	// once. The relay counts them and so does the computer.
	MaxConnections = 64
	// MaxRelays bounds the addresses of a group that a relay tells of, see [IsRelay].
	MaxRelays = 16
)

// Code says how the relay took a join, a resume or an authorisation. Zero is
// not a yes: a message that was never filled in must not let anyone in.
type Code uint32

// The codes. Their texts for customers are the daemon's business.
const (
	CodeNone    Code = iota // nothing was said
	CodeOK                  // welcome
	CodeUnknown             // no support session waits for this number
	CodeExpired             // it was not used in time
	CodeUsed                // a computer has joined with it already
	CodeEnded               // the support session is over
	CodeLimited             // too many wrong numbers came from this address; see Welcome.Wait
	CodeVersion             // one of the programs is too old
	CodeBusy                // the relay cannot take it now; try again later
)

// Join is the payload of [JoinRequest].
type Join struct {
	Version uint32 // ProtocolVersion
	Number  string // canonical, 9 digits
	Name    string // what the customer calls themselves, may be empty
	Host    string // host name of the computer
	OS      string // e.g. "Debian GNU/Linux 12 (bookworm)"
	Program string // program version, for the log
}

// Resume is the payload of [ResumeRequest]: after any loss the identity key that
// authenticated the connection is the whole credential.
type Resume struct {
	Version uint32
	Host    string
	OS      string
	Program string
}

// End is the payload of [EndRequest].
type End struct {
	By     string // who ended it: an account, "customer", or "relay"
	Reason string
}

// Return answers a [ReturnRequest]: each computer comes back at a random moment within so
// many milliseconds, so that those of a relay with thousands do not come at once.
type Return struct{ Within uint32 }

// Marshal encodes the message.
func (m Return) Marshal() []byte { return ssh.Marshal(m) }

// ParseReturn decodes what [Return.Marshal] made.
func ParseReturn(data []byte) (m Return, err error) {
	err = parse(data, &m, "return")
	return m, err
}

// AwayRebooting is the reason of an [Away] before a restart.
const AwayRebooting = "rebooting"

// Away is the payload of [AwayRequest]. An empty reason takes an earlier one back.
type Away struct{ Reason string }

// Reboot is the payload of [RebootRequest]. Delay is in seconds.
type Reboot struct {
	Delay  uint32
	Reason string
}

// Logon is the payload of [LogonRequest]. The password follows as the channel's
// data, up to a line end, when the daemon has written the prompt for it: by then
// the customer has agreed.
type Logon struct{ User string }

// Entry is a CSR who may enter a support session, with one public key.
type Entry struct {
	Account string
	Name    string
	Key     []byte // RFC 4253 section 6.6 blob
}

// Authorize is the payload of [AuthorizeRequest]: the complete list of who may
// enter from now on. A connection of anyone else has to be closed.
type Authorize struct{ Entries []Entry }

// ErrPayload is wrapped by every error of the Parse functions.
var ErrPayload = errors.New("malformed payload")

func parse(data []byte, into any, what string) error {
	if len(data) > MaxPayload {
		return fmt.Errorf("%w: %s of %d bytes", ErrPayload, what, len(data))
	}
	if err := ssh.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrPayload, what, err)
	}
	return nil
}

func within(what string, max int, fields ...string) error {
	for _, f := range fields {
		if len(f) > max {
			return fmt.Errorf("%w: %s: a field of %d bytes, at most %d are allowed", ErrPayload, what, len(f), max)
		}
	}
	return nil
}

// Marshal encodes the message.
func (m Join) Marshal() []byte { return ssh.Marshal(m) }

// ParseJoin decodes what [Join.Marshal] made.
func ParseJoin(data []byte) (m Join, err error) {
	if err := parse(data, &m, "join"); err != nil {
		return Join{}, err
	}
	return m, within("join", MaxName, m.Number, m.Name, m.Host, m.OS, m.Program)
}

// Marshal encodes the message.
func (m Resume) Marshal() []byte { return ssh.Marshal(m) }

// ParseResume decodes what [Resume.Marshal] made.
func ParseResume(data []byte) (m Resume, err error) {
	if err := parse(data, &m, "resume"); err != nil {
		return Resume{}, err
	}
	return m, within("resume", MaxName, m.Host, m.OS, m.Program)
}

// Marshal encodes the message.
func (m End) Marshal() []byte { return ssh.Marshal(m) }

// ParseEnd decodes what [End.Marshal] made.
func ParseEnd(data []byte) (m End, err error) {
	if err := parse(data, &m, "end"); err != nil {
		return End{}, err
	}
	return m, within("end", MaxReason, m.By, m.Reason)
}

// Marshal encodes the message.
func (m Away) Marshal() []byte { return ssh.Marshal(m) }

// ParseAway decodes what [Away.Marshal] made.
func ParseAway(data []byte) (m Away, err error) {
	if err := parse(data, &m, "away"); err != nil {
		return Away{}, err
	}
	return m, within("away", MaxName, m.Reason)
}

// Marshal encodes the payload.
func (m Reboot) Marshal() []byte { return ssh.Marshal(m) }

// ParseReboot decodes what [Reboot.Marshal] made.
func ParseReboot(data []byte) (m Reboot, err error) {
	if err := parse(data, &m, "reboot"); err != nil {
		return Reboot{}, err
	}
	return m, within("reboot", MaxReason, m.Reason)
}

// Marshal encodes the payload.
func (m Logon) Marshal() []byte { return ssh.Marshal(m) }

// ParseLogon decodes what [Logon.Marshal] made.
func ParseLogon(data []byte) (m Logon, err error) {
	if err := parse(data, &m, "logon"); err != nil {
		return Logon{}, err
	}
	return m, within("logon", MaxName, m.User)
}

// Marshal encodes the message: the entries one after the other.
func (m Authorize) Marshal() []byte {
	var data []byte
	for _, e := range m.Entries {
		data = append(data, ssh.Marshal(e)...)
	}
	return data
}

// ParseAuthorize decodes what [Authorize.Marshal] made.
func ParseAuthorize(data []byte) (m Authorize, err error) {
	if len(data) > MaxPayload {
		return m, fmt.Errorf("%w: authorize of %d bytes", ErrPayload, len(data))
	}
	for len(data) > 0 {
		var e struct {
			Account, Name string
			Key           []byte
			Rest          []byte `ssh:"rest"`
		}
		if err := parse(data, &e, "authorize"); err != nil {
			return Authorize{}, err
		}
		if err := within("authorize", MaxName, e.Account, e.Name); err != nil {
			return Authorize{}, err
		}
		if len(m.Entries) == MaxEntries {
			return Authorize{}, fmt.Errorf("%w: authorize: more than %d entries", ErrPayload, MaxEntries)
		}
		m.Entries = append(m.Entries, Entry{e.Account, e.Name, e.Key})
		data = e.Rest
	}
	return m, nil
}

// ChannelTarget is the payload with which direct-tcpip and forwarded-tcpip
// channels are opened (RFC 4254 section 7.2).
type ChannelTarget struct {
	Host       string
	Port       uint32
	OriginHost string
	OriginPort uint32
}

// Marshal encodes the payload.
func (m ChannelTarget) Marshal() []byte { return ssh.Marshal(m) }

// ParseChannelTarget decodes what [ChannelTarget.Marshal] made.
func ParseChannelTarget(data []byte) (m ChannelTarget, err error) {
	if err := parse(data, &m, "channel target"); err != nil {
		return ChannelTarget{}, err
	}
	return m, within("channel target", MaxReason, m.Host, m.OriginHost)
}

// Forward is the payload of [ForwardRequest] and [CancelForward] (RFC 4254
// section 7.1).
type Forward struct {
	Host string
	Port uint32
}

// Marshal encodes the payload.
func (m Forward) Marshal() []byte { return ssh.Marshal(m) }

// ParseForward decodes what [Forward.Marshal] made.
func ParseForward(data []byte) (m Forward, err error) {
	if err := parse(data, &m, "forward"); err != nil {
		return Forward{}, err
	}
	return m, within("forward", MaxReason, m.Host)
}

// ClockSkew is how far a clock may differ from the relay's before people are told.
const ClockSkew = 5 * time.Minute
