package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode"

	shellquote "github.com/kballard/go-shellquote"
	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
)

// Files that ssh reads, beside the profile.
const (
	knownHostsFile = "known_hosts"
	configFile     = "ssh_config"
	keyFile        = "key.pub"
)

func (p *program) sshCommand() *cli.Command {
	install := &cli.BoolFlag{Name: "install", Usage: "make ~/.ssh/config include it; logout takes it out again"}
	return &cli.Command{
		Name: "ssh", Usage: "what ssh and sftp need to reach customers' computers",
		Subcommands: []*cli.Command{
			{
				Name: "config", Usage: "the ssh_config for NUMBER.support", Flags: []cli.Flag{install},
				Action: func(c *cli.Context) error {
					pr, err := p.loadProfile()
					if err != nil {
						return err
					}
					if c.Bool("install") {
						return p.installSSHConfig(pr)
					}
					_, err = fmt.Fprint(p.std.Out, p.sshConfig(pr))
					return err
				},
			},
			p.hostKeyCommand(),
			{
				Name: "known-hosts", Usage: "the known_hosts lines of relay and computers",
				Action: func(*cli.Context) error {
					pr, err := p.loadProfile()
					if err != nil {
						return err
					}
					_, err = fmt.Fprint(p.std.Out, pr.knownHosts())
					return err
				},
			},
		},
	}
}

// knownHosts names the relay by its key, and every computer by who vouches for it.
// The key does not depend on the way, so each name under which ssh may look stands
// there, port 22 included, where ssh is given none.
func (pr profile) knownHosts() string {
	host, port := pr.address.Host, sshPort(pr.address)
	names := []string{knownhosts.Normalize(net.JoinHostPort(host, port))}
	switch {
	case pr.address.Web:
		names = append(names, knownhosts.Normalize(host))
	case manyWays(pr.address):
		names = append(names, knownhosts.Normalize(net.JoinHostPort(host, "443")), knownhosts.Normalize(host))
	}
	lines := ""
	for _, key := range append([]ssh.PublicKey{pr.hostKey}, pr.others...) {
		lines += knownhosts.Line(names, key) + "\n"
	}
	for _, ca := range pr.authorities {
		lines += "@cert-authority *.support " + formatKey(ca) + "\n"
	}
	return lines
}

// sshPort is the port under which ssh looks the relay up in known_hosts.
func sshPort(a reach.Address) string {
	switch {
	case a.Port != "":
		return a.Port
	case a.Web:
		return "443"
	}
	return wire.DefaultPort
}

// sshConfig makes the relay "supportd-relay" and a computer NUMBER.support.
func (p *program) sshConfig(pr profile) string {
	key := pr.KeyFile
	if key == "" {
		key = p.path(keyFile)
	}
	proxy := ""
	if manyWays(pr.address) {
		proxy = "    ProxyCommand " + proxyCommand(runtime.GOOS, p.self, pr.address) + "\n"
	}
	asks := p.hostKeyLine()
	return fmt.Sprintf(`# Written by supportctl; supportctl logout removes it.
Host supportd-relay
    HostName %s
    Port %s
%sHost *.support
    ProxyJump supportd-relay
%sHost supportd-relay *.support
    User %s
    IdentityFile %s
    CertificateFile %s
    IdentitiesOnly yes
    StrictHostKeyChecking yes
    UserKnownHostsFile %s
    GlobalKnownHostsFile none
    ForwardAgent no
%s`, withoutTokens(pr.address.Host), sshPort(pr.address), proxy, asks, pr.Account, sshPath(key), sshPath(pr.certificateFile(p)), sshPath(p.path(knownHostsFile)), sharing(runtime.GOOS, p.path("")))
}

// maxSocket is the longest path of a socket on the systems we know, macOS's, in bytes.
const maxSocket = 103

// sharing lets commands that follow each other share a connection, so that only the
// first one waits for the key exchanges: those of a minute, which is a support rep at
// work. It is "" where ssh cannot do that, on Windows, and where it would end with an
// error: ssh makes a socket in dir, whose name has 40 digits and, at first, 17 letters
// more, and replaces ${NAME}.
func sharing(goos, dir string) string {
	name := filepath.ToSlash(filepath.Join(dir, "ssh-"))
	if goos == "windows" || len(name)+40+17 > maxSocket || strings.Contains(name, "${") {
		return ""
	}
	return fmt.Sprintf(`    ControlMaster auto
    ControlPersist 60
    ControlPath "%s%%C"
`, withoutTokens(name))
}

