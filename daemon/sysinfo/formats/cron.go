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
	// cronTime is one of the five times of crontab(5), with the extensions of the
	// crons that are in use: names, steps, ranges, "last", a leading minus that
	// keeps a job out of the log.
	cronTime = regexp.MustCompile(`^-?[0-9A-Za-z*/,~?#LW-]+$`)
	// cronVariable is a line that sets a variable for the jobs below it.
	cronVariable = regexp.MustCompile(`^("[^"]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*)\s*=`)
	cronWords    = map[string]bool{"@reboot": true, "@yearly": true, "@annually": true, "@monthly": true, "@weekly": true, "@daily": true, "@midnight": true,
		"@hourly": true}
)

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
			for _, t := range times {
				if !cronTime.MatchString(t) {
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
