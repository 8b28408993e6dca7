package withhold

import (
	"slices"
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
)

// What is known of names and numbers, and what is too short or too general to be
// looked for everywhere.
func TestWhatIsLookedFor(t *testing.T) {
	for _, c := range []struct {
		class document.Class
		value any
		text  string
		want  bool // whether it is hidden
	}{
		{document.UserNames, "kim", "kim", true}, {document.UserNames, "kim", "kimchi", false}, {document.UserNames, "kimm", "xkimmx", true}, {document.UserNames, "k", "a k b", true}, {document.UserNames, "k", "ak", false},
		{document.UserNames, "1000", "1000", false}, {document.UserNames, "root", "root", false}, {document.UserNames, "Administrator", "administrator", false}, {document.UserNames, "daemon", "daemon", false},
		{document.UserNames, "", "", false}, {document.UserNames, "  ", "  ", false}, {document.UserNames, " kim ", "kim", true}, {document.UserNames, 7, "7", false}, {document.UserNames, nil, "x", false},
		{document.UserNames, `CORP\kim`, "kim", true}, {document.UserNames, `CORP\kim`, "corp", false}, {document.UserNames, "kim@corp", "kim", true}, {document.UserNames, "kim@corp", "corp", false},
		{document.UserNames, "Minji Kim", "kim minji", true}, {document.UserNames, "Minji Kim", "kim, minji", true}, {document.UserNames, "Minji Kim", "minjikim", true}, {document.UserNames, "Minji Kim", "kimminji", true},
		{document.UserNames, "Minji Kim", "minji.kim", true}, {document.UserNames, "Minji Kim", "kim.minji", true}, {document.UserNames, "Minji Kim", "minji", false},
		{document.UserNames, "M Kim", "kim.m", false}, {document.UserNames, "Minji K", "k.minji", false}, {document.UserNames, "Minji van Kim", "kim.minji", true}, {document.UserNames, "Minji van Kim", "van.minji", false}, {document.UserNames, "김 민지", "민지김", true},
		{document.UserNames, "Minji Kim", "xminjikimx", true}, {document.UserNames, "Minji Kim", "xmkimx", false}, {document.UserNames, "Al Bo", "bo al", true}, {document.UserNames, "Anna M Jung", "jung, anna m", true},
		{document.UserNames, "A Maria Jung", "a jung", true}, {document.UserNames, "A Maria Jung", "xajungx", false}, {document.UserNames, "A Maria Jung", "a j.", false}, {document.UserNames, "A Maria Jung", "aj.", false},
		{document.UserNames, "Anna Maria J", "xannajx", false}, {document.UserNames, "Anna Maria J", "aj", false}, {document.UserNames, "Anna Maria J", "anna j", true}, {document.UserNames, "Al Maria Jung", "xaljungx", true}, {document.UserNames, "Anna Maria Bo", "xboannax", true},
		{document.UserNames, "Anna Li", "anna l", true}, {document.UserNames, "Anna Li", "annal", true}, {document.UserNames, "Ann Li", "ann l", false}, {document.UserNames, "Ann Li", "ann l.", true},
		{document.UserNames, "Anna Berta Clara Dora Emil", "emil anna berta clara dora", true}, {document.UserNames, "Anna Berta Clara Dora Emil", "a. emil", true}, {document.UserNames, "Anna Berta Clara Dora Emil", "berta clara dora emil anna", true},
		{document.UserNames, "Anna Berta Clara Dora Emil Fritz", "fritz anna berta clara dora emil", false}, {document.UserNames, "Anna Berta Clara Dora Emil Fritz", "anna.berta.clara.dora.emil.fritz", true}, {document.UserNames, "Anna Berta Clara Dora Emil Fritz", "a. fritz", false},
		{document.UserNames, "김철수", "철수김", true}, {document.UserNames, "남궁민수", "궁민수 남", true}, {document.UserNames, "김철", "철김", false}, {document.UserNames, "가나다라마", "나다라마가", false}, {document.UserNames, "가철수", "철수 가", true}, {document.UserNames, "김철힣", "철힣김", true}, {document.UserNames, "김a수", "a수김", false},
		{document.UserNames, "Renée", `Ren\303\251e`, true}, {document.UserNames, "Renée", `Ren\xc3\xa9e`, true}, {document.UserNames, "Renée", `Ren\u00e9e`, true}, {document.UserNames, "Renée", "Ren&#233;e", true}, {document.UserNames, "Renée", "Ren&#xe9;e", true}, {document.UserNames, "Renée", "Ren%C3%A9e", true},
		{document.UserNames, "Minji Kim", "minji%252520kim", true}, {document.UserNames, "Minji Kim", "minji%25252520kim", false},
		{document.Serials, "nobody", "nobody", true}, {document.Serials, "AB123", "ab123", true}, {document.Serials, "AB12", "ab12", false}, {document.Serials, "AB-12345", "ab12345", true}, {document.Serials, "1234567", "1234567", true},
		{document.Addresses, "192.0.2.66", "c0000242", true}, {document.Addresses, "192.0.2.66", "420200c0", true}, {document.Addresses, "192.0.2.66", "3221226050", true}, {document.Addresses, "192.0.2.66", "xc0000242", false},
		{document.Addresses, "00:11:22:33:44:55", "001122334455", true}, {document.Addresses, "00:00:00:00:00:00", "000000000000", false}, {document.Addresses, "127.0.0.1", "7f000001", false}, {document.Addresses, "0.0.0.0", "00000000", false},
		{document.Addresses, "nonsense", "nonsense", false}, {document.Addresses, "192.0.2.66/24; 2001:db8::66", "20010db8000000000000000000000066", true},
	} {
		r := New([]document.Class{c.class}, Known{Service: []string{"daemon"}})
		r.know(c.value, c.class)
		if got := r.Text(c.text); (got != c.text) != c.want {
			t.Errorf("%v of class %v, in %q: %q", c.value, c.class, c.text, got)
		}
		other := New(slices.DeleteFunc(slices.Clone(document.Classes()), func(o document.Class) bool { return o == c.class }), Known{})
		other.know(c.value, c.class)
		if len(other.known) > 0 {
			t.Errorf("%v is looked for although its class is shown", c.value)
		}
	}
}

