package executable

import (
	"bytes"
	"debug/elf"
)

// describeELF reads a program for Linux, see elf(5). Nothing in such a file depends on
// the bytes of a section.
func describeELF(file []byte) (object, error) {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return object{}, ErrCut
	}
	o := object{system: "linux/" + map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[f.Machine], seal: func([]byte, span) {}}
	if o.system == "linux/" || f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return object{}, ErrKind
	}
	found := 0
	for _, s := range f.Sections {
		part := span{s.Offset, s.FileSize}
		if s.Type != elf.SHT_NOBITS && !within(part, file) {
			return object{}, ErrCut
		}
		if s.Name == ".rodata" && s.Type == elf.SHT_PROGBITS && s.Flags&(elf.SHF_WRITE|elf.SHF_COMPRESSED) == 0 {
			o.data = part
			found++
		}
	}
	return o, one(found)
}

// one is for a section that a program has once.
func one(found int) error {
	switch found {
	case 0:
		return ErrOther
	case 1:
		return nil
	}
	return ErrDamaged
}
