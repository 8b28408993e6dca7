package wire

import (
	"strings"
	"testing"
)

func TestO8_InvitationsAreReadAsPeopleHaveThem(t *testing.T) {
	made := NewInvitation()
	if made == NewInvitation() {
		t.Fatal("two invitations are one")
	}
	for _, said := range []string{string(made), made.Text(), " " + made.Text() + "\r\n", strings.ToUpper(made.Text()), strings.ReplaceAll(made.Text(), "-", " ")} {
		if got, err := ParseInvitation(said); err != nil || got != made {
			t.Errorf("%q is %q, %v", said, got, err)
		}
	}
	for _, wrong := range []string{"", "alice", string(made)[1:], string(made) + "a", strings.Repeat("1", 32), strings.Repeat("é", 16), strings.Repeat("=", 32)} {
		if got, err := ParseInvitation(wrong); err == nil {
			t.Errorf("%q was read as %q", wrong, got)
		}
	}
	if CheckAccount(InvitedUser) == nil {
		t.Error("an account can be called as those who were invited")
	}
	if len(made.Name()) != 8 || strings.Contains(made.Hash(), made.Name()) {
		t.Errorf("name %q, hash %q", made.Name(), made.Hash())
	}
}

func FuzzParseRegister(f *testing.F) {
	f.Add(Register{Account: "alice", Invitation: string(NewInvitation())}.Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := ParseRegister(data); err == nil && string(m.Marshal()) != string(data) {
			t.Errorf("%q was read as %+v", data, m)
		}
	})
}
