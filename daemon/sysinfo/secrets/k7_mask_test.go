package secrets

import (
	"strings"
	"testing"
)

// table holds a function of one text against what it has to say.
func table[T comparable](t *testing.T, f func(string) T, cases map[string]T) {
	t.Helper()
	for in, want := range cases {
		if got := f(in); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

// Which words look like random bytes: so long, so mixed, to the letter.
func TestRandomWordsAtTheirLimits(t *testing.T) {
	table(t, random, map[string]bool{
		"":                                   false,
		"aB3dE6gH9jK2mN5pQ8sT":               true,
		"aB3dE6gH9jK2mN5pQ8s":                false, // 19
		"0123456789abcdef0123456789abcdef":   true,  // hexadecimal, 32
		"0123456789abcdef0123456789abcde":    false, // 31
		"0123456789ABCDEF-0123456789ABCDEF":  true,
		"01234567890123456789012345678901":   false, // no letter
		"abcdefabcdefabcdefabcdefabcdefab":   false, // no digit
		"desktop-directories-and-more":       false,
		"aBcDeFgHiJkLmNoPqRsT":               true, // without a digit, but as mixed as bytes are
		"aBcDeFgHiJklmnopqrst":               true,
		"release20260301version":             false,
		"aa1aa1aa1ggggggggggg":               true, // 6 changes in 20
		"aa1aa1a1gggggggggggg":               true,
		"aaaaa1aa1aggggggggggg":              false,
		"----------------------------------": false,
		"00000000000000000aaaaaaaaaaaaaaa":   true,
		"99999999999999999ffffffffffffffff":  true,
		"1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a":   true,
		"1z1z1z1z1z1z1z1z1z1z":               true,
		"1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A":   true,
		"1Z1Z1Z1Z1Z1Z1Z1Z1Z1Z":               true,
		"0123456789-0123456789-0123456789-0": false,
		"a1a1a1gggggggggggggg":               true, // 6 changes, the first one at once
		"aBcDeFgHijklmnopqrst":               true, // 8 changes in 20
		"aBcDeFgHIJKLMNOPQRST":               false,
		"aBcDeFghijklmnopqrst":               false,
	})
	table(t, maskRandom, map[string]string{
		"":                                 "",
		"a aB3dE6gH9jK2mN5pQ8sT b":         "a " + masked + " b",
		"aB3dE6gH9jK2mN5pQ8sT":             masked,
		"x=aB3dE6gH9jK2mN5pQ8sT/":          "x=" + masked + "/",
		"aB3dE6gH9j K2mN5pQ8sT":            "aB3dE6gH9j K2mN5pQ8sT",
		"aB3dE6gH+jK2mN5pQ8sT,":            masked + ",",
		"aB3dE6gH_jK2mN5pQ8sT":             masked,
		"aB3dE6gH9jK2mN5pQ8sT and 1 again": masked + " and 1 again",
	})
	table(t, mayHoldToken, map[string]bool{
		"": false, "abcdefghijkl": true, "abcdefghijk": false, "abcdef ghijkl": false, "x abcdefghijkl": true, "a-b_c.d-e_f.g": true, "abcdefgh/ijklm": false, "01234567890Z": true,
	})
	table(t, hasTokenSign, map[string]bool{
		"": false, "00000000:": true, "99999999:": true, "9999999:": false, "1234a5678:": false, "12345678 :": false, "12345678": false, "x ghp_": true, "lin_api_": true, "gh": false,
	})
	table(t, telling, map[string]bool{
		"": false, "abcde1": true, "abcd1": false, "abc/12": false, `abc\12`: false, "abc=12": false, "abcdef": false, "abcd1!": false, "ab!cdef": true, "123456": true, "123-456": true, "123456.": true,
		"123.456": false, "abcdef#": true, "123456#": false, "------": false, "ABCDE1": true,
	})
	for c, want := range map[byte]bool{'0': true, '9': true, 'a': true, 'z': true, 'A': true, 'Z': true, '/': false, ':': false, '`': false, '{': false, '@': false, '[': false} {
		if alnum(c) != want {
			t.Errorf("%q", c)
		}
	}
}

// Each sign of a secret counts by itself, and each exception only where it stands.
func TestNamesOfSecretsOneByOne(t *testing.T) {
	table(t, secretName, map[string]bool{
		"token": true, "my.secret": true, "passwd": true, "passphrase": true, "passcode": true, "credential": true, "cookie": true, "apikey": true, "bearer": true, "private": true,
		"connectionstring": true, "connection-string": true, "connstr": true, "userpass": true, "authpass": true, "privpass": true,
		"key": true, "keys": true, "pass": true, "pwd_x": true, "auth": true, "dsn": true, "jwt": true, "otp": true, "pin": true, "creds": true, "cred": true, "salt": true,
		"signature": true, "pw": true, "psk": true, "sas": true, "authorization": true,
		"wpapsk": true, "xpsk": true, "apw": false, "ftpw": true,
		"xkeyx": false, "skey": false, "askey": true, "bpass": false, "dbpass": true, "apwd": false, "xxpwd": true, "monkey": true, "compass": true, "keyed": false,
		"pwd": false, "oldpwd": false, "PWD": false, "ssh_auth_sock": false, "xauthority": false, "keyboard": false, "xkb_default_layout": false, "sudo_askpass": false, "ssh_askpass": false,
		"git_askpass": false, "password_store_dir": false, "password-stdin": false, "password_fd": false, "passphrase-fd": false, "no-password": false, "ask_password": false, "ask-pass": false,
		"pinentry": false, "pinentry-mode": false, "cookie-jar": false, "ssh_askpass_require": false,
		"password-file": false, "token_path": false, "secret_dir": false, "secret.fd": false, "token-stdin": false, "password_filex": true,
		"": false, "home": false, "lang": false, "author": false, "pinned": false, "design": false,
	})
}

// Parts of a text that have a form of their own, and what is so like them that only
// its length or one letter tells.
func TestFormsAtTheirLimits(t *testing.T) {
	table(t, Text, map[string]string{
		"pw=x":                                  "pw=x", // as short as a secret that nobody has
		"pw=xy":                                 "pw=" + masked,
		"ssh://git@example.org":                 "ssh://git@example.org",
		"https://abcdefghijklmno@h":             "https://abcdefghijklmno@h", // 15 letters: a name
		"https://abcdefghijklmnop@h":            "https://" + masked + "@h",
		"https://abcdefgh12@h":                  "https://" + masked + "@h",
		"https://abcdefg12@h":                   "https://abcdefg12@h",
		"https://123456789012@h":                "https://123456789012@h",
		"https://a:b@h":                         "https://" + masked + "@h",
		"mailto:kim@example.org":                "mailto:kim@example.org",
		"To:kim@example.org":                    "To:kim@example.org",
		"user:kim@example.org":                  "user:kim@example.org",
		"email:kim@example.org":                 "email:kim@example.org",
		"root:kim@example.org":                  "root:" + masked + "@example.org",
		"jdbc:oracle:thin:scott/tiger@db":       "jdbc:oracle:thin:scott/" + masked + "@db",
		"alter user kim password 'tiger'":       "alter user kim password '" + masked + "'",
		"identified by \"tiger\"":               "identified by '" + masked + "'",
		"ConvertTo-SecureString 'tiger'":        "ConvertTo-SecureString '" + masked + "'",
		"pwd=/home/kim":                         "pwd=/home/kim",
		"pwd=home":                              "pwd=" + masked,
		"password=/home/kim":                    "password=" + masked,
		"password=\"a b\" c":                    "password=\"" + masked + "\" c",
		"password='a b' c":                      "password='" + masked + "' c",
		`{"password":"a\"b","x":1}`:             `{"password":"` + masked + `","x":1}`,
		`{\"password\":\"ab\"}`:                 `{\"password\":\"` + masked + `\"}`,
		`password="a b`:                         `password="` + masked + `"`, // cut off
		`{"password":"a\\","x":"y"}`:            `{"password":"` + masked + `","x":"y"}`,
		"Cookie: a=b; c=d":                      "Cookie: " + masked,
		"x-api-key: abc":                        "x-api-key: " + masked,
		"pass:tiger":                            "pass:" + masked,
		"<password>tiger</password>":            "<password>" + masked + "</password>",
		"<password>tiger":                       "<password>tiger",
		"bearer abcdefghijklmnopqrs":            "bearer abcdefghijklmnopqrs",
		"bearer abcdefghijklmnopqrst":           "bearer " + masked,
		"bearer abcdefg1":                       "bearer " + masked,
		"bearer abcdef1":                        "bearer abcdef1",
		"basic settings":                        "basic settings",
		"basic a2ltOnRpZ2Vy":                    "basic " + masked, // kim:tiger
		"basic a2ltLXRpZ2Vy":                    "basic a2ltLXRpZ2Vy",
		"basic a2ltOnRpZ2VyMQ==":                "basic " + masked,
		"basic a2ltOnRpZ2VyMQ":                  "basic " + masked, // without its padding
		"-----BEGIN PUBLIC KEY-----\nMIIE\n---": "-----BEGIN PUBLIC KEY-----\nMIIE\n---",
		"nothing at all":                        "nothing at all",
		"\u017Fecret: tiger":                    "\u017Fecret: " + masked, // an old letter s
		"X-Api-Key: tiger, and more":            "X-Api-Key: " + masked + ", and more",
		"login(\"kim\")":                        "login(\"" + masked + "\")",
		"db.auth(\"kim\", 'tiger')":             "db.auth(\"" + masked + "\", '" + masked + "')",
		"basic wzozMzMz":                        "basic wzozMzMz",  // no text
		"basic a2ltOnRpZ":                       "basic " + masked, // cut off
		"repo/image:tag@sha256:abc":             "repo/image:tag@sha256:abc",
		"":                                      "",
	})
	for name, c := range map[string]struct{ name, value, want string }{
		"empty": {"A_TOKEN", "", ""}, "masked": {"A", masked, masked}, "secret": {"A_TOKEN", "x", masked},
		"a command": {"CMD", "mysql -ptiger", "mysql -p" + masked}, "random": {"A", "aB3dE6gH9jK2mN5pQ8sT", masked},
	} {
		if got := Variable(c.name, c.value); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A name with its secret, in every form in which programs take the two.
func TestPairsHeadersAndPorts(t *testing.T) {
	l := liner{}
	for _, c := range []struct{ s, by, want string }{
		{"kim:tiger", "", "kim:" + masked}, {"kim:tiger", ":", "kim:" + masked}, {"kim%tiger", "%", "kim%" + masked}, {"kim,tiger", ",", "kim," + masked},
		{`k%\tiger`, "%", "k%" + masked}, {`kim:\tiger`, "", "kim:" + masked}, {"k:tiger", "", "k:" + masked}, {`C:\c.pem:tiger`, "", `C:\c.pem:` + masked}, {`C:\c.pem`, "", `C:\c.pem`},
		{"kim", "", "kim"}, {"kim:", "", "kim:"}, {"https://x", "", "https://x"},
		{"1000:1000", "", "1000:1000"}, {"1000:10000", "", "1000:10000"}, {"1000:100000", "", "1000:" + masked}, {"1000:100a", "", "1000:" + masked}, {"1000%1000", "%", "1000%" + masked},
	} {
		if got := l.pair(c.s, c.by); got != c.want {
			t.Errorf("%q by %q: %q", c.s, c.by, got)
		}
	}
	table(t, maskSlash, map[string]string{"kim/tiger@db": "kim/" + masked + "@db", "kim/tiger": "kim/" + masked, "kim/tiger@": "kim/" + masked + "@"})
	table(t, maskHeader, map[string]string{
		"Authorization: Basic x": "Authorization: " + masked, "authorization:x": "authorization:" + masked, "X-Auth: x": "X-Auth: " + masked, "X-Api-Key:x": "X-Api-Key:" + masked,
		"Authorization: a=b": "Authorization: " + masked, "X-Pin: 1234": "X-Pin: " + masked, "GAuthz: x": "GAuthz: " + masked, "sid=x; lang=ko": "sid=" + masked,
		"Accept: text/html": "Accept: text/html", "Authorization:": "Authorization:", "Authorization": "Authorization", " Cookie : a": " Cookie : " + masked,
	})
	table(t, port, map[string]bool{"80": true, "65535": true, "123456": false, "8080:80": true, "127.0.0.1:8080:80": true, "127.0.0.1:18080:10080": true, "geheim": false, "": true, "80a": false})
	table(t, scheme, map[string]bool{"Basic": true, "bearer": true, "digest": true, "token": true, "negotiate": true, "other": false, "": false})
	table(t, windowsOption, map[string]bool{
		"/p:tiger": true, "/add": true, "/usr/bin": false, "/": false, "/a.b": false, "/:x": false, "/" + strings.Repeat("x", 19): true, "/" + strings.Repeat("x", 20): false, "/a b": false,
	})
	for _, c := range []struct{ name, value, want string }{
		{"a", "", ""}, {"token", "", ""}, {"token", masked, masked}, {"token", "x", masked}, {"a", "b", "b"}, {"cmd", "mysql -ptiger", "mysql -p" + masked},
		{"ghp_0123456789abcdefABCDEF", "x", "x"}, {"sig", "tiger", masked}, {"url", "https://a:b@c", "https://" + masked + "@c"},
	} {
		if got := l.assigned(c.name, c.value); got != c.want {
			t.Errorf("%s=%s: %q", c.name, c.value, got)
		}
	}
}

// Names of programs, however they are written, and families of them.
func TestNamesOfPrograms(t *testing.T) {
	table(t, programName, map[string]string{
		"mysql": "mysql", "/mysql": "mysql", "/usr/bin/mysqldump": "mysql", `C:\bin\MYSQL.EXE`: "mysql", "-bash": "bash", "mysqld": "mysqld", "mysql:": "mysql", "curl,": "curl", "mongosh": "mongo", "mongod": "mongod",
		"ldapsearch": "ldap", "ldappasswd": "ldappasswd", "snmpwalk": "snmp", "snmpd": "snmpd", "ncftpput": "ncftp", "mosquitto_pub": "mosquitto", "mosquittod": "mosquittod",
		"mariadb": "mysql", "smbclient": "smb", "xfreerdp3": "freerdp", "https": "http", "7za": "7z", "pdfinfo": "pdftotext", "psexec64": "psexec", "isql": "isql", "pwsh": "powershell",
		"zipcloak": "zip", "sql": "sqlplus", "expdp": "expdp", "other": "other", "two words": "", "": "", "sqlplusw": "sqlplus",
	})
}

// Options, commands and users of which the name alone says what follows.
func TestNamesThatSayWhatFollows(t *testing.T) {
	table(t, secretOption, map[string]bool{"pas": true, "PAS": true, "regcode": true, "pwd": true, "bindpwd": true, "pw": true, "xpw": true, "pass": true, "token": true, "user": false, "pasta": false, "": false})
	table(t, givesSecret, map[string]bool{
		"reset-admin-password": true, "set_token": true, "wrap.key": true, "set-password.sh": true, "SET-PASSWORD": true, "/bin/set-password": false, "set-password=x": false, "the set-password": false,
		"get-password": false, "set-title": false, "set": false, "password": false, "setpassword": false,
	})
	table(t, userPercent, map[string]bool{
		"kim%tiger": true, `CORP\kim%tiger`: true, "kim": false, "%tiger": false, "kim%": false, "+%s": false, "a/b%c": false, "a:b%c": false, "a=b%c": false, "a b%c": false, "kim%a%b": false, "": false,
	})
	for _, value := range []string{"/x", "./x", "../x", "~/x", "http://x", "https://x", "true", "False", "yes", "no", "ON", "off", "none", "null", ""} {
		if !noSecret(value) {
			t.Errorf("%q is a secret", value)
		}
	}
	for _, value := range []string{"x", "x/y", "truer", ".x", "1"} {
		if noSecret(value) {
			t.Errorf("%q is no secret", value)
		}
	}
}
