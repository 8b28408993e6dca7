package hack_test

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// findings are the inputs that the programs of version 0.1 did wrong: a kind of fault,
// K1 (Stop, consent, proof), K2 (the customer's screen), K3 (system information), K4
// (runs), K5 (clients and files), K6 (what a CSR sees), K7 (tests that let mistakes
// through), and a number in it. P11 stands in SECURITY.md; T12 is about two flaky tests.
func findings() (ids []string) {
	add := func(kind, letter string, first, last int, without ...int) {
		for n := first; n <= last; n++ {
			if !slices.Contains(without, n) {
				ids = append(ids, fmt.Sprintf("%s%s%d", kind, letter, n))
			}
		}
	}
	add("K1", "P", 0, 34, 11)
	add("K2", "Q", 1, 9)
	add("K3", "S", 1, 13)
	add("K4", "R", 1, 4)
	add("K5", "C", 1, 12)
	add("K6", "V", 1, 5)
	add("K7", "T", 1, 11)
	return ids
}

// findingsOf reads the findings that the name of a test (TestK1P1_Stop) or of a script
// (k1p10-p28-reports.txtar) begins with.
func findingsOf(name string) (ids []string) {
	script, isScript := strings.CutSuffix(name, ".txtar")
	parts := strings.Split(strings.ToUpper(script), "-")
	if !isScript {
		rest, ok := strings.CutPrefix(name, "Test")
		if !ok {
			return nil
		}
		parts = strings.Split(rest, "_")
	}
	first := regexp.MustCompile(`^(K[1-7])([A-Z][0-9]+)$`).FindStringSubmatch(parts[0])
	if first == nil {
		return nil
	}
	ids = append(ids, first[0])
	for _, part := range parts[1:] {
		if !regexp.MustCompile(`^[A-Z][0-9]+$`).MatchString(part) {
			break
		}
		ids = append(ids, first[1]+part)
	}
	return ids
}

// TestCatalogueOfFindings holds that each finding has a test that carries its kind and
// its number, so that it does not come back. With -v it prints the tests.
func TestCatalogueOfFindings(t *testing.T) {
	tests := map[string][]string{}
	add := func(where, name string) {
		for _, id := range findingsOf(name) {
			tests[id] = append(tests[id], where+" "+name)
		}
	}
	for _, s := range sources(t) {
		if !s.test() {
			continue
		}
		for _, d := range s.File.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				add(path.Dir(s.Path), f.Name.Name)
			}
		}
	}
	walk(t, func(name string) {
		if path.Ext(name) == ".txtar" {
			add(path.Dir(path.Dir(name)), path.Base(name))
		}
	})
	known := findings()
	for _, id := range known {
		if len(tests[id]) == 0 {
			t.Errorf("no test carries %s", id)
		}
		t.Logf("%-5s %s", id, strings.Join(slices.Sorted(slices.Values(tests[id])), ", "))
	}
	for id, names := range tests {
		if !slices.Contains(known, id) {
			t.Errorf("there is no finding %s, which is in the name of %s", id, strings.Join(names, ", "))
		}
	}
}

func TestFindingsInNames(t *testing.T) {
	for name, want := range map[string]string{
		"TestK1P1_Stop": "K1P1", "k1p10-p28-reports-that-lie.txtar": "K1P10 K1P28", "k3s9-sysinfo.txtar": "K3S9", "TestK1_P1": "", "k01-missing-key.txtar": "", "TestK5C2_C3_Files": "K5C2 K5C3",
	} {
		if got := strings.Join(findingsOf(name), " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
