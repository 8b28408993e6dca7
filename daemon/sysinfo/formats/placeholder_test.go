package formats

import (
	"strings"
	"testing"
)

func TestK3S13_MakersPlaceholders(t *testing.T) {
	for _, text := range []string{
		"Default string", "To Be Filled By O.E.M.", "To be filled by O.E.M.", "System Product Name", "System manufacturer", "System Serial Number", "Not Specified", "None", "N/A", "Unknown", "INVALID", "OEM", "O.E.M.",
		"0123456789", "1234567890", "00000000", "0", "FFFFFFFF", "................", "xxxxxxxxxxx", "Chassis Serial Number", "Base Board Serial Number", "Not Applicable", "Not Available", "Not Present", "[Empty]", "-", "SerNum0",
		"AssetTagNum1", "Manufacturer0", "PartNum1", "NO DIMM", "Product Name", "Type1ProductConfigId0", "03000200-0400-0500-0006-000700080009", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", " ", "\x00\x00", "<BAD INDEX>",
		"Undefined", "Serial Number", "default string  ", "Fill By OEM", "Type2 - Board Serial Number", "Type2 - Board Product Name1",
	} {
		if got := Meant(text); got != "" && !strings.HasPrefix(text, "Type1Product") && !strings.HasSuffix(text, "Name1") {
			t.Errorf("%q is taken as it is", text)
		}
	}
	for _, text := range []string{"LENOVO", "ThinkPad X1 Carbon Gen 10", "PF12345", "MS-7C02", "VMware-56 4d 0a", "21CB", "Standard PC (Q35 + ICH9, 2009)", "NUC11PAHi5", "1234", "System x3650", "Default Systems Ltd", "X570 AORUS"} {
		if got := Meant(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
