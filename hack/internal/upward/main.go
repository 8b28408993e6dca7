// Command upward counts the references that run back up inside a package: it orders
// the files so that most references run down, from the file that uses to the one that
// is used, and counts the others. A reader who follows a call meets so many turns.
//
//	go run ./hack/internal/upward ./daemon/...
package main

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "upward:", err)
		os.Exit(1)
	}
}

func run(patterns []string) error {
	out, err := exec.Command("go", append([]string{"list", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles \" \"}}"}, patterns...)...).Output()
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	loader := importer.ForCompiler(set, "source", nil)
	all := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) < 3 {
			continue
		}
		uses, err := references(set, loader, fields[0], fields[1], strings.Fields(fields[2]))
		if err != nil {
			return err
		}
		up, total := backUp(uses)
		all += up
		fmt.Printf("%5d of %5d  %2d files  %s\n", up, total, len(strings.Fields(fields[2])), fields[0])
	}
	fmt.Printf("%5d in all\n", all)
	return nil
}

// references counts, for each pair of files of a package, how often the one names
// something that the other declares at top level: functions, methods, types, values.
func references(set *token.FileSet, loader types.Importer, path, dir string, names []string) (map[string]map[string]int, error) {
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: loader, Error: func(error) {}}
	pkg, _ := conf.Check(path, set, files, info) // what does not resolve is not counted
	uses := map[string]map[string]int{}
	for _, name := range names {
		uses[name] = map[string]int{}
	}
	for id, object := range info.Uses {
		if object.Pkg() != pkg || !topLevel(object) {
			continue
		}
		from, to := filepath.Base(set.Position(id.Pos()).Filename), filepath.Base(set.Position(object.Pos()).Filename)
		if from != to {
			uses[from][to]++
		}
	}
	return uses, nil
}

func topLevel(o types.Object) bool {
	if f, ok := o.(*types.Func); ok && f.Signature().Recv() != nil {
		return true
	}
	return o.Parent() == o.Pkg().Scope()
}

// backUp orders the files greedily (Eades, Lin and Smyth 1993): again and again it takes
// who uses nobody that is left to the end and whom nobody uses to the front, and else
// the one that uses most more than it is used. It counts the references against that
// order.
func backUp(uses map[string]map[string]int) (up, total int) {
	left := slices.Sorted(maps.Keys(uses))
	var order, end []string
	sum := func(name string) (out, in int) {
		for _, other := range left {
			out, in = out+uses[name][other], in+uses[other][name]
		}
		return out, in
	}
	take := func(fits func(out, in int) bool) (name string, ok bool) {
		i := slices.IndexFunc(left, func(name string) bool { return fits(sum(name)) })
		if i < 0 {
			return "", false
		}
		name = left[i]
		left = slices.Delete(left, i, i+1)
		return name, true
	}
	for len(left) > 0 {
		if last, ok := take(func(out, _ int) bool { return out == 0 }); ok {
			end = append(end, last)
			continue
		}
		first, ok := take(func(_, in int) bool { return in == 0 })
		if !ok {
			most := math.MinInt
			for _, name := range left {
				out, in := sum(name)
				most = max(most, out-in)
			}
			first, _ = take(func(out, in int) bool { return out-in == most })
		}
		order = append(order, first)
	}
	slices.Reverse(end)
	order = append(order, end...)
	for i, from := range order {
		for j, to := range order {
			total += uses[from][to]
			if j < i {
				up += uses[from][to]
			}
		}
	}
	return up, total
}
