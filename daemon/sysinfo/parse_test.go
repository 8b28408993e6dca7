package sysinfo

import (
	"bytes"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseAssignments(t *testing.T) {
	got := parseAssignments([]byte("# c\nNAME=\"Debian \\\"x\\\" \\$5\"\nID=debian\nV='a b'\n\nbad line\n=x\nEMPTY=\nOPEN=\"x\n"))
	want := map[string]string{"NAME": `Debian "x" $5`, "ID": "debian", "V": "a b", "EMPTY": "", "OPEN": `"x`}
	if !maps.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// The rest of a line is never taken for a line.
func TestK3S3_TheRestOfALineIsNoLine(t *testing.T) {
	var got []string
	lines(strings.NewReader("a\n"+strings.Repeat("y", maxLine+5)+" 0 1 * * * job\nb\n"), func(line string) bool { got = append(got, line); return true })
	if len(got) != 3 || len(got[1]) != maxLine+len("…") || got[2] != "b" {
		t.Errorf("%d lines", len(got))
	}
}

func TestParseBlocks(t *testing.T) {
	var got []map[string]string
	parseBlocks(strings.NewReader("A: 1\nB: 2\n more of B\nno colon\n\n\n\nA: 3: 4\nC: 5"), ":", []string{"A", "B"}, func(b map[string]string) { got = append(got, b) })
	want := []map[string]string{{"A": "1", "B": "2"}, {"A": "3: 4"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestParseJournal(t *testing.T) {
	got, bad := parseJournal([]byte(`{"__REALTIME_TIMESTAMP":"1700000000123456","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"boom"}
not json
{"PRIORITY":"2","_COMM":"x","MESSAGE":[104,105,255]}
{"MESSAGE":null}
`))
	want := []record{
		{time.Unix(1700000000, 0), "error", "sshd", "boom"},
		{time.Time{}, "critical", "x", "hi\xff"},
		{detail: "(too long: the journal left it out)"},
	}
	if !reflect.DeepEqual(got, want) || bad != 1 {
		t.Errorf("%+v", got)
	}
}

func TestParseResolver(t *testing.T) {
	servers, search := parseResolver([]byte("# c\nnameserver 192.0.2.1\nnameserver\t2001:db8::1\nsearch a.example b.example\noptions x\n"))
	if strings.Join(servers, " ") != "192.0.2.1 2001:db8::1" || strings.Join(search, " ") != "a.example b.example" {
		t.Errorf("%v %v", servers, search)
	}
}

// FuzzParsers holds that foreign bytes break no parser, and that none keeps more
// than it was given.
func FuzzParsers(f *testing.F) {
	f.Add([]byte("NAME=\"x\"\nPackage: a\nStatus: install ok installed\n"))
	f.Add([]byte(`{"MESSAGE":[104,105],"PRIORITY":"3"}`))
	f.Add([]byte("* * * * * root x\nroot:x:0:0:r:/:/\nnameserver ::1\n"))
	f.Add(smbios())
	f.Fuzz(func(t *testing.T, b []byte) {
		kept := 0
		for name, value := range parseAssignments(b) {
			kept += len(name) + len(value)
		}
		if kept > len(b) {
			t.Errorf("%d bytes out of %d", kept, len(b))
		}
		parseBlocks(bytes.NewReader(b), ":", []string{"Package", "Status"}, func(m map[string]string) {
			if len(m) > 2 {
				t.Error("a key that nobody wanted")
			}
		})
		parseJournal(b)
		parseResolver(b)
		parseModules(b)
		parseEDID(b)
	})
}
