package hack_test

import (
	"go/ast"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// catalogue lists the bad inputs and faults, each of which has a test that
// carries its id: TestF5_PackageOneByteOver, or s07-output-flood.txtar. G are
// the known defects of the SSH server library that we keep out.
func catalogue() []string {
	return strings.Fields(`
		G1 G2 G3 G4 G5 G6 G7 G8 G9 G10 G11 G12 G13 G14 G15
		H1 H2 H3 H4 H5 H6 H7 H8 H9 H10 H11 H12 H13 H14 H15 H17 H20 H21 H22 H23
		N1 N2 N8 N9 N10 N11
		R1 R3 R6 R7 R8 R9 R10
		D1 D2 D3 D10
		A1 A2 A3 A4 A5 A6 A8 A9 A16
		C1 C2 C3 C5 C6 C7 C8 C9 C10 C11 C12 C14
		F1 F2 F3 F4 F5 F6 F7 F8 F10 F11 F13 F16
		S1 S2 S3 S4 S5 S6 S7 S9 S10 S11 S14 S16 S17 S18 S19 S21
		B1 B2 B3 B4 B6 B7 B8 B9 B10
		U1 U2 U4 U5 U6 U7 U10 U11 U13
		K1 K2 K3 K4 K5 K7 K8`)
}

// TestCatalogue holds that each id has a test; with -v it prints them.
func TestCatalogue(t *testing.T) {
	tests := map[string][]string{}
	add := func(where, test string, ids []string) {
		for _, id := range ids {
			tests[id] = append(tests[id], where+" "+test)
		}
	}
	for _, s := range sources(t) {
		if !s.test() {
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
	var missing []string
	for _, id := range catalogue() {
		if len(tests[id]) == 0 {
			missing = append(missing, id)
		}
		t.Logf("%-4s %s", id, strings.Join(slices.Sorted(slices.Values(tests[id])), ", "))
		delete(tests, id)
	}
	if len(missing) > 0 {
		t.Errorf("no test carries the id of %s", strings.Join(missing, " "))
	}
	for _, id := range slices.Sorted(maps.Keys(tests)) {
		t.Logf("%-4s %s", id, strings.Join(tests[id], ", "))
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
