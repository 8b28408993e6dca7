//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/daemon"
	"supportd/hack/testkit"
	"supportd/library/text"
)

// Q2: whoever asks, for whatever, in a small window: who it is, the first of what it
// is, and every word that answers stand there with the prompt, and all of it once
// above.
func TestK2Q2_SmallWindowsShowWhoWhatAndEveryWord(t *testing.T) {
	t.Parallel()
	long := look()
	long.Who = consent.Person{Name: strings.Repeat("김민지", 20), Account: strings.Repeat("minji", 12)}
	long.Reason = strings.Repeat("느려요 ", 60)
	many := runOf(make([]string, 40)...)
	for i := range many.Programs {
		many.Programs[i].Name = fmt.Sprintf("program-%d.sh", i+1)
	}
	many.Own = "bob"
	some := look()
	some.Categories = consent.Categories()[:9]
	for _, l := range text.Languages() {
		for name, q := range map[string]consent.Question{
			"everything": look(), "some": some, "two": runOf("echo 1", "echo 2"), "many": many, "long": long,
			"restart": {Kind: consent.Reboot, Who: look().Who, Delay: time.Minute, Reason: long.Reason}, "logon": {Kind: consent.LogonAs, Who: look().Who, Account: "root"},
			"join": {Kind: consent.CSRJoin, Who: long.Who},
		} {
			for _, again := range []bool{false, true} {
				t.Run(fmt.Sprint(l, " ", name, " ", again), func(t *testing.T) {
					t.Parallel()
					p := newPerson(t, l)
					p.sized(50, 15)
					got := p.ask(t.Context(), q)
					if again {
						p.types("what?\n")
						p.stands(phrase(l, promptAnswer), 2)
					}
					all, seen := strings.Join(strings.Fields(p.rows()), ""), strings.Join(p.window(), "\n")
					flat := strings.Join(strings.Fields(strings.ReplaceAll(seen, "│", "")), "")
					want := []string{q.Sentence(l), phrase(l, promptAnswer)}
					if again {
						want = append(want, phrase(l, askedAgain))
					}
					if !strings.Contains(flat, strings.Join(strings.Fields(phrase(l, howToAnswer)), "")) {
						want = append(want, phrase(l, howInShort))
					}
					if what := q.Outline(l); len(what) > 0 {
						want = append(want, what[0][:min(len(what[0]), 12)])
					}
					for _, c := range choices(q, false) {
						word, _, _ := strings.Cut(phrase(l, c), "\t")
						if !strings.Contains(seen, word+" = ") && !strings.Contains(seen, "\n  "+word) {
							t.Errorf("%q is not in the window:\n%s", word, seen)
						}
					}
					for _, part := range want {
						if !strings.Contains(flat, strings.Join(strings.Fields(part), "")) {
							t.Errorf("%q is not in the window:\n%s", part, seen)
						}
					}
					for _, line := range q.Outline(l) {
						if !strings.Contains(strings.ReplaceAll(all, "│", ""), strings.Join(strings.Fields(line), "")) {
							t.Errorf("%q is nowhere:\n%s", line, p.rows())
						}
					}
					if strings.Contains(p.rows(), "SHA-256") {
						t.Errorf("hashes fill the window:\n%s", seen)
					}
					p.types("\n")
					p.answered(got)
				})
			}
		}
	}
}

// Q2: in a very small window every word stands with the prompt, how to answer above it,
// and the rest can be read by scrolling back.
func TestK2Q2_VerySmallWindowsShowEveryWord(t *testing.T) {
	t.Parallel()
	long := look()
	long.Who = consent.Person{Name: strings.Repeat("김민지", 20), Account: strings.Repeat("minji", 12)}
	many := runOf(make([]string, 30)...)
	for _, l := range text.Languages() {
		for name, q := range map[string]consent.Question{"everything": look(), "one": runOf("echo 1"), "many": many, "long": long, "logon": {Kind: consent.LogonAs, Who: look().Who, Account: "root"}} {
			for _, size := range [][2]uint16{{30, 10}, {40, 8}, {24, 12}} {
				p := newPerson(t, l)
				p.sized(size[0], size[1])
				got := p.ask(t.Context(), q)
				all := strings.Join(strings.Fields(strings.ReplaceAll(p.rows(), "│", "")), "")
				seen := strings.Join(strings.Fields(strings.Join(p.window(), "\n")), "")
				for _, c := range append(choices(q, false), howInShort) {
					word, _, _ := strings.Cut(phrase(l, c), "\t")
					if !strings.Contains(seen, strings.Join(strings.Fields(word), "")) {
						t.Errorf("%s %s %v: %q is not in the window:\n%s", l, name, size, word, strings.Join(p.window(), "\n"))
					}
				}
				for _, line := range append(q.Outline(l), q.Sentence(l)) {
					if !strings.Contains(all, strings.Join(strings.Fields(line), "")) {
						t.Errorf("%s %s %v: %q is nowhere:\n%s", l, name, size, line, p.rows())
					}
				}
				p.types("\n")
				p.answered(got)
			}
		}
	}
}

