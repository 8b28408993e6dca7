package formats

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseKernel(t *testing.T) {
	got := KernelLog([]byte("<3>[   12.5] disk failed\n<6>[ 1.0] fine\n<11>[ 2.0] also\nbroken\n<x>[1] y\n"))
	if len(got) != 2 || got[0].Detail != "disk failed" || got[0].Level != "error" {
		t.Errorf("%+v", got)
	}
}

func TestParseJournal(t *testing.T) {
	got, bad := Journal([]byte(`{"__REALTIME_TIMESTAMP":"1700000000123456","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"boom"}
not json
{"PRIORITY":"2","_COMM":"x","MESSAGE":[104,105,255]}
{"MESSAGE":null}
`))
	want := []Record{
		{time.Unix(1700000000, 0), "error", "sshd", "boom"},
		{time.Time{}, "critical", "x", "hi\xff"},
		{Detail: "(too long: the journal left it out)"},
	}
	if !reflect.DeepEqual(got, want) || bad != 1 {
		t.Errorf("%+v", got)
	}
}

func TestK3S2_LongEntriesOfOtherSystems(t *testing.T) {
	long := strings.Repeat("x", 2<<20)
	records, bad := UnifiedLog([]byte(`{"timestamp":"2026-11-26 10:00:00.000000+0900","messageType":"Fault","processImagePath":"/usr/libexec/a","eventMessage":"first"}` + "\n" +
		`{"messageType":"Fault","processImagePath":"/b","eventMessage":"` + long + `"}` + "\n{\"half\":\n\n" + `{"messageType":"Fault","processImagePath":"/c","eventMessage":"last"}` + "\n{\"count\":3,\"finished\":1}\n"))
	if len(records) != 3 || bad != 1 || records[0].Source != "a" || records[0].At.IsZero() || len(records[1].Detail) != len(long) || records[2].Detail != "last" {
		t.Errorf("%d records, %d bad", len(records), bad)
	}
	const event = `<Event><System><Provider Name='Disk'/><EventID Qualifiers='1'>7</EventID><Level>2</Level><TimeCreated SystemTime='2026-11-26T01:00:00.5Z'/></System><RenderingInfo><Message>bad block</Message></RenderingInfo></Event>`
	var utf16le []byte
	for _, c := range "\ufeff" + event + event {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, uint16(c))
	}
	events, err := WindowsEvents(UTF16(utf16le))
	if len(events) != 2 || err != nil || events[1].Detail != "bad block" || events[0].Event != 7 {
		t.Errorf("%+v, %v", events, err)
	}
	if events, err := WindowsEvents([]byte(event + event[:100])); len(events) != 1 || err == nil {
		t.Errorf("%d events, %v: what could not be read is not said", len(events), err)
	}
}
