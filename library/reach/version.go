package reach

import (
	"bytes"
	"net"
	"strings"

	"supportd/library/wire"
)

// maxVersion bounds a version line with its end in bytes (RFC 4253 section 4.2).
const maxVersion = 255

// readVersion reads up to the end of a relay's version line, and returns all that
// it has read. Another SSH server is none: where a relay's host has one at 443, a
// way behind that one has to be tried.
func readVersion(nc net.Conn) (said []byte, err error) {
	for p := make([]byte, 1024); ; {
		if line, found := versionLine(said); found {
			if _, ours := wire.BannerVersion(line); !ours {
				return nil, &notRelayError{said: "another SSH server"}
			}
			return said, nil
		}
		if len(said) > maxBefore+maxVersion {
			return nil, &notRelayError{said: "no SSH"}
		}
		n, err := nc.Read(p)
		said = append(said, p[:n]...)
		if err != nil {
			return nil, err
		}
	}
}

// versionLine finds the version line, which may stand behind others.
func versionLine(said []byte) (line string, found bool) {
	for line := range bytes.Lines(said) {
		if bytes.HasPrefix(line, []byte("SSH-")) && (bytes.HasSuffix(line, []byte("\n")) || len(line) > maxVersion) {
			return strings.TrimRight(string(line), "\r\n"), true
		}
	}
	return "", false
}

// closeWrite ends our half of a connection, or all of one that has no halves.
func closeWrite(nc net.Conn) error {
	if half, ok := nc.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nc.Close()
}

// CloseWrite is for [Open]. A layer with an end of its own for each direction
// says it by itself.
func (l *line) CloseWrite() error {
	if half, ok := l.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return l.Close()
}

// CloseWrite is for [Open].
func (h *heardConn) CloseWrite() error { return closeWrite(h.Conn) }

// CloseWrite is for [Open].
func (b *buffered) CloseWrite() error { return closeWrite(b.Conn) }
