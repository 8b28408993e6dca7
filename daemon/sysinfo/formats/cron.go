package formats

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// CronJob is one scheduled job; a table of one user names no user.
type CronJob struct{ When, User, Command string }

var (
	// cronVariable is a line that sets a variable for the jobs below it.
	cronVariable = regexp.MustCompile(`^("[^"]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*)\s*=`)
	cronWords    = map[string]bool{"@reboot": true, "@yearly": true, "@annually": true, "@monthly": true, "@weekly": true, "@daily": true, "@midnight": true,
		"@hourly": true}
)

// cronField is one of the five times of crontab(5): its numbers and names.
type cronField struct {
	least, most int
	names       string // of three letters each, for the numbers from least on
}

var cronFields = [5]cronField{{0, 59, ""}, {0, 23, ""}, {1, 31, ""}, {1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"}, {0, 7, "sunmontuewedthufrisat"}}

// takes reports whether cron takes a time: a list of numbers, ranges and steps, and the
// extensions of the crons that are in use, such as "~", "L", "15W" and "5#2".
func (f cronField) takes(s string) bool {
	if s == "" {
		return false
	}
	for part := range strings.SplitSeq(s, ",") {
		span, step, stepped := strings.Cut(part, "/")
		if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
			return false
		}
		from, to, ranged := strings.Cut(span, "-")
		if !ranged {
			from, to, ranged = strings.Cut(span, "~")
		}
		switch {
		case span == "*", span == "?", span == "~", ranged && (from == "" || f.has(from)) && (to == "" || f.has(to)) && strings.Contains(span, "~"):
		case ranged:
			if !f.has(from) || !f.has(to) {
				return false
			}
		case f.has(span), f.most == 31 && (span == "L" || span == "LW" || strings.HasSuffix(span, "W") && f.has(strings.TrimSuffix(span, "W"))):
		case f.most == 7 && (strings.HasSuffix(span, "L") && f.has(strings.TrimSuffix(span, "L")) || f.nth(span)):
		default:
			return false
		}
	}
	return true
}

// nth reports whether s is a day of the week with its place in the month, such as 5#2.
func (f cronField) nth(s string) bool {
	day, place, ok := strings.Cut(s, "#")
	n, err := strconv.Atoi(place)
	return ok && f.has(day) && err == nil && n >= 1 && n <= 5
}

// has reports whether the field has this number or name.
func (f cronField) has(s string) bool {
	if n, err := strconv.ParseUint(s, 10, 16); err == nil {
		return int(n) >= f.least && int(n) <= f.most
	}
	at := strings.Index(f.names, strings.ToLower(s))
	return len(s) == 3 && at >= 0 && at%3 == 0
}

// Crontab reads a crontab; that of the system names a user before the command.
// A line that is no comment, no variable and no job is left out: cron does the same.
func Crontab(text []byte, system bool) (jobs []CronJob) {
	Lines(bytes.NewReader(text), func(line string) bool {
		rest := strings.TrimLeft(line, " \t")
		if rest == "" || rest[0] == '#' || cronVariable.MatchString(rest) {
			return true
		}
		var times []string
		word := func() (w string) {
			rest = strings.TrimLeft(rest, " \t")
			i := strings.IndexAny(rest, " \t")
			if i < 0 {
				i = len(rest)
			}
			w, rest = rest[:i], rest[i:]
			return w
		}
		if first := word(); first[0] == '@' {
			every := strings.HasPrefix(first, "@every_") || len(first) > 1 && strings.Trim(first[1:], "0123456789") == "" // FreeBSD
			if !cronWords[strings.ToLower(first)] && !every {
				return true
			}
			times = []string{first}
		} else {
			times = []string{first, word(), word(), word(), word()}
			for i, t := range times {
				if i == 0 { // a leading minus keeps a job out of the log
					t = strings.TrimPrefix(t, "-")
				}
				if !cronFields[i].takes(t) {
					return true
				}
			}
		}
		job := CronJob{When: strings.Join(times, " ")}
		if system {
			job.User = word()
			job.User, _, _ = strings.Cut(job.User, ":") // with a group, on BSD
		}
		if job.Command = cronCommand(strings.TrimSpace(rest)); job.Command != "" {
			jobs = append(jobs, job)
		}
		return true
	})
	return jobs
}

// cronCommand is the command before the first percent sign: what follows that is
// the input of the command. \% is a percent sign of the command itself.
func cronCommand(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '%':
			i++
			b.WriteByte('%')
		case s[i] == '%':
			return strings.TrimSpace(b.String()) + " (with input)"
		default:
			b.WriteByte(s[i])
		}
	}
	return strings.TrimSpace(b.String())
}

// Anacrontab reads anacrontab(5): period, delay, name, command.
func Anacrontab(text []byte) (jobs []CronJob) {
	Lines(bytes.NewReader(text), func(line string) bool {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || cronVariable.MatchString(line) {
			return true
		}
		f := strings.Fields(line)
		if len(f) < 4 {
			return true
		}
		when := f[0]
		if n, err := strconv.Atoi(f[0]); err == nil {
			when = "every " + strconv.Itoa(n) + " days"
		} else if !strings.HasPrefix(f[0], "@") {
			return true
		}
		rest := line
		for _, w := range f[:3] {
			rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(rest, " \t"), w), " \t")
		}
		jobs = append(jobs, CronJob{When: when, User: "root", Command: rest})
		return true
	})
	return jobs
}
