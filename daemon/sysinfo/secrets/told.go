package secrets

import (
	"regexp"
	"strings"
)

// Secrets that a message tells in words, and pairs of a name and a value that stand apart.
var (
	// "password is x", "wrong passphrase "x"", "recovery key x", "a temporary password is
	// generated for root@localhost: x"
	toldSecret = regexp.MustCompile(`(?i)\b((?:password|passwd|pass ?phrase|passcode|pass|recovery (?:key|code)|(?:api|access|license|product|unlock) (?:key|code)|token|secret|(?:one[- ]time|verification|backup|security|access) (?:code|password)|pin)` +
		`(?:\s+(?:for|of)\s+\S+)?(?:\s+(?:is|was)\s+(?:generated|created|set)[^:\n]{0,60}:|\s+(?:is|was|set to|changed to)|\s*:)?\s+)(\\*["'` + "`" + `]?)([^\s"'` + "`" + `\\,;()<>]{6,})`)
	// the words of other languages for it
	foreignSecret = regexp.MustCompile(`(?i)((?:비밀\s?번호|암호|패스워드|비번|인증\s?번호|mot de passe|contraseña|senha|пароль|パスワード|暗証番号|密码|密碼|口令|kennwort|wachtwoord|hasło|heslo|lösenord|adgangskode|salasana|jelszó|parola|mật khẩu|รหัสผ่าน|كلمة المرور|סיסמה)` +
		`(?:는|은|가|이)?\s*(?:=>|:=|[:=：])\s*["']?)([^\s"',;]+)`)
	// name="password" value="x", {"name":"DB_PASSWORD","value":"x"}
	namedValue = regexp.MustCompile(`(?i)((?:name|key|id)\\*["']?\s*[:=]\s*\\*["']?[\w.:-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|credential|_pass|_pwd)[\w.-]*\\*["']?[\s,;]{1,20}\\*["']?value\\*["']?\s*[:=]\s*\\*["']?)([^\s"'\\,;<>]+)`)
	// ["--password","x"]
	listedValue = regexp.MustCompile(`(?i)(["']-{1,2}[\w-]*(?:password|passwd|passphrase|secret|token|api-?key)["']\s*,\s*["'])([^"']+)`)
	// password%3Dx in a URL in a URL
	escapedValue = regexp.MustCompile(`(?i)([\w.-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key)%(?:25)*3[ad])([^\s&"'%]+)`)
	// what programs send to servers for files and mail: RFC 959, 3501, 4954
	protocolSecret = regexp.MustCompile(`(\bPASS |\bLOGIN "?[^\s"]+"? "?|\bAUTH(?:ENTICATE)? (?:PLAIN|LOGIN|XOAUTH2) )([^\s"]{6,})`)
	// addresses that let anybody in who knows them
	webhook = regexp.MustCompile(`(?i)(hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/\d+/|[\w.-]*\.webhook\.office\.com/webhookb2/|api\.telegram\.org/bot|hooks\.zapier\.com/hooks/catch/|maker\.ifttt\.com/\S*/with/key/|outlook\.office\.com/webhook/|chat\.googleapis\.com/v1/spaces/\w+/messages\?)([^\s"'<>]+)`)
)

// webhookSigns and foreignSigns are in every text that these patterns fit, in lower case.
var (
	webhookSigns = []string{"hooks.slack.com", "/api/webhooks/", ".webhook.office.com", "api.telegram.org", "hooks.zapier.com", "maker.ifttt.com", "outlook.office.com", "chat.googleapis.com"}
	foreignSigns = []string{
		"비밀", "암호", "패스워드", "비번", "인증", "mot de passe", "contraseña", "senha", "пароль", "パスワード", "暗証番号", "密码", "密碼", "口令", "kennwort", "wachtwoord", "hasło", "heslo", "lösenord",
		"adgangskode", "salasana", "jelszó", "parola", "mật khẩu", "รหัสผ่าน", "كلمة المرور", "סיסמה",
	}
)

// maskTold masks them. has reports whether the text, in lower case, has one of these signs.
func maskTold(s string, has func(signs ...string) bool) string {
	if has("pass", "token", "secret", "code", "key", "pin") {
		s = toldSecret.ReplaceAllStringFunc(s, func(found string) string {
			part := toldSecret.FindStringSubmatch(found)
			if !telling(part[3]) {
				return found
			}
			return part[1] + part[2] + masked
		})
	}
	if has("value") {
		s = namedValue.ReplaceAllString(s, "${1}"+masked)
	}
	if has("\",", "',", "\" ,", "' ,") {
		s = listedValue.ReplaceAllString(s, "${1}"+masked)
	}
	if has("%3", "%253") {
		s = escapedValue.ReplaceAllString(s, "${1}"+masked)
	}
	if strings.Contains(s, "PASS ") || strings.Contains(s, "LOGIN ") || strings.Contains(s, "AUTH") {
		s = protocolSecret.ReplaceAllStringFunc(s, func(found string) string {
			part := protocolSecret.FindStringSubmatch(found)
			if !telling(strings.TrimRight(part[2], "=")) || strings.HasPrefix(part[1], "LOGIN ON ") { // on a terminal
				return found
			}
			return part[1] + masked
		})
	}
	return s
}

// telling reports whether a word is no word of a sentence: it has a digit and a letter, or
// a sign in it. An address and a path are none.
func telling(word string) bool {
	word = strings.TrimRight(word, ".:!?")
	if strings.ContainsAny(word, "/\\") || strings.Contains(word, "=") || len(word) < 6 {
		return false
	}
	letters := strings.ContainsAny(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz")
	digits := strings.ContainsAny(word, "0123456789")
	return letters && (digits || strings.ContainsAny(word, "!#$%&*+?^~")) || !letters && digits && strings.Trim(word, "0123456789-") == ""
}
