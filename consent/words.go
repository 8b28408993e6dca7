package consent

import (
	"fmt"
	"strings"
	"time"
)

// Language is a language that customers are spoken to in.
type Language string

// The languages of every text that a customer sees.
const (
	English Language = "en"
	Korean  Language = "ko"
)

// Languages lists them all.
func Languages() []Language { return []Language{English, Korean} }

// LanguageOf picks the language for a locale name such as "ko_KR.UTF-8" or
// "ko-KR"; English where we do not have it.
func LanguageOf(locale string) Language {
	if l := strings.ToLower(locale); l == "ko" || strings.HasPrefix(l, "ko_") || strings.HasPrefix(l, "ko-") || strings.HasPrefix(l, "ko.") {
		return Korean
	}
	return English
}

// Limits, in runes, for foreign text inside questions: a name longer than a
// line or a reason longer than a paragraph is there to hide something.
const (
	maxName   = 60
	maxReason = 200
)

// String names a CSR for people: display name and account, made harmless.
func (p Person) String() string {
	name, account := Plain(p.Name, maxName), Plain(p.Account, maxName)
	switch {
	case name == "" || name == account:
		return account
	case account == "":
		return name
	}
	return fmt.Sprintf("%s (%s)", name, account)
}

type phrase struct{ one, some string }

// resumed has the sentence for [CSRJoin] after a restart.
const resumed Kind = "csr-join after a restart"

// sentences holds who wants what, per kind; %s is the CSR.
func sentences(l Language) map[Kind]phrase {
	if l == Korean {
		return map[Kind]phrase{
			SysInfo: {one: "%s 상담원이 이 컴퓨터의 정보를 보려고 합니다."},
			Script:  {one: "%s 상담원이 이 컴퓨터에서 프로그램 1개를 실행하려고 합니다.", some: "%s 상담원이 이 컴퓨터에서 프로그램 %d개를 아래 순서대로 실행하려고 합니다."},
			LogonAs: {one: "%s 상담원이 아래 사용자로 이 컴퓨터를 사용하려고 합니다."},
			Reboot:  {one: "%s 상담원이 이 컴퓨터를 다시 시작하려고 합니다. 작업 중인 내용을 저장하세요. 다시 켜지면 자동으로 다시 연결됩니다."},
			CSRJoin: {one: "%s 상담원이 이 지원에 함께 참여하려고 합니다."},
			resumed: {one: "이 컴퓨터가 원격 지원 도중에 다시 시작되었습니다. %s 상담원이 지원을 계속하려고 합니다."},
		}
	}
	return map[Kind]phrase{
		SysInfo: {one: "%s wants to see information about this computer."},
		Script:  {one: "%s wants to run 1 program on this computer.", some: "%s wants to run %d programs on this computer, in this order."},
		LogonAs: {one: "%s wants to use this computer as the user named below."},
		Reboot:  {one: "%s wants to restart this computer. Save your work; support reconnects by itself."},
		CSRJoin: {one: "%s wants to join this support session."},
		resumed: {one: "This computer was restarted during remote support. %s wants to go on with it."},
	}
}

// Sentence says in one sentence who wants what.
func (q Question) Sentence(l Language) string {
	kind := q.Kind
	if kind == CSRJoin && q.Restarted {
		kind = resumed
	}
	p := sentences(l)[kind]
	switch {
	case p.one == "":
		return fmt.Sprintf("%s: %s", q.Who, Plain(string(q.Kind), maxName))
	case q.Kind == Script && len(q.Programs) != 1:
		return fmt.Sprintf(p.some, q.Who, len(q.Programs))
	}
	return fmt.Sprintf(p.one, q.Who)
}

// Details shows exactly what would happen, a line each: what is asked for, each
// file with its size in bytes and its SHA-256, and the CSR's own reason.
func (q Question) Details(l Language) []string {
	var lines []string
	add := func(en, ko, format string, args ...any) {
		label := en
		if l == Korean {
			label = ko
		}
		lines = append(lines, label+": "+fmt.Sprintf(format, args...))
	}
	if q.Kind == SysInfo {
		what := map[Language]string{English: "everything that is listed about it", Korean: "모든 항목"}[l]
		if len(q.Categories) > 0 {
			what = list(q.Categories)
		}
		add("What", "항목", "%s", what)
	}
	for i, p := range q.Programs {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, p.line(l)), "   "+p.sum())
		for _, f := range p.With {
			lines = append(lines, "   + "+f.line(l), "     "+f.sum())
		}
	}
	if q.Account != "" {
		add("User", "사용자", "%s", Plain(q.Account, maxName))
	}
	if q.As != "" {
		add("As user", "실행할 사용자", "%s", Plain(q.As, maxName))
	}
	if q.Delay > 0 {
		when := "in %s"
		if l == Korean {
			when = "%s 후"
		}
		add("When", "시각", when, Span(q.Delay, l))
	}
	if r := Plain(q.Reason, maxReason); r != "" {
		add("Reason given", "이유", "%s", r)
	}
	return lines
}

// Span says how long d is, to the second, in its two largest units.
func Span(d time.Duration, l Language) string {
	units := []struct {
		size   time.Duration
		en, ko string
	}{{24 * time.Hour, "day", "일"}, {time.Hour, "hour", "시간"}, {time.Minute, "minute", "분"}, {time.Second, "second", "초"}}
	d = d.Round(time.Second)
	var parts []string
	for _, u := range units {
		n := d / u.size
		d %= u.size
		switch {
		case n == 0 && len(parts) == 0 && u.size > time.Second, n == 0 && len(parts) > 0, len(parts) == 2:
		case l == Korean:
			parts = append(parts, fmt.Sprintf("%d%s", n, u.ko))
		case n == 1:
			parts = append(parts, "1 "+u.en)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, u.en))
		}
	}
	return strings.Join(parts, " ")
}

// list shows every name, however many there are: what a list leaves out, nobody
// has allowed.
func list(names []string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = Plain(name, maxName)
	}
	return strings.Join(shown, ", ")
}

func (f File) line(l Language) string {
	unit := " bytes"
	if l == Korean {
		unit = "바이트"
	}
	return fmt.Sprintf("%s (%d%s)", Plain(f.Name, maxReason), f.Size, unit)
}

func (f File) sum() string { return "SHA-256 " + Plain(f.SHA256, 64) }