// A value keeps the class that it was known by first, and each class its word.
func TestEachClassHasItsWord(t *testing.T) {
	r := New(document.Classes(), Known{Names: []string{"canary"}, Serials: []string{"canary", "SN-77777"}, Addresses: []string{"192.0.2.66"}})
	if got := r.Text("canary SN-77777 c0000242"); got != "[user name withheld] [serial withheld] [address withheld]" {
		t.Errorf("%q", got)
	}
	for c, want := range map[document.Class]string{document.UserNames: "[user name withheld]", document.Serials: "[serial withheld]", document.Addresses: "[address withheld]"} {
		if got := hidden(c); got != want {
			t.Errorf("%v: %q", c, got)
		}
	}
}

// Stretches that touch, that overlap and that lie in each other.
func TestCover(t *testing.T) {
	for _, c := range []struct {
		in   []stretch
		want string
	}{
		{nil, "0123456789"},
		{[]stretch{{0, 10, document.Serials}}, "[serial withheld]"},
		{[]stretch{{2, 4, document.Serials}, {4, 6, document.UserNames}}, "01[serial withheld][user name withheld]6789"},
		{[]stretch{{4, 6, document.UserNames}, {2, 4, document.Serials}}, "01[serial withheld][user name withheld]6789"},
		{[]stretch{{2, 5, document.Serials}, {4, 8, document.UserNames}}, "01[user name withheld]89"},
		{[]stretch{{2, 8, document.Serials}, {4, 5, document.UserNames}, {7, 9, document.Addresses}}, "01[serial withheld]9"},
		{[]stretch{{2, 5, document.Serials}, {2, 8, document.UserNames}}, "01[user name withheld]89"},
		{[]stretch{{2, 6, document.Serials}, {4, 8, document.UserNames}}, "01[serial withheld]89"}, // both as long: the first
	} {
		if got := cover("0123456789", c.in); got != c.want {
			t.Errorf("%v: %q, want %q", c.in, got, c.want)
		}
	}
}

// Reasons, items and tables: what is withheld has no value, and the rest of the
// section keeps its place. The section that came in is not changed.
func TestASectionIsCopied(t *testing.T) {
	r := New([]document.Class{document.UserNames}, Known{})
	in := document.Section{
		Reason: "of kim", Items: []document.Item{{Name: "user", Value: "kim", Class: document.UserNames, Reason: "kim"}, {Name: "shell", Value: "/home/kim/sh", Reason: "for kim"}, {Name: "uid", Value: int64(7)}},
		Tables: []document.Table{{Reason: "kim is missing", Columns: []document.Column{{Name: "name", Class: document.UserNames}, {Name: "home"}, {Name: "uid"}}, Rows: [][]any{{"kim", "/home/kim", int64(7)}, {"lee", "/home/lee", nil}}}},
	}
	r.Learn(in)
	out := r.Section(in)
	const gone = "[user name withheld]"
	if out.Reason != "of "+gone || !out.Items[0].Withheld || out.Items[0].Value != nil || out.Items[0].Reason != "" || out.Items[1].Withheld || out.Items[1].Value != "/home/"+gone+"/sh" || out.Items[1].Reason != "for "+gone || out.Items[2].Value != int64(7) {
		t.Errorf("%+v", out.Items)
	}
	table := out.Tables[0]
	if table.Reason != gone+" is missing" || !table.Columns[0].Withheld || table.Columns[1].Withheld || table.Rows[0][0] != nil || table.Rows[0][1] != "/home/"+gone || table.Rows[0][2] != int64(7) || table.Rows[1][1] != "/home/"+gone {
		t.Errorf("%+v", table)
	}
	if in.Items[0].Value != "kim" || in.Items[0].Withheld || in.Tables[0].Columns[0].Withheld || in.Tables[0].Rows[0][0] != "kim" {
		t.Errorf("what came in was changed: %+v", in)
	}
}

