package console

import (
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// onFile is on the row of the file, with the file browser's folder on the screen.
func onFile() []string { return []string{"tab", "tab", "tab", "enter"} }

// A new script is filled in: name, category, for whom, files out of the file browser, and a
// description of two lines.
func TestFormAdds(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l", "n", "clean-up", "enter", "right", "right", "enter", "right", "enter", "enter")
	d.shows("4 files and folders", "/home/alice", ">             도구/", "412  clean-up.sh")
	d.press("down", "down", "enter", "tab")
	d.shows("FILE         clean-up.sh  (/home/alice)", "> NEEDS        -")
	d.press("enter", "end", "enter", "enter", "end", "up", "enter", "backspace", "tab", "Frees the", "enter", "disk", "ctrl+s")
	want := `add {Name:clean-up Category:Network Description:Frees the
disk File:/home/alice/clean-up.sh With:[/home/alice/notes.txt] Publish:true}`
	if got := strings.ReplaceAll(d.fake.done(), "scripts\n", ""); got != want+"\nscripts" {
		t.Errorf("did %q, want %q", got, want)
	}
	d.shows("3 scripts", "- In the library: clean-up")
}

// What is changed is the script as the relay has it now; what is not changed stays as it is,
// also where a field cannot show it.
func TestFormChanges(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.fake.scripts[0].Description, d.fake.scripts[0].Category = "a\ttab\nand \u202emore", "Old"
	d.press("l", "down", "e")
	d.shows("edit: restart-printer", "> NAME         restart-printer", "(the files stay as they are)", "CATEGORY     Old")
	d.press("tab", "tab", "left", "ctrl+s")
	want := "change version 3 {Name:restart-printer Category:Old Description:a\ttab\nand \u202emore File: With:[] Publish:false}"
	if got := strings.ReplaceAll(d.fake.done(), "scripts\n", ""); got != want+"\nscripts" {
		t.Errorf("did %q, want %q", got, want)
	}
	d.press("n")
	if d.press("esc"); len(d.views) != 2 {
		t.Error("an empty form does not close")
	}
	d.fake.scripts = d.fake.scripts[1:]
	if d.press("e"); len(d.views) != 2 {
		t.Error("a script that is gone is changed")
	}
	d.shows("x file does not exist")
}

// An error keeps what was typed, and says what is wrong where it stands.
func TestFormKeepsWhatWasTyped(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l", "n", "ctrl+s")
	d.shows("> NAME", "x Give the script a name.")
	d.press("clean-up", "ctrl+s")
	d.shows("> FILE", "x Choose the file that is run: Enter opens the file browser.")
	d.press("enter", "end", "enter", "tab", "tab", "what it does")
	d.fake.err = cmdline.Fail(cmdline.ExitFailed, "choose another name", "the library has a script clean-up already")
	d.press("ctrl+s")
	d.shows("NAME         clean-up", "notes.txt  (/home/alice)", "what it does", "x the library has a script clean-up already - choose another name")
	d.press("esc")
	d.shows("NAME         clean-up", "Not saved. Esc once more throws away what you typed.")
	d.press("s", "esc") // anything else is no second Esc
	d.shows("what it does")
	d.fake.err = nil
	d.press("ctrl+s")
	d.shows("- In the library: clean-up")
	d.press("n", "x", "esc", "esc")
	d.shows("3 scripts")
}

// A relay that does not answer is left alone with Esc, and the form stays.
func TestFormIsBrokenOff(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l", "n", "clean-up", "tab", "tab", "tab", "enter", "end", "enter")
	d.fake.holds = true
	f := d.top().(*formView)
	d.now = d.now.Add(fastest)
	asked := f.submit()
	answered := make(chan tea.Msg, 1)
	go func() { answered <- asked() }()
	d.press("x", "tab", "esc")
	d.shows("working …", "> FILE")
	d.send(<-answered)
	d.shows("Saving was broken off.", "NAME         clean-up", "> FILE")
}

// Letters outside of a text do nothing, q included; keys that are no text do, and help.
func TestFormLosesNothingByALetter(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l", "n", "m", "tab", "q", "m", "n", "x", "tab", "tab", "q", "tab", "q")
	if d.quit || len(d.views) != 3 {
		t.Fatalf("quit %t, %d views", d.quit, len(d.views))
	}
	d.press("f1")
	d.shows("file browser", "remove", "Ctrl-S")
	d.press("end", "up", "up", "up") // "back" is one that may be lost
	d.shows("> Esc")
	d.press("enter")
	d.shows("Not saved.", "NAME         m")
}

// What is pasted fills in, and confirms nothing: no form, no file, no folder.
func TestV7_FormTakesNoPasteForAYes(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l", "n")
	d.send(d.pasted("clean\nup\x1b[2J"))
	d.press("tab", "tab", "tab")
	d.send(d.pasted("/tmp/a b.sh\n/tmp/other"))
	d.press("tab")
	d.send(d.pasted("/tmp/x\x1b.txt"), d.pasted("\n"), d.pasted("/tmp/y"))
	d.press("tab")
	d.send(d.pasted("one\ntwo\u202e\x9b31m\n"))
	f := d.top().(*formView).filled()
	if f.Name != "clean up\\x1b[2J" && f.Name != "clean up[2J" || f.File != "/tmp/a b.sh" || strings.Join(f.With, "|") != "/tmp/x\x1b.txt|/tmp/y" || strings.ContainsFunc(strings.ReplaceAll(f.Description, "\n", ""), text.Hostile) {
		t.Errorf("%+v", f)
	}
	keys := []tea.KeyPressMsg{{Code: 'x', Text: "x"}, {Code: 's', Mod: tea.ModCtrl}}
	for _, k := range keys { // a terminal that does not mark what is pasted
		d.send(k)
	}
	d.shows("press Ctrl-S yourself")
	d.press("shift+tab", "shift+tab", "backspace", "enter")
	d.send(tea.KeyPressMsg{Code: tea.KeyDown}, tea.KeyPressMsg{Code: tea.KeyDown}, tea.KeyPressMsg{Code: tea.KeyDown}, tea.KeyPressMsg{Code: tea.KeyEnter})
	d.shows("That came as fast as pasted text", "notes.txt")
	if strings.Contains(d.fake.done(), "add") {
		t.Error("a paste has put a script into the library")
	}
}

// The file browser goes through folders by keys, finds, and takes a path that is typed.
func TestBrowser(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l", "n")
	d.press(onFile()...)
	d.press("down", "enter")
	d.shows("/home/alice/scripts", "2 files and folders (not all of them)", `b\x1b[2J\u202e.sh`)
	d.press("left") // the cursor is on the folder that it came from
	d.shows(">             scripts/")
	d.press("backspace")
	d.shows("/home\n", ">             alice/")
	d.press("backspace") // there is nothing above in this test
	d.shows("x open /: file does not exist", ">             alice/")
	d.press("enter", "enter")
	d.shows("There is nothing here.")
	d.press("left", "/", "SCR", "enter")
	d.shows("1 files and folders", "filter: scr", ">             scripts/")
	d.press("esc")
	d.shows("4 files and folders")
	d.press("t", "/home/alice/nowhere", "enter")
	d.shows("x open /home/alice/nowhere: file does not exist", "4 files and folders")
	d.press("t", "esc", "t", "enter", "t", "/home/alice/scripts/typed.sh", "enter")
	d.shows("> FILE         typed.sh  (/home/alice/scripts)")
	d.press("enter")
	d.shows("/home/alice/scripts", "a.sh")
	d.press("left", "space") // a folder, with what it holds
	d.shows("> FILE         scripts  (/home/alice)\n")
	d.press("enter", "esc", "backspace")
	d.shows("> FILE         -\n")
}

// A file whose name would drive the terminal is shown harmless, and given on as it is: who
// reads it says that a script's files have other names.
func TestV1_BrowserGivesHostileNamesOn(t *testing.T) {
	d := newHarness(t, text.English)
	bare(d)
	d.open()
	d.press("l", "n")
	d.press(onFile()...)
	d.press("down", "enter", "end", "enter")
	harmless(t, d, "form")
	d.shows(`> FILE         b\x1b[2J\u202e.sh  (/home/alice/scripts)`)
	if f := d.top().(*formView); f.filled().File != "/home/alice/scripts/b\x1b[2J\u202e.sh" {
		t.Errorf("%q", f.filled().File)
	}
}

// A relay that is away opens no form.
func TestFormNeedsTheRelay(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l")
	v := d.top().(*libraryView)
	d.send(result{v, toFill{err: errors.New("no route")}})
	d.shows("x no route", "3 scripts")
}
