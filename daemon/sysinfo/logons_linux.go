package sysinfo

import (
	"bytes"
	"encoding/binary"
	"time"
)

// logon is somebody who is logged on.
type logon struct {
	user, terminal, from string
	since                time.Time
}

type utmpEntry struct {
	pid int32
	logon
}

// utmpSize is the size of an entry: glibc keeps times of 32 bits where programs
// of 32 bits share the file.
func utmpSize(architecture string) int {
	switch architecture {
	case "arm64", "riscv64", "loong64", "mips64", "mips64le":
		return 400
	}
	return 384
}

// parseUtmp reads utmp(5).
func parseUtmp(b []byte, size int) (all []utmpEntry) {
	const userProcess = 7
	for ; len(b) >= size; b = b[size:] {
		if binary.NativeEndian.Uint16(b) != userProcess {
			continue
		}
		text := func(from, to int) string {
			field, _, _ := bytes.Cut(b[from:to], []byte{0})
			return string(field)
		}
		e := utmpEntry{pid: int32(binary.NativeEndian.Uint32(b[4:])), logon: logon{user: text(44, 76), terminal: text(8, 40), from: text(76, 332)}}
		if size == 384 {
			e.since = time.Unix(int64(int32(binary.NativeEndian.Uint32(b[340:]))), 0)
		} else {
			e.since = time.Unix(int64(binary.NativeEndian.Uint64(b[344:])), 0)
		}
		all = append(all, e)
	}
	return all
}
