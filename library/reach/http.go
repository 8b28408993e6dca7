package reach

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
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
// not negative. It keeps what it has read until then.
type headerReader struct {
	r    io.Reader
	left int
	seen []byte
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
	h.seen = append(h.seen, p[:n]...)
	return n, err
}

// exchange sends a request over nc and reads the header of the answer. What
// follows the header is read from the connection that is returned; the answer has
// no body. Of an answer that says no, a status line is enough.
func exchange(nc net.Conn, req *http.Request) (*http.Response, net.Conn, error) {
	if err := req.Write(nc); err != nil {
		return nil, nil, err
	}
	limited := &headerReader{r: nc, left: maxHeader}
	br := bufio.NewReader(limited)
	for range maxInterim {
		begin := len(limited.seen) - br.Buffered()
		resp, err := http.ReadResponse(br, req)
		if err != nil {
			if resp = refusal(limited.seen[begin:]); resp == nil {
				return nil, nil, err
			}
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		limited.left, limited.seen = -1, nil
		resp.Body = http.NoBody
		return resp, &buffered{nc, br}, nil
	}
	return nil, nil, errHeader
}

// refusal is an answer whose status line (RFC 9112 section 4) says no, whatever
// its header looks like; nil where it does not.
func refusal(answer []byte) *http.Response {
	line, _, whole := strings.Cut(string(answer), "\n")
	version, status, _ := strings.Cut(strings.TrimRight(line, "\r"), " ")
	digits, _, _ := strings.Cut(status, " ")
	code, err := strconv.Atoi(digits)
	if !whole || !strings.HasPrefix(version, "HTTP/1.") || err != nil || len(digits) != 3 || code < 400 {
		return nil
	}
	return &http.Response{StatusCode: code, Status: status, Header: http.Header{}}
}

// buffered is a connection from which something has been read ahead.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }
