package reach

import (
	"strings"
	"testing"
)

func TestBegins(t *testing.T) {
	for in, want := range map[string]verdict{
		"":                                 isOpen,
		"S":                                isOpen,
		"SSH-2.0-x":                        isSSH,
		"SSH-":                             isSSH,
		"hello\r\nSSH-2.0-x":               isSSH,
		"220 mail\r\n":                     isOpen,
		"HTTP/1.1 200 OK\r\n\r\n\nSSH-2.0": isOther,
		"\r\n <html>":                      isOther,
		"\x15\x03":                         isOther,
		"\x16\x02":                         isOpen,
		strings.Repeat("\r\n", maxBefore/2-1) + "x\nSSH-2": isSSH,
		strings.Repeat("x", maxBefore) + "\nSSH-2.0":       isOther,
		strings.Repeat("x", maxBefore+5):                   isOther,
	} {
		if v, _ := begins([]byte(in)); v != want {
			t.Errorf("%.40q… of %d bytes: %d, want %d", in, len(in), v, want)
		}
	}
}

// However the bytes arrive, the verdict is the same.
func FuzzBegins(f *testing.F) {
	for _, s := range []string{"SSH-2.0-x", "a\r\nSSH-", "HTTP/1.1 200 OK\r\n\nSSH-", " \n<", "\x15\x03\x01", "\nSSH-", strings.Repeat("x", maxBefore) + "\nSSH-"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, _ := begins(in)
		for n := range len(in) + 1 {
			if v, _ := begins(in[:n]); v != isOpen && v != whole {
				t.Fatalf("%d bytes are %d, all are %d", n, v, whole)
			}
		}
	})
}

// A relay that has no place says so in its first packet, however its bytes arrive.
func TestN2_SaysFull(t *testing.T) {
	const full, other = "\x00\x00\x00\x0c\x04\x01\x00\x00\x00\x0c", "\x00\x00\x00\x0c\x04\x01\x00\x00\x00\x0b"
	for in, want := range map[string]bool{
		"SSH-2.0-x\r\n" + full:  true,
		"SSH-2.0-x\r\n" + other: false,
		"SSH-2.0-x\r\n" + "\x00\x00\x00\x0c\x04\x14\x00\x00\x00\x0c":        false, // KEXINIT
		"SSH-2.0-" + strings.Repeat("x", maxVersion-10) + "\r\n" + full:     true,
		"SSH-2.0-" + strings.Repeat("x", maxVersion-8) + "\r\n" + full:      false,
		"SSH-2.0-" + strings.Repeat("x", maxVersion):                        false,
		"SSH-2.0-x\r\n" + full + "and what follows, which need not be read": true,
	} {
		for n := range len(in) + 1 {
			got, known := saysFull([]byte(in[:n]))
			if known && got != want || !known && (got || n == len(in)) {
				t.Errorf("%d bytes of %q: %t, known %t", n, in, got, known)
			}
		}
	}
}
