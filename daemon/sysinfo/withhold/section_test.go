package withhold

import (
	"errors"
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
)

// section is what a computer of a person called canaryname says in many places.
func section() document.Section {
	s := document.NewSheet(document.Users)
	s.Set("user", "canaryname", document.UserNames)
	s.Set("full_name", "Canary Human", document.UserNames)
	s.Set("serial", "SN-CANARY-77", document.Serials)
	s.Set("home", "/home/canaryname/Documents")
	s.Set("gateway", "192.0.2.77", document.Addresses)
	s.Set("count", 7)
	s.Fail("failed", errors.New("open /home/canaryname/x: no"))
	s.Fail("locked", errors.New("needs administrator rights"), document.Serials)
	t := s.Table("list", document.Col("owner", document.UserNames), document.Col("address", document.Addresses), document.Col("id", document.Serials), document.Col("command"))
	t.Add("secondname", "2001:db8::77", "ROW-SN-88", "vi /home/secondname/letter on SN-CANARY-77")
	t.Add("root", "198.51.100.77", nil, "sshd: canaryname [priv]")
	t.Fail(errors.New("not all of canaryname"))
	return s.Seal(errors.New("incomplete for Canary Human"))
}

// everything is each text of a section, withheld values as what stands for them.
func everything(s document.Section) string {
	texts := []string{s.Reason}
	show := func(v any, withheld bool) {
		if text, ok := v.(string); ok {
			texts = append(texts, text)
		}
		if withheld {
			texts = append(texts, "(withheld)")
		}
	}
	for _, it := range s.Items {
		show(it.Value, it.Withheld)
		texts = append(texts, it.Reason)
	}
	for _, t := range s.Tables {
		texts = append(texts, t.Reason)
		for _, row := range t.Rows {
			for i, v := range row {
				show(v, t.Columns[i].Withheld)
			}
		}
	}
	return strings.Join(texts, "\n")
}

// What one section tells as a name, a number or an address is hidden in every
// section, in values, cells and reasons, and the section that is given stays whole.
func TestSectionsAreHiddenByTheirClasses(t *testing.T) {
	for _, c := range []struct {
		classes     []document.Class
		gone, stays []string
	}{
		{[]document.Class{document.UserNames}, []string{"canaryname", "canary human", "secondname"}, []string{"192.0.2.77", "sn-canary-77", "row-sn-88", "2001:db8::77", "/home/[user name withheld]/documents", "needs administrator rights"}},
		{[]document.Class{document.Serials}, []string{"sn-canary-77", "row-sn-88", "needs administrator rights"}, []string{"192.0.2.77", "canaryname", "secondname", "on [serial withheld]"}},
		{[]document.Class{document.Addresses}, []string{"192.0.2.77", "198.51.100.77", "2001:db8"}, []string{"sn-canary-77", "canaryname", "row-sn-88"}},
		{document.Classes(), []string{"canaryname", "canary human", "secondname", "sn-canary-77", "row-sn-88", "192.0.2.77", "2001:db8"}, []string{"withheld"}},
	} {
		given := section()
		before := everything(given)
		r := New(c.classes, Known{})
		r.Learn(given)
		shown := r.Section(given)
		if everything(given) != before {
			t.Errorf("%v: the section that was given is changed", c.classes)
		}
		text := strings.ToLower(everything(shown) + "\n" + r.Text("last seen: secondname, SN-CANARY-77, ROW-SN-88"))
		for _, gone := range c.gone {
			if strings.Contains(text, gone) {
				t.Errorf("%v withheld, but %q is shown:\n%s", c.classes, gone, text)
			}
		}
		for _, stays := range append(c.stays, "(withheld)") {
			if !strings.Contains(text, stays) {
				t.Errorf("%v withheld, and %q is gone too:\n%s", c.classes, stays, text)
			}
		}
		if v := shown.Items[5].Value; v != int64(7) {
			t.Errorf("%v: a number became %v", c.classes, v)
		}
	}
}

// A column is withheld by its class, also where all of its cells are empty.
func TestColumnsAreMarked(t *testing.T) {
	r := New([]document.Class{document.Serials}, Known{})
	shown := r.Section(section())
	for i, want := range []bool{false, false, true, false} {
		if got := shown.Tables[0].Columns[i].Withheld; got != want {
			t.Errorf("column %s: %v", shown.Tables[0].Columns[i].Name, got)
		}
	}
	for i, want := range []bool{false, false, true, false, false, false, false, true} {
		if got := shown.Items[i].Withheld; got != want {
			t.Errorf("item %s: %v", shown.Items[i].Name, got)
		}
	}
}
