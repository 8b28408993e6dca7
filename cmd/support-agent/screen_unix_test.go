//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"supportd/consent"
	"supportd/daemon/lineedit"
	"supportd/library/text"
)

func look() consent.Question {
	return consent.Question{ID: 7, Kind: consent.SysInfo, Who: consent.Person{Name: "Alice Kim", Account: "alice"}}
}

func runOf(texts ...string) consent.Question {
	q := consent.Question{ID: 8, Kind: consent.Script, Who: consent.Person{Name: "Alice Kim", Account: "alice"}}
	for _, text := range texts {
		sum := sha256.Sum256([]byte(text))
		q.Programs = append(q.Programs, consent.Program{File: consent.File{
			Name: "fix.sh", Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), Text: text,
		}})
	}
	return q
}

func TestAnswersAreWholeWords(t *testing.T) {
	t.Parallel()
	reboot := consent.Question{ID: 9, Kind: consent.Reboot}
	for _, c := range []struct {
		q     consent.Question
		typed string
		want  consent.Decision
		keeps string
	}{
		{look(), "yes", consent.AllowedOnce, ""},
		{look(), "  YES ", consent.AllowedOnce, ""},
		{look(), "네", consent.AllowedOnce, ""},
		{look(), "예", consent.AllowedOnce, ""},
		{look(), "\u1102\u1166", consent.AllowedOnce, ""},
		{look(), "always", consent.AllowedForSession, ""},
		{look(), "yes.", consent.AllowedOnce, ""},
		{look(), "네.", consent.AllowedOnce, ""},
		{look(), "항상", consent.AllowedForSession, ""},
		{look(), "no", consent.Denied, ""},
		{look(), "아니요", consent.Denied, ""},
		{look(), "block", consent.Blocked, ""},
		{look(), "차단", consent.Blocked, ""},
		{look(), "yes without serials,log", consent.AllowedOnce, "log serials"},
		{look(), "네 제외 user-names", consent.AllowedOnce, "user-names"},
		{look(), "네, 일련번호 제외", consent.AllowedOnce, "serials"},
		{look(), norm.NFD.String("네, 사용자 이름, 주소 제외"), consent.AllowedOnce, "user-names addresses"},
		{look(), "yes serials", consent.Denied, ""},
		{look(), "always without user_names", consent.AllowedForSession, "user-names"},
		{look(), "yes without seriols", consent.Denied, ""},
		{look(), "yes without", consent.Denied, ""},
		{look(), "no without serials", consent.Denied, ""},
		{runOf("x"), "yes without serials", consent.Denied, ""},
		{reboot, "always", consent.Denied, ""},
		{reboot, "yes", consent.AllowedOnce, ""},
	} {
		p := newPerson(t, text.English)
		got := p.ask(t.Context(), c.q)
		p.types(c.typed + "\n")
		if c.want == consent.Denied && c.typed != "no" && c.typed != "아니요" { // asked once more, and answered with nothing
			p.stands(phrase(text.English, promptAnswer), 2)
			p.types("\n")
		}
		a := p.answered(got)
		if a.err != nil || a.answer.Decision != c.want || a.answer.Question != c.q.ID {
			t.Errorf("%q: %+v\n%s", c.typed, a, p.shown())
		}
		if keeps := strings.Join(append(a.answer.Withheld.Categories, a.answer.Withheld.Fields...), " "); keeps != c.keeps {
			t.Errorf("%q withholds %q, want %q", c.typed, keeps, c.keeps)
		}
	}
}

func TestC2_AnythingElseIsNo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		typed string
		atOne bool // it is a No without being asked again
	}{
		"Enter":             {"\n", true},
		"end of input":      {"\x04", true},
		"space":             {" \n", false},
		"half a word":       {"ye\n", false},
		"y":                 {"y\n", false},
		"two words":         {"yes yes\n", false},
		"a question":        {"yes?\n", false},
		"marked as pasted":  {lineedit.PasteBegins + "yes\x1b[201~\n", false},
		"both":              {"yes/no\n", false},
		"wide letters":      {"ｙｅｓ\n", false},
		"Korean keyboard":   {"ㅛㄷㄴ\n", false},
		"a friendly word":   {"응\n", false},
		"a pasted megabyte": {strings.Repeat("yes", 1<<20/3) + "\n", false},
		"pasted lines":      {strings.Repeat("yes\n", 1<<20/4), false},
		"pasted mixture":    {strings.Repeat("always\nyes\n네\n", 1000), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPerson(t, text.English)
			got := p.ask(t.Context(), look())
			written := make(chan struct{})
			go func() { defer close(written); _, _ = p.keys.WriteString(c.typed) }()
			if !c.atOne {
				p.stands(phrase(text.English, promptAnswer), 2)
				select {
				case a := <-got:
					t.Errorf("not asked again: %+v", a)
				default:
				}
				<-written
				p.types("\n")
			}
			if a := p.answered(got); a.err != nil || a.answer.Decision.Allowed() {
				t.Errorf("allowed: %+v", a)
			}
			p.keys.Close()
			<-written
		})
	}
}

func TestC1_C3_ClosedQuestionTakesNoLateAnswer(t *testing.T) {
	p := newPerson(t, text.English)
	ctx, gone := context.WithCancelCause(t.Context())
	got := p.ask(ctx, look())
	p.types("ye")
	why := errors.New("the CSR went away")
	gone(why)
	if a := p.answered(got); !errors.Is(a.err, why) || a.answer.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
	p.sees("This question is closed", 1)
	p.types("s\n")
	// Neither the half word nor its rest answers the next question.
	got = p.ask(t.Context(), look())
	p.types("no\n")
	if a := p.answered(got); a.answer.Decision != consent.Denied {
		t.Errorf("%+v", a)
	}
	p.sees("Refused.", 1)
}

