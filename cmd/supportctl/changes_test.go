package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"
)

const manySystems = `System information of pc
collected 2026-11-23 07:07:26 +00:00

Summary [summary]
  Host       pc
  Uptime     3 days 4 h

Memory [memory]
  Total         8 GiB
  Used          3 GiB
  Used percent  40 %
  Modules: none

Disks [disks]
  Volumes (2)
    Mount  Device     Filesystem     Size     Used     Free  Used percent  Read only
    /      /dev/sda1  ext4        100 GiB   40 GiB   60 GiB          40 %  no
    /mnt   /dev/sdb1  ext4          1 TiB  100 GiB  924 GiB          10 %  no

Connections [connections]
  Sockets in time wait  4
  DNS servers           10.0.0.1
  Sockets (2)
    Protocol  State        Local address  Local port  PID  Process
    tcp       listening    0.0.0.0                22  811  sshd
    tcp       established  10.0.0.2            50312    9  curl

Processes [processes]
  Count  2
  Processes (2)
    PID  Parent  User  CPU  Name
      1       0  root  0 %  init
    811       1  root  0 %  sshd
`

// The change stands first; what changes by itself stands behind it, counters with what
// they were, and processes and ports only counted.
func TestK6V5_TheChangeFirst(t *testing.T) {
	later := strings.NewReplacer(
		"3 days 4 h", "3 days 5 h", "Used          3 GiB", "Used          4 GiB", "40 %\n  Modules", "50 %\n  Modules", "Total         8 GiB", "Total         16 GiB",
		"  100 GiB   40 GiB   60 GiB          40 %  no", "  100 GiB   41 GiB   59 GiB          41 %  no", "          10 %  no", "          10 %  yes",
		"10.0.0.1", "10.0.0.9", "50312    9", "50999   12", "      1       0  root  0 %", "      1       0  root  7 %", "    811       1  root  0 %  sshd", "    900       1  root  0 %  sshd\n    901     900  root  -    evil",
		"wait  4", "wait  9", "Count  2", "Count  3", "Processes (2)", "Processes (3)",
	).Replace(manySystems)
	before := parseLook(manySystems, time.Now())
	_, got, _ := strings.Cut(parseLook(later, time.Now()).compared(nil, before, nil), "\n")
	const want = `
Memory [memory]
- Total         8 GiB
+ Total         16 GiB

Disks [disks]
- /mnt   /dev/sdb1  ext4          1 TiB  100 GiB  924 GiB          10 %  no
+ /mnt   /dev/sdb1  ext4          1 TiB  100 GiB  924 GiB          10 %  yes

Connections [connections]
- DNS servers           10.0.0.1
+ DNS servers           10.0.0.9

no change: summary, processes

What changes by itself, such as counters, free space, processes and ports:

Summary [summary]
  Uptime: 3 days 4 h → 3 days 5 h

Memory [memory]
  Used: 3 GiB → 4 GiB
  Used percent: 40 % → 50 %

Disks [disks]
  /: Used 40 GiB → 41 GiB, Free 60 GiB → 59 GiB, Used percent 40 % → 41 %

Connections [connections]
  Sockets in time wait: 4 → 9
  Sockets: 1 gone, 1 new

Processes [processes]
  Count: 2 → 3
  Processes: 1 gone, 2 new

Each of these lines: sysinfo NUMBER connections processes --diff
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
	_, got, _ = strings.Cut(parseLook(later, time.Now()).compared(nil, before, []string{"processes"}), "such as")
	if !strings.Contains(got, "- 811       1  root  0 %  sshd\n") || !strings.Contains(got, "+ 901     900  root  -    evil\n") || strings.Contains(got, "init") {
		t.Errorf("every line of processes: %s", got)
	}
	if got := before.compared(nil, before, nil); strings.Contains(got, "What changes by itself") || !strings.Contains(got, "no change: summary, memory, disks, connections, processes") {
		t.Errorf("compared with itself: %s", got)
	}
	only := strings.Replace(manySystems, "3 days 4 h", "3 days 5 h", 1)
	if got := parseLook(only, time.Now()).changesSince(nil, before); !strings.Contains(got, "\nNothing has changed but what changes by itself.\n") {
		t.Error(got)
	}
}

// What one of the two looks could not find out is no change, and it is said where.
func TestK6V5_WhatIsNotKnownIsNoChange(t *testing.T) {
	compare := func(before, after string) string {
		text := func(lines string) look {
			return parseLook("System information of pc\n\nStart [startup]\n"+lines+"\nDisks [disks]\n  Total  5\n", time.Now())
		}
		_, rest, _ := strings.Cut(text(after).changesSince(nil, text(before)), "\n")
		return rest
	}
	const (
		jobs = "  Failed  0\n  Jobs (2)\n    Name  When\n    a     daily\n    b     weekly\n"
		part = "  Failed  1\n  Jobs (1)\n    Name  When\n    a     hourly\n  incomplete: it took too long\n"
	)
	for _, c := range []struct{ before, after, want string }{
		{jobs, jobs, "\nno change: startup, disks\n"},
		// The second job was not looked for; the first one is another.
		{jobs, part, "\nStart [startup]\n- Failed  0\n- a     daily\n+ Failed  1\n+ a     hourly\n\nno change: disks\n\nincomplete at one of the two looks, so that changes may be missing: startup\n"},
		{part, jobs, "\nStart [startup]\n- Failed  1\n- a     hourly\n+ Failed  0\n+ a     daily\n\nno change: disks\n\nincomplete at one of the two looks, so that changes may be missing: startup\n"},
		{jobs, "  withheld by the customer\n", "\nno change: disks\n\nincomplete at one of the two looks, so that changes may be missing: startup\n"},
		{jobs, strings.NewReplacer("Failed  0", "Failed  (needs administrator rights)").Replace(jobs), "\nno change: startup, disks\n"},
		{strings.Replace(jobs, "weekly", "7 d", 1), strings.Replace(jobs, "weekly", "-", 1), "\nno change: startup, disks\n"},
		{strings.Replace(jobs, "weekly", "-", 1), strings.Replace(jobs, "weekly", "not asked: the computer is busy", 1), "\nno change: startup, disks\n"},
		{strings.Replace(jobs, "weekly", "-", 1), jobs, "\nStart [startup]\n- b     -\n+ b     weekly\n\nno change: disks\n"},
		{strings.Replace(jobs, "Failed  0", "Failed  (no limit)", 1), jobs, "\nStart [startup]\n- Failed  (no limit)\n+ Failed  0\n\nno change: disks\n"},
		{jobs, strings.NewReplacer("Failed  0", "Failed  2", "    b     weekly\n", "", "(2)", "(1)").Replace(jobs), "\nStart [startup]\n- Failed  0\n- b     weekly\n+ Failed  2\n\nno change: disks\n"},
	} {
		if got := compare(c.before, c.after); got != c.want {
			t.Errorf("got\n%swant\n%s", got, c.want)
		}
	}
}

// A computer that says very much costs a comparison no more than reading it.
func TestK6V5_MuchIsComparedSoon(t *testing.T) {
	many := func(what string) look {
		var b strings.Builder
		b.WriteString("System information of pc\n\nStart [startup]\n  Jobs (9)\n    Name  When\n")
		for i := range 20_000 {
			fmt.Fprintf(&b, "    same  %s%d\n", what, i)
		}
		return parseLook(b.String(), time.Now())
	}
	began := time.Now()
	got := many("a").changesSince(nil, many("b"))
	if lines := strings.Count(got, "\n"); lines < 40_000 || time.Since(began) > time.Minute {
		t.Errorf("%d lines after %v", lines, time.Since(began))
	}
}

// A file that was saved is read as any program has written it.
func TestK6V5_SavedFiles(t *testing.T) {
	dir := t.TempDir()
	save := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(manySystems, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{save("plain.txt", manySystems), save("mark.txt", "\ufeff"+manySystems), save("crlf.txt", strings.ReplaceAll(manySystems, "\n", "\r\n")), save("powershell.txt", wide)} {
		l, err := readSaved(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if l.Host != "pc" || strings.Join(l.categories(), " ") != "summary memory disks connections processes" || l.Sections[0].Taken.Format(time.DateTime) != "2026-11-23 07:07:26" {
			t.Errorf("%s: %+v", path, l)
		}
		now := parseLook(manySystems, time.Now())
		if got := now.changesSince(nil, *l); !strings.Contains(got, "no change: summary, memory, disks, connections, processes") || !strings.HasPrefix(got, "Changes on pc since ") || !strings.Contains(got, ", as "+l.file+" has it\n") {
			t.Errorf("%s: %s", path, got)
		}
		now.Host = "other"
		if got := now.changesSince(nil, *l); !strings.Contains(got, " has it, which is about pc\n") {
			t.Errorf("%s: %s", path, got)
		}
	}
	for path, want := range map[string]string{
		save("hostile.txt", "\x1b[2J\n"): "holds no system information", save("a.json", `{"host": "pc"}`): "holds no system information",
		filepath.Join(dir, "nothere"): "there is no file", dir: "cannot read",
	} {
		if _, err := readSaved(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	hostile := save("title.txt", strings.Replace(manySystems, "Total         8 GiB", "Total         8 GiB\x1b[2J\u202e", 1))
	if l, err := readSaved(hostile); err != nil || strings.ContainsAny(parseLook(manySystems, time.Now()).changesSince(nil, *l), "\x1b\u202e") {
		t.Error(err)
	}
}
