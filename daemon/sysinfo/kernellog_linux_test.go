package sysinfo

import (
	"testing"
)

func TestParseKernel(t *testing.T) {
	got := parseKernel([]byte("<3>[   12.5] disk failed\n<6>[ 1.0] fine\n<11>[ 2.0] also\nbroken\n<x>[1] y\n"))
	if len(got) != 2 || got[0].detail != "disk failed" || got[0].level != "error" {
		t.Errorf("%+v", got)
	}
}
