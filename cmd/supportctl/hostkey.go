package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/wire"
	"supportd/library/words"
	"supportd/relay/client"
)

// askedByName is ssh's word for asking about the key that a host has shown under its name
// (ssh_config(5), TOKENS, %I).
const askedByName = "HOSTNAME"

// hostKeyLine has plain ssh ask this program about the keys of computers. Where ssh could
// not start it, there is none; an ssh that is too old for it takes no notice.
func (p *program) hostKeyLine() string {
	if runtime.GOOS == "windows" || !filepath.IsAbs(p.self) || strings.ContainsAny(p.self, "\"\n\r") {
		return ""
	}
	return "    IgnoreUnknown KnownHostsCommand\n    KnownHostsCommand " + sshPath(p.self) + " ssh host-key %I %H %t %K\n"
}

func (p *program) hostKeyCommand() *cli.Command {
	return &cli.Command{
		Name: "host-key", Usage: "what ssh asks about a computer's key, as its KnownHostsCommand; \"ssh config\" writes it", ArgsUsage: "REASON HOST TYPE KEY",
		Action: func(c *cli.Context) error { return p.judgeHostKey(c.Args().Slice()) },
	}
}

// judgeHostKey tells a CSR who uses plain ssh what to compare, computed from the two keys and
// nothing that the other side says, and revokes a key that is not the computer's. Who vouches
// for keys stands in known_hosts. With an error of ours ssh does not go on: a key that cannot
// be looked at may be one that is revoked.
func (p *program) judgeHostKey(args []string) error {
	if len(args) != 4 || args[0] != askedByName {
		return nil // ssh wants to know which kinds of keys there are
	}
	host, isComputer := strings.CutSuffix(args[1], wire.HostSuffix)
	n, err := wire.ParseNumber(host)
	if !isComputer || err != nil {
		return nil
	}
	blob, err := base64.StdEncoding.DecodeString(args[3])
	if err != nil {
		return err
	}
	shown, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return err
	}
	pr, err := p.loadProfile()
	if err != nil {
		return err
	}
	key := csrca.Plain(shown)
	verdict, err := client.KeptVerdict(p.path(wordsDir), n, key, pr.key)
	switch {
	case err != nil:
		return err
	case verdict == client.KeptOther:
		fmt.Fprintln(p.std.Err, p.say("session %s: this is not the computer whose safety words you have compared: somebody sits in between. ssh does not go on", n.Spoken()))
		_, err := fmt.Fprintf(p.std.Out, "@revoked %s %s\n", args[1], formatKey(key))
		return err
	case verdict == client.KeptSame || !isTerminal(p.std.Err) || p.toldOf(n, key):
		return nil
	}
	tell := func(said string) { fmt.Fprintln(p.std.Err, cmdline.Folded(p.problems(), said)) }
	digits := words.KeysOf(key, pr.key).Digits()
	if _, err := os.Stat(pr.certificateFile(p)); err == nil {
		tell(p.say("session %s: digits that the customer's screen shows, too: %s", n.Spoken(), digits))
		return nil
	}
	tell(p.say("session %s: nothing is compared yet: plain ssh is safe from the network, not from the relay. The customer's screen shows digits; all of these have to be the same: %s. Or compare words: supportctl words %s",
		n.Spoken(), digits, n))
	return nil
}

// toldOf reports whether a CSR was told of a computer's key already, and notes that they are
// now: ssh asks at every connection.
func (p *program) toldOf(n wire.Number, key ssh.PublicKey) bool {
	path, print := filepath.Join(p.path(wordsDir), string(n)+".told"), ssh.FingerprintSHA256(key)+"\n"
	if had, err := disk.Read(path, maxTold); err == nil && string(had) == print {
		return true
	}
	if err := disk.MkdirAll(p.path(wordsDir), 0o700); err == nil {
		_ = disk.Replace(path, []byte(print), 0o600) // else they are told once more
	}
	return false
}

// maxTold bounds what is read of such a file, in bytes.
const maxTold = 1 << 10
