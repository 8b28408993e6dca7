package main

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"supportd/library/wire"
)

// I6: the number is read from the names that browsers, systems and people make of the
// one under which the program was downloaded.
func TestI6_NamesWithANumber(t *testing.T) {
	for _, name := range []string{
		"support-482913077", "support-482913077.exe", "SUPPORT-482913077.EXE", "Support 482 913 077", "Support 482 913 077.exe", "support482913077.exe",
		"support_482913077.exe", "support-482-913-077.exe", "support_482_913_077", "support - 482913077.exe", "support.482913077",
		// a second download
		"support-482913077 (1).exe", "support-482913077(1).exe", "support-482913077-2", "support-482913077-2.exe", "support-482913077 2", "support-482913077[1].exe",
		"support-482913077_1.exe", "support-482913077.1", "support-482913077.exe.1", "support-482913077 (12).exe", "Support 482 913 077 (2)", "Support 482 913 077 2",
		// on its way
		"support-482913077.exe.part", "support-482913077.exe.crdownload", "support-482913077.download", "support_482913077.exe.download", "support-482913077.exe.partial", "support-482913077.opdownload",
		// a copy
		"support-482913077 - Copy.exe", "support-482913077 - Copy (2).exe", "support-482913077 (1) - Copy (2).exe", "support-482913077 - 복사본.exe", "support-482913077 - Kopie.exe",
		"Copy of support-482913077.exe", "Copy (2) of support-482913077.exe", "복사본support-482913077.exe", "support-482913077 copy", "support-482913077 copy 2", "support-482913077 복사본 2",
		"support-482913077のコピー", "support-482913077 (copy)", "support-482913077 (3rd copy)", "support-482913077~", "support-482913077.exe.bak",
		// spaces as programs write them, and other digits
		"support%20482%20913%20077.exe", "Support+482+913+077.exe", "support-482913077%20(1).exe", "Support\u00a0482\u202f913\u2009077", "support－４８２９１３０７７．exe",
		// an organisation's own name in front
		"Example Ltd support-482913077.exe", "example-support-482913077", norm.NFD.String("예제 support-482913077"),
		// a whole path
		"/home/bob/Downloads/support-482913077", `C:\Users\Bob\Downloads\support-482913077 (1).exe`, `\\?\C:\support-482913077.exe`, "./support-482913077", "/home/612655667/support-482913077",
		"/private/var/folders/zz/T/AppTranslocation/5A1B2C3D-0000-1111-2222-333344445555/d/support-482913077",
	} {
		if n := numberInName(name); n != "482913077" {
			t.Errorf("%q: %q", name, n)
		}
	}
}

// I6: what is an ordinary name, has a wrong check digit, or may not be what it looks like
// is no number: the person is asked.
func TestI6_NamesWithoutANumber(t *testing.T) {
	for _, name := range []string{
		"", ".", "/", `\`, "support", "support-agent", "support-agent.exe", "support-agent-1.2.3", "support-1.2.3.exe", "support-0.1.0-linux-amd64", "support-agent-windows-amd64.exe",
		// a date, a version, a telephone number, a build
		"support-20261126", "support-2026-11-26", "support-2026-11-26 15.04.exe", "support-20261126-1530", "support-20261126153000", "support-482.913.077", "support-1.482913077", "support-1-800-555-0199",
		"support-482913077-20261126", "20261126-support-482913077", "support-agent-482913077", "support-v482913077", "supportd-482913077", "supporter482913077", "mysupport-482913077", "2support-482913077",
		// mistyped, too long, too short, apart
		"support-482913070", "support-482913078.exe", "support-082913077", "support-48291307", "support-4829130771", "support-1482913077", "support-482913077x", "support-482913077a.exe",
		"support-482 913-077", "support-482  913  077", "support-4 8 2 9 1 3 0 7 7", "support-48 29 13 07 7", "482913077", "482913077.exe", "482 913 077 support", "report-482913077.exe",
		"support-４８２91３0７70", "support-٤٨٢٩١٣٠٧٧", "support-482913077٣", "support-482913077²",
		// two of them
		"support-482913077 support-612655667.exe", "support-482913077-612655667", "support 482 913 077 612 655 667", "support-612655667-support-482913077",
		// the directory's name is not the program's
		"/tmp/support-482913077/support-agent", "support-482913077/", `support-482913077\support.exe`,
		// what cannot be seen, or turns around what can be
		"support-\x1b[2J482913077", "\x1b]0;yes\x07support-482913077", "support-482913077\x1b[31m.exe", "support-482913077\r.exe", "support-482913077\n", "support-482913077\x00.exe", "support-482913077\u0085",
		"support-\u202e770319284", "support-482913077\u202egpj.exe", "\u2066support-482913077\u2069", "support-482\u200b913\u200b077", "support-482913077\u200e (1).exe", "support-482913077\ufe0f", "support-482913077%1b%5b2J", "support-482913077%00.exe",
		"support-$(id)482913077", "support-'482913077", "support-482913077" + strings.Repeat("x", 300), "support-482913077" + strings.Repeat(" (1)", 300), strings.Repeat("support-", 200) + "482913077",
	} {
		if n := numberInName(name); n != "" {
			t.Errorf("%q: %q", name, n)
		}
	}
}

// I6: a link and the file behind it, a short name and the long one: one with a number is
// enough, two with different ones are none.
func TestI6_NamesOfOneProgram(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  wire.Number
	}{
		{[]string{"support-482913077", "/opt/support/support-agent"}, "482913077"},
		{[]string{"SUPPOR~1.EXE", `C:\Users\Bob\support-482913077.exe`}, "482913077"},
		{[]string{"support-482913077", "/home/bob/support-482913077 (1)"}, "482913077"},
		{[]string{"support-482913077", "/home/bob/support-612655667"}, ""},
		{[]string{"support-agent", "/home/bob/support-agent"}, ""},
		{nil, ""},
	} {
		if n := numberInNames(c.names...); n != c.want {
			t.Errorf("%q: %q, want %q", c.names, n, c.want)
		}
	}
	if n := ownNumber("support-482913077"); n != "482913077" {
		t.Errorf("%q: the test's own name has none", n)
	}
}

// Whatever the name, what is taken from it is a number, and its digits stand in it.
func FuzzName(f *testing.F) {
	f.Add("support-482913077 (1).exe")
	f.Add("Support+482%20913 077")
	f.Add("\x1b[2Jsupport_482_913_077\xff")
	f.Fuzz(func(t *testing.T, name string) {
		n := numberInName(name)
		if n == "" {
			return
		}
		if again, err := wire.ParseNumber(string(n)); err != nil || again != n {
			t.Errorf("%q: %q, %v", name, n, err)
		}
		if again := numberInName("support-" + string(n)); again != n {
			t.Errorf("%q: %q", n, again)
		}
	})
}
