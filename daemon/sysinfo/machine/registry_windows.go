package machine

import (
	"golang.org/x/sys/windows/registry"
)

// RegText reads a text of the registry, "" when there is none.
func RegText(root registry.Key, path, name string) string {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return ""
	}
	defer k.Close()
	text, _, _ := k.GetStringValue(name)
	return text
}

// RegNumber reads a number of the registry.
func RegNumber(root registry.Key, path, name string) (uint64, error) {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return 0, err
	}
	defer k.Close()
	n, _, err := k.GetIntegerValue(name)
	return n, err
}

// RegExists reports whether there is a key.
func RegExists(root registry.Key, path string) bool {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return false
	}
	k.Close()
	return true
}

// RegKeys lists the keys below a key.
func RegKeys(root registry.Key, path string) []string {
	k, err := registry.OpenKey(root, path, registry.ENUMERATE_SUB_KEYS|registry.WOW64_64KEY)
	if err != nil {
		return nil
	}
	defer k.Close()
	names, _ := k.ReadSubKeyNames(-1)
	return names
}

// RegValues lists the texts of a key by name.
func RegValues(root registry.Key, path string) map[string]string {
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

// RegBytes reads a value of bytes of the registry, nil when there is none.
func RegBytes(root registry.Key, path, name string) []byte {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return nil
	}
	defer k.Close()
	b, _, _ := k.GetBinaryValue(name)
	return b
}
