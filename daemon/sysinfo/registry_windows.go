package sysinfo

import (
	"golang.org/x/sys/windows/registry"
)

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
