package withhold

import (
	"testing"

	"supportd/daemon/sysinfo/document"
)

func TestRedactorEdges(t *testing.T) {
	r := New(document.Classes(), Known{Names: []string{"kim", "al", `PC\minsu`, "김철수", ""}, Service: []string{"www-data"}})
	for text, want := range map[string]string{
		"kimchi and kim":         "kimchi and [user name withheld]",
		"KIM":                    "[user name withheld]",
		"all of al":              "all of [user name withheld]",
		"minsus-pc":              "[user name withheld]s-pc",
		"/home/김철수/x":            "/home/[user name withheld]/x",
		"www-data, root":         "www-data, root",
		"::1 and fe80::1%lo0":    "[address withheld] and [address withheld]",
		"10:20:30 std::move":     "10:20:30 std::move",
		"2001:db8::77: no route": "[address withheld] no route",
		"[::ffff:192.0.2.1]:22":  "[[address withheld]]:22",
		"02-FC-00-00-00-01":      "[address withheld]",
		"at 2026-11-23 10:20:30": "at 2026-11-23 10:20:30",
		"version 1.2.3":          "version 1.2.3",
		"root=UUID=0e984725-c51c-4bf4-9960-e1c80e27aba0": "root=UUID=[serial withheld]",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// S1: a login name that is only a number, such as a student's, is a name; a number of a
// user that stands in the place of a name is none.
func TestK3S1_NamesThatAreNumbers(t *testing.T) {
	r := New([]document.Class{document.UserNames}, Known{Names: []string{"20231234", "42"}})
	r.Learn(document.Section{Tables: []document.Table{{Columns: []document.Column{document.Col("user", document.UserNames)}, Rows: [][]any{{"200017"}}}}})
	for text, want := range map[string]string{
		"/home/20231234/x": "/home/[user name withheld]/x", "uid 200017 of 42": "uid 200017 of 42", "120231234": "120231234",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
