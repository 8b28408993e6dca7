package relay

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/text"
)

// packed is a script's archive, as a CSR sends it.
func packed(t testing.TB, text string) string {
	t.Helper()
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "data/표.txt", Data: []byte{0, 0xff}}, {Path: "run.sh", Data: []byte(text)}}}
	archive, err := p.Tar()
	if err != nil {
		t.Fatal(err)
	}
	return string(archive)
}

// bookshop is a relay with categories, whose CSRs are logged in.
type bookshop struct {
	*world
	alice, bob, root *csr
}

func newBookshop(t testing.TB, change func(*Options)) bookshop {
	t.Helper()
	w := newWorld(t, change)
	b := bookshop{world: w, alice: w.login("alice", w.account("alice", false)), bob: w.login("bob", w.account("bob", false)), root: w.login("root", w.account("root", true))}
	b.root.ok("category add Network")
	b.root.ok("category add 프린터")
	return b
}

// add adds a script that must go in.
func (c *csr) add(line, archive string) {
	c.t.Helper()
	if _, problems, code := c.run(archive, "script add "+line); code != 0 {
		c.t.Fatalf("script add %s: exit code %d\n%s", line, code, problems)
	}
}

func (c *csr) scripts(line string) (views []api.Script) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.ok("script list --json "+line)), &views); err != nil {
		c.t.Fatal(err)
	}
	return views
}

func (c *csr) script(line string) (v api.Script) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.ok("script show --json "+line)), &v); err != nil {
		c.t.Fatal(err)
	}
	return v
}

func namesOf(views []api.Script) string {
	var names []string
	for _, v := range views {
		names = append(names, v.Name)
	}
	return strings.Join(names, " ")
}

func TestAScriptFromAddToRemove(t *testing.T) {
	b := newBookshop(t, nil)
	first, second := packed(t, "#!/bin/sh\n"), packed(t, "#!/bin/sh\necho 2\n")
	b.alice.add("'프린터 확인' --category 프린터 --description 'looks at it'", first)
	v := b.alice.script("'프린터 확인'")
	if v.Owner != "alice" || v.Published || v.Version != 1 || v.Executable != "run.sh" || v.Size != 12 || v.SHA256 != library.Sum([]byte(first)) ||
		len(v.Files) != 2 || v.Files[0].Path != "data/표.txt" || len(v.Versions) != 1 || v.Versions[0].By != "alice" || v.LastResult != "" || v.Runs != 0 {
		t.Errorf("%+v", v)
	}
	// Any spelling of the name will do: here it is decomposed.
	if got := b.alice.ok("script get \u1111\u1173\u1105\u1175\u11ab\u1110\u1165\\ 확인"); got != first {
		t.Errorf("%d bytes came back of %d", len(got), len(first))
	}
	if _, problems, code := b.alice.run(second, "script edit '프린터 확인' --files --publish --name Printer --if-version 1"); code != 0 {
		t.Fatal(problems)
	}
	if v = b.bob.script("printer"); v.Name != "Printer" || v.Version != 2 || !v.Published || v.SHA256 != library.Sum([]byte(second)) || v.Description != "looks at it" {
		t.Errorf("%+v", v)
	}
	if got := b.alice.ok("script get PRINTER --version 1"); got != first {
		t.Error("the older version is not what it was")
	}
	for line, want := range map[string]int{
		"script edit Printer --if-version 1 --description late": 1, "script edit Printer --version 1": 2, "script edit Printer": 2,
		"script edit Printer --publish --unpublish": 2, "script edit Printer --executable x": 2, "script get Printer --version 3": 1,
		"script edit Printer --category Nothing": 2, "script list --sort colour": 2, "script remove Printer": 2,
	} {
		if _, problems, code := b.alice.run("", line); code != want || !strings.Contains(problems, "relay: ") {
			t.Errorf("%s: exit code %d\n%s", line, code, problems)
		}
	}
	if after := b.alice.script("Printer"); after.Version != 2 || after.Description != "looks at it" {
		t.Errorf("a refused edit changed something: %+v", after)
	}
	b.alice.ok("script remove Printer --yes")
	if list := b.alice.scripts(""); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if _, problems, code := b.alice.run("", "script list"); code != 0 || !strings.Contains(problems, "script add") {
		t.Errorf("an empty list: %d %q", code, problems)
	}
}

