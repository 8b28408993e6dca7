package sysinfo

import (
	"path/filepath"
	"regexp"
	"strings"
)

// masked stands where a secret was.
const masked = "[masked]"

// Secrets by their form, wherever they stand: in log messages, command lines,
// proxy settings, scheduled jobs.
var (
	pemBlock = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*(?:PRIVATE KEY|SECRET)[A-Z ]*-----.*?(?:-----END [A-Z ]*-----|$)`)
	userInfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)([^\s/@'"]+(?:@[^\s/@'"]+)*)@`)
	// a data source name as the MySQL drivers write it: user:password@tcp(host)
	dsnInfo = regexp.MustCompile(`([\w.-]+):([^\s@/]+)@((?:tcp|unix)\()`)
	// tokens that announce themselves
	knownToken = regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|gl[a-z]{2,5}-[\w-]{16,}|xox[abposr]-[\w-]{10,}` +
		`|[sr]k[-_](?:live_|test_|proj-|ant-)?[A-Za-z0-9_-]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{16,}` +
		`|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{16,}|hf_[A-Za-z0-9]{20,}|do[opr]_v1_[a-f0-9]{32,}|SG\.[\w-]{16,}\.[\w-]{16,})`)
	// "password=x", "api-key: x", "Authorization: Bearer x"
	assignment = regexp.MustCompile(`(?i)((?:\b|_|-)(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|credentials?|authorization|auth[_-]?token|cookie)["']?\s*[=:]\s*(?:bearer\s+|basic\s+)?)("[^"]*"|'[^']*'|[^\s,;&"']+)`)
)

// maskText masks what has the form of a secret inside any text.
func maskText(s string) string {
	if len(s) < 6 { // "pwd=x"
		return s
	}
	if strings.Contains(s, "-----BEGIN") {
		s = pemBlock.ReplaceAllString(s, masked)
	}
	if strings.Contains(s, "@") {
		s = userInfo.ReplaceAllStringFunc(s, func(found string) string {
			scheme, info, _ := strings.Cut(found, "://")
			if !strings.Contains(info, ":") && len(info) < 17 { // git@host names nobody's secret
				return found
			}
			return scheme + "://" + masked + "@"
		})
		s = dsnInfo.ReplaceAllString(s, masked+"@$3")
	}
	s = knownToken.ReplaceAllString(s, masked)
	if strings.ContainsAny(s, "=:") {
		s = assignment.ReplaceAllString(s, "${1}"+masked)
	}
	return s
}

// maskVariable masks the value of an environment variable: all of it when the
// name says secret, else the parts that look like one.
func maskVariable(name, value string) string {
	if value == "" || value == masked {
		return value
	}
	if secretName(name) {
		return masked
	}
	return maskRandom(maskText(value))
}

// secretName reports whether a variable or option with this name holds a secret.
func secretName(name string) bool {
	name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	switch name {
	case "PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY", "KEYBOARD", "XKB_DEFAULT_LAYOUT": // directories and sockets
		return false
	}
	for _, sign := range []string{
		"TOKEN", "SECRET", "PASSW", "PASSPHRASE", "PASSCODE", "CREDENTIAL", "COOKIE", "APIKEY", "BEARER", "PRIVATE", "CONNECTIONSTRING",
		"CONNECTION_STRING", "CONNSTR",
	} {
		if strings.Contains(name, sign) {
			return true
		}
	}
	for _, word := range strings.Split(name, "_") {
		switch word {
		case "KEY", "KEYS", "PASS", "PWD", "AUTH", "DSN", "JWT", "OTP", "PIN", "CREDS", "CRED", "SALT", "SIGNATURE", "PW":
			return true
		}
		if strings.HasSuffix(word, "KEY") && len(word) > 4 || strings.HasSuffix(word, "PASS") && len(word) > 5 {
			return true
		}
	}
	return false
}

// maskRandom masks words that look like random bytes: long hexadecimal runs, and
// long runs that jump between cases and digits as no name does.
func maskRandom(s string) string {
	start, out := -1, s
	for i := 0; i <= len(s); i++ {
		if i < len(s) && (alnum(s[i]) || s[i] == '+' || s[i] == '_' || s[i] == '-') {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 && random(s[start:i]) {
			out = strings.ReplaceAll(out, s[start:i], masked)
		}
		start = -1
	}
	return out
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// random judges one word. A random base64 text changes its kind of letter at
// about half of its places, hexadecimal text at two in five; names and versions
// do so rarely.
func random(word string) bool {
	if len(word) < 20 {
		return false
	}
	hex, changes, digits, letters := true, 0, 0, 0
	kind := func(c byte) int {
		switch {
		case c >= '0' && c <= '9':
			return 1
		case c >= 'a' && c <= 'z':
			return 2
		case c >= 'A' && c <= 'Z':
			return 3
		}
		return 0
	}
	for i := range len(word) {
		c := word[i]
		k := kind(c)
		switch {
		case k == 1:
			digits++
		case k > 1:
			letters++
		}
		if k != 1 && (c|0x20 < 'a' || c|0x20 > 'f') && c != '-' {
			hex = false
		}
		if i > 0 && k != kind(word[i-1]) {
			changes++
		}
	}
	if digits == 0 && (hex || changes*5 < len(word)*2) || letters == 0 {
		return false
	}
	return hex && len(word) >= 32 || !hex && changes*10 >= len(word)*3
}

// maskArgs joins a command line and masks the secrets in it.
func maskArgs(args []string) string {
	if len(args) == 0 {
		return ""
	}
	out := []string{args[0]}
	for i := 1; i < len(args); i++ {
		arg := args[i]
		name, value, assigned := strings.Cut(strings.TrimLeft(arg, "-/"), "=")
		option := strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "/")
		switch {
		case assigned && (option || !strings.ContainsAny(name, " /")) && secretName(name):
			arg = arg[:len(arg)-len(value)] + masked
		case shortPassword(args[0], arg):
			arg = arg[:2] + masked
		default:
			arg = maskRandom(maskText(arg))
		}
		out = append(out, arg)
		if option && !assigned && i+1 < len(args) && takesSecret(args[0], name, args[i+1]) {
			out = append(out, masked)
			i++
		}
	}
	return strings.Join(out, " ")
}

// takesSecret reports whether the option is followed by a secret. -p is a
// password for some programs and a port for others: a number is a port, except
// where it is known to be none.
func takesSecret(program, option, next string) bool {
	if strings.HasPrefix(next, "-") {
		return false
	}
	if option == "p" || option == "P" {
		return passwordProgram(program) || !port(next)
	}
	return secretName(option)
}

// shortPassword reports whether arg is a -p with its password attached.
func shortPassword(program, arg string) bool {
	return len(arg) > 2 && strings.HasPrefix(arg, "-p") && passwordProgram(program)
}

func passwordProgram(path string) bool {
	base := filepath.Base(path)
	for _, name := range []string{"mysql", "mariadb", "sshpass", "mongo", "docker-login"} {
		if strings.HasPrefix(base, name) {
			return true
		}
	}
	return false
}

// port reports whether s is a port, or a mapping of ports with or without an
// address. Longer numbers may be passwords.
func port(s string) bool {
	if !strings.Contains(s, ":") && len(s) > 5 {
		return false
	}
	return strings.Trim(s, "0123456789.:") == ""
}
