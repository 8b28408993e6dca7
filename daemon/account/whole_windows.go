package account

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"supportd/daemon/internal/privilege"
)

// tokenCalls are Windows' own (GetTokenInformation).
type tokenCalls struct{}

func (tokenCalls) Limited(token uintptr) bool {
	const limited = 3 // TokenElevationTypeLimited
	kind, err := about(windows.Token(token), windows.TokenElevationType)
	return err == nil && kind == limited
}

func (tokenCalls) Linked(token uintptr) (uintptr, error) {
	var whole windows.Token
	err := privilege.With(func() (err error) {
		whole, err = windows.Token(token).GetLinkedToken()
		return err
	}, "SeTcbPrivilege")
	if err != nil {
		return 0, fmt.Errorf("TokenLinkedToken: %w", err)
	}
	if kind, err := about(whole, windows.TokenType); err != nil || kind != windows.TokenPrimary {
		return 0, errors.Join(err, errors.New("the linked token is no primary one"), whole.Close())
	}
	return uintptr(whole), nil
}

func (tokenCalls) Close(token uintptr) { _ = windows.Token(token).Close() }

// about asks for what is one number.
func about(token windows.Token, class uint32) (number uint32, err error) {
	var size uint32
	err = windows.GetTokenInformation(token, class, (*byte)(unsafe.Pointer(&number)), uint32(unsafe.Sizeof(number)), &size)
	return number, err
}

// batchToken is what LogOn brings.
type batchToken struct{ windows.Token }

func (t batchToken) Whole() bool { return t.IsElevated() }
