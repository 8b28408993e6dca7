//go:build linux

package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// The sorts of mistakes.
const (
	negated   = "condition negated"
	never     = "condition dropped"
	andOr     = "and for or"
	boundary  = "boundary"
	limitOff  = "limit"
	noCall    = "call dropped"
	noError   = "error dropped"
	asDropped = "" // what is shown for code that is not run
)

// mutant is one mistake: text of a file that is replaced by other text.
type mutant struct {
	Package  string `json:"package"`  // directory, from the module's root
	File     string `json:"file"`     // name
	Line     int    `json:"line"`     // of what is replaced, from 1
	Function string `json:"function"` // "Type.Method", or "" outside of functions
	Kind     string `json:"kind"`
	Old      string `json:"old"` // the line before
	New      string `json:"new"` // the line after, as a person would have written it

	text     []byte // of the file, as it was when the mutant was found
	from, to int    // bytes of it that are replaced
	by       string // keeps every variable and import in use, so that it compiles
}

// finder collects the mutants of one file.
type finder struct {
	checked
	dir, name string
	text      []byte
	function  string
	quiet     map[ast.Node]bool // nodes that a larger mutant stands for
	found     []mutant
}

// mutants lists every mutant of a file, in the order of the text.
func (c checked) mutants(dir, name string) []mutant {
	f := &finder{checked: c, dir: dir, name: name, text: c.text[name], quiet: map[ast.Node]bool{}}
	for _, d := range c.files[name].Decls {
		f.function = ""
		if fn, ok := d.(*ast.FuncDecl); ok {
			f.function = functionName(fn)
		}
		ast.Inspect(d, f.visit)
	}
	slices.SortStableFunc(f.found, func(a, b mutant) int { return a.from - b.from })
	return f.found
}

func functionName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	of := fn.Recv.List[0].Type
	for {
		switch t := of.(type) {
		case *ast.StarExpr:
			of = t.X
		case *ast.IndexExpr:
			of = t.X
		case *ast.IndexListExpr:
			of = t.X
		case *ast.Ident:
			return t.Name + "." + fn.Name.Name
		default:
			return fn.Name.Name
		}
	}
}

func (f *finder) offset(p token.Pos) int { return f.set.Position(p).Offset }

func (f *finder) source(n ast.Node) string {
	return string(f.text[f.offset(n.Pos()):f.offset(n.End())])
}

// add notes that n is replaced by code; shown is how a person would have written
// that.
func (f *finder) add(kind string, n ast.Node, by, shown string) {
	from, to := f.offset(n.Pos()), f.offset(n.End())
	begin := strings.LastIndexByte(string(f.text[:from]), '\n') + 1
	end := len(f.text)
	if i := strings.IndexByte(string(f.text[to:]), '\n'); i >= 0 {
		end = to + i
	}
	m := mutant{
		Package: f.dir, File: f.name, Line: f.set.Position(n.Pos()).Line, Function: f.function, Kind: kind,
		Old: oneLine(string(f.text[begin:end])), New: oneLine(string(f.text[begin:from]) + shown + string(f.text[to:end])),
		text: f.text, from: from, to: to, by: by,
	}
	if shown == asDropped && strings.TrimSpace(string(f.text[begin:from])) == "" {
		m.New = asDropped
	}
	if m.Old != m.New {
		f.found = append(f.found, m)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// visit looks at one node. See [mutant] for what is made of it.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.condition(n.Cond, n.Else == nil && leaves(n.Body))
	case *ast.ForStmt:
		if n.Cond != nil {
			f.condition(n.Cond, false)
		}
	case *ast.SwitchStmt:
		if n.Tag == nil {
			for _, s := range n.Body.List {
				for _, cond := range s.(*ast.CaseClause).List {
					f.condition(cond, true)
				}
			}
		}
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.GenDecl:
		if n.Tok == token.CONST {
			f.constants(n)
			return false
		}
	case *ast.SliceExpr:
		for _, bound := range []ast.Expr{n.Low, n.High, n.Max} {
			f.literal(bound, -1, +1)
		}
	case *ast.ExprStmt:
		if call, ok := n.X.(*ast.CallExpr); ok && !f.lock(call) {
			f.add(noCall, n, "if false { "+f.source(n)+" }", asDropped)
			f.quiet[call] = true
		}
	case *ast.DeferStmt:
		if !f.lock(n.Call) {
			f.add(noCall, n, "if false { "+f.source(n)+" }", asDropped)
		}
		f.quiet[n.Call] = true
	case *ast.GoStmt:
		f.quiet[n.Call] = true
	case *ast.AssignStmt:
		f.assignment(n)
	case *ast.CallExpr:
		f.call(n)
	case *ast.ReturnStmt:
		for _, r := range n.Results {
			f.result(r)
		}
	}
	return true
}

