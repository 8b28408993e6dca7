package api

import (
	"slices"
	"strings"
	"testing"
)

// Every column sorts, in both directions, and what is equal there stays in the
// order of the names: Latin, then Korean, without regard to case and form.
func TestSortScripts(t *testing.T) {
	nfd := "\u1103\u1175\u1109\u1173\u110f\u1173" // 디스크, decomposed
	list := []Script{
		{Name: "프린터", Category: "프린터", Owner: "bob", Changed: at(3), Size: 10, Runs: 2, LastResult: ResultOK, Description: "출력"},
		{Name: "Zebra", Category: "network", Owner: "bob", Published: true, Changed: at(1), Size: 9, Description: "b"},
		{Name: "apple", Category: "Network", Owner: "alice", Changed: at(2), Size: 100, Runs: 10, LastResult: ResultFailed, Description: "B"},
		{Name: nfd, Category: "디스크", Owner: "alice", Published: true, Changed: at(3), Size: 9, Runs: 2, LastResult: ResultOK},
		{Name: "가", Category: "\u1103\u1175\u1109\u1173\u110f\u1173", Owner: "carol", Changed: at(4), Size: 9, Description: "a"},
	}
	for order, want := range map[string][2]string{
		"name":        {"apple Zebra 가 디스크 프린터", "프린터 디스크 가 Zebra apple"},
		"category":    {"apple Zebra 가 디스크 프린터", "프린터 가 디스크 apple Zebra"},
		"owner":       {"apple 디스크 Zebra 프린터 가", "가 Zebra 프린터 apple 디스크"},
		"published":   {"Zebra 디스크 apple 가 프린터", "apple 가 프린터 Zebra 디스크"},
		"changed":     {"Zebra apple 디스크 프린터 가", "가 디스크 프린터 apple Zebra"},
		"size":        {"Zebra 가 디스크 프린터 apple", "apple 프린터 Zebra 가 디스크"},
		"runs":        {"Zebra 가 디스크 프린터 apple", "apple 디스크 프린터 Zebra 가"},
		"last-result": {"Zebra 가 apple 디스크 프린터", "디스크 프린터 apple Zebra 가"},
		"description": {"디스크 가 apple Zebra 프린터", "프린터 apple Zebra 가 디스크"},
	} {
		for i, reverse := range []bool{false, true} {
			for range 3 { // from whatever order they come
				list = append(list[2:], list[:2]...)
				sorted := slices.Clone(list)
				SortScripts(sorted, order, reverse)
				var names []string
				for _, s := range sorted {
					names = append(names, strings.ReplaceAll(s.Name, nfd, "디스크"))
				}
				if got := strings.Join(names, " "); got != want[i] {
					t.Errorf("by %s, reverse %v: %s, want %s", order, reverse, got, want[i])
				}
			}
		}
	}
	if len(ScriptOrders()) != 9 {
		t.Errorf("%v: each has to be tested above", ScriptOrders())
	}
}

func TestParseScriptOrder(t *testing.T) {
	for s, want := range map[string]string{
		"name": "name", "NAME": "name", "last-result": "last-result", "last_result": "last-result", "LAST RESULT": "last-result",
		"last": "last-result", "FOR": "published", "published": "published",
	} {
		if got, err := ParseScriptOrder(s); got != want || err != nil {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "colour", "name ", "-name"} {
		if _, err := ParseScriptOrder(s); err == nil || !strings.Contains(err.Error(), "one of: name, category, owner, published, changed, size, runs, last-result, description") {
			t.Errorf("%q: %v", s, err)
		}
	}
}
