package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The tags of an RPM's header that say what it holds, and the flags of a file, see
// "RPM V4 Package Format".
const (
	rpmPreIn, rpmPostIn, rpmPreUn, rpmPostUn         = 1023, 1024, 1025, 1026
	rpmModes, rpmFlags, rpmUsers, rpmGroups          = 1030, 1037, 1039, 1040
	rpmDigests, rpmDirIndexes                        = 1035, 1116
	rpmBaseNames, rpmDirNames                        = 1117, 1118
	rpmConfig, rpmNoReplace, rpmDirectory, rpmFormat = 1 << 0, 1 << 4, 0o040000, 0o170000
)

// rpmEntry is one of the header's index.
type rpmEntry struct{ typ, offset, count int }

// rpmHeader is the index of a header, and what it points to.
type rpmHeader struct {
	index map[int]rpmEntry
	store []byte
}

var errRPM = errors.New("this is no RPM package, or it is damaged")

// rpmHolds reads the header, which is what the rpm command lists, and the archive.
func rpmHolds(b []byte) (all []held, err error) {
	const lead = 96
	if len(b) < lead || !bytes.HasPrefix(b, []byte{0xed, 0xab, 0xee, 0xdb}) {
		return nil, errRPM
	}
	_, end, err := readRPMHeader(b, lead) // of the signature
	if err != nil {
		return nil, err
	}
	h, end, err := readRPMHeader(b, (end+7)/8*8)
	if err != nil {
		return nil, err
	}
	names, dirs, users, groups := h.texts(rpmBaseNames), h.texts(rpmDirNames), h.texts(rpmUsers), h.texts(rpmGroups)
	indexes, modes, flags := h.numbers(rpmDirIndexes), h.numbers(rpmModes), h.numbers(rpmFlags)
	for _, n := range []int{len(users), len(groups), len(indexes), len(modes), len(flags), len(h.texts(rpmDigests))} {
		if n != len(names) {
			return nil, errRPM
		}
	}
	for i, name := range names {
		if indexes[i] >= len(dirs) {
			return nil, errRPM
		}
		one := held{path: dirs[indexes[i]] + name, mode: int64(modes[i] & 0o7777), owner: users[i] + ":" + groups[i]}
		one.config = flags[i]&rpmConfig != 0
		if one.config && flags[i]&rpmNoReplace == 0 {
			return nil, fmt.Errorf("%s is replaced at an upgrade", one.path)
		}
		if modes[i]&rpmFormat == rpmDirectory {
			one.path += "/"
		}
		all = append(all, one)
	}
	if err := agreeWithPayload(all, h.texts(rpmDigests), b[end:]); err != nil {
		return nil, err
	}
	for tag, name := range map[int]string{rpmPreIn: "prein", rpmPostIn: "postin", rpmPreUn: "preun", rpmPostUn: "postun"} {
		if text := h.texts(tag); len(text) > 0 {
			all = append(all, held{path: name, script: true, sum: sumOf([]byte(text[0]))})
		}
	}
	return all, nil
}

// readRPMHeader reads the header at a place, and says where it ends.
func readRPMHeader(b []byte, at int) (h rpmHeader, end int, err error) {
	const intro, entry = 16, 16
	if at+intro > len(b) || !bytes.HasPrefix(b[at:], []byte{0x8e, 0xad, 0xe8, 1}) {
		return h, 0, errRPM
	}
	number := func(at int) int { return int(binary.BigEndian.Uint32(b[at:])) }
	entries, size := number(at+8), number(at+12)
	store := at + intro + entries*entry
	if entries > len(b) || size > len(b) || store+size > len(b) {
		return h, 0, errRPM
	}
	h = rpmHeader{index: map[int]rpmEntry{}, store: b[store : store+size]}
	for i := range entries {
		e := at + intro + i*entry
		h.index[number(e)] = rpmEntry{number(e + 4), number(e + 8), number(e + 12)}
	}
	return h, store + size, nil
}

// texts is the value of a tag that is a list of texts.
func (h rpmHeader) texts(tag int) (all []string) {
	e := h.index[tag]
	rest := h.store[min(e.offset, len(h.store)):]
	for range e.count {
		text, after, found := bytes.Cut(rest, []byte{0})
		if !found {
			return nil
		}
		all, rest = append(all, string(text)), after
	}
	return all
}

// numbers is the value of a tag that is a list of numbers of 16 or 32 bits.
func (h rpmHeader) numbers(tag int) (all []int) {
	const int16s, int32s = 3, 4
	e := h.index[tag]
	size := map[int]int{int16s: 2, int32s: 4}[e.typ]
	if size == 0 || e.count > len(h.store) || e.offset+e.count*size > len(h.store) {
		return nil
	}
	for i := range e.count {
		at := h.store[e.offset+i*size:]
		if size == 2 {
			all = append(all, int(binary.BigEndian.Uint16(at)))
		} else {
			all = append(all, int(binary.BigEndian.Uint32(at)))
		}
	}
	return all
}
