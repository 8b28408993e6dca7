package api_test

import (
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/library/text"
	"supportd/library/wire"
)

// TestKorean holds that every text of the package is in Korean.
func TestKorean(t *testing.T) {
	cmdlinetest.Texts(t, ".", cmdlinetest.Says{"add": {0}, "relay.go": nil, string(api.Active): nil, string(api.Ended): nil}, api.Korean(), cmdline.Korean())
	for _, f := range api.ReportFilters() {
		if f.Name == "state" && !strings.Contains(f.Usage, api.StateNames(", ")) {
			t.Errorf("%q does not name the states: %s", f.Usage, api.StateNames(", "))
		}
	}
}

// TestKoreanRules is the same for the packages whose errors a CSR reads.
func TestKoreanRules(t *testing.T) {
	wrapped := cmdlinetest.Says{
		"this is no public key: nothing stands behind its type; it has to stand in one line":       nil,
		"this is no public key: it is cut or damaged; it has to stand in one line, as in the file": nil,
		"this is no public key: it is damaged":                                                     nil, "this is no public key: its last line is missing, or it is damaged": nil, "this is no public key for SSH": nil,
	}
	cmdlinetest.Texts(t, ".. ../wire ../filename ../sshd ../../relay/store", wrapped, api.KoreanRules(), cmdline.Korean())
	cmdlinetest.Texts(t, ".. ../filename", cmdlinetest.Says{"errors.New": {0}}, nil, api.KoreanRules())
}

// screen is a terminal of 80 columns.
type screen struct{ strings.Builder }

func (*screen) Width() int { return 80 }

// A table fits a terminal in both languages, Hangul in two columns each.
func TestTablesFitInBothLanguages(t *testing.T) {
	now := time.Now()
	list := []api.Session{
		{Number: "482913077", State: api.Active, Customer: "김민지", Host: "FRONT-DESK-PC", OS: "Windows 11 Pro", Owner: "alice", Ticket: "T-17", Name: "프린터",
			Question: &api.Question{Kind: "sysinfo", By: "alice", Until: now.Add(40 * time.Second)}, Unread: 2},
		{Number: "123456782", State: api.Away, Reason: "reboot", Customer: "Kim", Host: "vm", Owner: "alice"},
		{Number: "987654321", State: api.Waiting, Owner: "alice"},
	}
	for l, want := range map[text.Language]string{
		text.English: `NUMBER       STATE          CUSTOMER  HOST      NOW        TICKET  NAME    OWNER
482 913 077  active         김민지    FRONT-D…  asked: s…  T-17    프린터  alice
123 456 782  away (reboot)  Kim       vm                                   alice
987 654 321  waiting                                                       alice
`,
		text.Korean: `번호         상태                고객    컴퓨터     지금       접수 번호  이름
482 913 077  진행 중             김민지  FRONT-DE…  질문 중:…  T-17       프린터
123 456 782  연결 끊김 (reboot)  Kim     vm
987 654 321  대기 중
`,
	} {
		var out screen
		tables := api.Tables{Number: wire.Number.Spoken, Time: func(time.Time) string { return "-" }, Speaker: text.NewSpeaker(l, api.Korean())}
		if err := cmdline.List(&out, cmdline.Table, list, tables.Sessions()); err != nil || out.String() != want {
			t.Errorf("%s: %v\n%s", l, err, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if n := text.Width(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}
