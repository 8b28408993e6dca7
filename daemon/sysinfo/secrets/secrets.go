// Package secrets masks what looks like a secret in the texts of a computer:
// passwords in command lines, tokens in log messages, keys in environment
// variables. The sheets of package document mask every text; the collectors mask
// what they know to be a command line or a variable.
//
// Texts go in and texts come out: it imports nothing of this module and no other one. In
// doubt a text is masked. To mask a text twice changes nothing more.
package secrets

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// masked stands where a secret was.
const masked = "[masked]"

// Secrets by their form, wherever they stand: in log messages, command lines,
// proxy settings, scheduled jobs.
var (
	pemBlock = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|SECRET)[A-Z ]*-----.*?(?:-----END [A-Z0-9 ]*-----|$)`)
	userInfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)([^\s/@'"]+(?:@[^\s/@'"]+)*)@`)
	// a data source name as the MySQL drivers write it: user:password@tcp(host)
	dsnInfo = regexp.MustCompile(`([\w.-]+):([^\s@/]+)@((?:tcp|unix)\()`)
	// jdbc:oracle:thin:name/secret@host
	oracleInfo = regexp.MustCompile(`(?i)\b(thin:[^\s/@]+/)([^\s@]+)@`)
	// name:secret@host, as proxies are written; domain/name:secret@host; CVS's :pserver:
	bareInfo = regexp.MustCompile(`(^|[\s='"]|:pserver:)([\w.\\/-]+):([^\s@/:'"]{2,})@`)
	// tokens that begin with the sign of their service
	knownToken = regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-[\w-]{16,}|xox[abeposr]-[\w-]{10,}|xapp-[\w-]{10,}` +
		`|[sr]k[-_](?:live_|test_|proj-|ant-|or-)?[A-Za-z0-9_-]{16,}|whsec_\w{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{16,}` +
		`|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)*|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{16,}|hf_[A-Za-z0-9]{20,}|do[opr]_v1_[a-f0-9]{32,}|SG\.[\w-]{16,}\.[\w-]{16,}` +
		`|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{24,}|dckr_pat_[\w-]{16,}|hv[sbr]\.[\w-]{16,}|atlasv1\.[\w-]{16,}|AGE-SECRET-KEY-1[A-Z0-9]{20,}|tskey-[\w-]{16,}|glsa_\w{20,}` +
		`|sq0[a-z]{3}-[\w-]{16,}|key-[a-f0-9]{32}|PMAK-[\w-]{20,}|rubygems_[a-f0-9]{24,}|claim-[\w-]{16,}|lin_api_\w{20,}|NRAK-\w{20,}|(?:bot)?\d{8,10}:[\w-]{35})`)
	// "password=x", "api-key: x", "db.passwd = x", also inside of JSON that is inside
	// of JSON. Words that mean nothing else may have others in front of them.
	assignment = regexp.MustCompile(`(?i)((?:` +
		`(?:\b|[\w.-]*)(?:password|passwd|passwort|passphrase|passcode|secret|api[_-]?keys?|apitoken|credentials?|connection[_-]?string|private[_-]?key|(?:access|auth|account|shared|signing|encryption|master|storage|sas|license|session|consumer|app|deploy)[_-]?keys?|[a-z0-9]token|[_-]token)[0-9]{0,2}` +
		`|(?:\b|_|-)(?:smb|ftp|db|user|login|root|admin|mail|smtp|proxy|key|store|wifi|auth|priv|sql|http|web|my|app|ssh|sudo|vnc|rdp)?(?:pass|pw|pwd)|(?:\b|_|-)(?:psk|tokens?|key[_-]?pass|jwt|otp|sig|signature|bearer|userpass|cred|creds|community|proxy[_-]?auth))` +
		`(?:\\*["'])?\s*(?:=>|:=|[=:])\s*(?:!vault\s+)?(?:bearer\s+|basic\s+|token\s+|digest\s+)?)("(?:[^"\\]|\\.)*(?:"|$)|\\+"(?:[^"\\]|\\[^"])*(?:\\+"|$)|'[^']*(?:'|$)|[^\s,;&"'\\]+)`)
	// the credentials of a request of HTTP go to the end of its line, or of the
	// quotes it stands in
	header = regexp.MustCompile(`(?i)((?:\b|_|-)(?:authorization|(?:set-)?cookie2?|x-[a-z-]*(?:token|key|auth|secret)[a-z-]*)\\*["']?\s*[=:]\s*\\*["']?)([^"'\\\r\n]+)`)
	// and where only the scheme is named
	bearer    = regexp.MustCompile(`(?i)\b(bearer\s+)([A-Za-z0-9._~+/-]{8,}=*)`)
	basicAuth = regexp.MustCompile(`(?i)\b(basic\s+)([A-Za-z0-9+/]{6,}={0,2})`)
	// <password>x</password>
	element = regexp.MustCompile(`(?i)(<([a-z0-9_.:-]*(?:password|passwd|passphrase|secret|token|api-?key)[a-z0-9_.-]*)(?:\s[^<>]*)?>)([^<]+)`)
	// ALTER USER kim PASSWORD 'x', IDENTIFIED BY 'x'
	statement = regexp.MustCompile(`(?i)\b((?:password|identified\s+(?:with\s+\S+\s+)?(?:by|as)(?:\s+password)?|convertto-securestring(?:\s+-string)?)\s+)('(?:[^'\\]|\\.)*'|\\*"(?:[^"\\]|\\.)*")`)
	// openssl's way to take a password
	passSource = regexp.MustCompile(`(?i)\b(pass:)(\S+)`)
)

