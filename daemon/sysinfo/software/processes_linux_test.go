package software

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S13_ProcessNamesAndTimes(t *testing.T) {
	p, ok := formats.ProcessStat("77 (a) (b) ) S 5 77 77 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 12345 1000 512 18446744073709551615")
	if !ok || p != (formats.Process{Name: "a) (b) ", Parent: 5, Used: 300, Started: 12345, Pages: 512}) {
		t.Errorf("%+v", p)
	}
	synctest.Test(t, func(t *testing.T) {
		m := machinetest.New(machinetest.Tree(map[string]string{
			"proc/5/stat": "5 (mysql) S 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 6000 1000 512 1", "proc/5/cmdline": "mysql -pgeheim\x00\x00\x00", "proc/5/status": "Name:\tmysql\nUid:\t1000\t0\t0\t0\n",
			"proc/6/stat": "6 (kworker/u8:1-ext4-rsv-conversion2) S 2 6 6 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 1", "proc/6/cmdline": "", "proc/6/status": "Uid:\t0\t0\t0\t0\nName: x\nUid:\t0\n",
			"proc/7/stat": "broken", "proc/self/x": "", "proc/stat": "btime 1700000000\n", "etc/passwd": "kim:x:1000:1000::/h:/bin/sh\n",
		}))
		d := probes().Ask(t, m, document.Processes)
		machinetest.Same(t, "processes", machinetest.Cells(t, machinetest.TableOf(t, d, document.Processes, "processes"), "pid", "parent", "user", "cpu", "name", "command"), "5 | 1 | kim | 0 | mysql | mysql -p[masked]", "6 | 2 | 0 | 0 | kworker/u8:1-ext4-rsv-conversion2 | -")
		if at, ok := machinetest.TableOf(t, d, document.Processes, "processes").Rows[0][5].(time.Time); !ok || at.Unix() != 1700000060 {
			t.Errorf("started %v", at)
		}
	})
}

// What has ended and was not waited for is counted by its parent, and read no further:
// ten thousand of them leave the time to those that run.
func TestK3S13_ManyDeadProcessesHideNoLivingOne(t *testing.T) {
	const dead = 10_000
	files := map[string]string{
		"proc/stat": "btime 1700000000\n", "proc/self/x": "", "etc/passwd": "",
		"proc/9/stat": "9 (mysql) S 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 6000 1000 512 1", "proc/9/cmdline": "mysql\x00db\x00", "proc/9/status": "Uid:\t0\n",
		// Its first thread has ended, another one works.
		"proc/11/stat": "11 (half) Z 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 2 0 6000 1000 0 1", "proc/11/status": "Uid:\t0\n",
		"proc/12/stat": "12 (awk) Z 7 5 5 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 6000 0 0 1",
	}
	for i := range dead {
		files[fmt.Sprintf("proc/2%d/stat", i)] = fmt.Sprintf("2%d (sh) Z 9 5 5 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 6000 0 0 1", i)
	}
	synctest.Test(t, func(t *testing.T) {
		m := machinetest.New(machinetest.Tree(files))
		tree := m.Files
		m.Files = opened(func(name string) (fs.File, error) {
			if strings.HasPrefix(name, "proc/2") && !strings.HasSuffix(name, "/stat") {
				time.Sleep(100 * time.Millisecond)
			}
			return tree.Open(name)
		})
		d := probes().Ask(t, m, document.Processes)
		table := machinetest.TableOf(t, d, document.Processes, "processes")
		machinetest.Same(t, "living", machinetest.Cells(t, table, "pid", "command"), "9 | mysql db", "11 | -")
		machinetest.Same(t, "dead", machinetest.Cells(t, machinetest.TableOf(t, d, document.Processes, "zombies"), "parent", "parent_name", "name", "count"),
			"9 | mysql | sh | 10000", "7 | - | awk | 1")
		if table.Reason != "" || table.Omitted != 0 {
			t.Errorf("%q, %d left out", table.Reason, table.Omitted)
		}
	})
}

