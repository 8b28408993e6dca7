package formats_test

import (
	"encoding/binary"
	"testing"

	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machinetest"
)

func TestParseModules(t *testing.T) {
	got := formats.Modules(machinetest.SMBIOS())
	want := formats.Module{Slot: "DIMM A1", Kind: "DDR5", Maker: "Maker", Part: "PART-7", Serial: "SN1", Size: 32 << 30, Speed: uint16(4800)}
	if len(got) != 1 || got[0] != want {
		t.Errorf("%+v", got)
	}
}

func TestParseEDID(t *testing.T) {
	edid := make([]byte, 128)
	copy(edid[54:], "\x00\x00\x00\xfc\x00Screen 27\n   ")
	copy(edid[72:], "\x00\x00\x00\xff\x00SN-12\n       ")
	if name, serial := formats.EDID(edid); name != "Screen 27" || serial != "SN-12" {
		t.Errorf("%q %q", name, serial)
	}
	if name, _ := formats.EDID(edid[:100]); name != "" {
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
	got := formats.Modules(append(b, 0, 0))
	if len(got) != 1 || got[0].Speed != uint32(70000) {
		t.Errorf("%+v", got)
	}
}

func FuzzFirmware(f *testing.F) {
	f.Add(machinetest.SMBIOS())
	f.Fuzz(func(t *testing.T, b []byte) {
		formats.Modules(b)
		formats.EDID(b)
	})
}
