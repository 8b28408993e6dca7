package formats

import (
	"bytes"
	"maps"
	"reflect"
	"strings"
	"testing"
)

func TestParseAssignments(t *testing.T) {
	got := Assignments([]byte("# c\nNAME=\"Debian \\\"x\\\" \\$5\"\nID=debian\nV='a b'\n\nbad line\n=x\nEMPTY=\nOPEN=\"x\n"))
	want := map[string]string{"NAME": `Debian "x" $5`, "ID": "debian", "V": "a b", "EMPTY": "", "OPEN": `"x`}
	if !maps.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// The rest of a line is never taken for a line.
func TestK3S3_TheRestOfALineIsNoLine(t *testing.T) {
	var got []string
	Lines(strings.NewReader("a\n"+strings.Repeat("y", maxLine+5)+" 0 1 * * * job\nb\n"), func(line string) bool { got = append(got, line); return true })
	if len(got) != 3 || len(got[1]) != maxLine+len("…") || got[2] != "b" {
		t.Errorf("%d lines", len(got))
	}
}

func TestParseBlocks(t *testing.T) {
	var got []map[string]string
	Blocks(strings.NewReader("A: 1\nB: 2\n more of B\nno colon\n\n\n\nA: 3: 4\nC: 5"), ":", []string{"A", "B"}, func(b map[string]string) { got = append(got, b) })
	want := []map[string]string{{"A": "1", "B": "2"}, {"A": "3: 4"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

// FuzzParsers holds that foreign bytes break no parser, and that none keeps more
// than it was given.
func FuzzParsers(f *testing.F) {
	f.Add([]byte("NAME=\"x\"\nPackage: a\nStatus: install ok installed\n"))
	f.Add([]byte(`{"MESSAGE":[104,105],"PRIORITY":"3"}`))
	f.Add([]byte("* * * * * root x\nroot:x:0:0:r:/:/\nnameserver ::1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		kept := 0
		for name, value := range Assignments(b) {
			kept += len(name) + len(value)
		}
		if kept > len(b) {
			t.Errorf("%d bytes out of %d", kept, len(b))
		}
		Blocks(bytes.NewReader(b), ":", []string{"Package", "Status"}, func(m map[string]string) {
			if len(m) > 2 {
				t.Error("a key that nobody wanted")
			}
		})
		Journal(b)
		Resolver(b)
	})
}
