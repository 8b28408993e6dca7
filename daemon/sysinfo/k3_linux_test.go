package sysinfo

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// tree makes files: the name without a leading slash, "name!" for one that may be
// run, "name@" for a link.
func tree(files map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for name, text := range files {
		f := &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		switch {
		case strings.HasSuffix(name, "!"):
			f.Mode = 0o755
		case strings.HasSuffix(name, "@"):
			f.Mode = fs.ModeSymlink | 0o777
		}
		all[strings.TrimRight(name, "!@")] = f
	}
	return all
}

// asked collects some categories of a machine, by their items and tables.
func asked(t *testing.T, m *machine, categories ...Category) Document {
	t.Helper()
	var c Collector
	return c.collect(t.Context(), Options{Categories: categories, Environment: m.environment}, probes(), m)
}

// item is what an item says: its value, or the reason in brackets.
func item(t *testing.T, d Document, c Category, name string) string {
	t.Helper()
	for _, it := range sectionOf(t, d, c).Items {
		if it.Name == name {
			if it.Reason != "" {
				return "(" + it.Reason + ")"
			}
			return fmt.Sprint(it.Value)
		}
	}
	t.Errorf("%s has no item %s", c, name)
	return ""
}

func tableOf(t *testing.T, d Document, c Category, name string) Table {
	t.Helper()
	for _, table := range sectionOf(t, d, c).Tables {
		if table.Name == name {
			return table
		}
	}
	t.Fatalf("%s has no table %s", c, name)
	return Table{}
}

// cells is each row of a table by some of its columns, one text a row.
func cells(t *testing.T, table Table, columns ...string) (rows []string) {
	t.Helper()
	for _, row := range table.Rows {
		var texts []string
		for _, name := range columns {
			i := slices.IndexFunc(table.Columns, func(c Column) bool { return c.Name == name })
			if i < 0 {
				t.Fatalf("no column %s", name)
			}
			texts = append(texts, strings.ReplaceAll(fmt.Sprint(row[i]), "<nil>", "-"))
		}
		rows = append(rows, strings.Join(texts, " | "))
	}
	return rows
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got  %s\n want %s", what, strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
}

// everySize is a kernel whose file systems all have a size.
func everySize(m *machine) *machine {
	m.kernel.space = func(string) (space, error) { return space{size: 100 << 20, used: 40 << 20, free: 60 << 20}, nil }
	return m
}

// Who may log on is a person, whatever their number is.
func TestK3S1_NamesByWhoMayLogOn(t *testing.T) {
	m := fakeMachine(tree(map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nkim:x:200017:200017:Kim Minji:/data/users/kim:/bin/bash\n" +
			"oldlee:x:512:512:Lee:/home/oldlee:/bin/sh\nnoshell:x:1234:1234:Park Jiwoo:/home/noshell:/usr/sbin/nologin\npostgres:x:111:111::/var/lib/postgresql:/bin/bash\n" +
			"empty:x:777:777:Choi:/srv/choi:\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nnixbld1:x:30001:30000:Nix build user 1:/var/empty:/sbin/nologin\n" +
			"high:x:4294967294:1::/x/high:/bin/zsh\n+@nis::::::\n",
		"etc/crontab":                             "0 5 * * * kim /data/users/kim/backup for 'Kim Minji'\n1 5 * * * oldlee /bin/x\n2 5 * * * daemon /bin/y\n3 5 * * * noshell /bin/x empty high\n",
		"run/systemd/users/300000":                "# This is private data.\nNAME=domainuser\nSTATE=active\n",
		"etc/cron.d/x":                            "0 1 * * * root /home/domainuser/x\n",
		"var/lib/AccountsService/users/accounted": "",
	}))
	var c Collector
	d := c.collect(t.Context(), Options{Categories: []Category{Startup}, WithholdClasses: []Class{UserNames}}, probes(), m)
	text, js := both(t, d)
	for _, name := range []string{"kim", "minji", "oldlee", "noshell", "domainuser", "high", "empty"} {
		if strings.Contains(strings.ToLower(text+js), name) {
			t.Errorf("%s is shown:\n%s", name, text)
		}
	}
	for _, stays := range []string{"0 5 * * *", "/data/users/[user name withheld]/backup"} {
		if !strings.Contains(text, stays) {
			t.Errorf("no %q in\n%s", stays, text)
		}
	}
	kinds := cells(t, tableOf(t, asked(t, m, Users), Users, "accounts"), "name", "kind", "logs_on")
	same(t, "accounts", kinds, "root | system | true", "daemon | system | false", "kim | person | true", "oldlee | person | true", "noshell | person | false",
		"postgres | system | true", "empty | person | true", "nobody | system | false", "nixbld1 | system | false", "high | person | true")
}

