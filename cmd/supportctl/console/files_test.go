package console

import (
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// Files are listed, brought, fetched and deleted, and the list is read anew each time.
func TestStagedFiles(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("down", "enter", "s")
	d.shows("3 files and folders, 1612 bytes", ">        412  fix.sh", "도구/정리.sh")
	d.press("p", "a.sh", "enter")
	d.shows("a.sh", "- Brought: a.sh")
	d.press("w", "enter", "down", "w", "x", "yes", "enter") // a folder is not fetched
	want := "files 482913077\nput 482913077 a.sh\nfiles 482913077\nget 482913077 \"fix.sh\" \"fix.sh\"\nfiles 482913077\nremove 482913077 \"도구\" true\nfiles 482913077"
	if d.fake.done() != want {
		t.Errorf("it did\n%s\nand not\n%s", d.fake.done(), want)
	}
}

// A list that is cut says how many are left out.
func TestStagedFilesThatAreNotListed(t *testing.T) {
	d := newHarness(t, text.English)
	d.fake.more = 15000
	d.open()
	d.press("down", "enter", "s")
	d.shows("3 files and folders, 1612 bytes", "15000 more are there and not listed", "fix.sh")
	d.fake.open = true
	d.press("f")
	d.shows("more than 15000 more are there and not listed")

	d = newHarness(t, text.English)
	d.fake.more = 3
	if shown := d.inLines(time.Second, "2", "9", "0", "0", "0"); !strings.Contains(shown, "1612 bytes; 3 more are there and not listed") {
		t.Errorf("the menu of lines shows\n%s", shown)
	}
}

// What is pasted deletes nothing, and a No leaves the file.
func TestV7_StagedFilesStay(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("down", "enter", "s", "x")
	d.send(d.pasted("yes\r"))
	d.press("enter", "x", "n", "enter", "x", "esc", "p", "esc", "w", "esc")
	if strings.Contains(d.fake.done(), "remove") || strings.Contains(d.fake.done(), "get") || strings.Contains(d.fake.done(), "put") {
		t.Errorf("it did %s", d.fake.done())
	}
}

// A computer's names lead to no other folder of the CSR.
func TestLocalName(t *testing.T) {
	for staged, want := range map[string]string{
		"fix.sh": "fix.sh", "kit/한글.txt": "한글.txt", "../x": "x", "..": "staged-file", ".bashrc": "staged-file", "": "staged-file", "/": "staged-file",
		`a\b`: "staged-file", "c:x": "staged-file", "a\x1b[2J": "staged-file", "a\nb": "staged-file",
	} {
		if got := localName(staged); got != want {
			t.Errorf("%q is called %q, want %q", staged, got, want)
		}
	}
}
