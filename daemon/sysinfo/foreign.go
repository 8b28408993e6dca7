package sysinfo

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

// What Windows and macOS write, parsed where every system's tests can reach it.

// decode16 turns UTF-16, low byte first, into UTF-8.
func decode16(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte{0xff, 0xfe})
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

type windowsEvent struct {
	record
	event uint64
}

// parseEvents reads event after event, with no element around them. The error is
// what kept it from reading all.
func parseEvents(text []byte) (events []windowsEvent, err error) {
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
		events = append(events, windowsEvent{record{at.Truncate(time.Second), level, e.System.Provider.Name, e.RenderingInfo.Message}, id})
	}
}

// startsApproved reports whether an entry of Windows' StartupApproved lets its
// program start: Task Manager makes the first byte odd to turn one off. Without
// an entry it starts.
func startsApproved(entry []byte) bool { return len(entry) == 0 || entry[0]&1 == 0 }

// profileNames are the names that a profile's directory tells: Windows adds the
// domain, or a number, where there was one of that name.
func profileNames(dir string) []string {
	base := path.Base(strings.ReplaceAll(dir, `\`, "/"))
	if i := strings.LastIndexByte(base, '.'); i > 0 && strings.ToUpper(base[i:]) == base[i:] {
		return []string{base, base[:i]}
	}
	return []string{base}
}

// parseUnified reads macOS's log show --style ndjson. bad counts lines that are
// no entry; the last line is a count.
func parseUnified(out []byte) (records []record, bad int) {
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
		records = append(records, record{at.Truncate(time.Second), strings.ToLower(e.MessageType), path.Base(e.ProcessImagePath), e.EventMessage})
	}
	return records, bad
}

// parseDNS reads macOS's scutil --dns, which knows whom programs ask; resolv.conf
// there is for a few only. Servers of the first block count for everything.
func parseDNS(out []byte) (servers, search []string) {
	seen := map[string]bool{}
	lines(bytes.NewReader(out), func(line string) bool {
		key, value, ok := strings.Cut(strings.TrimSpace(line), " : ")
		value = strings.TrimSpace(value)
		switch {
		case strings.HasPrefix(line, "DNS configuration (for scoped"): // the same again, by adapter
			return false
		case !ok || value == "" || seen[key[:min(6, len(key))]+value]:
		case strings.HasPrefix(key, "nameserver["):
			servers = append(servers, value)
			seen[key[:6]+value] = true
		case strings.HasPrefix(key, "search domain["):
			search = append(search, value)
			seen[key[:6]+value] = true
		}
		return true
	})
	return servers, search
}
