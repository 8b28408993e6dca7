// Package formats reads the formats in which operating systems keep what they
// know: os-release, passwd and group, crontab, mountinfo, desktop entries, system
// logs, the tables of the firmware. What only one collector reads is parsed beside
// that collector.
//
// Bytes go in and values come out. No parser trusts its input: what does not fit is
// skipped, lines have a bound, and nothing is kept of what was not asked for. The
// package opens no file, starts no tool, asks no system, and imports nothing of
// this module; so each format is tested on every system.
package formats

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// maxLine bounds a line of foreign text. The rest is dropped and a mark stands in its
// place, because it must never be taken for a line of its own.
const maxLine = 1 << 20

// Lines calls f for each line until it returns false.
func Lines(r io.Reader, f func(line string) bool) {
	b := bufio.NewReaderSize(r, 64<<10)
	var long []byte // what is known of a line that does not fit the buffer
	for {
		part, more, err := b.ReadLine()
		if err != nil {
			return
		}
		if more || len(long) > 0 {
			if len(long) < maxLine {
				long = append(long, part[:min(len(part), maxLine-len(long))]...)
			}
			if more {
				continue
			}
			part = long
			if len(long) == maxLine {
				part = append(long, "…"...)
			}
		}
		if !f(string(part)) {
			return
		}
		long = long[:0]
	}
}

// Assignments reads NAME=value lines as os-release, locale.conf and
// ufw.conf have them: quotes as in a shell, # begins a comment line.
func Assignments(text []byte) map[string]string {
	out := map[string]string{}
	Lines(bytes.NewReader(text), func(line string) bool {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok || name == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			return true
		}
		out[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
		return true
	})
	return out
}

// unquote undoes shell quoting of one word. What stands behind the closing quote
// is a comment; without quotes the line is taken as it is.
func unquote(s string) string {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return s
	}
	var b strings.Builder
	for rest := s; rest != ""; {
		quote := rest[0]
		if quote != '"' && quote != '\'' {
			if quote != ' ' && quote != '\t' && quote != '#' { // no comment: not quoted as a shell would
				return s
			}
			return b.String()
		}
		i := 1
		for ; i < len(rest) && rest[i] != quote; i++ {
			if quote == '"' && rest[i] == '\\' && i+1 < len(rest) && strings.IndexByte("\"\\$`", rest[i+1]) >= 0 {
				i++
			}
			b.WriteByte(rest[i])
		}
		if i == len(rest) { // never closed
			return s
		}
		rest = rest[i+1:]
	}
	return b.String()
}

// Blocks reads blocks of "Key: value" lines with an empty line between
// them, as package databases and /proc have them, and calls f for each. Lines
// that continue a value are skipped, and so is every key that is not wanted.
func Blocks(r io.Reader, separator string, wanted []string, f func(map[string]string)) {
	block := map[string]string{}
	flush := func() {
		if len(block) > 0 {
			f(block)
			block = map[string]string{}
		}
	}
	Lines(r, func(line string) bool {
		if strings.TrimSpace(line) == "" {
			flush()
			return true
		}
		if line[0] == ' ' || line[0] == '\t' {
			return true
		}
		key, value, ok := strings.Cut(line, separator)
		if !ok {
			return true
		}
		key = strings.TrimSpace(key)
		for _, w := range wanted {
			if key == w {
				block[key] = strings.TrimSpace(value)
			}
		}
		return true
	})
	flush()
}