func TestK3S1_AdministratorsByPrimaryGroupToo(t *testing.T) {
	m := fakeMachine(tree(map[string]string{
		"etc/passwd": "kim:x:1000:1000:&:/home/kim:/bin/sh\nlee:x:1001:27::/home/lee:/bin/sh\npark:x:1002:1002:Park, Room 5:/home/park:/bin/sh\n",
		"etc/group":  "sudo:x:27:kim\nadm:x:4:park\nwheel:x:10:\n",
	}))
	same(t, "accounts", cells(t, tableOf(t, asked(t, m, Users), Users, "accounts"), "name", "full_name", "admin"), "kim | Kim | true", "lee | - | true", "park | Park | false")
}

// A line longer than any buffer lies between two short ones.
func TestK3S2_LongAndBinaryJournalEntries(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	m := fakeMachine(tree(map[string]string{"run/systemd/system/x": ""}))
	var asked2 [][]string
	m.tool = func(_ context.Context, name string, args ...string) ([]byte, error) {
		asked2 = append(asked2, args)
		return []byte(`{"__REALTIME_TIMESTAMP":"1700000003000000","PRIORITY":"3","SYSLOG_IDENTIFIER":"c","MESSAGE":"third"}
{"__REALTIME_TIMESTAMP":"1700000002000000","PRIORITY":"3","SYSLOG_IDENTIFIER":"b","MESSAGE":"` + long + `"}
{"PRIORITY":["3","4"],"SYSLOG_IDENTIFIER":null,"_COMM":"d","MESSAGE":[[104,105],"again"],"COREDUMP":[1,2]}
{"PRIORITY":"2","_SYSTEMD_UNIT":"x.service","MESSAGE":null}
{"PRIORITY":"3","SYSLOG_IDENTIFIER":"e","MESSAGE":[103,255]}
{"half":
{"__REALTIME_TIMESTAMP":"1700000001000000","PRIORITY":"3","SYSLOG_IDENTIFIER":"a","MESSAGE":"first"}
`), nil
	}
	d := asked(t, m, Log)
	table := tableOf(t, d, Log, "errors")
	got := cells(t, table, "source", "message")
	if len(got) != 6 || table.Omitted != 1 {
		t.Fatalf("%d entries, %d left out: %.300v", len(got), table.Omitted, got)
	}
	if got[0] != "a | first" || got[5] != "c | third" || !strings.Contains(got[4], fmt.Sprintf("(%d bytes, cut)", len(long))) || got[3] != "d | hi" ||
		got[1] != `e | g\xff` || !strings.Contains(got[2], "x.service | (too long") {
		t.Errorf("%.900q", got)
	}
	if !slices.Contains(asked2[0], "--reverse") {
		t.Error("when there is too much, the newest would be cut")
	}
	text, _ := both(t, d)
	if !strings.Contains(text, "1 more, left out") {
		t.Error("what could not be read is not counted")
	}
}

// More errors than are shown: the newest are, and that is said.
func TestK3S2_MoreErrorsThanAreShown(t *testing.T) {
	m := fakeMachine(tree(map[string]string{"run/systemd/system/x": ""}))
	m.tool = func(context.Context, string, ...string) ([]byte, error) {
		var b strings.Builder
		for i := range maxRecords + 1 {
			fmt.Fprintf(&b, "{\"PRIORITY\":\"3\",\"MESSAGE\":\"number %d\"}\n", i)
		}
		return []byte(b.String()), nil
	}
	d := asked(t, m, Log)
	got := cells(t, tableOf(t, d, Log, "errors"), "message")
	if len(got) != maxRecords || got[maxRecords-1] != "number 0" || !strings.Contains(sectionOf(t, d, Log).Reason, "only the newest 200") {
		t.Errorf("%d, %q", len(got), sectionOf(t, d, Log).Reason)
	}
}