// Numbers that only one disk or computer has, by their forms.
func TestFormsOfSerials(t *testing.T) {
	r := New([]document.Class{document.Serials}, Known{})
	for text, want := range map[string]bool{
		"0e984725-c51c-4bf4-9960-e1c80e27aba0": true, "0e984725-c51c-4bf4-9960-e1c80e27aba": false, "3d1219c7c4c5404aaa1f6d2a48adfda4": true, "3d1219c7c4c5404aaa1f6d2a48adfda": false,
		"3d1219c7c4c5404aaa1f6d2a48adfda4a": false, "wwn-0x5000c500a1b2c3d4": true, "naa.5000": true, "eui.0025": true, "t10.ATA": true, "xnaa.5000": false,
	} {
		if got := r.Text(text); (got != text) != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// An IPv4 address with dashes, and dates that look like one.
func TestNumbersWithDashes(t *testing.T) {
	for s, want := range map[string]string{
		"10-20-30-40": "10-20-30-40", "10-20-30": "", "10-20-30-256": "", "10-20-30-255": "10-20-30-255", "1000-10-20-30-40": "10-20-30-40", "10-20-30-40-1000": "10-20-30-40",
		"20260-1-2-3-4": "1-2-3-4", "2026-1-2-3-4-5-6": "", "": "", "1-2-3-4000-5-6-7": "", "2099-1-2-3-4": "",
		"2026-11-23-10-20-30": "", "1999-1-2-3-4": "", "2026-1-2-3-4-5-6-7": "1-2-3-4-5-6-7", "1826-1-2-3-4": "1-2-3-4", "10_20_30_40": "10_20_30_40", "1-2-3-4-5": "1-2-3-4-5", "0010-1-2-3": "",
	} {
		start, end, ok := numbers(s)
		if got := s[start:end]; ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v, want %q", s, got, ok, want)
		}
	}
	for c := range 256 {
		if want := strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz", rune(c)); alphanumeric(byte(c)) != want {
			t.Errorf("alphanumeric(%q)", byte(c))
		}
	}
	for s, want := range map[string]bool{"0x0012ab": true, "123456": false, "abcdef": false, "0X12AB": true, "1a": true, "": false} {
		if mixed(s) != want {
			t.Errorf("mixed(%q)", s)
		}
	}
	for s, want := range map[string]bool{"abcdef": true, "abcde": false, "ABCDEF": true, "01234": false, "012345": true, "abc def": false, "ghijklmn": false, "abcde/f": false, "x123456": true} {
		if longRun(s) != want {
			t.Errorf("longRun(%q)", s)
		}
	}
	for s, want := range map[string]bool{"::1": true, "2001:db8::1": true, "10:20:30": false, "::": false, "00:11:22:33:44:55": true, "fe80::1%eth0": true, "a::b:": true, "08:15": false, "abc::": true, ":::": false, "1::2::3": true, "2001:db8::": true, "": false} {
		if coloned6(s) != want {
			t.Errorf("coloned6(%q)", s)
		}
	}
}

// Numbers that stand for several bytes, at their limits.
func TestShortAddressesAtTheirLimits(t *testing.T) {
	for s, want := range map[string]bool{
		"10.20.255": false, "10.20.256": true, "10.20.65535": true, "10.20.65536": false, "10.16777215": true, "10.16777216": false, "10.255": false, "10.256": true,
	} {
		if isShortened(s) != want {
			t.Errorf("%q", s)
		}
	}
}

// A text of many that only look like addresses costs little: after 64 of them the others
// are taken for addresses.
func TestTriesAreBounded(t *testing.T) {
	r := New([]document.Class{document.Addresses}, Known{})
	for _, n := range []int{64, 66} {
		got := r.Text(strings.Repeat("z0a-1b-2c-3d-4e-5f ", n))
		if hidden := strings.Count(got, "withheld"); hidden != n-64 {
			t.Errorf("%d of %d", hidden, n)
		}
	}
}

