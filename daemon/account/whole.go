package account

// An administrator of Windows has two tokens: LogonUserW's interactive logon brings the one
// that is cut down to an ordinary user's rights (TOKEN_ELEVATION_TYPE, TokenElevationTypeLimited),
// and the whole one is linked to it (TOKEN_LINKED_TOKEN).

// tokens is what Windows is asked about them.
type tokens interface {
	// Limited reports whether a token is the one that is cut down.
	Limited(token uintptr) bool
	// Linked is the other one, as a primary token. Windows gives that to those who hold
	// SeTcbPrivilege; to others one that starts nothing.
	Linked(token uintptr) (uintptr, error)
	// Close closes a token.
	Close(token uintptr)
}

// wholeToken exchanges a token that is cut down for the whole one, and closes it. Where
// that cannot be had, the user has the rights that there are.
func wholeToken(w tokens, token uintptr) uintptr {
	if !w.Limited(token) {
		return token
	}
	whole, err := w.Linked(token)
	if err != nil {
		return token
	}
	w.Close(token)
	return whole
}
