package executable

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
)

// describePE reads a program for Windows, see "PE Format" in Microsoft's
// documentation.
func describePE(file []byte) (object, error) {
	const (
		ofHeader = 0x3c        // where the file says where its PE header begins
		checksum = 4 + 20 + 64 // from there: behind signature and file header
	)
	f, err := pe.NewFile(bytes.NewReader(file))
	if err != nil {
		return object{}, ErrCut
	}
	header, ok := f.OptionalHeader.(*pe.OptionalHeader64)
	o := object{system: "windows/" + map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64"}[f.Machine]}
	if !ok || o.system == "windows/" || f.Characteristics&pe.IMAGE_FILE_DLL != 0 {
		return object{}, ErrKind
	}
	if header.NumberOfRvaAndSizes > pe.IMAGE_DIRECTORY_ENTRY_SECURITY && header.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_SECURITY].Size != 0 {
		return object{}, ErrSigned
	}
	found := 0
	for _, s := range f.Sections {
		part := span{uint64(s.Offset), uint64(s.Size)}
		if !within(part, file) {
			return object{}, ErrCut
		}
		if s.Name == ".rdata" && s.Characteristics&pe.IMAGE_SCN_CNT_INITIALIZED_DATA != 0 && s.Characteristics&pe.IMAGE_SCN_MEM_WRITE == 0 {
			o.data = part
			found++
		}
	}
	at := uint64(binary.LittleEndian.Uint32(file[ofHeader:])) + checksum
	if !within(span{at, 4}, file) {
		return object{}, ErrCut
	}
	o.seal = func(file []byte, _ span) { binary.LittleEndian.PutUint32(file[at:], checksumPE(file, at)) }
	return o, one(found)
}

// checksumPE is what CheckSumMappedFile of Windows computes: the sum of all words of
// 16 bits but for those of the checksum itself, which has 4 bytes from at on, each
// carry added again; and then the file's size.
func checksumPE(file []byte, at uint64) uint32 {
	var sum uint32
	add := func(part []byte) {
		for len(part) > 0 {
			word := uint32(part[0])
			if len(part) > 1 {
				word |= uint32(part[1]) << 8
			}
			sum += word
			sum = sum&0xffff + sum>>16
			part = part[min(2, len(part)):]
		}
	}
	add(file[:at])
	add(file[at+4:])
	return sum + uint32(len(file))
}
