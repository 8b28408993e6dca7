//go:build unix

package sysinfo

import (
	"context"
	"strings"
)

// probePrinters asks CUPS through its own tools; names of options and states are
// numbers and keywords of IPP, never translated.
func probePrinters(ctx context.Context, m *machine, s *sheet) error {
	t := s.table("printers", col("name"), col("state"), col("reasons"), col("model"), col("accepts_jobs"), col("address"))
	out, err := m.tool(ctx, "lpstat", "-e")
	if err != nil {
		return err
	}
	for name := range strings.Lines(string(out)) {
		if name = strings.TrimSpace(name); name == "" || strings.HasPrefix(name, "-") {
			continue
		}
		about, err := m.tool(ctx, "lpoptions", "-p", name)
		o := parseOptions(string(about))
		t.add(name, printerState(o["printer-state"]), o["printer-state-reasons"], o["printer-make-and-model"], o["printer-is-accepting-jobs"] == "true", o["device-uri"])
		t.fail(err)
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
		if quoted, is := strings.CutPrefix(rest, "'"); is {
			value, s, _ = strings.Cut(quoted, "'")
		} else {
			value, s, _ = strings.Cut(rest, " ")
		}
		out[key] = value
	}
	return out
}
