package executable

import (
	"crypto/sha256"
	"encoding/binary"
)

// Signatures of macOS, of Apple's osfmk/kern/cs_blobs.h. All numbers are big endian.
const (
	magicSignature = 0xfade0cc0 // a list of blobs
	magicDirectory = 0xfade0c02 // the code directory: a hash of each page
	slotDirectory  = 0          // the kind of blob that it is in the list

	// The flags of what Go's linker makes: no key has signed, and a linker did it.
	flagAdHoc, flagLinker = 0x2, 0x20000
	hashSHA256            = 2

	listSize      = 3*4 + 2*4 // of a list of one blob
	directorySize = 11 * 4    // of the part that every version has
	maxPageBits   = 16
)

// directory is the only part of a signature that Go's linker makes: the SHA-256 of
// each page of the file before the signature.
type directory struct {
	limit  uint64 // how much of the file is signed
	page   uint64 // bytes of a page; the last one may have less
	hashes uint64 // where in the file the first hash is
}

// describeSignature reads a signature, and proves it: it says about a damaged program
// that it is. A signature of another form than the linker's is somebody's own.
func describeSignature(file []byte, s span) (directory, error) {
	if !within(s, file) {
		return directory{}, ErrCut
	}
	list := file[s.at:s.end()]
	if len(list) < listSize+directorySize || word(list, 0) != magicSignature {
		return directory{}, ErrDamaged
	}
	if word(list, 8) != 1 || word(list, 12) != slotDirectory || word(list, 16) != listSize {
		return directory{}, ErrSigned
	}
	blob := list[listSize:]
	size, hashes, slots := uint64(word(blob, 4)), uint64(word(blob, 16)), uint64(word(blob, 28))
	d := directory{limit: uint64(word(blob, 32)), hashes: s.at + listSize + hashes}
	bits := blob[39]
	switch {
	case word(blob, 0) != magicDirectory, size > uint64(len(blob)), bits > maxPageBits, d.limit != s.at:
		return directory{}, ErrDamaged
	case word(blob, 12) != flagAdHoc|flagLinker, word(blob, 24) != 0, blob[36] != sha256.Size, blob[37] != hashSHA256:
		return directory{}, ErrSigned
	}
	d.page = 1 << bits
	if slots != (d.limit+d.page-1)/d.page || hashes > size || (size-hashes)/sha256.Size < slots {
		return directory{}, ErrDamaged
	}
	for i := range slots {
		if d.hash(file, i) != [sha256.Size]byte(d.slot(file, i)) {
			return directory{}, ErrDamaged
		}
	}
	return d, nil
}

// update computes the hashes of the pages in which something changed.
func (d directory) update(file []byte, changed span) {
	for i := changed.at / d.page; i*d.page < min(changed.end(), d.limit); i++ {
		hash := d.hash(file, i)
		copy(d.slot(file, i), hash[:])
	}
}

// hash is that of a page.
func (d directory) hash(file []byte, i uint64) [sha256.Size]byte {
	return sha256.Sum256(file[i*d.page : min((i+1)*d.page, d.limit)])
}

// slot is where the hash of a page stands.
func (d directory) slot(file []byte, i uint64) []byte {
	at := d.hashes + i*sha256.Size
	return file[at : at+sha256.Size]
}

func word(blob []byte, at int) uint32 { return binary.BigEndian.Uint32(blob[at:]) }
