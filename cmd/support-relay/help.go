package main

import (
	"fmt"
	"strings"

	"supportd/library/cmdline"
	"supportd/relay"
)

// guide is what the program tells about itself beyond its commands.
func guide() cmdline.Guide {
	return cmdline.Guide{
		About: "A relay is the public SSH server through which support reps reach the computers of their customers. It passes encrypted bytes on and keeps accounts, the script library and the reports. The same program manages accounts and categories on the relay's machine, beside a running relay too.",
		Topics: map[string]string{
			"exit-codes": `support-relay ends with one of these exit codes:

    0  ok
    1  failed
    2  wrong usage, or a configuration that cannot be used; the message names the line and the key
  130  interrupted
`,
			"log":      logTopic(),
			"host-key": hostKeyTopic(),
			"ca-key":   caKeyTopic(),
			"signals": `A running relay takes these signals:

  SIGTERM, SIGINT  no new connections; support reps are told, computers come back by themselves; then it ends.
                   A second one ends it at once
  SIGHUP           reads the file of --config again. A mistake in it changes nothing and stands in the log. log, names,
                   web_address, organisation, contact and programs change at once; the log names what needs a restart
`,
		},
		SeeAlso: "supportctl(1), sshd(8), ssh(1)",
	}
}

// logTopic is what the manual says about the log.
func logTopic() string {
	var b strings.Builder
	b.WriteString("The log goes to standard error, as text or JSON (log_format). time, level and msg are in each line. A support\n" +
		"session is called by its ID, never by its number; \"session show ID\" tells the number. Nobody waits for the log: lines\n" +
		"that cannot be written are counted and told of. These events have the level SECURITY, whatever log says, and the\n" +
		"fields event and, right behind it, from: an address, or local for whoever uses support-relay itself.\n\n")
	for _, e := range relay.Events() {
		fmt.Fprintf(&b, "  %-18s %s\n", e.Event, e.Fields)
	}
	return b.String()
}

// examples show how each command is used.
func examples() cmdline.Examples {
	all := cmdline.Examples{
		"serve":            "serve --data /var/lib/support-relay --web :443 --names relay.example.net",
		"fingerprint":      "fingerprint --data /var/lib/support-relay",
		"host-key show":    "host-key show --data /var/lib/support-relay",
		"host-key new":     "host-key new --data /var/lib/support-relay",
		"host-key drop":    "host-key drop --data /var/lib/support-relay",
		"host-key switch":  "host-key switch --data /var/lib/support-relay",
		"ca-key show":      "ca-key show --data /var/lib/support-relay",
		"ca-key new":       "ca-key new --data /var/lib/support-relay",
		"ca-key drop":      "ca-key drop --data /var/lib/support-relay",
		"ca-key switch":    "ca-key switch --data /var/lib/support-relay",
		"status":           "status --data /var/lib/support-relay",
		"revocations show": "revocations show --config /etc/support-relay/relay.toml",
		"revocations set":  "revocations set revocations --config /etc/support-relay/relay.toml",
		"unlock":           "unlock 192.0.2.17 --data /var/lib/support-relay",
		"imprint":          "imprint support-agent.exe --relay relay.example.net --relay-key SHA256:LPzPZHIXg2Lk/dxiYUQHhE3M0vLdXJLbWnvmxGvi1yY --out support.exe",
		"prune":            "prune --older-than 90d --dry-run --data /var/lib/support-relay",
		"backup":           "backup --to /srv/backups --keep 14 --data /var/lib/support-relay",
		"check":            "check --config /etc/support-relay/relay.toml",
		"migrate":          "migrate --to /etc/support-relay/relay.toml --data /var/lib/support-relay",
		"restore":          "restore relay.tar.gz --data /var/lib/support-relay",
	}
	for path, example := range relay.AdminExamples() {
		all[path] = example + " --data /var/lib/support-relay"
	}
	all["csr add"] = "csr add alice --name 'Alice Kim' --key alice.pub --data /var/lib/support-relay"
	all["csr key-add"] = "csr key-add alice --key alice-laptop.pub --data /var/lib/support-relay"
	return all
}
