package consent

import (
	"fmt"
	"slices"
	"strings"

	"supportd/library/text"
)

// Limits, in runes, for foreign text inside questions: a name longer than a
// line or a reason longer than a paragraph is there to hide something.
const (
	maxName   = 60
	maxReason = 200
)

// String names a CSR for people: display name and account, made harmless.
func (p Person) String() string {
	name, account := text.Plain(p.Name, maxName), text.Plain(p.Account, maxName)
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
func sentences(l text.Language) map[Kind]phrase {
	if l == text.Korean {
		return map[Kind]phrase{
			SysInfo: {one: "%s 상담원이 이 컴퓨터의 정보를 보려고 합니다."},
			Script:  {one: "%s 상담원이 이 컴퓨터에서 프로그램 1개를 실행하려고 합니다.", some: "%s 상담원이 이 컴퓨터에서 프로그램 %d개를 아래 순서대로 실행하려고 합니다."},
			LogonAs: {one: "%s 상담원이 아래 사용자로 이 컴퓨터를 사용하려고 합니다."},
			Reboot:  {one: "%s 상담원이 이 컴퓨터를 다시 시작하려고 합니다. 작업 중인 내용을 저장하세요. 다시 켜지면 자동으로 다시 연결됩니다."},
			CSRJoin: {one: "%s 상담원이 이 지원에 함께 참여하려고 합니다."},
			Words:   {one: "%s 상담원이 전화로 확인 단어 두 개를 읽어 드립니다. 아래에서 어느 것입니까?"},
			resumed: {one: "이 컴퓨터가 원격 지원 도중에 다시 시작되었습니다. %s 상담원이 지원을 계속하려고 합니다."},
		}
	}
	return map[Kind]phrase{
		SysInfo: {one: "%s wants to see information about this computer."},
		Script:  {one: "%s wants to run 1 program on this computer.", some: "%s wants to run %d programs on this computer, in this order."},
		LogonAs: {one: "%s wants to use this computer as the user named below."},
		Reboot:  {one: "%s wants to restart this computer. Save your work; support reconnects by itself."},
		CSRJoin: {one: "%s wants to join this support session."},
		Words:   {one: "%s reads two safety words to you, on the phone. Which of these are they?"},
		resumed: {one: "This computer was restarted during remote support. %s wants to go on with it."},
	}
}

// Sentence says in one sentence who wants what.
func (q Question) Sentence(l text.Language) string {
	kind := q.Kind
	if kind == CSRJoin && q.Restarted {
		kind = resumed
	}
	p := sentences(l)[kind]
	switch {
	case p.one == "":
		return fmt.Sprintf("%s: %s", q.Who, text.Plain(string(q.Kind), maxName))
	case q.Kind == Script && len(q.Programs) != 1:
		return fmt.Sprintf(p.some, q.Who, len(q.Programs))
	}
	return fmt.Sprintf(p.one, q.Who)
}

// Told is [Question.Sentence] for whoever reads it later, where nothing stands below it:
// in a report, in a chat.
func (q Question) Told(l text.Language) string {
	account := text.Plain(q.Account, maxName)
	switch {
	case q.Kind == LogonAs && account != "" && l == text.Korean:
		return text.Particles(fmt.Sprintf("%s 상담원이 이 컴퓨터를 사용자 %s(으)로 사용하려고 합니다.", q.Who, account))
	case q.Kind == LogonAs && account != "":
		return fmt.Sprintf("%s wants to use this computer as the user %s.", q.Who, account)
	case q.Kind == Words && l == text.Korean:
		return fmt.Sprintf("%s 상담원이 확인 단어를 비교하려고 합니다.", q.Who)
	case q.Kind == Words:
		return fmt.Sprintf("%s wants to compare the safety words.", q.Who)
	case q.Kind == Script && len(q.Programs) != 1 && l == text.Korean:
		return fmt.Sprintf("%s 상담원이 이 컴퓨터에서 프로그램 %d개를 순서대로 실행하려고 합니다.", q.Who, len(q.Programs))
	}
	return q.Sentence(l)
}

// administrator reports whether an account is, by its name, the one that may do
// everything on a computer.
func administrator(account string) bool {
	if i := strings.LastIndexByte(account, '\\'); i >= 0 { // DOMAIN\name
		account = account[i+1:]
	}
	account, _, _ = strings.Cut(account, "@")
	return slices.Contains([]string{"root", "toor", "administrator", "administrateur", "administrador", "system", "nt authority"}, strings.ToLower(account))
}

// Details shows exactly what would happen, a line each: what is asked for, each
// file with its size in bytes and its SHA-256, and the CSR's own reason.
func (q Question) Details(l text.Language) []string { return q.details(l, true) }

// Outline is [Question.Details] for a small screen: without SHA-256, and with all
// topics of the system information as one. Whoever shows it has the rest at hand.
func (q Question) Outline(l text.Language) []string { return q.details(l, false) }

func (q Question) details(l text.Language, full bool) []string {
	var lines []string
	add := func(en, ko, format string, args ...any) {
		label := en
		if l == text.Korean {
			label = ko
		}
		lines = append(lines, label+": "+fmt.Sprintf(format, args...))
	}
	sum := func(indent string, f File) {
		if full {
			lines = append(lines, indent+f.Sum())
		}
	}
	if q.Kind == SysInfo {
		add("What", "항목", "%s", q.topics(l, full))
	}
	for i, p := range q.Programs {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, p.line(l)))
		sum("   ", p.File)
		for _, f := range p.With {
			lines = append(lines, "   + "+f.line(l))
			sum("     ", f)
		}
	}
	if by := q.writtenBy(l); by != "" {
		add("Written by", "작성자", "%s", by)
	}
	if q.Account != "" {
		whose := text.Plain(q.Account, maxName)
		switch {
		case !administrator(q.Account) && !q.Whole:
		case !administrator(q.Account) && l == text.Korean:
			whose += " (관리자이면 프로그램이 Windows의 확인 없이 이 컴퓨터의 모든 것을 보고 바꿀 수 있음)"
		case !administrator(q.Account):
			whose += "; where that is an administrator, programs can see and change everything on this computer, and Windows does not ask first"
		case l == text.Korean:
			whose += " (관리자: 이 컴퓨터의 모든 것을 보고 바꿀 수 있음)"
		default:
			whose += ", the administrator, who can see and change everything on this computer"
		}
		add("User", "사용자", "%s", whose)
	}
	if q.Kind == LogonAs && q.Account != "" {
		typed := "your support rep types it; do not tell anybody yours"
		if l == text.Korean {
			typed = "상담원이 입력합니다. 고객님의 비밀번호를 알려 주지 마세요"
		}
		add("Password", "비밀번호", "%s", typed)
	}
	if q.As != "" {
		add("As user", "실행할 사용자", "%s", text.Plain(q.As, maxName))
	} else if q.Own != "" {
		yours := "%s, which is you"
		if l == text.Korean {
			yours = "%s (고객님 자신)"
		}
		add("As user", "실행할 사용자", yours, text.Plain(q.Own, maxName))
	}
	if q.Limit > 0 {
		each := "%s for each"
		if l == text.Korean {
			each = "프로그램마다 %s"
		}
		add("May take", "걸릴 수 있는 시간", each, text.Span(q.Limit, l))
	}
	if q.KeepGoing {
		rest := "the others run all the same"
		if l == text.Korean {
			rest = "나머지를 계속 실행합니다"
		}
		add("If one fails", "하나가 실패하면", "%s", rest)
	}
	switch {
	case q.Delay > 0:
		when := "in %s"
		if l == text.Korean {
			when = "%s 후"
		}
		add("When", "언제", when, text.Span(q.Delay, l))
	case q.Kind == Reboot:
		when := "at once, when you say yes"
		if l == text.Korean {
			when = "허용하시는 즉시"
		}
		add("When", "언제", "%s", when)
	}
	if !q.Since.IsZero() {
		since, not := "%s, after you joined", "unless your support rep has told you that this comes, say no"
		if l == text.Korean {
			since, not = "%s (고객님이 참여하신 뒤)", "상담원에게서 미리 들은 것이 아니면 거부하세요"
		}
		add("New since", "추가된 시각", since, q.Since.Local().Format("15:04"))
		add("Key", "키", "%s", groups(q.Who.Fingerprint))
		add("Careful", "주의", "%s", not)
	}
	switch {
	case q.Kind == Words && len(q.Choices) == 0:
	case q.Kind == Words && l == text.Korean:
		lines = append(lines, "중간에 다른 사람 없이 담당 상담원과 직접 연결되었는지 이 단어로 알 수 있습니다. 전화로 들은 단어를 고르고 상담원에게도 말씀해 주세요. 잘 못 들었으면 다시 읽어 달라고 하세요. 문자나 채팅으로 받은 단어는 믿지 마세요.")
	case q.Kind == Words:
		lines = append(lines, "They show whether you are connected to your support rep, and to nobody else. Pick the pair that you hear, and say it to them, too. Misheard? Ask to hear it again. Words in a message or in the chat do not count.")
	case q.Compared == IsCompared:
		add("Safety words", "확인 단어", "%s", chosen(l, "compared", "비교했습니다"))
	case q.Compared == NotCompared:
		add("Safety words", "확인 단어", "%s", chosen(l, "not compared yet: it is not certain who asks", "아직 비교하지 않아, 누가 요청하는지 확실하지 않습니다"))
	}
	if r := text.Plain(q.Reason, maxReason); r != "" {
		add("Reason given", "이유", "%s", r)
	}
	return lines
}