// What stood there once is not shown once more by "t": who asks, the first of what it
// is, and the words are.
func TestK2Q2_ReadingMoreRepeatsLittle(t *testing.T) {
	t.Parallel()
	p := newPerson(t, text.English)
	p.sized(80, 15)
	many := runOf(make([]string, 40)...)
	for i := range many.Programs {
		many.Programs[i].Name, many.Programs[i].Text = fmt.Sprintf("program-%02d.sh", i+1), "echo\n"
	}
	got := p.ask(t.Context(), many)
	for i := range 3 {
		p.types("t\n")
		p.stands(phrase(text.English, promptAnswer), i+2)
	}
	if n := strings.Count(p.rows(), "40. program-40.sh (0 bytes)"); n != 1 {
		t.Errorf("all that is asked for stands there %d times", n)
	}
	if n := strings.Count(p.rows(), many.Sentence(text.English)); n != 4 {
		t.Errorf("who asks stands there %d times, once with each prompt", n)
	}
	p.types("\n")
	p.answered(got)
}

// A topic is offered where there would be something left without it.
func TestK2Q2_WhatIsOfferedMakesSense(t *testing.T) {
	t.Parallel()
	one, two := look(), look()
	one.Categories, two.Categories = []string{"os"}, []string{"os", "memory"}
	for _, c := range []struct {
		q      consent.Question
		lines  uint16
		topics string
		list   bool
	}{{one, 24, "", false}, {two, 24, "topics above", false}, {look(), 24, "topics above", false}, {look(), 15, "", true}} {
		p := newPerson(t, text.English)
		p.sized(80, c.lines)
		got := p.ask(t.Context(), c.q)
		flat := strings.Join(strings.Fields(p.rows()), " ")
		if strings.Contains(flat, "topics above") != (c.topics != "") || strings.Contains(flat, "t = list the topics") != c.list || strings.Contains(flat, "list all topics") {
			t.Errorf("%v:\n%s", c.q.Categories, p.rows())
		}
		p.types("t\n")
		p.stands(phrase(text.English, promptAnswer), 2)
		all := len(c.q.Categories) == 0 // the word counts, also where there is no need for it
		if all != strings.Contains(p.rows(), "  │ running programs\n") || all == strings.Contains(p.rows(), phrase(text.English, askedAgain)) {
			t.Errorf("%v: after t:\n%s", c.q.Categories, p.rows())
		}
		p.types("\n")
		p.answered(got)
	}
}

// Q3: the time that is left is counted down, and its end says what it was.
func TestK2Q3_CountdownAndItsEnd(t *testing.T) {
	t.Parallel()
	for l, said := range map[text.Language][]string{
		text.English: {"3 s left. Do you allow this?", "1 s left. Do you allow this?", "There was no answer within a minute. Nothing was allowed."},
		text.Korean:  {"3초 남음. 허용하시겠습니까?", "1초 남음. 허용하시겠습니까?", "1분 안에 대답이 없었습니다."},
	} {
		p := newPerson(t, l)
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		got := p.ask(ctx, look())
		p.types("ye")
		if a := p.answered(got); !errors.Is(a.err, context.DeadlineExceeded) || a.answer.Decision.Allowed() {
			t.Errorf("%+v", a)
		}
		for _, part := range said {
			p.sees(part, 1)
		}
		p.sees(said[1]+" ye", 1) // what was typed stays there
	}
}

// Q1: it is asked once more in the same time, not in a new one.
func TestK2Q1_AskedAgainInTheSameTime(t *testing.T) {
	t.Parallel()
	p := newPerson(t, text.English)
	const limit = 6 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	got := p.ask(ctx, look())
	p.types("maybe\n")
	p.stands(phrase(text.English, askedAgain), 1)
	if a := p.answered(got); a.answer.Decision.Allowed() || !errors.Is(a.err, context.DeadlineExceeded) || time.Since(began) > limit+testkit.Soon {
		t.Errorf("%+v after %v", a, time.Since(began))
	}
	// Twice is No, and says so.
	got = p.ask(t.Context(), look())
	p.types("maybe\n")
	p.stands(phrase(text.English, promptAnswer), 4)
	p.types("well\n")
	if a := p.answered(got); a.err != nil || a.answer.Decision != consent.Denied || a.answer.Why != consent.Unclear {
		t.Errorf("%+v", a)
	}
	p.sees("so it counts as no", 1)
}

