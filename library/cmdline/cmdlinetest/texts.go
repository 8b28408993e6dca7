package cmdlinetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"supportd/library/text"
)

// Says are the functions and fields by whose names a package's texts for people are found:
// for a function, which of its arguments are texts; "name()" is one that returns texts.
type Says map[string][]int

// everywhere are those that mean the same in every package.
func everywhere() Says {
	return Says{
		"Fail": {1, 2}, "Usage": {0, 1}, "WithHint": {0}, "Say": {0}, "Text": {0}, "Later": {0}, "text.Errorf": {0}, "DidYouMean": {2},
		"Usage:": nil, "Hint:": nil, "Text:": nil, "Title:": nil,
	}
}

// Texts checks a Korean catalogue against the sources of its package, or of several, whose
// directories have spaces between them: every text
// has to stand in it, or in one of the others, and nothing else. A text that is put together
// of pieces cannot be found, so it is an error. Placeholders have to be the same in both
// languages. says are the package's own functions. A file, or a text of the catalogue that
// comes from elsewhere, that stands there with nil is not looked at.
func Texts(t *testing.T, dir string, says Says, own text.Catalogue, others ...text.Catalogue) {
	t.Helper()
	src := read(t, dir, says)
	for english, korean := range own {
		if a, b := placeholders(english), placeholders(korean); !slices.Equal(a, b) {
			t.Errorf("%q fills in %v, and its Korean %q %v", english, a, korean, b)
		}
		if strings.TrimSpace(korean) == "" {
			t.Errorf("%q is empty in Korean", english)
		}
		if _, elsewhere := says[english]; !elsewhere && !src.literals[english] {
			t.Errorf("%q is in the catalogue and nowhere in %s", english, dir)
		}
	}
	all := everywhere()
	for name, at := range says {
		all[name] = at
	}
	known := func(english string) bool {
		for _, c := range append([]text.Catalogue{own}, others...) {
			if _, ok := c[english]; ok {
				return true
			}
		}
		return !strings.ContainsFunc(strings.Join(verbs.Split(english, -1), ""), unicode.IsLetter)
	}
	for _, f := range src.files {
		ast.Inspect(f, func(n ast.Node) bool {
			for _, e := range said(n, all) {
				english, constant, pieces := src.fold(e)
				switch {
				case pieces:
					t.Errorf("%s: this text is put together: it needs a format, WithHint or text.Later", src.set.Position(e.Pos()))
				case constant && !known(english):
					t.Errorf("%s: %s is not in Korean", src.set.Position(e.Pos()), strconv.Quote(english))
				}
			}
			return true
		})
	}
}

// said are the texts of a call or a field.
func said(n ast.Node, says Says) (found []ast.Expr) {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch fun := n.Fun.(type) {
		case *ast.Ident:
			name = fun.Name
		case *ast.SelectorExpr:
			name = fun.Sel.Name
			if of, ok := fun.X.(*ast.Ident); ok {
				if _, ok := says[of.Name+"."+name]; ok {
					name = of.Name + "." + name
				}
			}
		}
		for _, at := range says[name] {
			if at < len(n.Args) {
				found = append(found, n.Args[at])
			}
		}
	case *ast.FuncDecl:
		if _, ok := says[n.Name.Name+"()"]; ok && n.Body != nil {
			ast.Inspect(n.Body, func(n ast.Node) bool {
				if r, ok := n.(*ast.ReturnStmt); ok {
					found = append(found, r.Results...)
				}
				return true
			})
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok {
			if at, ok := says[key.Name+":"]; ok && at == nil {
				found = append(found, n.Value)
			}
		}
	}
	return found
}

type source struct {
	set      *token.FileSet
	files    []*ast.File
	consts   map[string]ast.Expr
	literals map[string]bool // every constant text there is
}

// read parses a package's files, those for every system.
func read(t *testing.T, dir string, says Says) *source {
	t.Helper()
	src := &source{set: token.NewFileSet(), consts: map[string]ast.Expr{}, literals: map[string]bool{}}
	var names []string
	for _, one := range strings.Fields(dir) {
		found, err := filepath.Glob(filepath.Join(one, "*.go"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no sources in %s: %v", one, err)
		}
		names = append(names, found...)
	}
	for _, name := range names {
		base := filepath.Base(name)
		if _, skipped := says[base]; skipped || strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "korean") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(src.set, name, data, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		src.files = append(src.files, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
				for i, name := range spec.Names {
					src.consts[name.Name] = spec.Values[i]
				}
			}
			return true
		})
	}
	for _, f := range src.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				if s, constant, _ := src.fold(e); constant {
					src.literals[s] = true
				}
			}
			return true
		})
	}
	return src
}

// fold is the text that an expression is, where that is known. pieces is true where a text
// of letters is joined with something else.
func (src *source) fold(e ast.Expr) (s string, constant, pieces bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil, false
		}
	case *ast.Ident:
		if value, ok := src.consts[e.Name]; ok {
			if lit, ok := value.(*ast.BasicLit); ok {
				return src.fold(lit)
			}
		}
	case *ast.ParenExpr:
		return src.fold(e.X)
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			break
		}
		a, aConstant, aPieces := src.fold(e.X)
		b, bConstant, bPieces := src.fold(e.Y)
		letters := strings.ContainsFunc(a+b, unicode.IsLetter)
		return a + b, aConstant && bConstant, aPieces || bPieces || letters && !(aConstant && bConstant)
	}
	return "", false, false
}

// verbs are the placeholders of package fmt.
var verbs = regexp.MustCompile(`%[-+# 0]*(?:\[(\d+)\])?[0-9.]*([a-zA-Z%])`)

// placeholders are what a format fills in, by the argument that it takes.
func placeholders(format string) (list []string) {
	next := 1
	for _, m := range verbs.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if n, err := strconv.Atoi(m[1]); err == nil {
			next = n
		}
		list = append(list, strconv.Itoa(next)+m[2])
		next++
	}
	slices.Sort(list)
	return slices.Compact(list)
}
