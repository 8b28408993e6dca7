package relay

import (
	"strings"

	"supportd/library/sshd"
	"supportd/library/wire"
)

// sshOptions describes the SSH server: everything that anybody can ask of a relay.
func (r *Relay) sshOptions() sshd.Options {
	commands := sshd.Sessions{
		Program: "relay", Exec: r.handleExec, Shell: r.handleExec, Subsystems: map[string]sshd.SessionHandler{"sftp": r.handleSFTP},
	}
	return sshd.Options{
		HostKeys:     r.data.signers,
		Authenticate: r.authenticate,
		Certificates: true,
		Opened:       r.connOpened,
		Closed:       r.connClosed,
		Refused:      r.refused,
		Crowd:        isComputer,
		Channels: map[string]sshd.ChannelHandler{
			"session":          r.forCSRs(commands.Handle),
			wire.DirectChannel: r.forCSRs(r.handleDirect),
			// Anybody's key is a computer's; what it may bring is decided there.
			wire.JournalChannel: r.handleJournal,
		},
		Requests: map[string]sshd.RequestHandler{
			wire.JoinRequest:    r.counted(r.handleJoin),
			wire.ResumeRequest:  r.counted(r.handleResume),
			wire.EndRequest:     r.handleEnd,
			wire.AwayRequest:    r.handleAway,
			wire.ReturnRequest:  r.handleReturn,
			wire.GroupRequest:   r.handleGroup,
			wire.ForwardRequest: r.handleForward,
			wire.CancelForward:  r.handleCancel,

			wire.RegisterRequest: r.handleRegister,
			wire.HostKeysProve:   r.handleProve,
		},
		Software: "supportd_relay",
		Log:      r.log,
	}
}

// isComputer reports whether a version line is that of a customer's computer.
func isComputer(version string) bool {
	return strings.HasPrefix(version, "SSH-2.0-"+wire.DaemonSoftware+" ")
}