// Q1: the rest of a slow paste does not answer what is asked once more, even where
// its last line is an answer.
func TestK2Q1_ARestOfAPasteIsNoAnswer(t *testing.T) {
	t.Parallel()
	p := newPerson(t, text.English)
	got := p.ask(t.Context(), look())
	p.types("please wait a moment\n")
	tick := time.NewTicker(rest / 5)
	defer tick.Stop()
	for range 10 {
		<-tick.C
		p.types("yes\n")
	}
	p.stands(phrase(text.English, promptAnswer), 2)
	p.types("\n")
	if a := p.answered(got); a.err != nil || a.answer.Decision.Allowed() {
		t.Errorf("%+v\n%s", a, p.rows())
	}
}

// Q9: where a customer's documents are, by what their desktop calls them.
func TestK2Q9_WhereDocumentsAre(t *testing.T) {
	home := t.TempDir()
	p := &program{lang: text.Korean, getenv: func(name string) string { return map[string]string{"HOME": home}[name] }}
	if got := p.documents(); got != home {
		t.Errorf("without any: %s", got)
	}
	for _, dir := range []string{"Documents", "문서", ".config"} {
		if err := os.Mkdir(filepath.Join(home, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.documents(); got != filepath.Join(home, "Documents") {
		t.Errorf("the usual name: %s", got)
	}
	for config, want := range map[string]string{
		"XDG_DOCUMENTS_DIR=\"$HOME/문서\"\n": "문서", "# XDG_DOCUMENTS_DIR=\"$HOME/x\"\nXDG_MUSIC_DIR=\"$HOME/x\"\n": "Documents",
		"XDG_DOCUMENTS_DIR=\"$HOME/gone\"\n": "Documents", "XDG_DOCUMENTS_DIR=\"" + filepath.Join(home, "문서") + "\"\n": "문서", "XDG_DOCUMENTS_DIR=relative": "Documents",
	} {
		if err := os.WriteFile(filepath.Join(home, ".config", "user-dirs.dirs"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := p.documents(); got != filepath.Join(home, want) {
			t.Errorf("%q: %s", config, got)
		}
	}
	first, err := p.newCopy()
	if err != nil || !strings.HasPrefix(filepath.Base(first), "원격 지원 ") || filepath.Ext(first) != ".html" {
		t.Fatal(first, err)
	}
	if err := os.WriteFile(first, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if second, err := p.newCopy(); err != nil || second == first {
		t.Error("a copy would replace another:", second, err)
	}
}

// Q9: only who was there is asked, and a closing window is not.
func TestK2Q9_WhoIsAskedForACopy(t *testing.T) {
	home := t.TempDir()
	stopped, stop := context.WithCancelCause(t.Context())
	stop(errStopped)
	typed, stop := context.WithCancelCause(t.Context())
	stop(errTyped)
	for name, c := range map[string]struct {
		ctx   context.Context
		used  bool
		asked bool
	}{
		"nobody typed": {t.Context(), false, false}, "ended by the CSR": {t.Context(), true, true},
		"a closed window": {stopped, true, false}, "Ctrl-C": {typed, true, true},
	} {
		p := newPerson(t, text.English)
		prog := &program{lang: text.English, getenv: func(name string) string { return map[string]string{"HOME": home}[name] }}
		if c.used {
			p.someoneIsThere()
		}
		got := make(chan string, 1)
		go func() { got <- prog.askForCopy(c.ctx, p.screen) }()
		if c.asked {
			p.stands(phrase(text.English, copyPrompt), 1)
			p.types("yes\n")
		}
		if path := <-got; (path != "") != c.asked {
			t.Errorf("%s: %q", name, path)
		}
		if strings.Contains(p.rows(), "Keep a copy") != c.asked {
			t.Errorf("%s:\n%s", name, p.rows())
		}
	}
}

// Q4: who has typed nothing is asked, three times at most; the last mistake is told.
func TestK2Q4_WhatIsMissingIsAskedFor(t *testing.T) {
	for _, l := range text.Languages() {
		p := newPerson(t, l)
		prog := &program{lang: l}
		j := &daemon.Join{}
		got := make(chan error, 1)
		go func() { got <- prog.askMissing(t.Context(), p.screen, j) }()
		for i, typed := range []string{"１2O", "482 913 078", "482.913.077"} {
			p.stands("> ", i+1)
			p.types(typed + "\n")
		}
		p.stands("> ", 4)
		p.types("--relay relay.example --relay-key " + pin + "\n")
		if err := <-got; err != nil || j.Number != "482913077" || j.Relay.String() != "relay.example" || !slices.Equal(j.Relay.Keys, []string{pin}) {
			t.Errorf("%s: %+v, %v\n%s", l, j, err, p.rows())
		}
		go func() { got <- prog.askMissing(t.Context(), p.screen, &daemon.Join{}) }()
		for i := range attempts {
			p.stands("> ", 5+i)
			p.types("x\n")
		}
		if err := <-got; err == nil || !strings.Contains(err.Error(), phrase(l, numberSign, "x")) {
			t.Errorf("%s: %v", l, err)
		}
		p.waits(p.unbroken, joinedUp(phrase(l, numberOnlyHint)), 2)
	}
}
