package secrets

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Where assignment is looked for. It is the slowest of the patterns by far, and a command
// line may hold a whole script: so it is tried only at an equals sign or colon behind a
// name that ends as secrets do, and only from the beginning of that name.

// assignmentHere is assignment at the beginning of a text, behind what belongs to the name.
var assignmentHere = regexp.MustCompile(`(?i)\A([\w.\x{17F}\x{212A}-]*?)` + strings.TrimPrefix(assignment.String(), "(?i)"))

// secretEnds are the ends of all names that assignment knows, but for a number.
var secretEnds = []string{
	"password", "passwd", "passwort", "passphrase", "passcode", "secret", "key", "keys", "token", "tokens", "credential", "credentials", "string",
	"pass", "pw", "pwd", "psk", "jwt", "otp", "sig", "signature", "bearer", "cred", "creds", "community", "auth",
}

// maskAssignments masks all that assignment finds.
func maskAssignments(s string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '=' && s[i] != ':' {
			continue
		}
		from, ok := secretNameBefore(s, done, i)
		if !ok {
			continue
		}
		m := assignmentHere.FindStringSubmatchIndex(s[from:])
		if m == nil {
			continue
		}
		name, value, end := from+m[4], from+m[6], from+m[1]
		b.WriteString(s[done:name])
		b.WriteString(maskAssignment(s[name:value], s[value:end]))
		done, i = end, end-1
	}
	return b.String() + s[done:]
}

// secretNameBefore finds where the name begins that stands before the sign at i, no
// earlier than at done. It is not ok where the name cannot be that of a secret.
func secretNameBefore(s string, done, i int) (from int, ok bool) {
	name := strings.TrimRight(s[done:i], "\t\n\f\r ")
	if quoted := strings.TrimRight(name, `"'`); len(name)-len(quoted) == 1 {
		name = strings.TrimRight(quoted, `\`)
	}
	for n := 0; n < 2 && name != "" && name[len(name)-1] >= '0' && name[len(name)-1] <= '9'; n++ {
		name = name[:len(name)-1]
	}
	if !endsAsSecret(name) {
		return 0, false
	}
	for name != "" {
		r, size := utf8.DecodeLastRuneInString(name)
		if !nameRune(r) {
			break
		}
		name = name[:len(name)-size]
	}
	return done + len(name), true
}

// longestEnd is the length of the longest of secretEnds.
const longestEnd = len("credentials")

func endsAsSecret(name string) bool {
	last := strings.ToLower(name[max(0, len(name)-longestEnd):])
	if !ascii(last) { // two letters of other scripts are taken for k and s
		return true
	}
	for _, end := range secretEnds {
		if strings.HasSuffix(last, end) {
			return true
		}
	}
	return false
}

// nameRune reports whether a name may have this letter: what \w is, with the letters that
// are k and s where case does not count.
func nameRune(r rune) bool {
	return r < utf8.RuneSelf && alnum(byte(r)) || strings.ContainsRune("_.-\u017F\u212A", r)
}
