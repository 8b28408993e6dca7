package account

import (
	"errors"
	"slices"
	"testing"
	"unicode/utf16"

	"golang.org/x/sys/windows"

	"supportd/daemon/internal/privilege"
)

func TestUTF16OfPassword(t *testing.T) {
	for _, password := range []string{"secret", "비밀번호", "p\U0001f511q", "a\xffb"} {
		want := append(utf16.Encode([]rune(password)), 0)
		if got := utf16Of([]byte(password)); !slices.Equal(got, want) {
			t.Errorf("utf16Of(%q) = %x, want %x", password, got, want)
		}
	}
}

func TestU2_ReasonOfWindowsErrors(t *testing.T) {
	for err, want := range map[error]Why{
		windows.ERROR_LOGON_FAILURE:          BadPassword,
		windows.ERROR_ACCOUNT_LOCKED_OUT:     Locked,
		windows.ERROR_ACCOUNT_DISABLED:       Locked,
		windows.ERROR_ACCOUNT_EXPIRED:        Expired,
		windows.ERROR_PASSWORD_MUST_CHANGE:   MustChange,
		windows.ERROR_LOGON_TYPE_NOT_GRANTED: Refused,
		windows.ERROR_PRIVILEGE_NOT_HELD:     Powerless,
		privilege.ErrNotHeld:                 Powerless,
		errors.New("anything"):               Failed,
	} {
		if got := reasonOf(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
