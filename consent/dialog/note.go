package dialog

import (
	"fmt"
	"strings"

	"supportd/consent"
	"supportd/library/text"
)

const (
	// columns is how wide the lines of a box are.
	columns = 64
	// mostAllowed bounds the lines of a question that can be allowed in a box: what a
	// person would have to scroll to is not in front of them.
	mostAllowed = 18
	// mostListed bounds the lines of a list that is read elsewhere.
	mostListed = 10
)

// note is what a box shows: its texts are harmless. Lines end in "\n".
type note struct {
	title, text string
	yes, no     string // the buttons; yes is "" where only no is offered
	pick        string // how to answer where they stand in a list, above OK and Cancel
	stop        string // the button that ends everything; "" is none
	press       string // is the text where there is that button
	allows      bool   // yes is Allow once; else it shows the question elsewhere
	shown       func() // is told once the box can be read, where that can be seen; may be nil
}

// said is the text: with the button Stop it says what that does, and not where else there
// is one.
func (n *note) said() string {
	if n.stop != "" {
		return n.press
	}
	return n.text
}

// tell says that the box can be read.
func (n note) tell() {
	if n.shown != nil {
		n.shown()
	}
}

// words are the texts of a box.
type words struct {
	title, titled string // %s is the organisation
	once          string // asks for a yes or a no
	minute, stop  string
	end, ends     string // the button that ends everything, and what it does
	runs          string // while a script runs
	long          string // the question is too long for a box
	read, alone   string // scripts: with the button that shows them, and without
	picks, picked string // safety words, likewise
	later         string // the button in the place of no for them
	more          string // the rest of a list
	allow, show   string
	no            string
	pick, only    string // a list of two lines, and of one; %s is no
}

func wordsOf(l text.Language) words {
	if l == text.Korean {
		return words{
			title: "원격 지원", titled: "원격 지원 – ",
			once:   "이번만 허용하시겠습니까?",
			minute: "1분 안에 대답이 없으면 아무것도 허용하지 않습니다.",
			stop:   "모두 멈추려면 원격 지원 창에서 중지를 누르세요. 닫았다면 곧 다른 창이 묻습니다.",
			end:    "중지", ends: "‘중지’를 누르면 지원이 즉시 모두 끝납니다.",
			runs:  "지금 상담원의 프로그램이 실행되고 있어 아무것도 허용할 수 없습니다. 그 프로그램이 단추를 대신 누를 수 있기 때문입니다. 지금 거절하거나, 끝날 때까지 기다리세요.",
			long:  "내용이 길어 여기서는 허용할 수 없습니다.",
			read:  "‘내용 보기’를 누르면 내용을 읽고 결정할 수 있습니다. 허용하시기 전에는 아무것도 실행되지 않습니다.",
			alone: "원격 지원 창에서 내용을 읽고 결정할 수 있습니다. 허용하시기 전에는 아무것도 실행되지 않습니다.",
			picks: "‘내용 보기’를 누르면 들은 단어를 고를 수 있습니다.", picked: "원격 지원 창에서 들은 단어를 고르세요.", later: "나중에",
			more:  "… 그 밖에 더 있습니다",
			allow: "이번만 허용", show: "내용 보기", no: "허용 안 함",
			pick: "한 줄을 고르고 확인을 누르세요. 취소는 ‘%s’입니다.",
			only: "확인도 취소도 ‘%s’입니다.",
		}
	}
	return words{
		title: "Remote support", titled: "Remote support – ",
		once:   "Do you allow this, this once?",
		minute: "Without an answer within a minute, nothing is allowed.",
		stop:   "To stop everything, press Stop on the support page. If you closed it, another box soon offers that.",
		end:    "Stop", ends: "Stop ends the whole support session, at once.",
		runs:  "A program of your support rep is running now, so nothing can be allowed: it could press the button itself. Say no now, or wait until it has ended.",
		long:  "This is too long to be allowed here.",
		read:  "Press Show to read everything and to decide. Nothing happens before you allow it there.",
		alone: "Read everything and decide in the window of the support session. Nothing happens before you allow it there.",
		picks: "Press Show to pick the words that you hear.", picked: "Pick the words that you hear in the window of the support session.", later: "Not now",
		more:  "… and more",
		allow: "Allow once", show: "Show", no: "Don't allow",
		pick: "Choose a line, then press OK. Cancel is: %s",
		only: "OK and Cancel both are: %s",
	}
}

// noteOf is the box for a question. Only what fits into it can be allowed in it, and
// only kinds that one sentence explains. While a script runs it offers No alone: the
// page takes no yes then either, and is not opened.
func noteOf(q consent.Question, l text.Language, organisation string, running, canShow bool) note {
	w := wordsOf(l)
	n := note{title: w.title, no: w.no, stop: w.end, allows: !running && short(q.Kind)}
	if name := text.Plain(organisation, text.MaxOrganisation); name != "" {
		n.title = w.titled + name
	}
	if q.Kind == consent.Words {
		w.read, w.alone, n.no, w.minute = w.picks, w.picked, w.later, ""
	}
	lines := wrapped(q.Sentence(l))
	lines = append(lines, "")
	for _, line := range q.Outline(l) {
		lines = append(lines, wrapped(line)...)
	}
	why := ""
	if n.allows && len(lines) > mostAllowed {
		n.allows, why = false, w.long
	}
	if len(lines) > mostListed && !n.allows {
		lines = append(lines[:mostListed:mostListed], w.more)
	}
	lines = append(lines, "")
	switch {
	case running:
		lines = append(lines, ours(w.runs)...)
	case n.allows:
		n.yes = w.allow
		lines = append(lines, ours(w.once)...)
	case canShow:
		n.yes = w.show
		lines = append(lines, ours(strings.TrimSpace(why+" "+w.read))...)
	default:
		lines = append(lines, ours(strings.TrimSpace(why+" "+w.alone))...)
	}
	if w.minute != "" {
		lines = append(lines, ours(w.minute)...)
	}
	whole := strings.Join(lines, "\n") + "\n"
	n.text, n.press = whole+strings.Join(ours(w.stop), "\n"), whole+strings.Join(ours(w.ends), "\n")
	n.pick = w.howTo(n)
	return n
}

// howTo says how a note is answered where its buttons stand in a list.
func (w words) howTo(n note) string {
	if n.yes == "" && n.stop == "" {
		return fmt.Sprintf(w.only, n.no)
	}
	return fmt.Sprintf(w.pick, n.no)
}

// short reports whether a kind of question is allowed or refused without reading more:
// scripts are read first, and what is not known is not allowed here.
func short(k consent.Kind) bool {
	switch k {
	case consent.SysInfo, consent.LogonAs, consent.Reboot, consent.CSRJoin:
		return true
	}
	return false
}

// wrapped breaks a line that may hold foreign text into those of a box. All but the first
// are indented, so that no part of it begins a line like one of ours.
func wrapped(line string) []string { return broken(line, "    ") }

// ours breaks a line in which every word is ours.
func ours(line string) []string { return broken(line, "") }

func broken(line, indent string) (lines []string) {
	for before := ""; ; before = indent {
		n := text.Fit(line, columns-len(before))
		lines = append(lines, strings.TrimRight(before+line[:n], " "))
		if line = line[n:]; line == "" {
			return lines
		}
	}
}