func TestC8_TypeAheadIsDiscarded(t *testing.T) {
	t.Parallel()
	for _, ahead := range []string{"yes\n", "yes\nyes\nyes\n", "yes", "alway"} {
		p := newPerson(t, text.English)
		p.types(ahead)
		p.sees(strings.TrimSpace(strings.Split(ahead, "\n")[0]), 1) // the terminal has it
		got := p.ask(t.Context(), look())
		p.types("s\n") // would complete "always"
		p.stands(phrase(text.English, promptAnswer), 2)
		p.types("\n")
		if a := p.answered(got); a.answer.Decision.Allowed() {
			t.Errorf("%q typed before the question counted: %+v", ahead, a)
		}
	}
}

// What a script brings is shown like the script itself, and what is the same
// only once.
func TestEveryFileIsShown(t *testing.T) {
	p := newPerson(t, text.English)
	q := runOf(". ./lib.txt\n", ". ./lib.txt\n", "")
	q.Programs[0].With = []consent.File{{Name: "lib.txt", SHA256: "bb", Text: "rm everything\n"}}
	got := p.ask(t.Context(), q)
	p.types("t\n")
	p.stands(phrase(text.English, promptAnswer), 2)
	for part, times := range map[string]int{
		"│ . ./lib.txt\n": 1, "1+1. lib.txt\n   SHA-256 bb\n  │ rm everything\n": 1, "2. fix.sh\n   " + q.Programs[1].File.Sum() + "\n  " + phrase(text.English, sameText, "1"): 1,
		"3. fix.sh\n   " + q.Programs[2].File.Sum() + "\n  " + phrase(text.English, notText): 1,
	} {
		if strings.Count(p.rows(), part) != times {
			t.Errorf("%q is not there %d times:\n%s", part, times, p.rows())
		}
	}
	p.types("no\n")
	p.answered(got)
}

func TestC8_TypeAheadWhileReadingIsDiscarded(t *testing.T) {
	t.Parallel()
	p := newPerson(t, text.English)
	got := p.ask(t.Context(), runOf("echo hello\n"))
	p.types("t\n")
	p.stands(phrase(text.English, promptAnswer), 2)
	if !strings.Contains(p.shown(), "│ echo hello") {
		t.Errorf("the text is not shown:\n%s", p.shown())
	}
	p.types("t\nyes\n") // the yes was typed before the text could be read
	p.stands(phrase(text.English, promptAnswer), 3)
	p.types("no\n")
	if a := p.answered(got); a.answer.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
}

func TestC9_C10_C11_NothingForeignLooksLikeOurs(t *testing.T) {
	prompt := phrase(text.English, promptAnswer)
	forged := "\n" + prompt + " yes\n" + consent.Answer{Decision: consent.AllowedOnce}.Said(text.English) + "\n"
	evil := "x\x1b[2J\x1b]0;t\x07\r\u202e\u200b\u009b" + strings.Repeat(" ", 75) + prompt + forged
	q := runOf(evil, strings.Repeat("a", 500)+prompt)
	q.Who.Name, q.Reason, q.Programs[0].Name = evil, evil, evil
	p := newPerson(t, text.English)
	got := p.ask(t.Context(), q)
	p.say("a message\x1b[2J that came meanwhile")
	p.types("t\n")
	p.stands("t = read more", 1)
	p.stands("\n"+prompt+" ", 2)
	p.types("no\n")
	if a := p.answered(got); a.answer.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
	p.sees("a message", 1)
	own := 0
	for line := range strings.Lines(p.rows()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, prompt) {
			own++
		}
		if strings.HasPrefix(line, "a message") {
			continue // our own texts are not foreign; see talk
		}
		if strings.ContainsFunc(line, text.Hostile) {
			t.Errorf("hostile: %q", line)
		}
	}
	if own != 2 {
		t.Errorf("%d lines begin like a prompt, 2 are ours:\n%s", own, p.shown())
	}
	shown := p.shown()
	if strings.Index(shown, "a message") < strings.LastIndex(shown, "Refused.") {
		t.Errorf("a message stands inside the question:\n%s", shown)
	}
}

func TestA6_ClosedTerminalIsNoAnswer(t *testing.T) {
	p := newPerson(t, text.English)
	got := p.ask(t.Context(), look())
	if err := p.keys.Close(); err != nil {
		t.Fatal(err)
	}
	if a := p.answered(got); a.answer.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
	// And whatever is asked later is not answered either.
	if a, _ := p.Ask(t.Context(), look()); a.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
}

func TestBothLanguagesAskInFull(t *testing.T) {
	for _, l := range text.Languages() {
		p := newPerson(t, l)
		got := p.ask(t.Context(), runOf("echo 1", "echo 2"))
		for _, want := range []string{"Alice Kim (alice)", "1. fix.sh", "2. fix.sh", phrase(l, howToAnswer)} {
			if !strings.Contains(strings.ReplaceAll(p.shown(), "\n", ""), strings.ReplaceAll(want, "\n", "")) {
				t.Errorf("%s: %q is missing:\n%s", l, want, p.shown())
			}
		}
		p.types("no\n")
		p.answered(got)
	}
}
