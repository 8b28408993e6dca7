package consent

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// detail is the line of a question's details that a change adds.
func detail(t *testing.T, l text.Language, kind Kind, change func(*Question)) string {
	t.Helper()
	with := ask(kind)
	change(&with)
	before, after := ask(kind).Details(l), with.Details(l)
	added := slices.DeleteFunc(slices.Clone(after), func(line string) bool { return slices.Contains(before, line) })
	if len(added) != 1 {
		t.Fatalf("%s %s: %q has %d lines more than %q", l, kind, after, len(added), before)
	}
	return added[0]
}

// Everything that a yes covers stands in the question, in every language, behind a
// label that says what it is.
func TestK7T10_AQuestionShowsAllThatIsAsked(t *testing.T) {
	labels := map[text.Language][]string{}
	for _, l := range text.Languages() {
		// What is asked for is said, also where it is everything.
		everything := ask(SysInfo).Details(l)
		if label, what, ok := strings.Cut(strings.Join(everything, "\n"), ": "); !ok || label == "" || what == "" {
			t.Errorf("%s: a look at everything shows %q", l, everything)
		}
		categories := func(ids ...string) string {
			_, names, _ := strings.Cut(detail(t, l, SysInfo, func(q *Question) { q.Categories = ids }), ": ")
			return names
		}
		if one, other := categories("os"), categories("users"); one == "" || one == other || categories("os", "users") != one+", "+other {
			t.Errorf("%s: %q, %q and %q", l, one, other, categories("os", "users"))
		}
		detail(t, l, Reboot, func(q *Question) { q.Delay = 1 }) // however short
		if one, two := (Question{Kind: Script, Programs: make([]Program, 1)}).Sentence(l), (Question{Kind: Script, Programs: make([]Program, 2)}).Sentence(l); strings.ReplaceAll(two, "2", "1") == one {
			t.Errorf("%s: one program is asked for like several: %q", l, one)
		}
		for _, kind := range Kinds() {
			if kind != SysInfo && kind != Reboot && len(ask(kind).Details(l)) > 0 {
				t.Errorf("%s: %s with nothing shows %q", l, kind, ask(kind).Details(l))
			}
			user := detail(t, l, kind, func(q *Question) { q.As = "root\x1b" })
			whose := ask(kind)
			whose.Account = "admin\x1b"
			before := ask(kind).Details(l)
			account := slices.DeleteFunc(whose.Details(l), func(line string) bool { return slices.Contains(before, line) })[0]
			reason := detail(t, l, kind, func(q *Question) { q.Reason = "because\x1b" })
			delay := detail(t, l, kind, func(q *Question) { q.Delay = 90 * time.Second })
			for line, end := range map[string]string{user: ": root", account: ": admin", reason: ": because"} {
				if !strings.HasSuffix(line, end) {
					t.Errorf("%s: %q does not end in %q", l, line, end)
				}
			}
			if !strings.Contains(delay, text.Span(90*time.Second, l)) {
				t.Errorf("%s: %q", l, delay)
			}
			for _, line := range []string{user, account, reason, delay} {
				label, _, _ := strings.Cut(line, ": ")
				labels[l] = append(labels[l], label)
			}
		}
		slices.Sort(labels[l])
		labels[l] = slices.Compact(labels[l])
		if len(labels[l]) != 4 {
			t.Errorf("%s: two things have the same label: %q", l, labels[l])
		}
		for _, k := range Kinds() {
			if strings.Join(ask(k).Details(text.English), "\n") != "" && l != text.English && slices.Equal(ask(k).Details(l), ask(k).Details(text.English)) {
				t.Errorf("%s: %s is in English", l, k)
			}
		}
	}
	if slices.Equal(labels[text.English], labels[text.Korean]) {
		t.Errorf("the labels are the same in two languages: %q", labels)
	}
}

