package software

import (
	"fmt"
	"io/fs"
	"strings"
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

// Dead processes that nobody has waited for are described last, when there is time: here
// it is over after a fraction of them.
func TestK3S13_ManyDeadProcessesHideNoLivingOne(t *testing.T) {
	files := map[string]string{
		"proc/stat": "btime 1700000000\n", "proc/self/x": "", "etc/passwd": "",
		"proc/9/stat": "9 (mysql) S 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 6000 1000 512 1", "proc/9/cmdline": "mysql\x00db\x00", "proc/9/status": "Uid:\t0\n",
	}
	for i := range 100 {
		files[fmt.Sprintf("proc/1%d/stat", i)] = fmt.Sprintf("1%d (sh) Z 1 5 5 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 6000 0 0 1", i)
	}
	synctest.Test(t, func(t *testing.T) {
		m := machinetest.New(machinetest.Tree(files))
		tree := m.Files
		m.Files = opened(func(name string) (fs.File, error) {
			if strings.HasSuffix(name, "/status") {
				time.Sleep(100 * time.Millisecond)
			}
			return tree.Open(name)
		})
		table := machinetest.TableOf(t, probes().Ask(t, m, document.Processes), document.Processes, "processes")
		if first := machinetest.Cells(t, table, "pid", "command")[0]; first != "9 | mysql db" {
			t.Errorf("%q", first)
		}
		if table.Reason == "" {
			t.Error("there was time for all of them: this test shows nothing")
		}
	})
}

// opened is a file system by its Open.
type opened func(name string) (fs.File, error)

func (o opened) Open(name string) (fs.File, error) { return o(name) }
