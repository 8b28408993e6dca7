package withhold

import (
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
)

// Names in every order, with everything that stands between their words, and with
// letters that are written as numbers.
func TestK1P29_NamesOfManyWordsAndEscapes(t *testing.T) {
	r := New([]document.Class{document.UserNames}, Known{Names: []string{"Minji Kim", "Anna Maria Jung", "Jean-Luc van den Berg", "김철수", "ulf"}})
	const gone = "[user name withheld]"
	for _, text := range []string{
		"Minji%20Kim", "minji%20kim", "Minji+Kim", "Minji_Kim", "MINJI.KIM", "minji-kim", "Kim, Minji", "kim_minji", "Minji%2520Kim", "Minji\u00a0Kim", `Minji\040Kim`, `Minji\x20Kim`, `Minji\u0020Kim`, "Minji&#32;Kim", "Minji&#x20;Kim",
		"%4D%69%6e%6a%69%20%4bim", "Anna Maria Jung", "anna_maria_jung", "anna.maria.jung", "Jung Anna Maria", "Jung, Anna Maria", "Anna Jung", "jung.anna", "annajung", "Anna%20Maria%20Jung", "Maria Jung Anna", "AnnaMariaJung",
		"Jean-Luc van den Berg", "jean-luc_van_den_berg", "Berg Jean-Luc van den", "Jean-Luc Berg", "김철수", "김 철수", "철수 김", "김_철수", "%EA%B9%80%EC%B2%A0%EC%88%98", "%ea%b9%80%20%ec%b2%a0%ec%88%98", `\uae40\ucca0\uc218`, "&#44608;&#52384;&#49688;",
		"%75lf", "ulf%20x", "x%20ulf", "ULF", "file:///home/ulf/x",
	} {
		if got := r.Text(text); !strings.Contains(got, gone) {
			t.Errorf("%q stays", text)
		}
	}
	for _, text := range []string{"gulf%20x", "%67ulf", "%75lfx", "ulfx%20", "100%", "50%25", `C:\x\u`, "&#;", "a%2Gb", "Minji", "Maria", "%zz", `\u12`, "철수"} {
		if got := r.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := r.Text("a%20Minji%20Kim%20b"); got != "a%20"+gone+"%20b" {
		t.Errorf("%q", got)
	}
}

// Names with initials, as logs, mailers and directories shorten them.
func TestK1P29_NamesWithInitials(t *testing.T) {
	r := New([]document.Class{document.UserNames}, Known{Names: []string{"Minji Kim", "Anna Maria Jung", "Berg, Jean-Luc", `CORP\Öykü Şahin`, "Ivo Li"}})
	const gone = "[user name withheld]"
	for _, text := range []string{
		"M. Kim", "M.Kim", "M Kim", "mkim", "m_kim", "m-kim", "MKIM's PC", "Kim, M.", "Kim M.", "kimm", "Minji K.", "minji.k", "minjik", "/home/mkim/x", "M.%20Kim", "by M.\u00a0Kim:", "A. M. Jung", "A.M. Jung", "AM Jung", "amjung", "Anna M. Jung",
		"Jung, A. M.", "Jung AM", "A. Jung", "ajung", "Anna M Jung", "J. Berg", "jberg", "Ö. Şahin", "ö.şahin", "I. Li",
	} {
		if got := r.Text(text); !strings.Contains(got, gone) {
			t.Errorf("%q stays", text)
		}
	}
	for _, text := range []string{"team.kim", "xmkimx", "m.kimchi", "ivo l", "A. Mueller", "the K. file", "program.li"} {
		if got := r.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Addresses as inet_aton(3), URLs, dumps and people write them.
func TestK1P29_AddressesInOtherDigitsAndForms(t *testing.T) {
	r := New([]document.Class{document.Addresses}, Known{Addresses: []string{"192.0.2.66", "00:11:22:33:44:55"}})
	for _, text := range []string{
		"0x0a141e28", "gw=0x0A141E28", "０ｘ0a141e28", "１０.２０.３０.４０", "１０．２０．３０．４０", "10。20。30。40", "١٠.٢٠.٣٠.٤٠", "०१०.०२०.०३०.०४०", "10%2E20%2E30%2E40", "10%2e20%2e30%2e40", "%31%30.20.30.40", "10%252E20%252E30%252E40",
		"10.1319464", "10.20.7720", "192.168.7720", "172.16.7720", "http://10.1319464/x", "http://169090600/", "http://0x0a141e28:80/", "http://012.024.7720/", "kim@10.1319464:", "ssh kim@169090600", "http://kim@2130706433/x",
		"0x0a.0x14.0x1e.0x28", "012.024.036.050", "0012.0024.0036.0050", "10[.]20[.]30[.]40", "10(.)20(.)30(.)40", "10 . 20 . 30 . 40", "PORT 10,20,30,40,4,1", "281E140A:0016", "0100007F:1F90",
		"192.578", "192.0.578", // known ones in short forms
		"00 e0 4c 68 01 23", "mac 00 E0 4C 68 01 23 up", "００:ｅ０:４ｃ:６８:０１:２３", "00%3Ae0%3A4c%3A68%3A01%3A23", "00%2De0%2D4c%2D68%2D01%2D23", "00\u2010e0\u20104c\u201068\u201001\u201023", "00–e0–4c–68–01–23", `00\u003ae0\u003a4c\u003a68\u003a01\u003a23`,
		"２００１:db8::77", "2001&#58;db8&#58;&#58;77", "fe80 00 e0 4c 68 01 23",
	} {
		got := r.Text(text)
		if !strings.Contains(got, "[address withheld]") {
			t.Errorf("%q stays", text)
		}
		for _, rest := range []string{"30", "1319464", "7720", "4c", "141e", "169090600", "1e", "2130706433", "３０", "٣٠"} {
			if strings.Contains(strings.ToLower(got), rest) {
				t.Errorf("%q: %q has %q", text, got, rest)
			}
		}
	}
	for _, text := range []string{
		"[   10.131946] usb 1-1", "took 10.13 s", "10.0.19045", "build 10.0.22631", "0x80070005", "0xC0000005", "0x00000001", "0xffffffff", "flags 0x0a000000", "12 34 56 78 90 12", "100%", "version 10.15.7", "1,234,567", "http://localhost:80/",
		"kim@host", "user@2024-x", "50%20of", "10.5", "a . b . c", "0xdeadbeef01",
	} {
		if got := r.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Reading escapes keeps the place that each byte comes from.
func FuzzUnescape(f *testing.F) {
	f.Add("Minji%20Kim %EA%B9%80 \\u0041&#65;")
	f.Add("%25%32%35%%%\xffİ%c3%a9")
	f.Fuzz(func(t *testing.T, s string) {
		New(document.Classes(), Known{Names: []string{"minji kim", "김민지"}}).Text(s)
		for _, v := range views(s)[1:] {
			if len(v.from) != len(v.text)+1 || len(v.to) != len(v.text) {
				t.Fatalf("%q: %d bytes, %d and %d places", s, len(v.text), len(v.from), len(v.to))
			}
			for i := range v.to {
				if v.from[i] >= v.to[i] || v.to[i] > len(s) {
					t.Fatalf("%q: byte %d comes from %d to %d", s, i, v.from[i], v.to[i])
				}
			}
		}
	})
}
