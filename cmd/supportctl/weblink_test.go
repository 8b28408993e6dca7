package main

import (
	"fmt"
	"strings"
	"testing"

	"supportd/library/cmdline"
)

// Z13: a customer follows a link because their CSR says so. A relay that names a page
// elsewhere gets no link shown before a person has confirmed whose page that is.
func TestZ13_ALinkLeadsToTheRelaysHost(t *testing.T) {
	const own, elsewhere, look = "https://127.0.0.1:8443", "https://elsewhere.example", "https://127.0.0.1.elsewhere.example"
	for name, c := range map[string]struct {
		web   string   // that the relay names
		args  []string // behind session start
		code  int
		shown bool
		kept  string
	}{
		"on its own host":                 {own, []string{"--link"}, 0, true, ""},
		"on its own host, as named":       {own, []string{"--link", "--web", own}, 0, true, ""},
		"on its own host, not as named":   {own, []string{"--link", "--web", elsewhere}, cmdline.ExitFailed, false, ""},
		"elsewhere":                       {elsewhere, []string{"--link"}, cmdline.ExitFailed, false, ""},
		"elsewhere, in JSON":              {elsewhere, []string{"--link", "--json"}, cmdline.ExitFailed, false, ""},
		"elsewhere, as a picture":         {elsewhere, []string{"--qr"}, cmdline.ExitFailed, false, ""},
		"elsewhere, not asked for":        {elsewhere, []string{"--json"}, 0, false, ""},
		"elsewhere, as named":             {elsewhere, []string{"--link", "--web", elsewhere}, 0, true, elsewhere},
		"elsewhere, as named with a /":    {elsewhere, []string{"--link", "--web", elsewhere + "/"}, 0, true, elsewhere},
		"elsewhere, as named, in JSON":    {elsewhere, []string{"--link", "--json", "--web", elsewhere}, 0, true, elsewhere},
		"elsewhere, not as named":         {elsewhere, []string{"--link", "--web", look}, cmdline.ExitFailed, false, ""},
		"a name that begins like its own": {look, []string{"--link"}, cmdline.ExitFailed, false, ""},
		"no address":                      {own, []string{"--link", "--web", "elsewhere"}, cmdline.ExitUsage, false, ""},
		"an address without a link":       {own, []string{"--web", own}, cmdline.ExitUsage, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t)
			link := c.web + "/j/" + string(benchNumber)
			said := says(fmt.Sprintf(`{"number":%q,"state":"waiting","link":%q}`, benchNumber, link))
			n.relay.on("session start --link --json", said)
			n.relay.on("session start --json", said)
			n.relay.on("session list --json", says(fmt.Sprintf(`[{"number":%q,"state":"waiting","link":%q}]`, benchNumber, link)))
			code := n.do(t, append([]string{"session", "start"}, c.args...)...)
			if code != c.code || strings.Contains(n.out.String(), link) != c.shown {
				t.Errorf("exit code %d, %s%s", code, &n.out, &n.err)
			}
			if code == cmdline.ExitFailed && !strings.Contains(n.err.String(), "read the number to the customer: 482 913 077") {
				t.Errorf("what to do: %s", &n.err)
			}
			pr, err := n.loadProfile()
			if err != nil || pr.Web != c.kept {
				t.Errorf("kept: %q, %v", pr.Web, err)
			}
			if code == cmdline.ExitUsage {
				return
			}
			if n.do(t, "session", "list", "--json"); strings.Contains(n.out.String(), link) != (c.web == own || c.kept != "") {
				t.Errorf("a list: %s", &n.out)
			}
		})
	}
}
