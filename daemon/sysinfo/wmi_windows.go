package sysinfo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"github.com/go-ole/go-ole"
	"github.com/yusufpapurcu/wmi"
	"golang.org/x/sys/windows/registry"
)

// Namespaces of WMI that are asked.
const (
	cimv2     = `root\cimv2`
	storage   = `root\Microsoft\Windows\Storage`
	netCIM    = `root\StandardCimv2`
	tasks     = `root\Microsoft\Windows\TaskScheduler`
	center    = `root\SecurityCenter2`
	bitlocker = `root\cimv2\Security\MicrosoftVolumeEncryption`
	acpi      = `root\wmi`
)

// query reads all objects of a WMI class; the fields of T name the properties.
// Properties are not translated. The WMI package asks one thing at a time and
// knows no context, so each class has a key of its own in the guard.
func query[T any](ctx context.Context, m *machine, namespace, class, where string) ([]T, error) {
	names := []string{}
	for i := range reflect.TypeFor[T]().NumField() {
		names = append(names, reflect.TypeFor[T]().Field(i).Name)
	}
	text := "SELECT " + strings.Join(names, ", ") + " FROM " + class
	if where != "" {
		text += " WHERE " + where
	}
	rows, err := ask(ctx, m.hanging, "wmi "+class, DefaultTimeout, func() (rows []T, err error) {
		client := &wmi.Client{NonePtrZero: true, PtrNil: true}
		err = client.Query(text, &rows, ".", namespace)
		return rows, err
	})
	return rows, plainError(err)
}

// plainError says what COM answers without the words of Windows, which are
// translated.
func plainError(err error) error {
	var missing *wmi.ErrFieldMismatch
	if errors.As(err, &missing) { // a system that has the class but not the property
		return errUnknown
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
		return errUnknown
	}
	return fmt.Errorf("error 0x%08x of the system", uint32(com.Code()))
}

// some is n, or nil where WMI has nothing and the number reads as 0.
func some[N uint16 | uint32 | uint64](n N) any {
	if n == 0 {
		return nil
	}
	return n
}

// first reads the first object of a class.
func first[T any](ctx context.Context, m *machine, class string) (one T, err error) {
	rows, err := query[T](ctx, m, cimv2, class, "")
	switch {
	case err != nil:
		return one, err
	case len(rows) == 0:
		return one, errUnknown
	}
	return rows[0], nil
}

// regText reads a text of the registry, "" when there is none.
func regText(root registry.Key, path, name string) string {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return ""
	}
	defer k.Close()
	text, _, _ := k.GetStringValue(name)
	return text
}

// regNumber reads a number of the registry.
func regNumber(root registry.Key, path, name string) (uint64, error) {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return 0, err
	}
	defer k.Close()
	n, _, err := k.GetIntegerValue(name)
	return n, err
}

// regExists reports whether there is a key.
func regExists(root registry.Key, path string) bool {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return false
	}
	k.Close()
	return true
}

// regKeys lists the keys below a key.
func regKeys(root registry.Key, path string) []string {
	k, err := registry.OpenKey(root, path, registry.ENUMERATE_SUB_KEYS|registry.WOW64_64KEY)
	if err != nil {
		return nil
	}
	defer k.Close()
	names, _ := k.ReadSubKeyNames(-1)
	return names
}

// regValues lists the texts of a key by name.
func regValues(root registry.Key, path string) map[string]string {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return nil
	}
	defer k.Close()
	names, _ := k.ReadValueNames(-1)
	out := map[string]string{}
	for _, name := range names {
		if text, _, err := k.GetStringValue(name); err == nil {
			out[name] = text
		}
	}
	return out
}

// regBytes reads a value of bytes of the registry, nil when there is none.
func regBytes(root registry.Key, path, name string) []byte {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return nil
	}
	defer k.Close()
	b, _, _ := k.GetBinaryValue(name)
	return b
}
