//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// listed is what "go list" says about a package.
type listed struct {
	ImportPath   string
	Dir          string
	Export       string
	GoFiles      []string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// module is the code under test, as this system builds it.
type module struct {
	root     string
	packages map[string]listed // by import path, with everything they need
}

// loadModule lists all packages of the module in root with their dependencies.
func loadModule(ctx context.Context, root string) (module, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps",
		"-json=ImportPath,Dir,Export,GoFiles,Standard,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return module{}, fmt.Errorf("go list: %w\n%s", err, errs.Bytes())
	}
	m := module{root, map[string]listed{}}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return m, nil
		} else if err != nil {
			return module{}, err
		}
		m.packages[p.ImportPath] = p
	}
}

// at finds the package in a directory of the module.
func (m module) at(dir string) (listed, error) {
	for _, p := range m.packages {
		if p.Dir == filepath.Join(m.root, dir) {
			return p, nil
		}
	}
	return listed{}, fmt.Errorf("there is no package in %s", dir)
}

// importers lists the packages whose tests see p: those that import it.
func (m module) importers(p listed) (found []listed) {
	for _, other := range m.packages {
		all := slices.Concat(other.Imports, other.TestImports, other.XTestImports)
		if !other.Standard && other.ImportPath != p.ImportPath && slices.Contains(all, p.ImportPath) {
			found = append(found, other)
		}
	}
	slices.SortFunc(found, func(a, b listed) int { return bytes.Compare([]byte(a.ImportPath), []byte(b.ImportPath)) })
	return found
}

// checked is a package with its types.
type checked struct {
	listed
	set   *token.FileSet
	files map[string]*ast.File // by name
	text  map[string][]byte
	info  *types.Info
}

// check parses p and finds the types in it.
func (m module) check(p listed) (checked, error) {
	c := checked{
		listed: p, set: token.NewFileSet(), files: map[string]*ast.File{}, text: map[string][]byte{},
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}},
	}
	var files []*ast.File
	for _, name := range p.GoFiles {
		text, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return c, err
		}
		file, err := parser.ParseFile(c.set, name, text, parser.SkipObjectResolution)
		if err != nil {
			return c, err
		}
		c.files[name], c.text[name] = file, text
		files = append(files, file)
	}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(m.packages[path].Export) }
	config := types.Config{Importer: importer.ForCompiler(c.set, "gc", lookup)}
	_, err := config.Check(p.ImportPath, c.set, files, c.info)
	return c, err
}
