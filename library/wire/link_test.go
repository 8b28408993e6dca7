package wire

import "testing"

func TestLinks(t *testing.T) {
	const n = Number("482913077")
	for _, good := range []string{"https://relay.example", "https://relay.example:8443", "https://[2001:db8::1]:8443", "http://127.0.0.1:8080", "http://[::1]:8080", "https://relay.example/"} {
		if err := CheckWeb(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
		if link := Link(good, n); CheckLink(link, n) != nil || CheckLink(link, "482913085") == nil {
			t.Errorf("%s is not taken for what it is", link)
		}
	}
	for _, bad := range []string{
		"", "relay.example", "http://relay.example", "http://localhost:80", "ftp://relay.example", "https://", "https://a b", "https://relay.example/x", "https://relay.example?x",
		"https://user@relay.example", "https://relay.example#", "https://relay.example/\x1b[2J", "https://relay.example\n", "javascript:1", "https://$(id)", "https://r;reboot", "https://\u202eelpmaxe",
	} {
		if CheckWeb(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
		if CheckLink(bad+"/j/482913077", n) == nil && bad != "https://relay.example/" {
			t.Errorf("a link below %q is taken", bad)
		}
	}
}