// One program with a command line of two megabytes, and ten whose memory is locked by a
// page that waits for a frozen disk: all others are shown whole.
func TestK3S13_OneProcessTakesNothingFromTheOthers(t *testing.T) {
	const stat = " S 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 6000 1000 512 1"
	files := map[string]string{"proc/stat": "btime 1700000000\n", "proc/self/x": "", "etc/passwd": ""}
	for pid := 1000; pid < 1200; pid++ {
		files[fmt.Sprintf("proc/%d/stat", pid)] = fmt.Sprintf("%d (mysql)%s", pid, stat)
		files[fmt.Sprintf("proc/%d/cmdline", pid)] = "mysql\x00-u\x00kim"
		files[fmt.Sprintf("proc/%d/status", pid)] = "Uid:\t0\n"
	}
	long := "python3\x00" + strings.Repeat("--password=tiger https://u:p@h/ k=v\x00", 60_000)
	files["proc/1000/cmdline"] = long
	synctest.Test(t, func(t *testing.T) {
		m := machinetest.New(machinetest.Tree(files))
		tree, thawed := m.Files, make(chan struct{})
		defer close(thawed)
		m.Files = opened(func(name string) (fs.File, error) {
			if strings.HasPrefix(name, "proc/101") && strings.HasSuffix(name, "/cmdline") {
				<-thawed
			}
			return tree.Open(name)
		})
		for look := range 2 {
			start := time.Now()
			table := machinetest.TableOf(t, probes().Ask(t, m, document.Processes), document.Processes, "processes")
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("look %d took %v", look, took)
			}
			lines := machinetest.Cells(t, table, "pid", "command")
			for _, want := range []string{"1010 | -", "1019 | -", "1020 | mysql -u kim", "1199 | mysql -u kim"} {
				if !slices.Contains(lines, want) {
					t.Errorf("look %d: no %q", look, want)
				}
			}
			if table.Omitted != 0 || !strings.Contains(table.Reason, "no user and command") {
				t.Errorf("%d left out, %q", table.Omitted, table.Reason)
			}
			if i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "1000 | ") }); i < 0 ||
				!strings.HasPrefix(lines[i], "1000 | python3 --password=[masked] ") || !strings.HasSuffix(lines[i], fmt.Sprintf("… (%d bytes, cut)", len(long))) {
				t.Errorf("look %d: the long one is %.60q", look, lines[max(i, 0)])
			}
		}
	})
}

// A program may have a whole script in its command line, and to search that for secrets
// takes long: it waits until all others are described, and what lasts too long is given up
// with nothing lost but these lines.
func TestK3S13_LongCommandLinesWaitForTheOthers(t *testing.T) {
	files := map[string]string{"proc/stat": "btime 1700000000\n", "proc/self/x": "", "etc/passwd": ""}
	for pid := 1000; pid < 1100; pid++ {
		files[fmt.Sprintf("proc/%d/stat", pid)] = fmt.Sprintf("%d (bash) S 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 6000 1000 512 1", pid)
		files[fmt.Sprintf("proc/%d/cmdline", pid)] = "bash\x00-c\x00true"
		files[fmt.Sprintf("proc/%d/status", pid)] = "Uid:\t0\n"
	}
	const long = 4
	for pid := 1000; pid < 1000+long; pid++ {
		files[fmt.Sprintf("proc/%d/cmdline", pid)] = "bash\x00-c\x00" + strings.Repeat("mysql -psecret; ", 500)
	}
	for _, c := range []struct {
		takes    time.Duration // each search of a long line
		searched int
	}{{0, long}, {250 * time.Millisecond, long}, {time.Minute, 0}} {
		synctest.Test(t, func(t *testing.T) {
			m := machinetest.New(machinetest.Tree(files))
			tree := m.Files
			var opens [long]atomic.Int32
			m.Files = opened(func(name string) (fs.File, error) {
				var pid int
				if _, err := fmt.Sscanf(name, "proc/%d/cmdline", &pid); err == nil && pid < 1000+long {
					if opens[pid-1000].Add(1) == 3 { // each reading asks what it is, too
						time.Sleep(c.takes)
					}
				}
				return tree.Open(name)
			})
			start := time.Now()
			table := machinetest.TableOf(t, probes().Ask(t, m, document.Processes), document.Processes, "processes")
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("%v each: took %v", c.takes, took)
			}
			lines := strings.Join(machinetest.Cells(t, table, "pid", "command"), "\n")
			if got := strings.Count(lines, "bash -c true"); got != 100-long {
				t.Errorf("%v each: %d of %d short lines", c.takes, got, 100-long)
			}
			if got := strings.Count(lines, "bash -c mysql -p[masked]; mysql"); got != c.searched {
				t.Errorf("%v each: %d long lines, not %d", c.takes, got, c.searched)
			}
			if got := strings.Contains(table.Reason, "no user and command"); got != (c.searched < long) || table.Omitted != 0 {
				t.Errorf("%v each: %q, %d left out", c.takes, table.Reason, table.Omitted)
			}
			time.Sleep(time.Minute) // the last search ends
		})
	}
}

