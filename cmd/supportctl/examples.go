package main

import "supportd/library/cmdline"

// examples show how each command is used.
func examples() cmdline.Examples {
	return cmdline.Examples{
		"login":           "login alice@relay.example.net --identity ~/.ssh/id_ed25519",
		"logout":          "logout",
		"whoami":          "whoami",
		"ca init":         "ca init csr-ca",
		"ca revoke":       "ca revoke revocations --ca csr-ca --key alice.pub",
		"ca sign":         "ca sign alice.pub --ca csr-ca --account alice --name 'Alice Kim' --for 12h",
		"session start":   "session start --ticket 2024-117 --link",
		"session list":    "session list --ended",
		"session show":    "session show 482 913 077",
		"session end":     "session end 482 913 077 --reason 'The printer works again.'",
		"session note":    "session note 482 913 077 'printer on the second floor'",
		"session watch":   "session watch",
		"report list":     "report list --since 7d --script restart-printer",
		"report show":     "report show 482 913 077",
		"report export":   "report export --since 2026-03-01 -o jsonl",
		"report verify":   "report verify 482 913 077",
		"sysinfo":         "sysinfo 482 913 077 memory disks",
		"script list":     "script list --sort runs --reverse",
		"script show":     "script show restart-printer",
		"script add":      "script add restart-printer --category Printers --file restart.sh --description 'starts the queue again' --publish",
		"script edit":     "script edit restart-printer --file restart.sh",
		"script sign":     "script sign restart-printer",
		"script forget":   "script forget restart-printer",
		"script remove":   "script remove restart-printer",
		"script run":      "script run restart-printer test-page --session 482913077",
		"script attach":   "script attach 482 913 077",
		"category list":   "category list",
		"category add":    "category add Printers",
		"category remove": "category remove Printers",
		"chat":            "chat 482 913 077 'Good morning, this is Alice.'",
		"logon-as":        "logon-as 482 913 077 admin",
		"logoff":          "logoff 482 913 077",
		"reboot":          "reboot 482 913 077 --delay 2m --wait",
		"words":           "words 482 913 077",
		"ui":              "ui",
		"ssh config":      "ssh config --install",
		"ssh known-hosts": "ssh known-hosts",
		"ssh host-key":    "ssh host-key HOSTNAME 482913077.support ssh-ed25519-cert-v01@openssh.com AAAA…",
		"connect":         "connect relay.example.net",
		"completion":      "completion bash",
	}
}
