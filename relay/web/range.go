package web

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// oneRange makes a request ask [http.ServeContent] for what RFC 9110, section 14, says
// that its Range means, of size bytes: for one part, for nothing that there is (416), or
// for all of it. ServeContent alone answers a suffix of no bytes with a part that is
// none, takes signs for digits, refuses units that it must ignore and numbers that are
// long but right, and gives parts to HEAD.
//
// Several parts are none: a server may ignore them, and all of it is a right answer. So
// nobody makes an answer of thousands of small parts.
func oneRange(r *http.Request, size int64) {
	lines := r.Header.Values("Range")
	r.Header.Del("Range")
	if r.Method != http.MethodGet || len(lines) != 1 {
		return
	}
	unit, set, ok := strings.Cut(lines[0], "=")
	if !ok || !strings.EqualFold(unit, "bytes") {
		return
	}
	switch first, last, parts := partOf(set, size); parts {
	case 0:
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", size)) // begins behind the end
	case 1:
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", first, last))
	}
}

// partOf reads a set of ranges and counts those of which there is something in size
// bytes; first and last are the last of these. A set that is wrong counts 0.
func partOf(set string, size int64) (first, last int64, parts int) {
	for one := range strings.SplitSeq(set, ",") {
		from, to, ok := strings.Cut(strings.Trim(one, " \t"), "-")
		start, end := position(from), position(to)
		switch {
		case strings.Trim(one, " \t") == "":
			continue // an empty element of a list is none: section 5.6.1.2
		case !ok, from == "" && to == "", start < 0, end < 0, from != "" && to != "" && end < start:
			return 0, 0, 0
		case from == "": // so many bytes at the end
			start, end = size-min(end, size), size-1
		case to == "":
			end = size - 1
		}
		if end = min(end, size-1); start <= end {
			first, last = start, end
			parts++
		}
	}
	return first, last, parts
}

// position reads a number of any length, without a sign: -1 is none, and what is beyond
// every program is as large as possible. "" is 0.
func position(digits string) int64 {
	if strings.Trim(digits, "0123456789") != "" {
		return -1
	}
	n, err := strconv.ParseInt("0"+digits, 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return n
}
