package web

import (
	"fmt"
	"html"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/library/text"
)

// Each page says what to press first and what happens then, in both languages.
func TestStepsOfEverySystem(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs, o.Organisation = programs, "Example Ltd" })
	for agent, steps := range map[string]func(*texts) []string{
		onWindows: func(t *texts) []string {
			return []string{t.CallQuestion, t.Start, t.Then, t.StepWindows, t.StepBlocked, publisher(t, "Example Ltd"), t.StepAsk, t.StepStop,
				t.CannotDownload, t.PasteWindows, t.PasteLinux, t.OtherSystem}
		},
		onLinux: func(t *texts) []string {
			return []string{t.CallQuestion, t.Start, t.Then, t.StepSaved, t.StepCopy, "support-" + aNumber + ".tar.gz", t.StepTerminal, t.StepPaste, t.StepAsk, t.StepStop,
				t.CannotDownload, t.PasteLinux, t.PasteWindows, t.OtherSystem}
		},
		onMac: func(t *texts) []string {
			return []string{t.CallQuestion, t.MacHeading, t.StepCopyMac, "run.sh", t.StepSearchMac, t.StepTerminalMac, t.StepPasteMac, t.StepWarnedMac, t.StepAsk, t.StepStop,
				t.MacDownload, t.StepChipMac, "/darwin-arm64", t.StepUnpackMac, "support-" + aNumber, t.StepRefusedMac}
		},
		onPhone: func(t *texts) []string {
			return []string{"<h1>" + t.Ask, t.CallQuestion, t.PhoneHeading, t.Phone, t.StepWait, t.StepAddress, `<b class="address">r/</b>`, t.StepTyped, `<b class="number">482 913 077</b>`, "<details>", t.IsComputer}
		},
		onOther: func(t *texts) []string {
			return []string{t.CallQuestion, t.Choose, "?on=windows", "?on=mac", "?on=linux", t.ChooseNone}
		},
	} {
		for _, l := range text.Languages() {
			inOrder(t, html.UnescapeString(s.visit(agent, "", string(l))), steps(textsIn(l))...)
		}
	}
	if page := s.visit(onPhone, "", "en"); strings.Contains(page, "this computer") || strings.Contains(page, "<pre") || strings.Contains(page, "<details open") {
		t.Errorf("a phone is told what only a computer can do:\n%s", page)
	}
}

// publisher is the step that names who has to have signed the program.
func publisher(t *texts, name string) string {
	return text.Particles(fmt.Sprintf(t.StepPublisher, name))
}

// Who does not sit at what the browser says chooses the system, and keeps the language.
func TestChosenSystem(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	for on, want := range map[string]string{"windows": "/windows-amd64", "linux": "/linux-amd64"} {
		for _, agent := range []string{onOther, onMac, onPhone} {
			inOrder(t, s.visit(agent, "?lang=ko&on="+on, "en"), `lang="ko"`, "?lang=en&amp;on="+on, `class="start" href="/d/`+aNumber+want)
		}
	}
	inOrder(t, s.visit(onOther, "?on=mac", "en"), textsIn(text.English).MacHeading)
	inOrder(t, s.visit("Mozilla/5.0 (Windows NT 10.0; ARM64; x)", "?on=windows", "en"), `class="start" href="/d/`+aNumber+`/windows-arm64`)
	for _, odd := range []string{"?on=x", "?on=", "?on=darwin", "?on=windows&on=linux%22%3E", "?on=%22%3E%3Cscript%3E"} {
		if page := s.visit(onOther, odd, "en"); strings.Contains(page, `on="`) || strings.Contains(page, "<script>") {
			t.Errorf("%s is in\n%s", odd, page)
		}
	}
}

// A relay without the program of a system says so, and one without any has one thing to press.
func TestNoProgramForThisSystem(t *testing.T) {
	programs, dir := newPrograms(t)
	programs.Close()
	for _, to := range systems() {
		if to.String() != "windows-amd64" {
			if err := os.Remove(filepath.Join(dir, to.file())); err != nil {
				t.Fatal(err)
			}
		}
	}
	programs, err := openPrograms(dir, slog.New(slog.DiscardHandler), described)
	if err != nil {
		t.Fatal(err)
	}
	defer programs.Close()
	few, none := newSite(t, func(o *Options) { o.Programs = programs }), newSite(t, nil)
	for _, l := range text.Languages() {
		words := textsIn(l)
		for _, agent := range []string{onMac, onLinux} {
			page := few.visit(agent, "", string(l))
			inOrder(t, page, words.Missing, "?on=windows", words.PromiseHeading)
			if strings.Contains(page, words.OnlyDownload) || strings.Contains(page, downloads) {
				t.Errorf("who has no program for their computer is offered another one's:\n%s", page)
			}
		}
		inOrder(t, few.visit("Mozilla/5.0 (Windows NT 10.0; ARM64; x)", "", string(l)), `class="start" href="/d/`+aNumber+`/windows-amd64`)
		inOrder(t, none.visit(onWindows, "", string(l)), "482 913 077", words.Nothing, `<summary class="start">`+words.HaveProgram, words.StepOpen, words.StepBlocked,
			publisher(words, words.Called), "482 913 077", words.StepAsk)
	}
}
