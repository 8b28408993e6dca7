package software

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machinetest"
)

// A line longer than any buffer lies between two short ones.
func TestK3S2_LongAndBinaryJournalEntries(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	m := machinetest.New(machinetest.Tree(map[string]string{"run/systemd/system/x": ""}))
	var asked2 [][]string
	m.Tool = func(_ context.Context, name string, args ...string) ([]byte, error) {
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
	d := probes().Ask(t, m, document.Log)
	table := machinetest.TableOf(t, d, document.Log, "errors")
	got := machinetest.Cells(t, table, "source", "message")
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
	text, _ := machinetest.Both(t, d)
	if !strings.Contains(text, "1 more, left out") {
		t.Error("what could not be read is not counted")
	}
}

// More errors than are shown: the newest are, and that is said.
func TestK3S2_MoreErrorsThanAreShown(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{"run/systemd/system/x": ""}))
	m.Tool = func(context.Context, string, ...string) ([]byte, error) {
		var b strings.Builder
		for i := range maxRecords + 1 {
			fmt.Fprintf(&b, "{\"PRIORITY\":\"3\",\"MESSAGE\":\"number %d\"}\n", i)
		}
		return []byte(b.String()), nil
	}
	d := probes().Ask(t, m, document.Log)
	got := machinetest.Cells(t, machinetest.TableOf(t, d, document.Log, "errors"), "message")
	if len(got) != maxRecords || got[maxRecords-1] != "number 0" || !strings.Contains(machinetest.SectionOf(t, d, document.Log).Reason, "only the newest 200") {
		t.Errorf("%d, %q", len(got), machinetest.SectionOf(t, d, document.Log).Reason)
	}
}

func TestK3S2_KernelMessages(t *testing.T) {
	got := formats.KernelLog([]byte("<3>[   12.500000] disk [sda] failed\n<6>[    1.0] fine\n<11>[    2.000000][   T12] thread\n<2>[    3.0][    C1] cpu\n<3>no time\n<3>[sda] no time\n" +
		"<3>[    4.0] two\n<3>[    4.0] lines\n<>x\n<9999999999999999999>x\n3>x\n"))
	var lines []string
	for _, r := range got {
		lines = append(lines, r.Level+" "+r.Source+" "+r.Detail)
	}
	machinetest.Same(t, "messages", lines, "error 12.500000 disk [sda] failed", "error 2.000000 thread", "critical 3.0 cpu", "error  no time", "error  [sda] no time", "error 4.0 two", "error 4.0 lines")
	m := machinetest.New(machinetest.Tree(map[string]string{"run/.containerenv": ""}))
	m.Kernel.Messages = func() ([]byte, bool, error) { return []byte("<3>[   60.0] x\n"), true, nil }
	m.Kernel.SinceBoot = func() (time.Duration, error) { return time.Hour, nil }
	d := probes().Ask(t, m, document.Log)
	if !strings.Contains(machinetest.SectionOf(t, d, document.Log).Reason, "older messages") || !strings.Contains(machinetest.Item(t, d, document.Log, "source"), "container runs on") {
		t.Errorf("%+v", machinetest.SectionOf(t, d, document.Log))
	}
	if at, ok := machinetest.TableOf(t, d, document.Log, "errors").Rows[0][0].(time.Time); !ok || time.Since(at).Round(time.Minute) != 59*time.Minute {
		t.Errorf("at %v", at)
	}
}