// Who is asked about another user reads whether that is the administrator, and who
// types the password; who reads it later reads the user's name.
func TestK7T10_ALogonSaysWhoTheUserIsAndWhoTypes(t *testing.T) {
	for l, says := range map[text.Language][3]string{text.English: {"the administrator", "your support rep types it", "as the user root."}, text.Korean: {"관리자", "상담원이 입력합니다", "사용자 root"}} {
		for account, admin := range map[string]bool{"root": true, `PC\Administrator`: true, "Administrator@corp.example": true, "boss": false, "rooty": false, "administrator2": false} {
			q := Question{Kind: LogonAs, Who: Person{Account: "alice"}, Account: account}
			shown := strings.Join(q.Outline(l), "\n")
			if strings.Contains(shown, says[0]) != admin || !strings.Contains(shown, says[1]) {
				t.Errorf("%s: %s: %q", l, account, shown)
			}
		}
		rights := map[text.Language]string{text.English: "User: boss; where that is an administrator, programs can see and change everything", text.Korean: "사용자: boss (관리자이면 프로그램이"}[l]
		for _, whole := range []bool{false, true} {
			q := Question{Kind: LogonAs, Who: Person{Account: "alice"}, Account: "boss", Whole: whole}
			for _, lines := range [][]string{q.Outline(l), q.Details(l)} {
				if shown := strings.Join(lines, "\n"); strings.Contains(shown, rights) != whole {
					t.Errorf("%s: whole rights %v: %q", l, whole, shown)
				}
			}
		}
		if got := (Question{Kind: LogonAs, Who: Person{Account: "alice"}, Account: "root\x1b"}).Told(l); !strings.Contains(got, says[2]) || strings.Contains(got, "\x1b") {
			t.Errorf("%s: %q", l, got)
		}
		if got := (Question{Kind: Script, Programs: make([]Program, 2)}).Told(l); strings.Contains(got, "below") || strings.Contains(got, "아래") {
			t.Errorf("%s: %q", l, got)
		}
	}
}

// Every kind has a sentence of its own in every language; where the person there has
// changed, another one; and a kind that is not known says what it is.
func TestK7T10_EveryKindHasItsOwnSentence(t *testing.T) {
	seen := map[string]string{}
	for _, l := range text.Languages() {
		questions := map[string]Question{
			"restarted":    {Kind: CSRJoin, Restarted: true},
			"no program":   {Kind: Script},
			"one program":  {Kind: Script, Programs: make([]Program, 1)},
			"two programs": {Kind: Script, Programs: make([]Program, 2)},
			"unknown":      {Kind: "fly\x1b"},
		}
		for _, k := range Kinds() {
			if k != Script {
				questions[string(k)] = Question{Kind: k}
			}
		}
		for name, q := range questions {
			s := q.Sentence(l)
			if other, twice := seen[s]; twice && name != "unknown" {
				t.Errorf("%q is the sentence of %s and of %s %s", s, other, l, name)
			}
			seen[s] = string(l) + " " + name
		}
		q := Question{Kind: Reboot, Restarted: true}
		if q.Sentence(l) != (Question{Kind: Reboot}).Sentence(l) {
			t.Errorf("%s: only who joins is asked about in another way after a restart", l)
		}
		if s := questions["unknown"].Sentence(l); !strings.Contains(s, "fly") || strings.ContainsFunc(s, text.Hostile) {
			t.Errorf("%s: %q", l, s)
		}
	}
}

// A script shows each of its files with size and sum, numbered, in the order in
// which they run.
func TestK7T10_ARunShowsEveryFile(t *testing.T) {
	q := ask(Script)
	q.Programs = []Program{
		{File: File{Name: "a.sh", Size: 3, SHA256: "aa"}, With: []File{{Name: "data", Size: 4, SHA256: "dd"}}},
		{File: File{Name: "b.sh", Size: 5, SHA256: "bb"}},
	}
	for _, l := range text.Languages() {
		unit := map[text.Language]string{text.English: " bytes", text.Korean: "바이트"}[l]
		want := []string{
			"1. a.sh (3" + unit + ")", "   SHA-256 aa", "   + data (4" + unit + ")", "     SHA-256 dd",
			"2. b.sh (5" + unit + ")", "   SHA-256 bb",
		}
		if got := q.Details(l); !slices.Equal(got, want) {
			t.Errorf("%s: %q", l, got)
		}
	}
}

// A CSR is named by display name and account, and by one of them where the other
// says nothing more.
func TestPersonsNames(t *testing.T) {
	for want, p := range map[string]Person{
		"Kim (kim)": {Name: "Kim", Account: "kim"}, "kim": {Name: "kim", Account: "kim"}, "bob": {Account: "bob"}, "Bob": {Name: "Bob"}, "": {},
	} {
		if got := p.String(); got != want {
			t.Errorf("%+v is called %q", p, got)
		}
	}
}

// What foreign text may take of a question, to the rune.
func TestC10_LimitsOfForeignText(t *testing.T) {
	fits := func(n int, s string) bool {
		return strings.Contains(s, strings.Repeat("x", n)) && !strings.Contains(s, "…")
	}
	for _, c := range []struct {
		most int
		show func(s string) string
	}{
		{60, func(s string) string { return Person{Name: s, Account: "a"}.String() }},
		{60, func(s string) string { return Person{Name: "a", Account: s}.String() }},
		{200, func(s string) string { return strings.Join(Question{Reason: s}.Details(text.English), " ") }},
		{60, func(s string) string { return strings.Join(Question{As: s}.Details(text.English), " ") }},
		{60, func(s string) string { return strings.Join(Question{Account: s}.Details(text.English), " ") }},
		{64, func(s string) string { return File{SHA256: s}.Sum() }},
		{200, func(s string) string { return File{Name: s}.line(text.English) }},
	} {
		long := strings.Repeat("x", c.most)
		if !fits(c.most, c.show(long)) || !strings.Contains(c.show(long+"x"), strings.Repeat("x", c.most-1)+"…") {
			t.Errorf("want %d runes: %q, %q", c.most, c.show(long), c.show(long+"x"))
		}
	}
}

