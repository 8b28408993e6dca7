package text

import "testing"

// Every range of Hostile is right to its last rune.
func TestK7T10_HostileAtItsEdges(t *testing.T) {
	for r, want := range map[rune]bool{
		0x00: true, 0x1f: true, 0x20: false, 0x7e: false, 0x7f: true, 0x80: true, 0x9f: true, 0xa0: false, 0xa1: false,
		0x2027: false, 0x2028: true, 0x2029: true, 0x202a: true, 0x202e: true, 0x202f: true, 0x2030: false,
		0x115f: true, 0x1160: true, 0x3164: true, 0xffa0: true, 0x2800: true, 0x034f: true, 0x3000: false,
		0xfdff: false, 0xfe00: true, 0xfe0f: true, 0xfe10: false,
		0xe00ff: true, 0xe0100: true, 0xe01ef: true, '한': false, 'ä': false, 0xe000: true,
	} {
		if got := Hostile(r); got != want {
			t.Errorf("Hostile(%U) = %v", r, got)
		}
	}
}
