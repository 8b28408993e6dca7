package main

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/library/text"
)

// trouble is why the relay is not reached, as far as a customer is told.
type trouble struct {
	problem notice.Problem
	relay   string
	who     string
	key     string   // the fingerprint that was seen
	tried   []string // ports
}

func troubleOf(e *link.RelayError) trouble {
	return trouble{e.Problem, e.Relay, e.Who, e.Key, e.Tried}
}

// text says what is wrong and what helps, the likeliest cause first. goesOn says that
// it is tried again without anybody's doing.
func (t trouble) text(l text.Language, goesOn bool) string {
	relay, who := text.Plain(t.relay, 100), text.Plain(t.who, 100)
	k := problemKey(t.problem)
	said := ""
	switch k {
	case problemOtherKey:
		said = phrase(l, k, relay, text.Plain(t.key, 60))
	case problemPortal:
		said = phrase(l, problemPortalUnnamed)
		if who != "" {
			said = phrase(l, k, who)
		}
		if goesOn {
			said += " " + phrase(l, portalGoesOn)
		}
	case problemBlocked:
		said = phrase(l, k, relay, t.ways(l))
	case problemProxy:
		said = phrase(l, k, who, relay)
	case problemProxySetting:
		said = phrase(l, k, cmp.Or(who, "HTTPS_PROXY"))
	case problemProxyPassword:
		said = phrase(l, k, who)
	case problemExpired, problemNotYet:
		said = phrase(l, k, relay, who, time.Now().UTC().Format(reach.TimeLayout))
	case problemUntrusted, problemSelfMade, problemOtherName:
		said = phrase(l, k, relay, cmp.Or(who, phrase(l, nobodyNamed)))
	default:
		said = phrase(l, k, relay)
	}
	if t.worthListing() {
		said += " " + phrase(l, problemTried, t.ways(l))
	}
	return said
}

// worthListing reports whether what was tried is still to be said, and says
// something.
func (t trouble) worthListing() bool {
	switch t.problem {
	case notice.ProblemBlocked, notice.ProblemPortal, notice.ProblemName, notice.ProblemUnreachable, notice.ProblemBusy, notice.ProblemDisk, notice.ProblemHostKey:
		return false
	}
	return len(t.tried) > 1
}

// ways are the ports that were tried, as "2222, 443 and https".
func (t trouble) ways(l text.Language) string {
	const most = 6
	list := t.tried
	if len(list) > most {
		list = append(append([]string{}, list[:most]...), "…")
	}
	s := text.Plain(strings.Join(list, ", "), 100)
	if n := len(list); n > 1 && n <= most {
		s = phrase(l, listLast, text.Plain(strings.Join(list[:n-1], ", "), 100), text.Plain(list[n-1], 20))
	}
	return s
}

// worthSaying reports whether the customer is to be told: the same thing once. Where the
// support session has stood already the address is right, and only what they can help
// with is said.
func (t talk) worthSaying(n notice.Retrying) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := problemKey(n.Problem)
	known := t.trouble == k
	t.trouble = k
	if !n.Lost && !t.away {
		return !known
	}
	t.away = true
	switch k {
	case problemUnreachable, problemName, problemNotSSH, problemDisk, problemOtherKey, problemPortal, problemBlocked, problemProxy, problemProxyPassword,
		problemProxySetting, problemUntrusted, problemSelfMade, problemExpired, problemNotYet, problemOtherName, problemNoTLS:
		return !known
	}
	return false
}

func problemKey(p notice.Problem) key {
	switch p {
	case notice.ProblemName:
		return problemName
	case notice.ProblemRefused:
		return problemRefused
	case notice.ProblemUnreachable:
		return problemUnreachable
	case notice.ProblemTimeout:
		return problemTimeout
	case notice.ProblemNotSSH:
		return problemNotSSH
	case notice.ProblemBusy:
		return problemBusy
	case notice.ProblemDisk:
		return problemDisk
	case notice.ProblemHostKey:
		return problemOtherKey
	case notice.ProblemPortal:
		return problemPortal
	case notice.ProblemBlocked:
		return problemBlocked
	case notice.ProblemProxy:
		return problemProxy
	case notice.ProblemProxyPassword:
		return problemProxyPassword
	case notice.ProblemProxySetting:
		return problemProxySetting
	case notice.ProblemUntrusted:
		return problemUntrusted
	case notice.ProblemSelfMade:
		return problemSelfMade
	case notice.ProblemExpired:
		return problemExpired
	case notice.ProblemNotYet:
		return problemNotYet
	case notice.ProblemOtherName:
		return problemOtherName
	case notice.ProblemNoTLS:
		return problemNoTLS
	}
	return problemBroken
}

// unreached is the error where the program ends because it did not reach the relay.
func (p *program) unreached(e *link.RelayError) error {
	if e.Problem == notice.ProblemHostKey {
		relay := text.Plain(e.Relay, 100)
		if p.imprint.has { // nothing was typed
			return p.fail(cmdline.ExitAuth, imprintOtherHint, imprintOther, relay, e.Key)
		}
		for _, meant := range e.Meant {
			if groups, ok := p.mistyped(meant, e.Key, relay); ok {
				return p.fail(cmdline.ExitAuth, keyMistypedHint, keyMistyped, groups)
			}
		}
		return p.fail(cmdline.ExitAuth, keyWrongHint, keyWrong, relay, e.Key)
	}
	hint := ""
	if e.Problem == notice.ProblemPortal {
		hint = phrase(p.lang, portalHint)
	}
	return cmdline.Fail(cmdline.ExitUnreachable, hint, "%s", troubleOf(e).text(p.lang, false))
}

// explainUnknown is [program.explain] for a relay whose key is not known yet: somebody
// who looks into the connection could show one of their own.
func (p *program) explainUnknown(err error) error {
	var failed *link.RelayError
	if errors.As(err, &failed) {
		switch failed.Problem {
		case notice.ProblemUntrusted, notice.ProblemSelfMade, notice.ProblemExpired, notice.ProblemNotYet:
			return cmdline.Fail(cmdline.ExitAuth, phrase(p.lang, keyMissingHint), "%s", troubleOf(failed).text(p.lang, false))
		}
	}
	return p.explain(err)
}
