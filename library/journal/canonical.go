package journal

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// parseCanonical decodes a line in the form that [Event.Line] gives it, without making it
// anew. It knows only what nearly all lines are: anything else is false, and may be in order
// all the same.
func parseCanonical(line []byte) (e Event, ok bool) {
	s := scanner{rest: bytes.TrimSuffix(line, []byte("\n"))}
	seq := s.between(`{"seq":`, `,"time":"`)
	at := s.between("", `","kind":"`)
	kind := s.between("", `","actor":"`)
	actor := s.between("", `","data":`)
	const frame = len(`,"prev":"","hash":""}`) + 4*len(Hash{})
	if len(s.rest) < frame {
		return e, false
	}
	e.Data = bytes.Clone(s.rest[:len(s.rest)-frame])
	s.rest = s.rest[len(e.Data):]
	prev := s.between(`,"prev":"`, `","hash":"`)
	hash := s.between("", `"}`)
	var seqErr, timeErr error
	e.Seq, seqErr = strconv.ParseUint(string(seq), 10, 64)
	e.Time, timeErr = time.Parse(time.RFC3339Nano, string(at))
	e.Kind, e.Actor = string(kind), string(actor)
	ok = !s.failed && len(s.rest) == 0 && seqErr == nil && timeErr == nil &&
		strconv.FormatUint(e.Seq, 10) == string(seq) &&
		// One form only: UTC, whole microseconds.
		strings.HasSuffix(string(at), "Z") && e.Time.Truncate(time.Microsecond).Format(time.RFC3339Nano) == string(at) &&
		isPlain(kind) && isPlain(actor) && isCompact(e.Data) && json.Valid(e.Data) &&
		e.Prev.UnmarshalText(prev) == nil && e.Hash.UnmarshalText(hash) == nil
	e.Time = e.Time.UTC()
	return e, ok
}

// scanner takes one part of a line after the other.
type scanner struct {
	rest   []byte
	failed bool
}

// between is what stands between before, with which the rest begins, and after.
func (s *scanner) between(before, after string) []byte {
	rest, ok := bytes.CutPrefix(s.rest, []byte(before))
	part, rest, found := bytes.Cut(rest, []byte(after))
	s.failed = s.failed || !ok || !found
	s.rest = rest
	return part
}

// isPlain reports whether a string stands in JSON as it is.
func isPlain(s []byte) bool {
	for _, c := range s {
		if c < ' ' || c > '~' || strings.IndexByte(`"\<>&`, c) >= 0 {
			return false
		}
	}
	return true
}

// isCompact reports whether JSON is written as [json.Marshal] does it: no space outside of
// strings, and what HTML or JavaScript would take for something else as \uXXXX.
func isCompact(data []byte) bool {
	quoted := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '<', c == '>', c == '&':
			return false
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case !quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			return false
		case c == 0xE2: // U+2028 and U+2029 are E2 80 A8 and E2 80 A9
			if next := data[i+1:]; len(next) >= 2 && next[0] == 0x80 && next[1]&^1 == 0xA8 {
				return false
			}
		}
	}
	return !quoted
}