// What is a name only by its initials counts where nothing else is known, and for no account
// of the system. A number is a name from five digits on.
func TestWhatIsKnownAlreadyStays(t *testing.T) {
	r := New(document.Classes(), Known{Service: []string{"mkim"}})
	r.know("jberg", document.Serials)
	r.know("Jens Berg", document.UserNames)
	r.know("Minji Kim", document.UserNames)
	for text, want := range map[string]string{"xjbergx": "x[serial withheld]x", "mkim": "mkim", "m. kim": "[user name withheld]"} {
		if got := r.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	names := Known{Names: []string{"12345", "1234"}}
	if got := New([]document.Class{document.UserNames}, names).Text("12345 1234 x12345"); got != "[user name withheld] 1234 x12345" {
		t.Errorf("%q", got)
	}
	if got := New([]document.Class{document.Serials}, names).Text("12345 1234"); got != "12345 1234" {
		t.Errorf("names are shown, and %q", got)
	}
}

// A part of a longer number or name is no address.
func TestWhatIsBesideAnAddress(t *testing.T) {
	r := New([]document.Class{document.Addresses}, Known{})
	for text, want := range map[string]string{
		"mac-00-e0-4c-68-01-23":         "mac-[address withheld]",
		"00-e0-4c-68-01-23z":            "00-e0-4c-68-01-23z",
		"z00-e0-4c-68-01-23":            "z00-e0-4c-68-01-23",
		"(00-e0-4c-68-01-23)":           "([address withheld])",
		"00e04c680123 00e04c680124":     "[address withheld] [address withheld]",
		"x00e04c680123":                 "x00e04c680123",
		"1.2.3":                         "1.2.3",
		"1.2.3.4":                       "[address withheld]",
		"a::b and std::move":            "[address withheld] and std::move",
		"at 08:15:30 on 2026-11-23":     "at 08:15:30 on 2026-11-23",
		"enx00e04c680123 and npi112233": "enx[address withheld] and npi[address withheld]",
		"2001:db8:1:2::/64 dev eth0":    "[address withheld]/64 dev eth0", // a network
		"::1":                           "[address withheld]",
		"001122-334455":                 "001122-334455", // only digits, and not known
		"10,20,30,40,4,1":               "[address withheld]",
		"10,20,30,40,4,1x":              "10,20,30,40,4,1x",
		"host--1.ipv6-literal.net":      "host[address withheld].net",
		"10%3A20%3A30":                  "10%3A20%3A30", // a time
		"00-e0-4c-68-01-23 of 0e984725-c51c-4bf4-9960-e1c80e27aba0": "[address withheld] of 0e984725-c51c-4bf4-9960-e1c80e27aba0",
		"0e984725-c51c-4bf4-9960-e1c80e27aba0 00-e0-4c-68-01-23":    "0e984725-c51c-4bf4-9960-e1c80e27aba0 [address withheld]",
		"%3a%3a1": "[address withheld]",
		"%3a1":    "%3a1",

		"peer:fe80%3a%3a1": "peer:[address withheld]", // behind a word and a colon
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Names are found behind letters that have more bytes when they are small, and only
// as whole letters.
func TestFoldingKeepsItsPlace(t *testing.T) {
	for s, want := range map[string]string{"KIM": "kim", "İx": "ix", "ẞ": "ss", "ς": "σ", "ı": "i", "ﬁ": "fi", "é": "e\u0301", "ė": "e\u0307", "í": "i\u0301", "a−b–c": "a-b-c", "१": "1", "": ""} {
		f := foldText(s)
		if f.text != want {
			t.Errorf("%q becomes %q", s, f.text)
		}
		if f.from != nil && f.from[len(f.text)] != len(s) {
			t.Errorf("%q: its end is at %d", s, f.from[len(f.text)])
		}
	}
	x := newIndex()
	for _, w := range []string{"ab", "abc", "abcd", "b", "ixab", "wxyf", "apart"} {
		x.add(w, false)
	}
	x.addApart("once")
	x.addApart("more")
	x.add("more", false)
	x.add("c0ffee", true)
	found := func(s string) string {
		var all []string
		for _, h := range x.find(s, foldText(s)) {
			all = append(all, h.word+"@"+string(rune('0'+h.start))+"-"+string(rune('0'+h.end)))
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	for s, want := range map[string]string{
		"ab": "ab@0-2", "abc": "abc@0-3", "abcd": "abcd@0-4", "xabcdx": "abcd@1-5", "xabc": "", "abcx": "", "ab ab": "ab@0-2 ab@3-5", " b ": "b@1-2", "c0ffee": "c0ffee@0-6", "xc0ffee": "", "c0ffeex": "", "-c0ffee-": "c0ffee@1-7",
		"ﬁxab": "", "wxyﬁ": "", "wxyf": "wxyf@0-4", "xoncex": "", "once": "once@0-4", "xmorex": "more@1-5",
		"éabcd": "abcd@2-6", "ab\u0301": "", "": "",
	} {
		if got := found(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
