package executable

import (
	"bytes"
	"debug/macho"
)

// loadCodeSignature is LC_CODE_SIGNATURE of Apple's mach-o/loader.h; its command has 16
// bytes: type, size, and where in the file the signature is and how long.
const (
	loadCodeSignature = 0x1d
	loadCommandSize   = 16
)

// describeMachO reads a program for macOS, see Apple's mach-o/loader.h.
func describeMachO(file []byte) (object, error) {
	f, err := macho.NewFile(bytes.NewReader(file))
	if err != nil {
		return object{}, ErrCut
	}
	o := object{system: "darwin/" + map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[f.Cpu], seal: func([]byte, span) {}}
	if o.system == "darwin/" || f.Type != macho.TypeExec {
		return object{}, ErrKind
	}
	signatures := 0
	for _, l := range f.Loads {
		switch l := l.(type) {
		case *macho.Segment:
			if !within(span{l.Offset, l.Filesz}, file) {
				return object{}, ErrCut
			}
		default:
			raw := l.Raw()
			if len(raw) != loadCommandSize || f.ByteOrder.Uint32(raw) != loadCodeSignature {
				continue
			}
			signatures++
			d, err := describeSignature(file, span{uint64(f.ByteOrder.Uint32(raw[8:])), uint64(f.ByteOrder.Uint32(raw[12:]))})
			if err != nil {
				return object{}, err
			}
			o.seal = d.update
		}
	}
	if signatures > 1 {
		return object{}, ErrDamaged
	}
	found := 0
	for _, s := range f.Sections {
		if s.Seg == "__TEXT" && s.Name == "__rodata" {
			if o.data = (span{uint64(s.Offset), s.Size}); !within(o.data, file) {
				return object{}, ErrCut
			}
			found++
		}
	}
	return o, one(found)
}
