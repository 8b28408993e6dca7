package secrets

import (
	"regexp"
	"slices"
	"strings"
)

// What is a secret because of the name of an option, of a command or of a function that
// takes it, whatever program it is.

// secretOption reports whether an option with this name has a secret. Unlike a variable,
// an option that is called pwd has no directory.
func secretOption(name string) bool {
	switch lower := strings.ToLower(name); {
	case lower == "pas", lower == "regcode", strings.HasSuffix(lower, "pwd"), strings.HasSuffix(lower, "pw"): // gbak -pas, dsadd -pwd, kickstart -vncpw
		return true
	}
	return secretName(name)
}

// givers are what a command does with the secret that stands behind it.
var givers = []string{"set", "reset", "add", "change", "update", "wrap", "unwrap", "new", "encrypt", "hash"}

// givesSecret reports whether a program or command with this name takes a secret as its
// word: reset-admin-password, ecryptfs-add-passphrase.
func givesSecret(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".sh")
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	gives := func(part string) bool { return slices.Contains(givers, part) }
	return slices.ContainsFunc(parts, gives) && !strings.ContainsAny(name, "/= ") && secretName(name) // the last one takes longest
}

// userNames are options whose value is a user, with or without a secret behind a sign of
// per cent, as the programs of Samba take it.
var userNames = map[string]bool{"u": true, "user": true, "username": true, "authenticate": true}

// userPercent reports whether a user has a secret behind a sign of per cent.
func userPercent(s string) bool {
	name, secret, _ := strings.Cut(s, "%")
	return name != "" && secret != "" && !strings.ContainsAny(name, "+/:= ") && !strings.Contains(secret, "%")
}

// shortPassword is the secret in h=host,u=kim,p=secret.
var shortPassword = regexp.MustCompile(`((?:^|,)p=)[^,]+`)

// secretCall is a function that takes a secret, and quotedArg is what stands in quotes in
// its arguments.
var (
	secretCall = regexp.MustCompile(`(?i)\b(?:crypt|auth|authenticate|login|hashpw|hash_password|make_password|set_?password|change_?user_?password|sendline|unlock)\s*=?\s*\([^()]*\)?`)
	callSigns  = []string{"crypt", "auth", "login", "hash", "password", "sendline", "unlock"} // one is in each, in lower case
	quotedArg  = regexp.MustCompile(`"[^"]+"|'[^']+'`)
)

// maskCalls masks what programs in the text give to functions that take a secret:
// db.auth("kim", "secret").
func maskCalls(s string, has func(signs ...string) bool) string {
	if !strings.Contains(s, "(") || !has(callSigns...) {
		return s
	}
	return secretCall.ReplaceAllStringFunc(s, func(call string) string {
		at := strings.IndexByte(call, '(')
		return call[:at] + quotedArg.ReplaceAllStringFunc(call[at:], func(text string) string { return text[:1] + masked + text[:1] })
	})
}
