package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"github.com/go-ole/go-ole"
	"github.com/yusufpapurcu/wmi"

	"supportd/daemon/sysinfo/document"
)

// Namespaces of WMI that are asked.
const (
	CIMv2     = `root\cimv2`
	Storage   = `root\Microsoft\Windows\Storage`
	NetCIM    = `root\StandardCimv2`
	Tasks     = `root\Microsoft\Windows\TaskScheduler`
	Center    = `root\SecurityCenter2`
	Bitlocker = `root\cimv2\Security\MicrosoftVolumeEncryption`
	ACPI      = `root\wmi`
)

// Query reads all objects of a WMI class; the fields of T name the properties.
// Properties are not translated. The WMI package asks one thing at a time and
// knows no context, so each class has a key of its own in the guard.
func Query[T any](ctx context.Context, m *Machine, namespace, class, where string) ([]T, error) {
	names := []string{}
	for i := range reflect.TypeFor[T]().NumField() {
		names = append(names, reflect.TypeFor[T]().Field(i).Name)
	}
	text := "SELECT " + strings.Join(names, ", ") + " FROM " + class
	if where != "" {
		text += " WHERE " + where
	}
	rows, err := Ask(ctx, m.Hanging, "wmi "+class, Longest, func() (rows []T, err error) {
		client := &wmi.Client{NonePtrZero: true, PtrNil: true}
		err = client.Query(text, &rows, ".", namespace)
		return rows, err
	})
	return rows, PlainError(err)
}

// PlainError says what COM answers without the words of Windows, which are
// translated.
func PlainError(err error) error {
	var missing *wmi.ErrFieldMismatch
	if errors.As(err, &missing) { // a system that has the class but not the property
		return document.ErrUnknown
	}
	var com *ole.OleError
	if !errors.As(err, &com) {
		return err
	}
	const ( // wbemErr.h, winerror.h
		accessDenied     = 0x80041003
		invalidNamespace = 0x8004100e
		invalidClass     = 0x80041010
		accessDeniedCOM  = 0x80070005
	)
	switch uint32(com.Code()) {
	case accessDenied, accessDeniedCOM:
		return fs.ErrPermission
	case invalidNamespace, invalidClass:
		return document.ErrUnknown
	}
	return fmt.Errorf("error 0x%08x of the system", uint32(com.Code()))
}

// Some is n, or nil where WMI has nothing and the number reads as 0.
func Some[N uint16 | uint32 | uint64](n N) any {
	if n == 0 {
		return nil
	}
	return n
}

// First reads the first object of a class.
func First[T any](ctx context.Context, m *Machine, class string) (one T, err error) {
	rows, err := Query[T](ctx, m, CIMv2, class, "")
	switch {
	case err != nil:
		return one, err
	case len(rows) == 0:
		return one, document.ErrUnknown
	}
	return rows[0], nil
}

// NameOf names a number of a WMI enumeration; "" when it is not known.
func NameOf[N comparable](n N, names map[N]string) string { return names[n] }
