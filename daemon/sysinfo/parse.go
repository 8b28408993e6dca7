package sysinfo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

// Parsers of foreign text. None of them trusts its input: what does not fit is
// skipped, lines have a bound, and nothing is kept of what was not asked for.

// maxLine bounds a line of foreign text; longer ones are cut into pieces.
const maxLine = 64 << 10

// lines calls f for each line until it returns false.
func lines(r io.Reader, f func(line string) bool) {
	b := bufio.NewReaderSize(r, maxLine)
	for {
		line, _, err := b.ReadLine()
		if err != nil {
			return
		}
		if !f(string(line)) {
			return
		}
	}
}

// parseAssignments reads NAME=value lines as os-release, locale.conf and
// ufw.conf have them: quotes as in a shell, # begins a comment line.
func parseAssignments(text []byte) map[string]string {
	out := map[string]string{}
	lines(bytes.NewReader(text), func(line string) bool {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" || strings.HasPrefix(line, "#") {
			return true
		}
		out[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
		return true
	})
	return out
}

// unquote undoes shell quoting of one word.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return s[1 : len(s)-1]
	}
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for s = s[1 : len(s)-1]; s != ""; s = s[1:] {
		if s[0] == '\\' && len(s) > 1 && strings.IndexByte(`"\$`+"`", s[1]) >= 0 {
			s = s[1:]
		}
		b.WriteByte(s[0])
	}
	return b.String()
}

// parseBlocks reads blocks of "Key: value" lines with an empty line between
// them, as package databases and /proc have them, and calls f for each. Lines
// that continue a value are skipped, and so is every key that is not wanted.
func parseBlocks(r io.Reader, separator string, wanted []string, f func(map[string]string)) {
	block := map[string]string{}
	flush := func() {
		if len(block) > 0 {
			f(block)
			block = map[string]string{}
		}
	}
	lines(r, func(line string) bool {
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

// account is a line of /etc/passwd.
type account struct {
	name, full, home, shell string
	uid                     uint64
}

// person reports whether somebody logs in with this account.
func (a account) person() bool {
	return a.uid >= 1000 && a.uid < 60000 // the ranges of login.defs
}

// parsePasswd reads /etc/passwd.
func parsePasswd(text []byte) (accounts []account) {
	lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) != 7 || f[0] == "" || strings.HasPrefix(f[0], "#") {
			return true
		}
		uid, err := strconv.ParseUint(f[2], 10, 32)
		if err != nil {
			return true
		}
		full, _, _ := strings.Cut(f[4], ",")
		accounts = append(accounts, account{name: f[0], full: full, uid: uid, home: f[5], shell: f[6]})
		return true
	})
	return accounts
}

// record is one message of a system log.
type record struct {
	at                    time.Time
	level, source, detail string
}

// parseJournal reads journalctl -o json, one object a line. A message that is
// no UTF-8 comes as an array of bytes.
func parseJournal(text []byte) (records []record) {
	lines(bytes.NewReader(text), func(line string) bool {
		var entry struct {
			Time     string          `json:"__REALTIME_TIMESTAMP"`
			Priority string          `json:"PRIORITY"`
			Source   string          `json:"SYSLOG_IDENTIFIER"`
			Command  string          `json:"_COMM"`
			Message  json.RawMessage `json:"MESSAGE"`
		}
		if json.Unmarshal([]byte(line), &entry) != nil {
			return true
		}
		r := record{source: entry.Source, level: levelName(entry.Priority)}
		if r.source == "" {
			r.source = entry.Command
		}
		if us, err := strconv.ParseInt(entry.Time, 10, 64); err == nil {
			r.at = time.UnixMicro(us).Truncate(time.Second)
		}
		var octets []int
		if json.Unmarshal(entry.Message, &r.detail) != nil && json.Unmarshal(entry.Message, &octets) == nil {
			b := make([]byte, len(octets))
			for i, o := range octets {
				b[i] = byte(o)
			}
			r.detail = string(b)
		}
		records = append(records, r)
		return true
	})
	return records
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

// parseResolver reads resolv.conf.
func parseResolver(text []byte) (servers, search []string) {
	lines(bytes.NewReader(text), func(line string) bool {
		switch f := strings.Fields(line); {
		case len(f) < 2:
		case f[0] == "nameserver":
			servers = append(servers, f[1])
		case f[0] == "search", f[0] == "domain":
			search = f[1:]
		}
		return true
	})
	return servers, search
}

type cronJob struct{ when, user, command string }

// parseCron reads a crontab; that of the system names a user before the command.
func parseCron(text []byte, system bool) (jobs []cronJob) {
	lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Fields(line)
		if len(f) == 0 || f[0][0] == '#' {
			return true
		}
		times := 5
		if f[0][0] == '@' {
			times = 1
		} else if strings.ContainsAny(f[0], "=") || len(f) > 1 && f[1] == "=" { // a variable
			return true
		}
		rest := times
		if system {
			rest++
		}
		if len(f) <= rest {
			return true
		}
		job := cronJob{when: strings.Join(f[:times], " "), command: strings.Join(f[rest:], " ")}
		if system {
			job.user = f[times]
		}
		jobs = append(jobs, job)
		return true
	})
	return jobs
}
