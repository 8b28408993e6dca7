package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// P14: a relay writes a script into a page, escape sequences into a text and a formula into
// a table. Nothing that it has made of a report is asked for: page, text, table and JSON are
// made here, from the lines that can be proved.
func TestK1P14_ReportsAreMadeHere(t *testing.T) {
	n := newNetwork(t)
	const evil = "<script>evil</script>\x1b[2J=cmd|calc"
	path, _ := provedReport(t, `\u003cscript\u003eevil\u003c/script\u003e`)
	lines, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	show := "report show " + string(benchNumber)
	for _, form := range []string{"text", "html", "csv", "json"} {
		n.relay.on(show+" -o "+form+" --lang en --zone +00:00", says(evil))
	}
	n.relay.on("report export -o csv", says(evil))
	n.relay.on(show+" -o jsonl", says(string(lines)))
	for form, want := range map[string]string{"text": "Support session", "html": "<!DOCTYPE html>", "csv": "number,seq,time", "json": `"proof":"proved"`} {
		if code := n.do(t, "report", "show", string(benchNumber), "-o", form); code != 0 || !strings.Contains(n.out.String(), want) ||
			strings.Contains(n.out.String(), "=cmd") || strings.Contains(n.out.String(), "\x1b") || form == "html" && strings.Contains(n.out.String(), "<script") {
			t.Errorf("-o %s: exit code %d\n%s%s", form, code, &n.out, &n.err)
		}
	}
	for line := range strings.Lines(n.relay.heard()) {
		if strings.HasPrefix(line, "report") && strings.TrimSpace(line) != show+" -o jsonl" {
			t.Errorf("the relay was asked for %q", line)
		}
	}
	if s, err := (reportBackend{n.backend(t)}).Read(t.Context(), benchNumber, text.English); err != nil || !strings.Contains(s, "Support session") || strings.Contains(s, "=cmd") {
		t.Errorf("in the console: %q, %v", s, err)
	}

	// The list is the relay's word, cell by cell.
	n.relay.on("report list -o jsonl", says(fmt.Sprintf(`{"number":%q,"state":"ended","owner":"alice","reason":"=1+1","note":"\u001b[2J"}`+"\n", benchNumber)))
	if code := n.do(t, "report", "export"); code != 0 || !strings.HasPrefix(n.out.String(), "NUMBER,STATE,") || !strings.Contains(n.out.String(), "'=1+1") || strings.Contains(n.out.String(), "\x1b") {
		t.Errorf("export: exit code %d\n%s%s", code, &n.out, &n.err)
	}

	// Another session's report, what was changed, and what is none.
	n.relay.on("report show 612655667 -o jsonl", says(string(lines)))
	if code := n.do(t, "report", "show", "612655667", "-o", "html"); code != cmdline.ExitFailed || n.out.Len() > 0 || !strings.Contains(n.err.String(), "the relay has sent the report of session 482 913 077") {
		t.Errorf("another one: exit code %d\n%s%s", code, &n.out, &n.err)
	}
	n.relay.on(show+" -o jsonl", says("<!doctype html>"+evil+"\n"))
	if code := n.do(t, "report", "show", string(benchNumber), "-o", "html"); code != cmdline.ExitFailed || n.out.Len() > 0 || !strings.Contains(n.err.String(), "is not what a computer wrote") {
		t.Errorf("no report: exit code %d\n%s%s", code, &n.out, &n.err)
	}
}
