package hack_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	// maxLines bounds a source file: one concept fits.
	maxLines = 400
	// maxReadme bounds the README: people read it to the end.
	maxReadme = 250
	// maxColumns bounds the lines of what people read as text, tables aside.
	maxColumns = 120
)

// source is one parsed Go file; Path is relative to the root, with slashes.
type source struct {
	Path  string
	Lines int
	File  *ast.File
	set   *token.FileSet
}

func (s source) at(n ast.Node) string {
	return s.Path + ":" + strconv.Itoa(s.set.Position(n.Pos()).Line)
}

func (s source) test() bool    { return strings.HasSuffix(s.Path, "_test.go") }
func (s source) program() bool { return strings.HasPrefix(s.Path, "cmd/") }
func (s source) tool() bool    { return strings.HasPrefix(s.Path, "hack/") }

// name is the identifier under which the file imports a package; "" when it
// does not.
func (s source) name(pkg string) string {
	for _, spec := range s.File.Imports {
		switch p, _ := strconv.Unquote(spec.Path.Value); {
		case p != pkg:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(p)
		}
	}
	return ""
}

// uses lists where the file uses one of the package's names.
func (s source) uses(pkg string, names ...string) (found []*ast.SelectorExpr) {
	local := s.name(pkg)
	if local == "" {
		return nil
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && x.Obj == nil && slices.Contains(names, sel.Sel.Name) {
				found = append(found, sel)
			}
		}
		return true
	})
	return found
}

// sources parses every Go file of the module.
func sources(t *testing.T) (all []source) {
	t.Helper()
	walk(t, func(name string) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{name, bytes.Count(text, []byte("\n")), file, set})
	})
	return all
}

// walk calls visit with the path of every file of the checkout.
func walk(t *testing.T, visit func(name string)) {
	t.Helper()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "bin", "dist"}, name):
			return fs.SkipDir
		case !d.IsDir():
			visit(name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestProcessBelongsToPrograms holds that below cmd nothing depends on how the
// process was started: what a package needs is given to it.
func TestProcessBelongsToPrograms(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || s.tool() {
			continue
		}
		exits := s.uses("os", "Exit")
		for _, sel := range append(exits, s.uses("log", "Fatal", "Fatalf", "Fatalln")...) {
			if !inMain(s, sel) {
				t.Errorf("%s ends the process: only main may", s.at(sel))
			}
		}
		if s.program() {
			continue
		}
		for pkg, names := range map[string][]string{
			"os": {
				"Args", "Stdin", "Stdout", "Stderr", "Getenv", "LookupEnv", "Environ", "Setenv", "Unsetenv",
				"Clearenv", "ExpandEnv", "UserHomeDir", "UserConfigDir", "UserCacheDir", "Chdir",
			},
			"fmt":     {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
			"log":     {"Print", "Printf", "Println", "Default", "SetOutput"},
			"syscall": {"Getenv", "Setenv", "Environ", "Exit", "Umask"},
		} {
			for _, sel := range s.uses(pkg, names...) {
				t.Errorf("%s uses %s.%s: only packages below cmd touch the process", s.at(sel), pkg, sel.Sel.Name)
			}
		}
	}
}

// TestK1P1_ProgramsKeepTheirFirstThreadFree holds that each program leaves the thread
// that takes its signals alone, so that no disk can hold up a Stop.
func TestK1P1_ProgramsKeepTheirFirstThreadFree(t *testing.T) {
	found := 0
	for _, s := range sources(t) {
		if !s.program() || s.test() {
			continue
		}
		for _, d := range s.File.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || f.Name.Name != "main" {
				continue
			}
			found++
			aside := s.uses(module+"library/cmdline", "Aside")
			if len(f.Body.List) != 1 || len(aside) != 1 || enclosing(s.File, aside[0]) != f {
				t.Errorf("%s: main does not run the program with cmdline.Aside alone", s.at(f))
			}
		}
	}
	if found != 3 {
		t.Errorf("%d programs, not 3", found)
	}
}

