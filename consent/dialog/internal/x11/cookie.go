package x11

import (
	"encoding/binary"
	"io"
)

// cookieName is the way of proving that every X server takes.
const cookieName = "MIT-MAGIC-COOKIE-1"

// Cookie finds the cookie for a display's number in a file as xauth(1) writes it, whose
// numbers are big-endian (Xau's AuFileName.c); nil is none.
func Cookie(file io.Reader, number string) []byte {
	field := func() (string, error) {
		var size uint16
		if err := binary.Read(file, binary.BigEndian, &size); err != nil {
			return "", err
		}
		b := make([]byte, size)
		_, err := io.ReadFull(file, b)
		return string(b), err
	}
	for {
		var family uint16
		if binary.Read(file, binary.BigEndian, &family) != nil {
			return nil
		}
		var entry [4]string // address, display's number, name, data
		for i := range entry {
			var err error
			if entry[i], err = field(); err != nil {
				return nil
			}
		}
		const local, wild = 256, 65535 // other families are other computers
		if (family == local || family == wild) && (entry[1] == number || entry[1] == "") && entry[2] == cookieName {
			return []byte(entry[3])
		}
	}
}
