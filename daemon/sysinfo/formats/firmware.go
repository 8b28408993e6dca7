package formats

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Module is one memory module of the SMBIOS table.
type Module struct {
	Slot, Kind, Maker, Part, Serial string
	Size                            uint64 // bytes
	Speed                           any    // megatransfers a second
}

// Modules reads the memory devices (type 17) of an SMBIOS table, DSP0134
// section 7.18. The table comes from the firmware: nothing in it is trusted.
func Modules(table []byte) (found []Module) {
	for len(table) >= 4 {
		kind, length := table[0], int(table[1])
		if length < 4 || length > len(table) {
			return found
		}
		body := table[:length]
		end := bytes.Index(table[length:], []byte{0, 0})
		if end < 0 {
			return found
		}
		texts := strings.Split(string(table[length:length+end]), "\x00")
		table = table[length+end+2:]
		if kind == 127 { // end of table
			return found
		}
		if kind != 17 || length < 0x1b {
			continue
		}
		if d := parseModule(body, texts); d.Size > 0 {
			found = append(found, d)
		}
	}
	return found
}

func parseModule(b []byte, texts []string) Module {
	text := func(at int) string {
		if n := int(b[at]); n > 0 && n <= len(texts) {
			return strings.TrimSpace(texts[n-1])
		}
		return ""
	}
	d := Module{Slot: text(0x10), Kind: MemoryKind(b[0x12]), Maker: text(0x17), Serial: text(0x18), Part: text(0x1a)}
	size := binary.LittleEndian.Uint16(b[0x0c:])
	switch {
	case size == 0xffff:
	case size == 0x7fff && len(b) >= 0x20: // the real size stands elsewhere, in MiB
		d.Size = uint64(binary.LittleEndian.Uint32(b[0x1c:])) << 20
	case size&0x8000 != 0:
		d.Size = uint64(size&0x7fff) << 10
	default:
		d.Size = uint64(size) << 20
	}
	switch speed := binary.LittleEndian.Uint16(b[0x15:]); {
	case speed == 0xffff && len(b) >= 0x58: // too fast for 16 bits: it stands elsewhere
		if fast := binary.LittleEndian.Uint32(b[0x54:]) & 0x7fffffff; fast != 0 {
			d.Speed = fast
		}
	case speed != 0 && speed != 0xffff:
		d.Speed = speed
	}
	return d
}

// MemoryKind names a type of memory of DSP0134, section 7.18.2; "" when it is not
// known.
func MemoryKind(code byte) string {
	switch code {
	case 0x0f:
		return "SDRAM"
	case 0x12:
		return "DDR"
	case 0x13:
		return "DDR2"
	case 0x14:
		return "DDR2 FB-DIMM"
	case 0x18:
		return "DDR3"
	case 0x1a:
		return "DDR4"
	case 0x1b:
		return "LPDDR"
	case 0x1c:
		return "LPDDR2"
	case 0x1d:
		return "LPDDR3"
	case 0x1e:
		return "LPDDR4"
	case 0x20:
		return "HBM"
	case 0x1f:
		return "non-volatile"
	case 0x21:
		return "HBM2"
	case 0x22:
		return "DDR5"
	case 0x23:
		return "LPDDR5"
	case 0x24:
		return "HBM3"
	}
	return ""
}

// EDID reads name and serial number from a display's own description, VESA EDID 1.4
// section 3.10. The panel of a laptop has no name: it is called by its maker's three
// letters and the number of the product (section 3.4).
func EDID(edid []byte) (name, serial string) {
	if len(edid) < 128 {
		return "", ""
	}
	for at := 54; at < 126; at += 18 {
		d := edid[at : at+18]
		if d[0] != 0 || d[1] != 0 {
			continue
		}
		text, _, _ := strings.Cut(string(d[5:]), "\n")
		switch d[3] {
		case 0xfc:
			name = strings.TrimSpace(text)
		case 0xff:
			serial = strings.TrimSpace(text)
		}
	}
	if maker := binary.BigEndian.Uint16(edid[8:]); name == "" && maker != 0 {
		letter := func(n uint16) string { return string(rune('@' + n&31)) }
		name = fmt.Sprintf("%s 0x%04x", letter(maker>>10)+letter(maker>>5)+letter(maker), binary.LittleEndian.Uint16(edid[10:]))
	}
	return name, serial
}