// proxyCommand starts this program from ssh, which gives the line to the user's
// shell, on Windows to CreateProcess or, Git's ssh, to its own sh. Both of the
// latter take slashes, and quotes only where they are needed: older ssh.exe find no
// program in quotes. A path that no line can hold is looked for by its name.
func proxyCommand(goos, self string, a reach.Address) string {
	if self == "" || strings.ContainsFunc(self, unicode.IsControl) {
		self = "supportctl"
	}
	address := a.String()
	if goos != "windows" {
		address = shellquote.Join(address)
	}
	return withoutTokens(pathWord(goos, self) + " connect " + address)
}

// pathWord is a path as one word of a command line. On Windows it has slashes, which
// every shell there takes, and quotes only where they are needed.
func pathWord(goos, path string) string {
	if goos != "windows" {
		return shellquote.Join(path)
	}
	path = strings.ReplaceAll(path, `\`, "/")
	if strings.Trim(strings.ToLower(path), "abcdefghijklmnopqrstuvwxyz0123456789:/._-") != "" {
		path = `"` + path + `"`
	}
	return path
}

// withoutTokens keeps ssh from replacing parts of a value (ssh_config(5), TOKENS).
func withoutTokens(value string) string { return strings.ReplaceAll(value, "%", "%%") }

// sshPath writes a path as ssh_config(5) reads it: quoted, with slashes, and
// without tokens.
func sshPath(path string) string {
	return `"` + withoutTokens(filepath.ToSlash(path)) + `"`
}

// writeSSHFiles keeps what ssh reads up to date with the login.
func (p *program) writeSSHFiles(pr profile) error {
	for name, text := range map[string]string{
		knownHostsFile: pr.knownHosts(),
		configFile:     p.sshConfig(pr),
		keyFile:        string(ssh.MarshalAuthorizedKey(pr.key)),
	} {
		if err := writeFile(p.path(name), []byte(text), 0o600, true); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) includeLine() string {
	return `Include "` + filepath.ToSlash(p.path(configFile)) + `"`
}

// userConfig is the person's own ssh_config, and its text; a link is followed,
// so that the file behind it is what is changed.
func (p *program) userConfig() (path, text string, err error) {
	path = filepath.Join(p.home, ".ssh", "config")
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	data, err := disk.Read(path, maxOwn)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return path, string(data), err
}

func (p *program) installSSHConfig(pr profile) error {
	if err := p.writeSSHFiles(pr); err != nil {
		return err
	}
	path, own, err := p.userConfig()
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Split(strings.ReplaceAll(own, "\r", ""), "\n"), p.includeLine()) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		// At the top: further down it would belong to the last Host line.
		if err := writeFile(path, []byte(p.includeLine()+"\n"+own), 0o600, true); err != nil {
			return err
		}
	}
	where := ""
	if other := p.otherConfig(); other != "" {
		where = "-F " + pathWord(runtime.GOOS, path) + " "
		cmdline.ReportIn(p.std.Err, p.std.Speaker, "supportctl", cmdline.Fail(cmdline.ExitFailed, "", "ssh does not look there: for this user it reads %s, whatever HOME says", other).
			WithHint("put this line at the top of %s, or call ssh as below\n    %s", text.Escape(other), text.Escape(p.includeLine())))
	}
	_, err = fmt.Fprintln(p.std.Out, p.say("%[1]s includes %[2]s\nnow: ssh %[3]sNUMBER.support, sftp %[3]sNUMBER.support, ssh %[3]ssupportd-relay help",
		text.Escape(path), text.Escape(p.path(configFile)), text.Escape(where)))
	return err
}

// otherConfig is the file that ssh reads where that is not the one below HOME, as
// with sudo and in containers: ssh takes the home directory of the list of users
// (ssh_config(5), FILES). What lies there is not ours to change, since somebody
// has set HOME for a reason.
func (p *program) otherConfig() string {
	if p.sshHome == "" || filepath.Clean(p.sshHome) == filepath.Clean(p.home) {
		return ""
	}
	if a, err := os.Stat(p.sshHome); err == nil {
		if b, err := os.Stat(p.home); err == nil && os.SameFile(a, b) {
			return ""
		}
	}
	return filepath.Join(p.sshHome, ".ssh", "config")
}

// sshConfigInstalled reports whether ssh reads what login writes; logout ends that.
func (p *program) sshConfigInstalled() bool {
	_, text, err := p.userConfig()
	return err == nil && slices.ContainsFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimRight(l, "\r") == p.includeLine() })
}

func (p *program) uninstallSSHConfig() error {
	path, text, err := p.userConfig()
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(text, "\n")
	kept := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.TrimRight(l, "\r\n") == p.includeLine() })
	if len(kept) == len(lines) {
		return nil
	}
	return writeFile(path, []byte(strings.Join(kept, "")), 0o600, true)
}
