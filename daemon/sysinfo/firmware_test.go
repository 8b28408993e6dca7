package sysinfo

import (
	"encoding/binary"
	"testing"
)

func TestParseModules(t *testing.T) {
	got := parseModules(smbios())
	want := module{slot: "DIMM A1", kind: "DDR5", maker: "Maker", part: "PART-7", serial: "SN1", size: 32 << 30, speed: uint16(4800)}
	if len(got) != 1 || got[0] != want {
		t.Errorf("%+v", got)
	}
}

func TestParseEDID(t *testing.T) {
	edid := make([]byte, 128)
	copy(edid[54:], "\x00\x00\x00\xfc\x00Screen 27\n   ")
	copy(edid[72:], "\x00\x00\x00\xff\x00SN-12\n       ")
	if name, serial := parseEDID(edid); name != "Screen 27" || serial != "SN-12" {
		t.Errorf("%q %q", name, serial)
	}
	if name, _ := parseEDID(edid[:100]); name != "" {
		t.Errorf("%q from half a description", name)
	}
}

// A module that is faster than 16 bits can say.
func TestK3S13_FastMemory(t *testing.T) {
	b := make([]byte, 0x5c)
	b[0], b[1] = 17, byte(len(b))
	binary.LittleEndian.PutUint16(b[0x0c:], 16384)
	binary.LittleEndian.PutUint16(b[0x15:], 0xffff)
	binary.LittleEndian.PutUint32(b[0x54:], 70000)
	got := parseModules(append(b, 0, 0))
	if len(got) != 1 || got[0].speed != uint32(70000) {
		t.Errorf("%+v", got)
	}
}
