package main

import (
	"strings"
	"testing"

	"supportd/library/cmdline/cmdlinetest"
)

func TestEveryCommandHasAnExample(t *testing.T) {
	cmdlinetest.Examples(t, operator{}.app, examples())
}

func TestManual(t *testing.T) {
	out, _, code := command(t, "", "help", "man")
	if code != 0 {
		t.Fatal(code)
	}
	for _, want := range []string{".TH SUPPORT\\-RELAY 1", ".SS serve\n", ".SS csr key\\-add NAME\n", "Example:\n.B support\\-relay csr list", ".SH EXIT CODES", "trusted_proxies"} {
		if !strings.Contains(out, want) {
			t.Errorf("the manual lacks %q", want)
		}
	}
}
