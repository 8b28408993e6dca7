package relay

import (
	"maps"

	"supportd/library/cmdline"
)

// AdminExamples show how the commands of [Admin] are used, without flags of its own.
func AdminExamples() cmdline.Examples {
	return cmdline.Examples{
		"csr add":         "csr add alice --name 'Alice Kim'",
		"csr invite":      "csr invite alice --name 'Alice Kim'",
		"csr list":        "csr list --unused 90d",
		"csr show":        "csr show alice",
		"csr edit":        "csr edit alice --name 'Alice Kim'",
		"csr disable":     "csr disable alice",
		"csr enable":      "csr enable alice",
		"csr remove":      "csr remove alice",
		"csr key-add":     "csr key-add alice",
		"csr key-remove":  "csr key-remove alice SHA256:LPzPZHIXg2Lk/dxiYUQHhE3M0vLdXJLbWnvmxGvi1yY",
		"category add":    "category add Printers",
		"category list":   "category list",
		"category remove": "category remove Printers",
	}
}

// examples show how each command of a CSR is used. What is read from standard input
// stands there too, as a shell needs it.
func examples() cmdline.Examples {
	all := AdminExamples()
	all["csr add"] += " < alice.pub"
	all["csr key-add"] += " < alice-laptop.pub"
	maps.Copy(all, cmdline.Examples{
		"session start": "session start --ticket 2024-117",
		"session list":  "session list --ended",
		"session show":  "session show 482 913 077",
		"session end":   "session end 482 913 077 --reason The printer works again",
		"session watch": "session watch --json",
		"session note":  "session note 482 913 077 printer on the second floor",
		"script list":   "script list --sort runs --reverse",
		"script show":   "script show restart-printer",
		"script get":    "script get restart-printer > restart-printer.tar",
		"script add":    "script add restart-printer --category Printers < restart-printer.tar",
		"script edit":   "script edit restart-printer --publish",
		"script sign":   "script sign restart-printer --if-version 3 --signature TEXT",
		"script remove": "script remove restart-printer --yes",
		"report list":   "report list --since 7d --script restart-printer",
		"report show":   "report show 482 913 077",
		"report export": "report export --since 2026-03-01 -o jsonl > reports.jsonl",
		"report verify": "report verify 482 913 077",
		"whoami":        "whoami",
		"known-hosts":   "known-hosts > ~/.ssh/supportd",
	})
	return all
}
