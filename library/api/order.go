package api

import (
	"cmp"
	"slices"
	"strings"

	"supportd/library"
	"supportd/library/text"
)

// scriptColumn is a heading under which scripts are listed, and how to sort by it.
type scriptColumn struct {
	name string
	also string // another name, which supportctl's table had
	// text is what texts are sorted by, without regard to case and Unicode form;
	// compare is for everything else.
	text    func(Script) string
	compare func(a, b Script) int
}

// ByName is the column by which scripts are sorted where nothing else is said.
const ByName = "name"

// scriptColumns are all headings of "script list", in their order.
func scriptColumns() []scriptColumn {
	return []scriptColumn{
		{name: ByName, text: func(s Script) string { return s.Name }},
		{name: "category", text: func(s Script) string { return s.Category }},
		{name: "owner", text: func(s Script) string { return s.Owner }},
		{name: "published", also: "for", compare: func(a, b Script) int { return -compareBool(a.Published, b.Published) }},
		{name: "changed", compare: func(a, b Script) int { return a.Changed.Compare(b.Changed) }},
		{name: "size", compare: func(a, b Script) int { return cmp.Compare(a.Size, b.Size) }},
		{name: "runs", compare: func(a, b Script) int { return cmp.Compare(a.Runs, b.Runs) }},
		{name: "last-result", also: "last", text: func(s Script) string { return s.LastResult }},
		{name: "description", text: func(s Script) string { return s.Description }},
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// ScriptOrders are the columns that scripts can be sorted by, one for each heading
// of the list.
func ScriptOrders() (names []string) {
	for _, c := range scriptColumns() {
		names = append(names, c.name)
	}
	return names
}

// ParseScriptOrder finds the one of [ScriptOrders] that somebody means: as it is
// called there, as a heading, or as a key in JSON.
func ParseScriptOrder(s string) (string, error) {
	name := strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(s))
	for _, c := range scriptColumns() {
		if name == c.name || name == c.also && name != "" {
			return c.name, nil
		}
	}
	return "", text.Errorf("one of: %s", strings.Join(ScriptOrders(), ", "))
}

// SortScripts sorts by one of [ScriptOrders]: texts by the alphabet, Korean after
// Latin, what is published and what never ran first, everything else from small
// to large and from old to new; with reverse the other way round. What is equal
// there is in the order of the names in both cases.
func SortScripts(list []Script, order string, reverse bool) {
	columns := scriptColumns()
	column := columns[max(0, slices.IndexFunc(columns, func(c scriptColumn) bool { return c.name == order }))]
	type row struct {
		script    Script
		name, key string
	}
	rows := make([]row, len(list))
	for i, s := range list {
		rows[i] = row{script: s, name: library.Key(s.Name)}
		if column.text != nil {
			rows[i].key = library.Key(column.text(s))
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		first := strings.Compare(a.key, b.key)
		if column.compare != nil {
			first = column.compare(a.script, b.script)
		}
		if reverse {
			first = -first
		}
		return cmp.Or(first, strings.Compare(a.name, b.name))
	})
	for i, r := range rows {
		list[i] = r.script
	}
}