// leaves reports whether a block ends with leaving what is around it: it belongs
// to a check.
func leaves(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// condition negates a condition, and drops the check that it stands for. The
// question whether there was an error is only dropped: to negate it is to break
// everything at once.
func (f *finder) condition(cond ast.Expr, check bool) {
	text := f.source(cond)
	switch asked, ok := cond.(*ast.BinaryExpr); {
	case ok && f.asksForError(asked):
		if asked.Op == token.NEQ {
			f.add(noError, cond, "false && ("+text+")", "false")
		}
		f.quiet[cond] = true
		return
	case ok && (asked.Op == token.EQL || asked.Op == token.NEQ):
		f.quiet[cond] = true // its negation is the same as that of the whole
	}
	f.add(negated, cond, "!("+text+")", "!("+text+")")
	if check {
		f.add(never, cond, "false && ("+text+")", "false")
	}
}

// asksForError reports whether e compares an error with nil.
func (f *finder) asksForError(e *ast.BinaryExpr) bool {
	return (e.Op == token.NEQ || e.Op == token.EQL) && f.isError(e.X) && f.info.Types[e.Y].IsNil()
}

func (f *finder) isError(e ast.Expr) bool {
	t := f.info.Types[e].Type
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func (f *finder) binary(e *ast.BinaryExpr) {
	if f.info.Types[e].Value != nil {
		return // a constant
	}
	swap := func(kind string, to token.Token) {
		text := f.source(e.X) + " " + to.String() + " " + f.source(e.Y)
		f.add(kind, e, "("+text+")", text)
	}
	// For whole numbers "> 7" and ">= 8" are the same, so that a number is changed in
	// the one direction only that another sign does not have.
	number := func(by int) {
		f.literal(e.X, -by)
		f.literal(e.Y, by)
	}
	switch e.Op {
	case token.LAND:
		swap(andOr, token.LOR)
		f.operands(e, "true || ")
	case token.LOR:
		swap(andOr, token.LAND)
		f.operands(e, "false && ")
	case token.LSS:
		swap(boundary, token.LEQ)
		number(-1)
	case token.LEQ:
		swap(boundary, token.LSS)
		number(+1)
	case token.GTR:
		swap(boundary, token.GEQ)
		number(+1)
	case token.GEQ:
		swap(boundary, token.GTR)
		number(-1)
	case token.EQL, token.NEQ:
		number(+1)
		if !f.quiet[e] && !f.asksForError(e) {
			swap(negated, map[token.Token]token.Token{token.EQL: token.NEQ, token.NEQ: token.EQL}[e.Op])
		}
	}
}

// operands drops each side of "and" and "or": one check of several.
func (f *finder) operands(e *ast.BinaryExpr, without string) {
	for _, side := range []ast.Expr{e.X, e.Y} {
		if inner, ok := side.(*ast.BinaryExpr); ok && inner.Op == e.Op {
			continue // its own operands come by themselves
		}
		text := f.source(side)
		f.add(never, side, "("+without+"("+text+"))", strings.Fields(without)[0])
	}
}

// literal changes a whole number that is written out. Numbers in other bases are
// masks and modes, no limits.
func (f *finder) literal(e ast.Expr, by ...int) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.INT || len(lit.Value) > 1 && lit.Value[0] == '0' {
		return
	}
	value, ok := constant.Int64Val(constant.MakeFromLiteral(lit.Value, token.INT, 0))
	for _, d := range by {
		if changed := value + int64(d); ok && changed >= 0 {
			f.add(limitOff, lit, fmt.Sprint(changed), fmt.Sprint(changed))
		}
	}
}

// constants changes the limits of a const block: by one, and a span of time by one
// of its unit.
func (f *finder) constants(d *ast.GenDecl) {
	for _, s := range d.Specs {
		for _, value := range s.(*ast.ValueSpec).Values {
			tv := f.info.Types[value]
			basic, ok := tv.Type.Underlying().(*types.Basic)
			counts := false // iota
			var lit ast.Expr
			ast.Inspect(value, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.Name == "iota" {
					counts = true
				}
				if l, ok := n.(*ast.BasicLit); ok && lit == nil {
					lit = l
				}
				return true
			})
			switch text := f.source(value); {
			case !ok || basic.Info()&types.IsInteger == 0 || counts || basic.Kind() == types.UntypedRune:
			case tv.Type.String() == "time.Duration":
				f.literal(lit, -1, +1)
			default:
				f.add(limitOff, value, "("+text+") - 1", "("+text+") - 1")
				f.add(limitOff, value, "("+text+") + 1", "("+text+") + 1")
			}
		}
	}
}

