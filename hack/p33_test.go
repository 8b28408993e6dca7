package hack_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// A moment as time.Now gives it has the monotonic clock, too; one that was counted since
// 1970, or rounded, or brought to another place, has lost it (package time, "Monotonic
// Clocks"). A duration that is computed from such a moment jumps when somebody sets the
// clock.

// wallMoments are moments of the wall clock of which a duration is computed, on purpose.
var wallMoments = map[string]string{
	"relay/Until": "both come from another relay's clock: how far apart two tellings of one delay are",
}

// TestK1P33_DurationsAreMonotonic holds that no such moment is kept here, and that no
// duration is computed from one. What goes into files and to others is another thing.
func TestK1P33_DurationsAreMonotonic(t *testing.T) {
	var all []source
	for _, s := range sources(t) {
		if !s.test() && !s.tool() {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		t.Fatal("no source was looked at")
	}
	found := wallDurations(all)
	for name, at := range found {
		if wallMoments[name] == "" {
			t.Errorf("%s: keep the time.Time of time.Now itself: %s", at, name)
		}
	}
	for name := range wallMoments {
		if found[name] == "" {
			t.Errorf("%s needs no exception any more", name)
		}
	}
}

// What the test above looks for, it finds.
func TestK1P33_LostClocksAreFound(t *testing.T) {
	for body, want := range map[string]bool{
		"heard := time.Now().UnixNano(); _ = heard":                                           true,
		"k.heard.Store(time.Now().Unix())":                                                    true,
		"k.heard = time.Now().UTC(); _ = time.Since(k.heard)":                                 true,
		"k := watch{heard: time.Now().Round(time.Second)}; _ = now.Sub(k.heard)":              true,
		"seen[id] = time.Now().Truncate(time.Hour); _ = time.Until(seen[id])":                 true,
		"last := time.Now().Add(time.Hour).In(place); _ = last.Sub(now)":                      true,
		"k.heard = time.Now(); _ = time.Since(k.heard)":                                       false,
		"row.Created = time.Now().UTC(); save(row)":                                           false,
		"now := time.Now(); k.heard.Store(&now); silence := time.Since(*k.heard.Load())":      false,
		"until := time.Now().Add(time.Minute); _ = time.Until(until).Round(time.Millisecond)": false,
	} {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "x/x.go", "package x\nimport \"time\"\nfunc f() { "+body+" }\n", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := wallDurations([]source{{Path: "x/x.go", File: file, set: set}}); len(got) > 0 != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}

// wallDurations finds moments without the monotonic clock by the names they have in
// their package, and says where: those that are counts, and those of which a duration
// is computed.
func wallDurations(all []source) map[string]string {
	made, found := map[string]bool{}, map[string]string{}
	each := func(look func(s source, n ast.Node)) {
		for _, s := range all {
			ast.Inspect(s.File, func(n ast.Node) bool {
				look(s, n)
				return true
			})
		}
	}
	in := func(s source, e ast.Expr) string { return path.Join(path.Dir(s.Path), lastName(e)) }
	each(func(s source, n ast.Node) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, value := range n.Rhs {
				if i < len(n.Lhs) && losesClock(value) {
					made[in(s, n.Lhs[i])] = true
				}
			}
		case *ast.KeyValueExpr:
			if losesClock(n.Value) {
				made[in(s, n.Key)] = true
			}
		case *ast.SelectorExpr:
			if call, ok := n.X.(*ast.CallExpr); ok && strings.HasPrefix(n.Sel.Name, "Unix") && lastName(call.Fun) == "Now" {
				found[s.at(n)] = s.at(n)
			}
		}
	})
	each(func(s source, n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Since", "Until", "Sub"}, sel.Sel.Name) {
			return
		}
		for _, of := range append([]ast.Expr{sel.X}, call.Args...) {
			if name := in(s, of); made[name] {
				found[name] = s.at(n)
			}
		}
	})
	return found
}

// losesClock reports whether a value comes from time.Now by a call that takes the
// monotonic clock away.
func losesClock(value ast.Expr) (loses bool) {
	ast.Inspect(value, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"UTC", "Local", "In", "Round", "Truncate"}, sel.Sel.Name) {
			return true
		}
		ast.Inspect(sel.X, func(n ast.Node) bool {
			now, ok := n.(*ast.SelectorExpr)
			loses = loses || ok && now.Sel.Name == "Now"
			return true
		})
		return true
	})
	return loses
}

// lastName is the name of a variable or field.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return lastName(e.X)
	case *ast.StarExpr:
		return lastName(e.X)
	case *ast.ParenExpr:
		return lastName(e.X)
	}
	return ""
}