// Each question in the words in which a customer reads it, and in which it is told later.
func TestK7T10_QuestionsToTheLetter(t *testing.T) {
	alice := Person{Name: "Alice Kim", Account: "alice", Fingerprint: "SHA256:abcdefghij"}
	type said struct {
		sentence, told string // told is "" where it is the sentence
		details        []string
	}
	for name, c := range map[string]struct {
		q      Question
		en, ko said
	}{
		"look": {Question{Kind: SysInfo, Categories: []string{"os", "users"}, As: "root"},
			said{"Alice Kim (alice) wants to see information about this computer.", "", []string{"What: operating system, user accounts", "As user: root"}},
			said{"Alice Kim (alice) 상담원이 이 컴퓨터의 정보를 보려고 합니다.", "", []string{"항목: 운영 체제, 사용자 계정", "실행할 사용자: root"}}},
		"run": {Question{Kind: Script, Programs: []Program{{File: File{Name: "a.sh", Size: 1, SHA256: "aa"}}}, Limit: 2 * time.Hour, KeepGoing: true, Own: "bob", Compared: NotCompared, Reason: "slow disk"},
			said{"Alice Kim (alice) wants to run 1 program on this computer.", "", []string{
				"1. a.sh (1 byte)", "   SHA-256 aa", "As user: bob, which is you", "May take: 2 hours for each", "If one fails: the others run all the same", "Safety words: not compared yet: it is not certain who asks", "Reason given: slow disk"}},
			said{"Alice Kim (alice) 상담원이 이 컴퓨터에서 프로그램 1개를 실행하려고 합니다.", "", []string{
				"1. a.sh (1바이트)", "   SHA-256 aa", "실행할 사용자: bob (고객님 자신)", "걸릴 수 있는 시간: 프로그램마다 2시간", "하나가 실패하면: 나머지를 계속 실행합니다", "확인 단어: 아직 비교하지 않아, 누가 요청하는지 확실하지 않습니다", "이유: slow disk"}}},
		"runs": {Question{Kind: Script, Programs: []Program{{File: File{Name: "a.sh", Size: 2, SHA256: "aa"}}, {File: File{Name: "b.sh", Size: 3, SHA256: "bb"}}}, Compared: IsCompared},
			said{"Alice Kim (alice) wants to run 2 programs on this computer, in this order.", "", []string{"1. a.sh (2 bytes)", "   SHA-256 aa", "2. b.sh (3 bytes)", "   SHA-256 bb", "Safety words: compared"}},
			said{"Alice Kim (alice) 상담원이 이 컴퓨터에서 프로그램 2개를 아래 순서대로 실행하려고 합니다.", "Alice Kim (alice) 상담원이 이 컴퓨터에서 프로그램 2개를 순서대로 실행하려고 합니다.", []string{
				"1. a.sh (2바이트)", "   SHA-256 aa", "2. b.sh (3바이트)", "   SHA-256 bb", "확인 단어: 비교했습니다"}}},
		"log on": {Question{Kind: LogonAs, Account: "boss"},
			said{"Alice Kim (alice) wants to use this computer as the user named below.", "Alice Kim (alice) wants to use this computer as the user boss.", []string{"User: boss", "Password: your support rep types it; do not tell anybody yours"}},
			said{"Alice Kim (alice) 상담원이 아래 사용자로 이 컴퓨터를 사용하려고 합니다.", "Alice Kim (alice) 상담원이 이 컴퓨터를 사용자 boss(으)로 사용하려고 합니다.", []string{"사용자: boss", "비밀번호: 상담원이 입력합니다. 고객님의 비밀번호를 알려 주지 마세요"}}},
		"log on as the administrator": {Question{Kind: LogonAs, Account: `\root`},
			said{"Alice Kim (alice) wants to use this computer as the user named below.", `Alice Kim (alice) wants to use this computer as the user \root.`, []string{
				`User: \root, the administrator, who can see and change everything on this computer`, "Password: your support rep types it; do not tell anybody yours"}},
			said{"Alice Kim (alice) 상담원이 아래 사용자로 이 컴퓨터를 사용하려고 합니다.", `Alice Kim (alice) 상담원이 이 컴퓨터를 사용자 \root(으)로 사용하려고 합니다.`, []string{
				`사용자: \root (관리자: 이 컴퓨터의 모든 것을 보고 바꿀 수 있음)`, "비밀번호: 상담원이 입력합니다. 고객님의 비밀번호를 알려 주지 마세요"}}},
		"log on as nobody named": {Question{Kind: LogonAs},
			said{"Alice Kim (alice) wants to use this computer as the user named below.", "", nil},
			said{"Alice Kim (alice) 상담원이 아래 사용자로 이 컴퓨터를 사용하려고 합니다.", "", nil}},
		"restart": {Question{Kind: Reboot},
			said{"Alice Kim (alice) wants to restart this computer. Save your work; support reconnects by itself.", "", []string{"When: at once, when you say yes"}},
			said{"Alice Kim (alice) 상담원이 이 컴퓨터를 다시 시작하려고 합니다. 작업 중인 내용을 저장하세요. 다시 켜지면 자동으로 다시 연결됩니다.", "", []string{"언제: 허용하시는 즉시"}}},
		"restart later": {Question{Kind: Reboot, Delay: 5 * time.Minute},
			said{"Alice Kim (alice) wants to restart this computer. Save your work; support reconnects by itself.", "", []string{"When: in 5 minutes"}},
			said{"Alice Kim (alice) 상담원이 이 컴퓨터를 다시 시작하려고 합니다. 작업 중인 내용을 저장하세요. 다시 켜지면 자동으로 다시 연결됩니다.", "", []string{"언제: 5분 후"}}},
		"join with a new key": {Question{Kind: CSRJoin, Since: time.Date(2026, 3, 1, 10, 20, 0, 0, time.Local)},
			said{"Alice Kim (alice) wants to join this support session.", "", []string{"New since: 10:20, after you joined", "Key: SHA256: abcd efgh ij", "Careful: unless your support rep has told you that this comes, say no"}},
			said{"Alice Kim (alice) 상담원이 이 지원에 함께 참여하려고 합니다.", "", []string{"추가된 시각: 10:20 (고객님이 참여하신 뒤)", "키: SHA256: abcd efgh ij", "주의: 상담원에게서 미리 들은 것이 아니면 거부하세요"}}},
		"join after a restart": {Question{Kind: CSRJoin, Restarted: true},
			said{"This computer was restarted during remote support. Alice Kim (alice) wants to go on with it.", "", nil},
			said{"이 컴퓨터가 원격 지원 도중에 다시 시작되었습니다. Alice Kim (alice) 상담원이 지원을 계속하려고 합니다.", "", nil}},
		"words": {Question{Kind: Words, Choices: make([]Choice, 2), Compared: NotCompared},
			said{"Alice Kim (alice) reads two safety words to you, on the phone. Which of these are they?", "Alice Kim (alice) wants to compare the safety words.", []string{
				"They show whether you are connected to your support rep, and to nobody else. Pick the pair that you hear, and say it to them, too. Misheard? Ask to hear it again. Words in a message or in the chat do not count."}},
			said{"Alice Kim (alice) 상담원이 전화로 확인 단어 두 개를 읽어 드립니다. 아래에서 어느 것입니까?", "Alice Kim (alice) 상담원이 확인 단어를 비교하려고 합니다.", []string{
				"중간에 다른 사람 없이 담당 상담원과 직접 연결되었는지 이 단어로 알 수 있습니다. 전화로 들은 단어를 고르고 상담원에게도 말씀해 주세요. 잘 못 들었으면 다시 읽어 달라고 하세요. 문자나 채팅으로 받은 단어는 믿지 마세요."}}},
		"words of another user": {Question{Kind: Words, Account: "x"},
			said{"Alice Kim (alice) reads two safety words to you, on the phone. Which of these are they?", "Alice Kim (alice) wants to compare the safety words.", []string{"User: x"}},
			said{"Alice Kim (alice) 상담원이 전화로 확인 단어 두 개를 읽어 드립니다. 아래에서 어느 것입니까?", "Alice Kim (alice) 상담원이 확인 단어를 비교하려고 합니다.", []string{"사용자: x"}}},
		"a look of another user": {Question{Kind: SysInfo, Categories: []string{"log"}, Account: "x"},
			said{"Alice Kim (alice) wants to see information about this computer.", "", []string{"What: recent errors", "User: x"}},
			said{"Alice Kim (alice) 상담원이 이 컴퓨터의 정보를 보려고 합니다.", "", []string{"항목: 최근 오류", "사용자: x"}}},
	} {
		c.q.Who = alice
		for l, want := range map[text.Language]said{text.English: c.en, text.Korean: c.ko} {
			if want.told == "" {
				want.told = want.sentence
			}
			if got := c.q.Sentence(l); got != want.sentence {
				t.Errorf("%s: asked %q", name, got)
			}
			if got := c.q.Told(l); got != want.told {
				t.Errorf("%s: told %q", name, got)
			}
			if got := c.q.Details(l); !slices.Equal(got, want.details) {
				t.Errorf("%s: details %q", name, got)
			}
		}
	}
}
