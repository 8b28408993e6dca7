package sysinfo

import (
	"bytes"
	"strconv"
	"strings"
)

// parseKernel reads what syslog(2) gives, "<priority>[seconds] message", where the
// time may be missing, or have the caller behind it: "[    1.0][   T12] ". The
// seconds come as source. Only errors are kept. A message of several lines has
// the same head on each.
func parseKernel(text []byte) (records []record) {
	lines(bytes.NewReader(text), func(line string) bool {
		priority, rest, ok := strings.Cut(strings.TrimPrefix(line, "<"), ">")
		n, err := strconv.Atoi(priority)
		if !ok || err != nil || n < 0 || line[0] != '<' {
			return true
		}
		at := ""
		for range 2 {
			inside, after, closed := strings.Cut(strings.TrimPrefix(rest, "["), "]")
			inside = strings.TrimSpace(inside)
			if !closed || !strings.HasPrefix(rest, "[") {
				break
			}
			if _, err := strconv.ParseFloat(inside, 64); err == nil && at == "" {
				at = inside
			} else if at == "" || len(inside) < 2 || inside[0] != 'T' && inside[0] != 'C' {
				break
			}
			rest = after
		}
		if level := n & 7; level <= 3 { // above it is the facility
			records = append(records, record{level: levelName(strconv.Itoa(level)), source: at, detail: strings.TrimPrefix(rest, " ")})
		}
		return true
	})
	return records
}