// The patterns are slow, and most texts have none of these signs in lower case, of which
// one is in every text that they fit. secretSigns are those of all from statement on.
var (
	headerSigns    = []string{"authorization", "cookie", "x-"}
	statementSigns = []string{"password", "identified", "securestring"}
	secretSigns    = []string{"pass", "pw", "secret", "token", "key", "cred", "auth", "cookie", "jwt", "otp", "sig", "bearer", "basic", "psk", "communit", "connection", "identified", "securestring"}
)

// Text masks what has the form of a secret inside any text.
func Text(s string) string {
	if len(s) < 5 { // "pw=x"
		return s
	}
	if strings.Contains(s, "-----BEGIN") {
		s = pemBlock.ReplaceAllString(s, masked)
	}
	if strings.Contains(s, "@") {
		s = userInfo.ReplaceAllStringFunc(s, func(found string) string {
			scheme, info, _ := strings.Cut(found, "://")
			letters := strings.Trim(info[:len(info)-1], "0123456789") != "" && strings.ContainsAny(info, "0123456789")
			if !strings.Contains(info, ":") && len(info) < 17 && !(letters && len(info) > 10) { // git@host holds no secret
				return found
			}
			return scheme + "://" + masked + "@"
		})
		s = dsnInfo.ReplaceAllString(s, masked+"@$3")
		s = oracleInfo.ReplaceAllString(s, "${1}"+masked+"@")
		s = maskBareInfo(s)
	}
	if mayHoldToken(s) && hasTokenSign(s) {
		s = knownToken.ReplaceAllString(s, masked)
	}
	lower := strings.ToLower(s)
	if !ascii(lower) {
		lower = strings.ReplaceAll(lower, "\u017F", "s") // as the patterns take it
	}
	has := func(signs ...string) bool {
		return slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(lower, sign) })
	}
	s = maskCalls(s, has)
	if has(webhookSigns...) {
		s = webhook.ReplaceAllString(s, "${1}"+masked)
	}
	if has(foreignSigns...) {
		s = foreignSecret.ReplaceAllString(s, "${1}"+masked)
	}
	s = maskTold(s, has)
	if !has(secretSigns...) {
		return s
	}
	if has(statementSigns...) {
		s = statement.ReplaceAllString(s, "${1}'"+masked+"'")
	}
	if strings.ContainsAny(s, "=:") {
		s = maskAssignments(s)
		if has(headerSigns...) {
			s = header.ReplaceAllStringFunc(s, func(found string) string {
				part := header.FindStringSubmatch(found)
				if strings.HasPrefix(part[2], masked) { // what stands behind is no part of it
					return found
				}
				return part[1] + masked
			})
		}
		if has("pass:") {
			s = passSource.ReplaceAllString(s, "${1}"+masked)
		}
	}
	if strings.Contains(s, "</") {
		s = element.ReplaceAllString(s, "${1}"+masked)
	}
	if has("bearer") {
		s = bearer.ReplaceAllStringFunc(s, func(found string) string {
			scheme, value, _ := strings.Cut(found, " ")
			if value = strings.TrimSpace(value); strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz") == "" && len(value) < 20 { // a word: "bearer channel"
				return found
			}
			return scheme + " " + masked
		})
	}
	if !has("basic") {
		return s
	}
	return basicAuth.ReplaceAllStringFunc(s, func(found string) string {
		scheme, value, _ := strings.Cut(found, " ")
		raw, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(value) + strings.Repeat("=", (4-len(strings.TrimSpace(value))%4)%4))
		if !utf8.Valid(raw) || !strings.Contains(string(raw), ":") { // a word: "basic settings"
			return found
		}
		return scheme + " " + masked
	})
}

// maskBareInfo masks "name:secret@host", but neither an address of mail nor an image of
// containers: "repository/image:tag@sha256:…".
func maskBareInfo(s string) string {
	var b strings.Builder
	at := 0
	for _, m := range bareInfo.FindAllStringSubmatchIndex(s, -1) {
		name, secret, rest := s[m[4]:m[5]], m[6], s[m[1]:]
		switch strings.ToLower(name) {
		case "mailto", "to", "from", "cc", "bcc", "sip", "sips", "xmpp", "acct", "by", "for", "email":
			continue
		case "user":
			if !telling(s[m[6]:m[7]]) {
				continue
			}
		}
		if strings.HasPrefix(rest, "sha256:") {
			continue
		}
		b.WriteString(s[at:secret] + masked)
		at = m[7]
	}
	return b.String() + s[at:]
}

