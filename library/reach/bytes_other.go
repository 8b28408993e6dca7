//go:build !unix

package reach

// tellsBytes says that hasBytes can tell.
const tellsBytes = false

func hasBytes(uintptr) bool { return true }