func TestK3S2_KernelMessages(t *testing.T) {
	got := parseKernel([]byte("<3>[   12.500000] disk [sda] failed\n<6>[    1.0] fine\n<11>[    2.000000][   T12] thread\n<2>[    3.0][    C1] cpu\n<3>no time\n<3>[sda] no time\n" +
		"<3>[    4.0] two\n<3>[    4.0] lines\n<>x\n<9999999999999999999>x\n3>x\n"))
	var lines []string
	for _, r := range got {
		lines = append(lines, r.level+" "+r.source+" "+r.detail)
	}
	same(t, "messages", lines, "error 12.500000 disk [sda] failed", "error 2.000000 thread", "critical 3.0 cpu", "error  no time", "error  [sda] no time", "error 4.0 two", "error 4.0 lines")
	m := fakeMachine(tree(map[string]string{"run/.containerenv": ""}))
	m.kernel.messages = func() ([]byte, bool, error) { return []byte("<3>[   60.0] x\n"), true, nil }
	m.kernel.sinceBoot = func() (time.Duration, error) { return time.Hour, nil }
	d := asked(t, m, Log)
	if !strings.Contains(sectionOf(t, d, Log).Reason, "older messages") || !strings.Contains(item(t, d, Log, "source"), "container runs on") {
		t.Errorf("%+v", sectionOf(t, d, Log))
	}
	if at, ok := tableOf(t, d, Log, "errors").Rows[0][0].(time.Time); !ok || time.Since(at).Round(time.Minute) != 59*time.Minute {
		t.Errorf("at %v", at)
	}
}

// bigCPU is /proc/cpuinfo of a server with 8 sockets of 60 cores, 1.6 MB.
func bigCPU() string {
	var b strings.Builder
	for i := range 960 {
		fmt.Fprintf(&b, "processor\t: %d\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Platinum 8490H\nmicrocode\t: 0x2b0004b1\ncpu MHz\t\t: 1900.000\n"+
			"physical id\t: %d\ncore id\t\t: %d\nflags\t\t: %s\n\n", i, i/120, i%60, strings.Repeat("fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca ", 27))
	}
	return b.String()
}

