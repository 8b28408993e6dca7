package report

import (
	"strings"
	"testing"

	"supportd/library/text"
)

func TestForms(t *testing.T) {
	s := source(t, chained(t, "plain"), "")
	for _, f := range Forms() {
		var b strings.Builder
		if err := s.Render(&b, f, Style{}); err != nil || b.Len() == 0 {
			t.Errorf("%s: %v", f, err)
		}
		if got, err := ParseForm(string(f), Forms()); err != nil || got != f {
			t.Errorf("%s became %s, %v", f, got, err)
		}
		if got := FormOfFile("dir.txt/a b" + strings.ToUpper(f.Ending())); got != f {
			t.Errorf("%s: a file of this form is taken for %q", f, got)
		}
	}
	if err := s.Render(&strings.Builder{}, "xml", Style{}); err == nil {
		t.Error("xml is a form")
	}
	for name, want := range map[string]Form{"table": AsText, "xml": "", "": "", "HTML": ""} {
		if got, err := ParseForm(name, Forms()); got != want || (err == nil) != (want != "") || err != nil && err.Error() != "one of: text, html, csv, json, jsonl" {
			t.Errorf("%q became %q, %v", name, got, err)
		}
	}
	if _, err := ParseForm("table", ExportForms()); err == nil {
		t.Error("many reports have no form for people")
	}
	for name, want := range map[string]Form{"a.htm": AsHTML, "a.html.gz": "", "html": "", "": "", ".csv": AsCSV} {
		if got := FormOfFile(name); got != want {
			t.Errorf("%q is taken for %q", name, got)
		}
	}
}

// C6: a report that a person opens in a spreadsheet; nothing else changes.
func TestK5C6_ReportWithAByteOrderMark(t *testing.T) {
	s := source(t, chained(t, "김민지"), "")
	for _, f := range Forms() {
		var with, without strings.Builder
		if err := s.Render(&with, f, Style{BOM: true}); err != nil {
			t.Fatal(err)
		}
		if err := s.Render(&without, f, Style{}); err != nil {
			t.Fatal(err)
		}
		want := without.String()
		if f == AsCSV {
			want = text.BOM + want
		}
		if with.String() != want || strings.Contains(without.String(), text.BOM) {
			t.Errorf("%s begins with %.20q, without a mark %.20q", f, with.String(), without.String())
		}
	}
}
