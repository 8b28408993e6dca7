package formats

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Record is one message of a system log.
type Record struct {
	At                    time.Time
	Level, Source, Detail string
}

// Journal reads journalctl -o json, one object a line, however long. A field
// is a text; an array of bytes, when it is no UTF-8; null, when the journal left
// it out for its length; or an array of those, when the message has it more than
// once. bad counts lines that are none of this.
func Journal(text []byte) (records []Record, bad int) {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var entry map[string]json.RawMessage
		if json.Unmarshal(line, &entry) != nil {
			bad++
			continue
		}
		r := Record{Source: journalField(entry["SYSLOG_IDENTIFIER"]), Level: levelName(journalField(entry["PRIORITY"])), Detail: journalField(entry["MESSAGE"])}
		for _, name := range []string{"_COMM", "_SYSTEMD_UNIT"} {
			if r.Source == "" {
				r.Source = journalField(entry[name])
			}
		}
		if string(entry["MESSAGE"]) == "null" {
			r.Detail = "(too long: the journal left it out)"
		}
		if us, err := strconv.ParseInt(journalField(entry["__REALTIME_TIMESTAMP"]), 10, 64); err == nil {
			r.At = time.UnixMicro(us).Truncate(time.Second)
		}
		records = append(records, r)
	}
	return records, bad
}

func journalField(raw json.RawMessage) string {
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text
	}
	var octets []int
	if json.Unmarshal(raw, &octets) == nil {
		b := make([]byte, len(octets))
		for i, o := range octets {
			b[i] = byte(o)
		}
		return string(b)
	}
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) == nil && len(several) > 0 {
		return journalField(several[0])
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// levelName names a priority of syslog.
func levelName(priority string) string {
	switch priority {
	case "0":
		return "emergency"
	case "1":
		return "alert"
	case "2":
		return "critical"
	case "3":
		return "error"
	case "4":
		return "warning"
	}
	return ""
}

// UTF16 turns UTF-16, low byte first, into UTF-8.
func UTF16(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte{0xff, 0xfe})
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// WindowsEvent is one event of a log of Windows, with its number.
type WindowsEvent struct {
	Record
	Event uint64
}

// WindowsEvents reads event after event, with no element around them. The error is
// what kept it from reading all.
func WindowsEvents(text []byte) (events []WindowsEvent, err error) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	decoder.Strict = false
	for {
		var e struct {
			System struct {
				Provider struct {
					Name string `xml:"Name,attr"`
				}
				EventID     string
				Level       string
				TimeCreated struct {
					SystemTime string `xml:"SystemTime,attr"`
				}
			}
			RenderingInfo struct{ Message string }
		}
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			return events, nil
		} else if err != nil {
			return events, fmt.Errorf("the rest could not be read: %w", err)
		}
		id, _ := strconv.ParseUint(e.System.EventID, 10, 32)
		at, _ := time.Parse(time.RFC3339, e.System.TimeCreated.SystemTime)
		level := "error"
		if e.System.Level == "1" {
			level = "critical"
		}
		events = append(events, WindowsEvent{Record{at.Truncate(time.Second), level, e.System.Provider.Name, e.RenderingInfo.Message}, id})
	}
}

// UnifiedLog reads macOS's log show --style ndjson. bad counts lines that are
// no entry; the last line is a count.
func UnifiedLog(out []byte) (records []Record, bad int) {
	for line := range bytes.Lines(out) {
		var e struct {
			Timestamp        string `json:"timestamp"`
			ProcessImagePath string `json:"processImagePath"`
			EventMessage     string `json:"eventMessage"`
			MessageType      string `json:"messageType"`
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if json.Unmarshal(line, &e) != nil {
			bad++
			continue
		}
		if e.EventMessage == "" {
			continue
		}
		at, _ := time.Parse("2006-01-02 15:04:05.000000-0700", e.Timestamp)
		records = append(records, Record{at.Truncate(time.Second), strings.ToLower(e.MessageType), path.Base(e.ProcessImagePath), e.EventMessage})
	}
	return records, bad
}

// KernelLog reads what syslog(2) gives, "<priority>[seconds] message", where the
// time may be missing, or have the caller behind it: "[    1.0][   T12] ". The
// seconds come as source. Only errors are kept. A message of several lines has
// the same head on each.
func KernelLog(text []byte) (records []Record) {
	Lines(bytes.NewReader(text), func(line string) bool {
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
			records = append(records, Record{Level: levelName(strconv.Itoa(level)), Source: at, Detail: strings.TrimPrefix(rest, " ")})
		}
		return true
	})
	return records
}