func TestK3S3_NineHundredSixtyThreads(t *testing.T) {
	m := fakeMachine(tree(map[string]string{"proc/cpuinfo": bigCPU()}))
	d := asked(t, m, CPU)
	for name, want := range map[string]string{"threads": "960", "cores": "480", "sockets": "8", "model": "Intel(R) Xeon(R) Platinum 8490H", "speed": "1900000000"} {
		if got := item(t, d, CPU, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if reason := sectionOf(t, d, CPU).Reason; reason != "" {
		t.Errorf("%q", reason)
	}
}

// A limit that cuts says so, in every category that reads a file.
func TestK3S3_WhatALimitCutsIsSaid(t *testing.T) {
	huge := strings.Repeat("# "+strings.Repeat("filler ", 1000)+"\n", maxFile/7000+10)
	m := fakeMachine(tree(map[string]string{
		"proc/cpuinfo": huge, "etc/passwd": huge, "etc/crontab": huge, "proc/net/route": huge, "proc/self/mountinfo": huge, "etc/resolv.conf": huge,
	}))
	d := asked(t, m, CPU, Users, Startup, Connections, Disks)
	for c, file := range map[Category]string{CPU: "/proc/cpuinfo", Users: "/etc/passwd", Startup: "/etc/crontab", Connections: "/proc/net/route", Disks: "/proc/self/mountinfo"} {
		if reason := sectionOf(t, d, c).Reason; !strings.Contains(reason, "only the first 16 MiB of "+file) {
			t.Errorf("%s: %q", c, reason)
		}
	}
	// the rest of a line is never taken for a line
	var got []string
	lines(strings.NewReader("a\n"+strings.Repeat("y", maxLine+5)+" 0 1 * * * job\nb\n"), func(line string) bool { got = append(got, line); return true })
	if len(got) != 3 || len(got[1]) != maxLine+len("…") || got[2] != "b" {
		t.Errorf("%d lines", len(got))
	}
}

// manyMounts is mountinfo of n file systems in memory below /mnt/p.
func manyMounts(n int) string {
	var b strings.Builder
	b.WriteString("22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n23 22 0:21 / /proc rw - proc proc rw\n")
	for i := range n {
		fmt.Fprintf(&b, "%d 22 0:%d / /mnt/p/%03d rw,relatime - tmpfs tmpfs rw,size=1024k\n", 100+i, 100+i, i)
	}
	return b.String()
}

func TestK3S4_EveryMountHasASizeOrAReason(t *testing.T) {
	for _, n := range []int{120, 1000} {
		var most, now atomic.Int32
		m := fakeMachine(tree(map[string]string{"proc/self/mountinfo": manyMounts(n)}))
		m.kernel.space = func(string) (space, error) {
			if v := now.Add(1); v > most.Load() {
				most.Store(v)
			}
			defer now.Add(-1)
			return space{size: 1 << 20, free: 1 << 20}, nil
		}
		table := tableOf(t, asked(t, m, Disks), Disks, "volumes")
		if len(table.Rows) != n+1 {
			t.Errorf("%d rows of %d", len(table.Rows), n+1)
		}
		for _, row := range cells(t, table, "mount", "size", "reason") {
			if !strings.HasSuffix(row, " | 1048576 | -") {
				t.Errorf("%s", row)
			}
		}
		if most.Load() > askVolumes {
			t.Errorf("%d asked at once", most.Load())
		}
	}
}

func TestK3S4_SharesThatNeverAnswer(t *testing.T) { synctest.Test(t, sharesThatNeverAnswer) }

func sharesThatNeverAnswer(t *testing.T) {
	var b strings.Builder
	b.WriteString("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
	for i := range 300 {
		fmt.Fprintf(&b, "%d 22 0:%d / /net/%03d rw - nfs4 server:/x%d rw\n", 100+i, 100+i, i, i)
	}
	m := fakeMachine(tree(map[string]string{"proc/self/mountinfo": b.String()}))
	release := make(chan struct{})
	m.kernel.space = func(path string) (space, error) {
		if path != "/" {
			<-release
		}
		return space{size: 1 << 20, free: 1 << 20}, nil
	}
	start := time.Now()
	table := tableOf(t, asked(t, m, Disks), Disks, "volumes")
	close(release)
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
	count := map[string]int{}
	for _, row := range cells(t, table, "size", "reason") {
		count[row]++
	}
	if len(table.Rows) != 301 || count["1048576 | -"] != 1 || count["- | it took too long"] == 0 || count["- | it took too long"]+count["- | "+errSilent.Error()]+count["- | "+errNotAsked.Error()] != 300 {
		t.Errorf("%d rows: %v", len(table.Rows), count)
	}
}

func TestK3S9_MountsAreUnescaped(t *testing.T) {
	m := everySize(fakeMachine(tree(map[string]string{"proc/self/mountinfo": "22 1 8:1 / / rw - ext4 /dev/root rw\n" +
		`30 22 0:30 / /mnt/My\040"Disk" rw - tmpfs my\040source rw` + "\n" +
		`31 22 0:31 / /mnt/back\134slash rw - tmpfs tmpfs rw` + "\n" +
		`32 22 0:32 / /mnt/tab\011and\012line rw - tmpfs tmpfs rw` + "\n" +
		"33 22 0:33 / /mnt/cp949\\040\xc7\xd1\xb1\xdb rw shared:5 master:1 - tmpfs tmpfs rw\n" +
		`34 22 0:34 / /mnt/share ro,relatime - cifs //server/Shared\040Docs rw,vers=3.0` + "\n" +
		"35 22 0:35 / /mnt/none rw - tmpfs  rw,size=1024k\n" + // the source is empty
		`36 22 0:36 / /mnt/it's\040\0431\040-\040x rw - tmpfs tmpfs rw` + "\n" +
		`37 22 0:37 / /mnt/한글\040USB rw - vfat /dev/sdb1 rw` + "\nbroken\n1 2 3\n",
		"sys/dev/block/8:1@": "../../devices/pci0000:00/ata1/host0/block/sda/sda1"})))
	same(t, "volumes", cells(t, tableOf(t, asked(t, m, Disks), Disks, "volumes"), "mount", "device", "size", "read_only"),
		"/ | /dev/sda1 | 104857600 | false", `/mnt/My "Disk" | my source | 104857600 | false`, `/mnt/back\slash | tmpfs | 104857600 | false`,
		`/mnt/cp949 \xc7ѱ\xdb | tmpfs | 104857600 | false`, "/mnt/it's #1 - x | tmpfs | 104857600 | false", "/mnt/none | - | 104857600 | false",
		"/mnt/share | //server/Shared Docs | 104857600 | true", "/mnt/tab\tand\nline | tmpfs | 104857600 | false", "/mnt/한글 USB | /dev/sdb1 | 104857600 | false")
}

// The paths that are asked are the bytes that the kernel means.
func TestK3S9_RealMounts(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, "cp949 \xc7\xd1")
	if err := os.Mkdir(odd, 0o700); err != nil {
		t.Skip(err)
	}
	if s, err := askSpace(odd); err != nil || s.size == 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
