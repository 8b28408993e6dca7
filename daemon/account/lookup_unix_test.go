//go:build unix

package account

import (
	"fmt"
	"slices"
	"testing"
)

func TestU2_ReasonsOfOpenDirectory(t *testing.T) {
	for status, want := range map[string]Why{
		"-14090 (eDSAuthFailed)": BadPassword, "-14096 (eDSAuthBadPassword)": BadPassword, "-14481 (eDSAuthenticationFailed)": BadPassword,
		"-14167 (eDSAuthAccountDisabled)": Locked, "-14169 (eDSAuthAccountInactive)": Locked, "-14168 (eDSAuthAccountExpired)": Expired,
		"-14161 (eDSAuthNewPasswordRequired)": MustChange, "-14162 (eDSAuthPasswordExpired)": MustChange,
		"-14175 (eDSAuthInvalidLogonHours)": Refused, "-14176 (eDSAuthInvalidComputer)": Refused,
		"-14136 (eDSRecordNotFound)": NoUser, "-14098 (eDSAuthUnknownUser)": NoUser, "-14479 (eDSUserUnknown)": NoUser,
		"-14177 (eDSAuthMasterUnreachable)": Failed, "-1409": Failed, "-140900": Failed,
	} {
		said := fmt.Sprintf("Authentication for node /Search failed. (%s)\n<dscl_cmd> DS Error: %s\n", status, status)
		if got := whyOfDirectory([]byte(said)); got != want {
			t.Errorf("%s: %s, want %s", status, got, want)
		}
	}
	for _, said := range []string{"", "Password: ", "DS Error: ", "DS Error: x", "(-14090, eDSAuthFailed)"} {
		if got := whyOfDirectory([]byte(said)); got != Failed {
			t.Errorf("%q: %s", said, got)
		}
	}
}

// The directory answers for the groups that the kernel does not take; those that
// it does take are the user's, and begin with their own.
func TestU5_GroupsForTheKernel(t *testing.T) {
	many := ""
	for g := range 40 {
		many += fmt.Sprint(g+100, " ")
	}
	for _, c := range []struct {
		said  string
		first []uint32
		count int
	}{
		{"20 12 61 80\n", []uint32{20, 12, 61, 80}, 4},
		{"12 20 80 12", []uint32{20, 12, 80}, 3},
		{"", []uint32{20}, 1},
		{many, []uint32{20, 100, 101}, mostGroups},
	} {
		got, err := readGroups(c.said, 20)
		if err != nil || len(got) != c.count || !slices.Equal(got[:len(c.first)], c.first) {
			t.Errorf("%q: %v, %v", c.said, got, err)
		}
	}
	if got, err := readGroups("20 wheel", 20); err == nil {
		t.Errorf("%v", got)
	}
}
