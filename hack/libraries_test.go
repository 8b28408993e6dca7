package hack_test

import (
	"go/ast"
	"testing"
)

// TestI5_LibrariesOfTheSystemOnly holds that no program of ours loads a DLL that may lie
// beside it: each is asked for by a function that looks in Windows' own directory. What
// foreign packages load is limited by cmdline.Aside, which all programs begin with, see
// TestK1P1_ProgramsKeepTheirFirstThreadFree.
func TestI5_LibrariesOfTheSystemOnly(t *testing.T) {
	looked, limited := 0, false
	for _, s := range sources(t) {
		for _, pkg := range []string{"syscall", "golang.org/x/sys/windows"} {
			for _, sel := range s.uses(pkg, "LoadDLL", "MustLoadDLL", "NewLazyDLL", "LoadLibrary", "LoadLibraryEx") {
				t.Errorf("%s loads a library from anywhere: use windows.NewLazySystemDLL", s.at(sel))
			}
			looked += len(s.uses(pkg, "NewLazySystemDLL"))
		}
		if s.Path == "library/cmdline/thread.go" {
			for _, d := range s.File.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "Aside" {
					limited = begins(f, "systemLibraries")
				}
			}
		}
	}
	if looked == 0 {
		t.Error("no library was looked at")
	}
	if !limited {
		t.Error("cmdline.Aside does not begin with systemLibraries")
	}
}

// begins reports whether the first statement of a function is a call of another one of
// its package.
func begins(f *ast.FuncDecl, name string) bool {
	if len(f.Body.List) == 0 {
		return false
	}
	statement, ok := f.Body.List[0].(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := statement.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	called, ok := call.Fun.(*ast.Ident)
	return ok && called.Name == name
}
