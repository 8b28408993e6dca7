package main

import (
	"io"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/text"
)

// What could not be undone is said once more at the end, and then nothing claims that
// nothing runs any more.
func TestK1P13_TheEndSaysWhatCouldNotBeUndone(t *testing.T) {
	kim := consent.Person{Name: "Kim", Account: "kim"}
	for _, l := range text.Languages() {
		for _, c := range []struct {
			notices []notice.Notice
			says    []string
			runs    bool
		}{
			{nil, nil, false},
			{[]notice.Notice{notice.LoggedOn{Who: kim, User: "bob"}, notice.LoggedOff{Who: kim, User: "bob"}, notice.RunEnded{Who: kim}}, nil, false},
			{[]notice.Notice{notice.LoggedOn{Who: kim, User: "bob"}}, []string{phrase(l, stillLoggedOn, "bob")}, true},
			{[]notice.Notice{notice.LoggedOff{Who: kim, User: "bob", Survivors: 2, Stays: "/tmp/x"}}, []string{phrase(l, stillRuns, "bob"), phrase(l, filesStay, "bob", "/tmp/x")}, true},
			{[]notice.Notice{notice.RunEnded{Who: kim, Left: []journal.Outcome{{Name: "a.sh", Survivors: []int{41}}}}}, []string{"a.sh", "41"}, true},
			{[]notice.Notice{notice.RunEnded{Who: kim, Left: []journal.Outcome{{Name: "a.sh", Stays: "/work/1"}}}, notice.FilesStay{Why: "no"}}, []string{"/work/1", phrase(l, runFilesStay, "no")}, false},
		} {
			s := newScreen(nil, io.Discard, l)
			for _, n := range c.notices {
				talk{s}.Notify(n)
				talk{s}.Notify(n) // the same again is no news
			}
			left, runs := s.left()
			s.close()
			said := strings.Join(left, "\n")
			if runs != c.runs || (len(left) == 0) != (len(c.says) == 0) || len(left) > 2 {
				t.Errorf("%s: %q, runs %v", l, left, runs)
			}
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("%s: %q is missing in %q", l, want, said)
				}
			}
		}
		for _, k := range []key{endedByCustomerLeft, endedByOtherLeft, endedByCSRLeft, handingOverLeft} {
			if said := phrase(l, k); strings.Contains(said, "runs") || strings.Contains(said, "실행") {
				t.Errorf("%s: %q", l, said)
			}
		}
	}
}

// The reason for an end stands there in the customer's language, but for a CSR's own words.
func TestK2Q8_WhyItHasEnded(t *testing.T) {
	away := journal.CauseEndedAway.Of("")
	for _, c := range []struct {
		by, reason, en, ko string
	}{
		{journal.ByRelay, away.English(), away.English(), away.Say(text.Korean)},
		{"", away.English(), away.English(), away.Say(text.Korean)},
		{"kim", away.English(), away.English(), away.English()},
		{journal.ByRelay, "something new", "something new", "something new"},
	} {
		ended := &state.Ended{By: c.by, Reason: c.reason}
		if en, ko := whyEnded(ended, text.English), whyEnded(ended, text.Korean); en != c.en || ko != c.ko {
			t.Errorf("%+v: %q, %q", c, en, ko)
		}
	}
}

// A row of what is allowed says to whom, what, and until when.
func TestWhatIsGrantedIsASentence(t *testing.T) {
	kim := consent.Person{Name: "Kim", Account: "kim"}
	look := consent.Question{Kind: consent.SysInfo, Who: kim}
	some := consent.Question{Kind: consent.SysInfo, Who: kim, Categories: []string{"os", "disks"}}
	run := consent.Question{Kind: consent.Script, Who: kim, As: "bob", Programs: []consent.Program{{File: consent.File{Name: "a.sh"}}}}
	for _, c := range []struct {
		grant  consent.Grant
		en, ko string
	}{
		{consent.Grant{Kind: consent.SysInfo, Question: look}, "Kim (kim) may see information about this computer until the support session ends.", "Kim (kim) 상담원은 지원이 끝날 때까지 이 컴퓨터의 정보를"},
		{consent.Grant{Kind: consent.SysInfo, Question: some}, "Kim (kim) may see this information about this computer until the support session ends: operating system, disks.", "운영 체제, 디스크."},
		{consent.Grant{Kind: consent.Script, Question: run}, "Kim (kim) may run exactly this until the support session ends: a.sh (as the user bob).", "a.sh (사용자 bob)."},
		{consent.Grant{Kind: consent.Script, AtStart: true}, "Every support rep who is in this support session may run programs on this computer until", "이 지원에 참여한 모든 상담원은 지원이 끝날 때까지"},
		{consent.Grant{Kind: consent.CSRJoin, AtStart: true}, "Other support reps may join this support session until it ends.", "다른 상담원이 이 지원에 참여할 수 있습니다."},
	} {
		if en, ko := granted(c.grant, text.English), granted(c.grant, text.Korean); !strings.HasPrefix(en, c.en) || !strings.Contains(ko, c.ko) {
			t.Errorf("%s / %s", en, ko)
		}
	}
}