// A description that a table cuts is shown in full below it.
func TestALongDescription(t *testing.T) {
	b := newBookshop(t, nil)
	long := "What it does, which takes more words than fit into a line of a table that has other columns.\nAnd more."
	b.alice.add("one --category Network --description '"+long+"'", packed(t, "1"))
	b.alice.add("two --category Network --description short", packed(t, "2"))
	if out := b.alice.ok("script show one"); !strings.HasSuffix(out, "\n\n"+long+"\n") || !strings.Contains(out, "DESCRIPTION  What it does") {
		t.Error(out)
	}
	if out := b.alice.ok("script show two"); strings.Count(out, "short") != 1 {
		t.Error(out)
	}
}

// nextMilli waits until what is stored gets another time.
func nextMilli() {
	for at := time.Now().UnixMilli(); time.Now().UnixMilli() == at; {
		runtime.Gosched()
	}
}

func TestScriptListIsSortedAndFiltered(t *testing.T) {
	b := newBookshop(t, nil)
	b.alice.add("beta --category Network --publish", packed(t, "12345"))
	nextMilli()
	b.bob.add("Alpha --category 프린터 --publish --description 'DNS too'", packed(t, "1"))
	nextMilli()
	b.alice.add("dns --category Network", packed(t, "123"))
	for line, want := range map[string]string{
		"":                    "Alpha beta dns",
		"-r":                  "dns beta Alpha",
		"--sort size":         "Alpha dns beta",
		"--sort changed -r":   "dns Alpha beta",
		"--sort owner":        "beta dns Alpha",
		"--sort category":     "beta dns Alpha",
		"--mine":              "beta dns",
		"--category network":  "beta dns",
		"--search DNS":        "Alpha dns",
		"--search dns --mine": "dns",
		"--search nothing":    "",
	} {
		if got := namesOf(b.alice.scripts(line)); got != want {
			t.Errorf("script list %s: %s, want %s", line, got, want)
		}
	}
	if got := namesOf(b.bob.scripts("")); got != "Alpha beta" {
		t.Errorf("Bob sees %s", got)
	}
}

// What stands above a column is what it can be sorted by.
func TestScriptListIsSortedByAllItsHeadings(t *testing.T) {
	b := newBookshop(t, nil)
	b.alice.add("beta --category Network --publish", packed(t, "12345"))
	nextMilli()
	b.bob.add("프린터 --category 프린터 --publish --description 'one page'", packed(t, "1"))
	nextMilli()
	b.alice.add("Alpha --category Network", packed(t, "123"))
	for heading, want := range map[string]string{
		"NAME": "Alpha beta 프린터", "CATEGORY": "Alpha beta 프린터", "OWNER": "Alpha beta 프린터", "PUBLISHED": "beta 프린터 Alpha",
		"CHANGED": "beta 프린터 Alpha", "SIZE": "프린터 Alpha beta", "RUNS": "Alpha beta 프린터", "LAST RESULT": "Alpha beta 프린터",
		"DESCRIPTION": "Alpha beta 프린터",
	} {
		if got := namesOf(b.alice.scripts("--sort '" + heading + "'")); got != want {
			t.Errorf("by %s: %s, want %s", heading, got, want)
		}
	}
	for i, c := range tablesIn(nil).Scripts() {
		if order, err := api.ParseScriptOrder(c.Title); err != nil || order != api.ScriptOrders()[i] {
			t.Errorf("%s: %q, %v", c.Title, order, err)
		}
	}
}

// What was private when it was changed stays so after the publication.
func TestOlderVersionsStayPrivate(t *testing.T) {
	b := newBookshop(t, nil)
	b.alice.add("Tool --category Network", packed(t, "a password"))
	for _, line := range []string{"edit Tool --files", "edit Tool --publish", "edit Tool --description x", "edit Tool --unpublish", "edit Tool --publish"} {
		if _, problems, code := b.alice.run(packed(t, "no password"), "script "+line); code != 0 {
			t.Fatal(problems)
		}
	}
	for who, want := range map[*csr]string{b.alice: "[1 2 3 4 5 6]", b.bob: "[3 4 6]", b.root: "[3 4 6]"} {
		var numbers []int
		for _, v := range who.script("Tool").Versions {
			numbers = append(numbers, v.Version)
		}
		if got := fmt.Sprint(numbers); got != want {
			t.Errorf("%s instead of %s", got, want)
		}
		for _, verb := range []string{"get", "show", "show --json"} {
			out, problems, code := who.run("", "script "+verb+" Tool --version 1")
			none, noProblems, noCode := who.run("", "script "+verb+" Tool --version 9")
			if who != b.alice && (out != none || code != noCode || problems != strings.ReplaceAll(noProblems, "9", "1")) {
				t.Errorf("%s: %d %q %q", verb, code, out, problems)
			}
		}
	}
}