// inMain reports whether n stands in func main of a program.
func inMain(s source, n ast.Node) bool {
	if !s.program() || s.File.Name.Name != "main" {
		return false
	}
	f := enclosing(s.File, n)
	return f != nil && f.Recv == nil && f.Name.Name == "main"
}

// enclosing is the top-level function that n stands in.
func enclosing(file *ast.File, n ast.Node) *ast.FuncDecl {
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Pos() <= n.Pos() && n.End() <= f.End() {
			return f
		}
	}
	return nil
}

// TestSSHNames holds that a reader always knows which of the two is meant.
func TestSSHNames(t *testing.T) {
	for _, s := range sources(t) {
		for pkg, want := range map[string]string{"github.com/gliderlabs/ssh": "gssh", "golang.org/x/crypto/ssh": "ssh"} {
			if got := s.name(pkg); got != "" && got != want {
				t.Errorf("%s imports %s as %s, want %s", s.Path, pkg, got, want)
			}
		}
	}
}

// TestNoInit holds that importing a package does nothing.
func TestNoInit(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.File.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init", s.at(f))
			}
		}
	}
}

// TestNoSleepInTests holds that tests wait for what they wait for. Inside a
// synctest bubble a sleep is exact and costs nothing.
func TestNoSleepInTests(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test() {
			continue
		}
		for _, sel := range s.uses("time", "Sleep") {
			if !inBubble(s, sel) {
				t.Errorf("%s sleeps: poll for the condition, or use testing/synctest", s.at(sel))
			}
		}
	}
}

// inBubble reports whether n stands in a function that is given to synctest.Test.
func inBubble(s source, n ast.Node) bool {
	inside := false
	ast.Inspect(s.File, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Test" {
			x, ok := sel.X.(*ast.Ident)
			inside = inside || ok && x.Name == "synctest" && call.Pos() <= n.Pos() && n.End() <= call.End()
		}
		return !inside
	})
	return inside
}

// TestK1P2_DirectoriesAreOpenedWithoutWaiting holds that nobody waits for the writer of a
// pipe that stands in the place of a directory: os.OpenRoot does.
func TestK1P2_DirectoriesAreOpenedWithoutWaiting(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || s.tool() || strings.HasPrefix(s.Path, "library/disk/") {
			continue
		}
		for _, sel := range s.uses("os", "OpenRoot") {
			t.Errorf("%s: use disk.OpenRoot", s.at(sel))
		}
	}
}

// TestErrorsAreNotMatchedByText holds that no decision hangs on wording.
func TestErrorsAreNotMatchedByText(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		for _, sel := range s.uses("strings", "Contains", "HasPrefix", "HasSuffix", "EqualFold") {
			call := callOf(s.File, sel)
			if call == nil || len(call.Args) == 0 {
				continue
			}
			if arg, ok := call.Args[0].(*ast.CallExpr); ok {
				if f, ok := arg.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Error" && len(arg.Args) == 0 {
					t.Errorf("%s matches an error by its text: use errors.Is or errors.As", s.at(sel))
				}
			}
		}
	}
}

func callOf(file *ast.File, fun ast.Expr) (call *ast.CallExpr) {
	ast.Inspect(file, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && c.Fun == fun {
			call = c
		}
		return call == nil
	})
	return call
}

// TestSizes holds that files stay readable, and the README too.
func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		if s.Lines > maxLines {
			t.Errorf("%s has %d lines, at most %d: is it one concept?", s.Path, s.Lines, maxLines)
		}
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(readme, []byte("\n")); n > maxReadme {
		t.Errorf("README.md has %d lines, at most %d", n, maxReadme)
	}
}

// TestTextFits holds that the texts at the root can be read beside the code.
func TestTextFits(t *testing.T) {
	for _, name := range []string{"README.md", "SECURITY.md", "SCALE.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for line := range strings.Lines(string(text)) {
			at++
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > maxColumns && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d has %d columns, at most %d", name, at, n, maxColumns)
			}
		}
	}
}

// TestPackageComments holds that every package says what it is.
func TestPackageComments(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		dir := path.Dir(s.Path)
		said[dir] = said[dir] || s.File.Doc != nil
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("package %s has no doc paragraph", dir)
		}
	}
}
