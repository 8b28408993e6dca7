package document

import (
	"strings"
	"testing"
)

func TestLabels(t *testing.T) {
	for name, want := range map[string]string{"last_boot": "Last boot", "ip_addresses": "IP addresses", "bios_date": "BIOS date", "used_percent": "Used percent", "": ""} {
		if got := label(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if strings.Contains(label("x_y"), "_") {
		t.Error("underscore")
	}
}
