package reach

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
)

const (
	// maxHeader bounds the header of an HTTP answer, in bytes.
	maxHeader = 16 << 10
	// maxInterim bounds the answers 1xx before the real one.
	maxInterim = 5
	userAgent  = "supportd"
)

var errHeader = errors.New("the header of the HTTP answer is too long")

// headerReader reads from a connection, and no more than left bytes while left is
// not negative.
type headerReader struct {
	r    io.Reader
	left int
}

func (h *headerReader) Read(p []byte) (int, error) {
	if h.left < 0 {
		return h.r.Read(p)
	}
	if h.left == 0 {
		return 0, errHeader
	}
	n, err := h.r.Read(p[:min(len(p), h.left)])
	h.left -= n
	return n, err
}

// exchange sends a request over nc and reads the header of the answer. What
// follows the header is read from the connection that is returned; the answer has
// no body.
func exchange(nc net.Conn, req *http.Request) (*http.Response, net.Conn, error) {
	if err := req.Write(nc); err != nil {
		return nil, nil, err
	}
	limited := &headerReader{nc, maxHeader}
	br := bufio.NewReader(limited)
	for range maxInterim {
		resp, err := http.ReadResponse(br, req)
		if err != nil {
			return nil, nil, err
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		limited.left = -1
		resp.Body = http.NoBody
		return resp, &buffered{nc, br}, nil
	}
	return nil, nil, errHeader
}

// buffered is a connection from which something has been read ahead.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }
