package formats

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Logon is somebody who is logged on.
type Logon struct {
	User, Terminal, From string
	Since                time.Time
}

// UtmpEntry is a logon with the process it belongs to.
type UtmpEntry struct {
	PID int32
	Logon
}

// UtmpSize is the size of an entry: glibc keeps times of 32 bits where programs
// of 32 bits share the file.
func UtmpSize(architecture string) int {
	switch architecture {
	case "arm64", "riscv64", "loong64", "mips64", "mips64le":
		return 400
	}
	return 384
}

// Utmp reads utmp(5).
func Utmp(b []byte, size int) (all []UtmpEntry) {
	const userProcess = 7
	for ; len(b) >= size; b = b[size:] {
		if binary.NativeEndian.Uint16(b) != userProcess {
			continue
		}
		text := func(from, to int) string {
			field, _, _ := bytes.Cut(b[from:to], []byte{0})
			return string(field)
		}
		e := UtmpEntry{PID: int32(binary.NativeEndian.Uint32(b[4:])), Logon: Logon{User: text(44, 76), Terminal: text(8, 40), From: text(76, 332)}}
		if size == 384 {
			e.Since = time.Unix(int64(int32(binary.NativeEndian.Uint32(b[340:]))), 0)
		} else {
			e.Since = time.Unix(int64(binary.NativeEndian.Uint64(b[344:])), 0)
		}
		all = append(all, e)
	}
	return all
}
