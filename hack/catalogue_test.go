package hack_test

import (
	"go/ast"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notYet heads the ids in SECURITY.md that no test carries so far.
const notYet = "### Without a test so far"

// catalogue reads SECURITY.md: the bad inputs and faults that have a test which
// carries their id (TestF5_PackageOneByteOver, s07-output-flood.txtar), and those
// that have none yet, each with its line.
func catalogue(t *testing.T) (tested, planned []string) {
	t.Helper()
	text, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	before, after, ok := strings.Cut(string(text), notYet+"\n")
	if !ok {
		t.Fatalf("SECURITY.md has no heading %q", notYet)
	}
	return idsOfList(before), idsOfList(after)
}

// idsOfList finds lines of the form "- F5: what is tried.".
func idsOfList(text string) (ids []string) {
	for _, found := range regexp.MustCompile(`(?m)^- ([A-Z][1-9][0-9]?): \S`).FindAllStringSubmatch(text, -1) {
		ids = append(ids, found[1])
	}
	return ids
}

// testsByID lists the tests whose names carry an id.
func testsByID(t *testing.T) map[string][]string {
	t.Helper()
	tests := map[string][]string{}
	add := func(where, test string, ids []string) {
		for _, id := range ids {
			tests[id] = append(tests[id], where+" "+test)
		}
	}
	for _, s := range sources(t) {
		// The catalogue's own tests have ids as examples only.
		if !s.test() || s.Path == "hack/catalogue_test.go" {
			continue
		}
		for _, d := range s.File.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				add(path.Dir(s.Path), f.Name.Name, idsOfTest(f.Name.Name))
			}
		}
	}
	walk(t, func(name string) {
		if path.Ext(name) == ".txtar" {
			add(path.Dir(path.Dir(name)), path.Base(name), idsOfScript(path.Base(name)))
		}
	})
	return tests
}

// TestCatalogue holds that SECURITY.md and the tests fit: each id has one line and
// a test, or stands among those that have none. With -v it prints the tests.
func TestCatalogue(t *testing.T) {
	tests := testsByID(t)
	tested, planned := catalogue(t)
	lines := map[string]int{}
	for _, id := range tested {
		lines[id]++
		if len(tests[id]) == 0 {
			t.Errorf("no test carries the id %s, but SECURITY.md has it among those that are tested", id)
		}
		t.Logf("%-4s %s", id, strings.Join(slices.Sorted(slices.Values(tests[id])), ", "))
	}
	for _, id := range planned {
		lines[id]++
		if len(tests[id]) > 0 {
			t.Errorf("%s has a test now: move its line in SECURITY.md up", id)
		}
	}
	for id, n := range lines {
		if n > 1 {
			t.Errorf("SECURITY.md has %d lines for %s", n, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(tests)) {
		if lines[id] == 0 {
			t.Errorf("SECURITY.md has no line for %s, which is the id of %s", id, strings.Join(tests[id], ", "))
		}
	}
}

// idsOfTest reads the ids at the beginning of a test's name: TestC9_C10_Names.
func idsOfTest(name string) (ids []string) {
	rest, ok := strings.CutPrefix(name, "Test")
	if fuzz, isFuzz := strings.CutPrefix(name, "Fuzz"); isFuzz {
		rest, ok = fuzz, true
	}
	if !ok {
		return nil
	}
	id := regexp.MustCompile(`^[A-Z][1-9][0-9]?$`)
	for part := range strings.SplitSeq(rest, "_") {
		if !id.MatchString(part) {
			break
		}
		ids = append(ids, part)
	}
	return ids
}

// idsOfScript reads those of a script's file name: a02-a03-two-daemons.txtar.
func idsOfScript(name string) (ids []string) {
	id := regexp.MustCompile(`^[a-z][0-9]{2}$`)
	for part := range strings.SplitSeq(strings.TrimSuffix(name, ".txtar"), "-") {
		if !id.MatchString(part) {
			break
		}
		letter, number := strings.ToUpper(part[:1]), strings.TrimPrefix(part[1:], "0")
		ids = append(ids, letter+number)
	}
	return ids
}

func TestIDs(t *testing.T) {
	for name, want := range map[string]string{
		"TestF5_PackageOneByteOver": "F5",
		"TestC9_C10_Names":          "C9 C10",
		"FuzzH12_Payloads":          "H12",
		"TestSHA256_Sum":            "",
		"helper":                    "",
	} {
		if got := strings.Join(idsOfTest(name), " "); got != want {
			t.Errorf("idsOfTest(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"s07-flood.txtar":                "S7",
		"a02-a03-two-daemons.txtar":      "A2 A3",
		"main-job.txtar":                 "",
		"h21-ten-sessions-at-once.txtar": "H21",
	} {
		if got := strings.Join(idsOfScript(name), " "); got != want {
			t.Errorf("idsOfScript(%q) = %q, want %q", name, got, want)
		}
	}
}