// ascii reports whether a text has no other characters.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mayHoldToken reports whether there is a run as long as the shortest token. Most
// texts have none, and the pattern is slow.
func mayHoldToken(s string) bool {
	run := 0
	for i := range len(s) {
		if alnum(s[i]) || s[i] == '_' || s[i] == '-' || s[i] == '.' {
			if run++; run == 12 {
				return true
			}
			continue
		}
		run = 0
	}
	return false
}

// tokenSigns are in every text that knownToken fits, but for those that begin with a number.
var tokenSigns = []string{
	"ghp_", "gho_", "ghu_", "ghr_", "ghs_", "github_pat_", "glpat-", "gloas-", "gldt-", "glrt", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-", "glffct-", "glwt-",
	"xox", "xapp-", "sk-", "sk_", "rk-", "rk_", "whsec_", "AKIA", "ASIA", "AIza", "ya29.", "eyJ", "npm_", "pypi-", "hf_", "_v1_", "SG.", "shpat_", "shpca_", "shppa_", "shpss_",
	"dckr_pat_", "hvs.", "hvb.", "hvr.", "atlasv1.", "AGE-SECRET-KEY-", "tskey-", "glsa_", "sq0", "key-", "PMAK-", "rubygems_", "claim-", "lin_api_", "NRAK-",
}

// hasTokenSign reports whether a text has one of them, or a number and a colon.
func hasTokenSign(s string) bool {
	digits := 0
	for i := range len(s) {
		switch {
		case s[i] >= '0' && s[i] <= '9':
			digits++
			continue
		case s[i] == ':' && digits >= 8:
			return true
		}
		digits = 0
	}
	return slices.ContainsFunc(tokenSigns, func(sign string) bool { return strings.Contains(s, sign) })
}

// maskAssignment masks the value and leaves the quotes around it. The name is what stands
// before it, with the sign between them.
func maskAssignment(name, value string) string {
	if strings.HasSuffix(strings.ToLower(strings.TrimRight(name, " =:")), "pwd") && strings.HasPrefix(value, "/") { // where a program works
		return name + value
	}
	quote := value[:len(value)-len(strings.TrimLeft(value, `\"'`))]
	if !strings.ContainsAny(quote, `"'`) {
		return name + masked
	}
	return name + quote + masked + quote
}

// Variable masks the value of an environment variable: all of it when the
// name says secret, else the parts that look like one.
func Variable(name, value string) string {
	if value == "" {
		return value
	}
	if secretName(name) {
		return masked
	}
	return maskRandom(Command(value))
}

// secretName reports whether a variable or option with this name holds a secret.
func secretName(name string) bool {
	name = strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
	switch name {
	case "PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY", "KEYBOARD", "XKB_DEFAULT_LAYOUT", "SUDO_ASKPASS", "SSH_ASKPASS", "GIT_ASKPASS", // directories, sockets, programs
		"PASSWORD_STORE_DIR", "PASSWORD_STDIN", "PASSWORD_FD", "PASSPHRASE_FD", "NO_PASSWORD", "ASK_PASSWORD", "ASK_PASS", "PINENTRY", "PINENTRY_MODE",
		"COOKIE_JAR", "SSH_ASKPASS_REQUIRE":
		return false
	}
	for _, place := range []string{"_FILE", "_PATH", "_DIR", "_STDIN", "_FD"} { // where it is, and not the secret itself
		if strings.HasSuffix(name, place) {
			return false
		}
	}
	for _, sign := range []string{
		"TOKEN", "SECRET", "PASSW", "PASSPHRASE", "PASSCODE", "CREDENTIAL", "COOKIE", "APIKEY", "BEARER", "PRIVATE", "CONNECTIONSTRING",
		"CONNECTION_STRING", "CONNSTR", "USERPASS", "AUTHPASS", "PRIVPASS", "WEBHOOK", "MASTERAUTH", "ACCESS_CODE", "UNLOCK_CODE", "비밀번호", "암호",
	} {
		if strings.Contains(name, sign) {
			return true
		}
	}
	for _, word := range strings.Split(name, "_") {
		switch word {
		case "KEY", "KEYS", "PASS", "PWD", "AUTH", "DSN", "UPW", "OPW", "JWT", "OTP", "PIN", "CREDS", "CRED", "SALT", "SIGNATURE", "PW", "PSK", "PAT", "SAS", "AUTHORIZATION":
			return true
		}
		if strings.HasSuffix(word, "KEY") && len(word) > 4 || strings.HasSuffix(word, "PASS") && len(word) > 5 || strings.HasSuffix(word, "PWD") && len(word) > 4 || strings.HasSuffix(word, "PSK") || strings.HasSuffix(word, "PW") && len(word) > 3 {
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
		case k != 0:
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