func chosen(l text.Language, en, ko string) string { return Choice{en, ko}.In(l) }

// writtenBy names the authors of the programs, and who has approved of them, once where all
// have the same; "" is that nobody vouches for any.
func (q Question) writtenBy(l text.Language) string {
	unknown, approved := "not known; %s has sent it", "%s, approved by %s"
	if l == text.Korean {
		unknown, approved = "알 수 없음 (%s 상담원이 보냄)", "%s, 승인자: %s"
	}
	var names []string
	for i, p := range q.Authors {
		name := p.String()
		if p == (Person{}) {
			name = fmt.Sprintf(unknown, q.Who)
		}
		if i < len(q.Seconds) && q.Seconds[i] != (Person{}) {
			name = fmt.Sprintf(approved, name, q.Seconds[i])
		}
		names = append(names, name)
	}
	if same := slices.Compact(slices.Clone(names)); len(same) <= 1 {
		return strings.Join(same, "")
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%d. %s", i+1, name)
	}
	return strings.Join(names, "; ")
}

// groups is a key's fingerprint as it is read aloud.
func groups(fingerprint string) string {
	said := text.Plain(fingerprint, maxName)
	prefix, rest, _ := strings.Cut(said, ":")
	line := prefix + ":"
	for group := range slices.Chunk([]byte(rest), 4) {
		line += " " + string(group)
	}
	return line
}

// topics names what of the system information is asked for. No topic is left out,
// however many there are, but that all are asked for can be said in short.
func (q Question) topics(l text.Language, full bool) string {
	asked := q.Categories
	if len(asked) > 0 {
		return NameCategories(asked, l)
	}
	all, such := "all %d topics", ", such as disks, programs, users, errors"
	if l == text.Korean {
		all, such = "%d개 항목 모두", "(디스크, 프로그램, 사용자, 오류 등)"
	}
	all = fmt.Sprintf(all, len(Categories()))
	if !full {
		return all + such
	}
	return all + ": " + NameCategories(Categories(), l)
}

func (f File) line(l text.Language) string {
	unit := " bytes"
	switch {
	case l == text.Korean:
		unit = "바이트"
	case f.Size == 1:
		unit = " byte"
	}
	return fmt.Sprintf("%s (%d%s)", text.Plain(f.Name, maxReason), f.Size, unit)
}

// Sum is the file's SHA-256 as a line for people.
func (f File) Sum() string { return "SHA-256 " + text.Plain(f.SHA256, 64) }
