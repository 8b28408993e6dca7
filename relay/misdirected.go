package relay

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// misdirected answers what is meant for a computer, or for a server of another kind: a
// CSR forgets -J, and their programs send commands by themselves. It says what
// this is and what to type.
func (cmd *command) misdirected(app *cli.App, words []string) error {
	if app.Command(words[0]) != nil || strings.HasPrefix(words[0], "-") {
		return nil
	}
	name := text.Plain(words[0], 60)
	if n, err := wire.ParseHost(strings.Join(words, "")); err == nil {
		return cmdline.Usage("", "this is a relay for support sessions: a number is no command; a computer is reached through the relay").
			WithHint("%s", strings.Replace(cmd.through("ssh"), "NUMBER", n.Host(), 1))
	}
	if slices.Contains([]string{"sysinfo", "status", "run", "cancel", "chat", "reboot", "logon-as", "logoff", "journal"}, words[0]) {
		return cmdline.Usage("", "unknown command %q: this is a relay for support sessions; that is a command of a customer's computer, which is reached through the relay", name).
			WithHint("%s", cmd.through("ssh")+wire.HostSuffix+" "+name)
	}
	switch cmdline.HabitIn(app.Commands, words) {
	case cmdline.CopiesFiles:
		return cmd.noFiles()
	case cmdline.KeepsRepository:
		return cmdline.Usage("check the host and the port that git was given", "%q: this is a relay for support sessions, and keeps no repositories", name)
	case cmdline.InstallsKey:
		return cmdline.Usage("an admin adds a key: ssh RELAY csr key-add ACCOUNT <KEY.pub", "this is a relay for support sessions: keys cannot be installed by ssh-copy-id")
	case cmdline.WantsShell:
		return cmdline.Usage("", "unknown command %q: this is a relay for support sessions, and has no shell", name).
			WithHint("a customer's computer is reached through the relay: %s help; \"help\" alone lists what the relay does", cmd.through("ssh")+wire.HostSuffix)
	}
	return nil
}

// noFiles is for whoever copies files to the relay itself.
func (cmd *command) noFiles() error {
	sftp, scp := cmd.through("sftp")+wire.HostSuffix, strings.Replace(cmd.through("scp"), " NUMBER", " FILE NUMBER", 1)+wire.HostSuffix+":"
	hint := text.Later("go through it to a customer's computer: %s, or %s", sftp, scp)
	if sc := cmd.conn.SSH(); sc != nil && strings.Contains(string(sc.ClientVersion()), "PuTTY") {
		host, port := cmd.address()
		hint = text.Later("go through it to a customer's computer: %s",
			fmt.Sprintf("psftp -P 22 -proxycmd \"plink -P %s -nc %%host:%%port %s@%s\" %s@NUMBER%s", port, cmd.account.Name, host, cmd.account.Name, wire.HostSuffix))
	}
	return cmdline.Usage("", "this is a relay for support sessions: no files are kept here").WithHint("%s", hint)
}

// through begins a command line of OpenSSH's that reaches a computer.
func (cmd *command) through(program string) string {
	return fmt.Sprintf("%s -J %s@%s NUMBER", program, cmd.account.Name, net.JoinHostPort(cmd.address()))
}

// address is how plain ssh of this CSR reaches the relay, as far as we know. Where
// the relay's name has no port, it is the one at which this CSR came, unless that
// is known inside this network only, as behind a proxy of the relay's own.
func (cmd *command) address() (host, port string) {
	name := cmd.names()[0]
	if host, port, err := net.SplitHostPort(name); err == nil {
		return host, port
	}
	_, port, err := net.SplitHostPort(cmd.conn.LocalAddr().String())
	if err != nil || !slices.Contains(plainPorts(), port) {
		port = wire.DefaultPort
	}
	return strings.Trim(name, "[]"), port
}

// handleSFTP answers a file client that was sent here instead of to a computer.
func (r *Relay) handleSFTP(_ context.Context, s *sshd.Session) int {
	a, err := r.admit(s.Conn, actUse, nil)
	if err != nil {
		return cmdline.ExitAuth
	}
	cmd := &command{relay: r, conn: s.Conn, account: a}
	err = cmd.noFiles()
	cmdline.ReportIn(s.Stderr(), speaker(text.LanguageFrom(s.Getenv)), "relay", err)
	return cmdline.Code(err)
}