// lock reports whether a call takes or gives back a lock, or writes a line for the
// operator that explains and decides nothing. Without the one nothing works any
// more, which every test notices; of the other, nothing depends.
func (f *finder) lock(call *ast.CallExpr) bool {
	if inner, ok := call.Fun.(*ast.CallExpr); ok {
		call = inner // defer s.lock()()
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch sel.Sel.Name {
	case "Lock", "Unlock", "RLock", "RUnlock", "lock":
		return true
	case "Debug", "DebugContext", "Info", "InfoContext":
		t := f.info.Types[sel.X].Type
		return t != nil && t.String() == "*log/slog.Logger"
	}
	return false
}

// assignment drops a call whose results are thrown away.
func (f *finder) assignment(a *ast.AssignStmt) {
	blank := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && id.Name == "_"
	}
	if len(a.Rhs) != 1 || slices.ContainsFunc(a.Lhs, func(e ast.Expr) bool { return !blank(e) }) {
		return
	}
	if call, ok := a.Rhs[0].(*ast.CallExpr); ok {
		f.add(noCall, a, "if false { "+f.source(a)+" }", asDropped)
		f.quiet[call] = true
	}
}

// call drops a call that only says whether it worked, and changes the limits that
// it is given.
func (f *finder) call(call *ast.CallExpr) {
	callee := f.source(call.Fun)
	if f.isError(call) && !f.quiet[call] && !makesError(callee) && f.info.Types[call.Fun].IsValue() {
		f.add(noCall, call, "func() error { if false { return "+f.source(call)+" }; return nil }()", "error(nil)")
	}
	if strings.HasPrefix(callee, "strconv.") || callee == "make" {
		return // bases, sizes of words, room ahead
	}
	for _, arg := range call.Args {
		if lit, ok := arg.(*ast.BasicLit); ok && len(lit.Value) > 0 && lit.Value != "0" && lit.Value != "1" {
			f.literal(lit, -1, +1)
		}
	}
}

// makesError reports whether a function makes errors: to drop it is to drop the
// error, which is a mutant of its own.
func makesError(callee string) bool {
	switch callee {
	case "errors.New", "errors.Join", "fmt.Errorf", "os.NewSyscallError", "error", "context.Cause":
		return true
	}
	return strings.HasSuffix(callee, ".Err") || strings.HasSuffix(callee, "rror")
}

// result returns no error where there was one. A call is made nevertheless: that
// it is not made is a mutant of its own.
func (f *finder) result(r ast.Expr) {
	t := f.info.Types[r].Type
	errorType := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	if t == nil || f.info.Types[r].IsNil() || !types.Implements(t, errorType) {
		return
	}
	f.add(noError, r, "func() error { _ = "+f.source(r)+"; return nil }()", "nil")
}