func TestWhatAdminsMayDo(t *testing.T) {
	b := newBookshop(t, nil)
	b.alice.add("Tool --category Network --publish", packed(t, "1"))
	if _, problems, code := b.root.run("", "script edit Tool --unpublish --description x"); code != 1 || !strings.Contains(problems, "belongs to alice") {
		t.Errorf("%d %q", code, problems)
	}
	b.root.ok("script edit Tool --unpublish")
	if v := b.alice.script("Tool"); v.Published || v.Version != 2 || v.Versions[1].By != "root" || v.Description != "" || v.Owner != "alice" {
		t.Errorf("%+v", v)
	}
	if got := namesOf(b.bob.scripts("")); got != "" {
		t.Errorf("Bob still sees %s", got)
	}
	// Nobody but an admin makes a category, and a used one stays.
	if _, _, code := b.alice.run("", "category add Mine"); code != 1 {
		t.Error("a CSR made a category")
	}
	if _, problems, code := b.root.run("", "category remove Network"); code != 1 || !strings.Contains(problems, "in use") {
		t.Errorf("%d %q", code, problems)
	}
	if out := b.bob.ok("category list -o csv"); !strings.Contains(out, "Network") || !strings.Contains(out, "프린터") {
		t.Errorf("%q", out)
	}
}

func TestF5_PackageOverSSH(t *testing.T) {
	b := newBookshop(t, nil)
	const rest = 2 // bytes of the other file
	for over, want := range map[int]int{-1: 0, 0: 0, 1: 2} {
		body := strings.Repeat("x", library.MaxPackage-rest+over)
		_, problems, code := b.alice.run(packed(t, body), fmt.Sprintf("script add 'over %d' --category Network", over))
		if code != want || over > 0 && !strings.Contains(problems, "1 more than") {
			t.Errorf("%d bytes over: exit code %d\n%s", over, code, problems)
		}
	}
	if got := namesOf(b.alice.scripts("")); got != "over -1 over 0" {
		t.Errorf("%s", got)
	}
	for name, archive := range map[string]string{"nothing": "", "text": "#!/bin/sh\necho this is no archive\n", "half": packed(t, "x")[:700]} {
		_, problems, code := b.alice.run(archive, "script add x --category Network")
		if code != 2 || !strings.Contains(problems, "hint: ") {
			t.Errorf("%s: exit code %d\n%s", name, code, problems)
		}
	}
}

// Whatever a CSR calls a script, no terminal is driven by it.
func TestC9_C10_ScriptNames(t *testing.T) {
	b := newBookshop(t, nil)
	for _, hostile := range []string{"a\x1b[2J", "a\u202eb", "a\nb", "\u200bx", "\x9b2J", "a\rb", strings.Repeat("x", 10_000), "-rf", "../x", "a/b", " a", "\xff"} {
		for _, line := range []string{
			"add NAME --category Network", "add ok --category NAME", "add ok --category Network --description NAME", "add ok --category Network --executable NAME",
			"show NAME", "get NAME", "edit NAME --publish", "remove NAME --yes", "list --sort NAME", "edit there --name NAME", "list -o NAME",
		} {
			if strings.Contains(line, "--description") && library.CheckDescription(hostile) == nil {
				continue // it may be described so
			}
			line = strings.ReplaceAll(line, "NAME", "'"+hostile+"'")
			out, problems, code := b.alice.run(packed(t, "1"), "script "+line)
			if code == 0 || out != "" || len(problems) > 2_000 {
				t.Errorf("script %.80q: exit code %d, %d bytes", line, code, len(problems))
			}
			for part := range strings.Lines(problems) {
				if strings.ContainsFunc(strings.TrimSuffix(part, "\n"), text.Hostile) {
					t.Errorf("script %.80q: %q", line, part)
				}
			}
		}
	}
	if list := b.alice.scripts(""); len(list) != 0 {
		t.Errorf("%s", namesOf(list))
	}
}
