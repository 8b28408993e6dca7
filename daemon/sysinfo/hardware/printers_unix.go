//go:build unix

package hardware

import (
	"context"
	"fmt"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// Printers asks CUPS through its own tools; names of options and states are
// numbers and keywords of IPP, never translated.
func Printers(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	t := s.Table("printers", document.Col("name"), document.Col("state"), document.Col("reasons"), document.Col("model"),
		document.Col("accepts_jobs"), document.Col("address"))
	out, err := m.Tool(ctx, "lpstat", "-e")
	if err != nil {
		return err
	}
	looking, cancel := machine.Soft(ctx)
	defer cancel()
	left := 0
	for name := range strings.Lines(string(out)) {
		if name = strings.TrimSpace(name); name == "" || strings.HasPrefix(name, "-") {
			continue
		}
		if looking.Err() != nil { // its name is shown all the same
			left++
			t.Add(name, nil, nil, nil, nil, nil)
			continue
		}
		about, err := m.Tool(looking, "lpoptions", "-p", name)
		o := parseOptions(string(about))
		t.Add(name, printerState(o["printer-state"]), o["printer-state-reasons"], o["printer-make-and-model"], o["printer-is-accepting-jobs"] == "true", o["device-uri"])
		t.Fail(err)
	}
	if left > 0 {
		t.Fail(fmt.Errorf("of %d printers there was no time to ask for more than the name", left))
	}
	return nil
}

// printerState names the states of RFC 8011, section 5.4.11.
func printerState(code string) string {
	switch code {
	case "3":
		return "idle"
	case "4":
		return "printing"
	case "5":
		return "stopped"
	}
	return ""
}

// parseOptions reads the "key=value key='a value'" of lpoptions.
func parseOptions(s string) map[string]string {
	out := map[string]string{}
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			return out
		}
		if i := strings.LastIndexByte(key, ' '); i >= 0 { // words without a value
			key = key[i+1:]
		}
		var value string
		value, s = optionValue(rest)
		out[key] = value
	}
	return out
}

// optionValue takes one value off: words between quotes, a backslash before what
// would end them.
func optionValue(s string) (value, rest string) {
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		case quote == 0 && c == ' ':
			return b.String(), s[i:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