// Whatever else hangs while processes are described, all of them are shown.
func TestK3S13_WhatHangsHidesNoProcess(t *testing.T) {
	files := map[string]string{"proc/stat": "btime 1700000000\n", "proc/self/x": "", "etc/passwd": ""}
	for pid := 1000; pid < 1100; pid++ {
		files[fmt.Sprintf("proc/%d/stat", pid)] = fmt.Sprintf("%d (bash) S 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 6000 1000 512 1", pid)
		files[fmt.Sprintf("proc/%d/cmdline", pid)] = "mysql\x00db"
		files[fmt.Sprintf("proc/%d/status", pid)] = "Uid:\t0\n"
	}
	synctest.Test(t, func(t *testing.T) {
		m := machinetest.New(machinetest.Tree(files))
		tree, released := m.Files, make(chan struct{})
		defer close(released)
		m.Files = opened(func(name string) (fs.File, error) {
			if name == "proc/1050/status" {
				<-released
			}
			return tree.Open(name)
		})
		table := machinetest.TableOf(t, probes().Ask(t, m, document.Processes), document.Processes, "processes")
		lines := machinetest.Cells(t, table, "pid", "command")
		for i, want := range map[int]string{0: "1000 | mysql db", 49: "1049 | mysql db", 50: "1050 | -", 99: "1099 | -"} {
			if len(lines) != 100 || lines[i] != want {
				t.Fatalf("line %d of %d is not %q: %q", i, len(lines), want, lines)
			}
		}
		if table.Omitted != 0 || !strings.Contains(table.Reason, "no user and command") {
			t.Errorf("%d left out, %q", table.Omitted, table.Reason)
		}
	})
}

// Where there is no time for all, the large programs keep their command lines: with the
// busy ones they are what somebody looks for.
func TestK3S13_ABusyComputerShowsTheLargeProgramsWhole(t *testing.T) {
	files := map[string]string{"proc/stat": "btime 1700000000\n", "proc/self/x": "", "etc/passwd": ""}
	for pid := 1000; pid < 1100; pid++ {
		pages := 10
		if pid >= 1095 {
			pages = 5000
		}
		files[fmt.Sprintf("proc/%d/stat", pid)] = fmt.Sprintf("%d (mysql) S 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 6000 1000 %d 1", pid, pages)
		files[fmt.Sprintf("proc/%d/cmdline", pid)] = "mysql\x00db"
		files[fmt.Sprintf("proc/%d/status", pid)] = "Uid:\t0\n"
	}
	synctest.Test(t, func(t *testing.T) {
		m := machinetest.New(machinetest.Tree(files))
		tree := m.Files
		m.Files = opened(func(name string) (fs.File, error) {
			if strings.HasSuffix(name, "/cmdline") {
				time.Sleep(100 * time.Millisecond)
			}
			return tree.Open(name)
		})
		table := machinetest.TableOf(t, probes().Ask(t, m, document.Processes), document.Processes, "processes")
		lines := machinetest.Cells(t, table, "pid", "command")
		if len(lines) != 100 || !strings.Contains(table.Reason, "no user and command") {
			t.Fatalf("%d shown, %q", len(lines), table.Reason)
		}
		for i, want := range []string{"1095 | mysql db", "1096 | mysql db", "1097 | mysql db", "1098 | mysql db", "1099 | mysql db", "1000 | mysql db"} {
			if lines[i] != want {
				t.Errorf("line %d is %q", i, lines[i])
			}
		}
		if last := lines[99]; last != "1094 | -" {
			t.Errorf("the last line is %q", last)
		}
		time.Sleep(time.Second) // the last reader ends
	})
}

// Words of a shell are masked as a shell takes them.
func TestK1P31_CommandLinesWithWordsOfAShell(t *testing.T) {
	for _, args := range []string{"echo Tr0ub4dor | nohup sudo -S id", "sudo -S id <<< Tr0ub4dor", "printf Tr0ub4dor | vncpasswd -f", "mysql -pTr0ub4dor db"} {
		if line := maskedLine(strings.Fields(args)); strings.Contains(line, "Tr0ub4dor") {
			t.Errorf("%q", line)
		}
	}
}

// opened is a file system by its Open.
type opened func(name string) (fs.File, error)

func (o opened) Open(name string) (fs.File, error) { return o(name) }
