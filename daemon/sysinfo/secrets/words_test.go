package secrets

import (
	"strings"
	"testing"
)

// What a shell is told, with its quotes, operators and what is echoed into programs.
func TestK1P31_EachFormOfACommand(t *testing.T) {
	table(t, func(s string) string { return strings.ReplaceAll(Command(s), masked, "■") }, map[string]string{
		"mysql <x -ptiger":                               "mysql <x -p■",
		"mysql >x -ptiger":                               "mysql >x -p■",
		"mysql <<<x -ptiger":                             "mysql <<<x -p■",
		"echo tiger | sudo -S id":                        "echo ■ | sudo -S id",
		"echo -n tiger | su kim":                         "echo -n ■ | su kim",
		"printf '%s' tiger | chpasswd":                   "printf '■' ■ | chpasswd",
		"cat x | sudo -S id":                             "cat x | sudo -S id",
		"echo tiger | tee x | chpasswd":                  "echo ■ | tee x | chpasswd",
		"echo tiger | cat":                               "echo tiger | cat",
		"echo tiger ; chpasswd":                          "echo tiger ; chpasswd",
		"chpasswd <<< tiger":                             "chpasswd <<< ■",
		"cat <<< tiger":                                  "cat <<< tiger",
		"echo a && echo tiger | passwd --stdin kim":      "echo a && echo ■ | passwd --stdin kim",
		"echo tiger | gpg --passphrase-fd 0":             "echo ■ | gpg --passphrase-fd 0",
		"echo tiger | docker login --password-stdin":     "echo ■ | docker login --password-stdin",
		"echo tiger | cryptsetup open":                   "echo ■ | cryptsetup open",
		"x; echo tiger | kinit":                          "x; echo ■ | kinit",
		"echo tiger | smbpasswd":                         "echo ■ | smbpasswd",
		"echo tiger | ssh-add":                           "echo ■ | ssh-add",
		"echo tiger | app su":                            "echo tiger | app su",
		"echo tiger | sudo id -S":                        "echo ■ | sudo id -S",
		"echo tiger | app -S":                            "echo tiger | app -S",
		"echo tiger |":                                   "echo tiger |",
		"echo 'a b' \"c d\" e\\ f":                       "echo 'a b' \"c d\" e\\ f",
		"a 'b":                                           "a 'b",
		"a \"b":                                          "a \"b",
		"a'b'c \"d\\\"e\" f":                             "a'b'c \"d\\\"e\" f",
		"mysql -p'ti ger'":                               "mysql -p■",
		"mysql -p\"ti\\\"ger\"":                          "mysql -p■",
		"a>b<c<<<d<<e|f||g&h&&i;j":                       "a>b<c<<<d<<e|f||g&h&&i;j",
		"app --password 'ti ger' x":                      "app --password '■' x",
		"app --password \"ti ger\" x":                    "app --password '■' x",
		"app --password ti\\ ger x":                      "app --password ■ x",
		"app \"--password=ti ger\" x":                    "app \"--password=■\" x",
		"-p":                                             "-p",
		"$(mysql -ptiger)":                               "$(mysql -p■)",
		"`mysql -ptiger`":                                "`mysql -p■`",
		"(mysql -ptiger)":                                "(mysql -p■)",
		"sh -c \"sh -c 'mysql -ptiger'\"":                "sh -c \"sh -c 'mysql -p■'\"",
		"a\rb":                                           "a\rb",
		"x  y\t z":                                       "x  y\t z",
		"printf x|su":                                    "printf ■|su",
		"'a\\'b":                                         "'a\\'b",
		"mysql >>x -ptiger":                              "mysql >>x -p■",
		"app password \x00tiger\x00":                     "app password ■",
		"app --password 'ti'ger x":                       "app --password ■ x",
		"app -p <x":                                      "app -p <x",
		"echo tiger >x | sudo -S id":                     "echo ■ >x | sudo -S id",
		"echo tiger 2>/dev/null | sudo -S id":            "echo ■ ■>/dev/null | sudo -S id",
		"echo tiger 2>&1 | sudo -S id":                   "echo ■ ■>&1 | sudo -S id",
		"echo >x tiger | sudo -S id":                     "echo >x ■ | sudo -S id",
		"echo tiger &>x | sudo -S id":                    "echo ■ &>x | sudo -S id",
		"echo tiger & sudo -S id":                        "echo tiger & sudo -S id",
		"sudo -S id >x <<<tiger":                         "sudo -S id >x <<<■",
		"sudo -S id 2>&1 <<<tiger":                       "sudo -S id 2>&1 <<<■",
		"echo tiger | (sudo -S id)":                      "echo ■ | (sudo -S id)",
		"echo tiger | { sudo -S id; }":                   "echo ■ | { sudo -S id; }",
		"sudo -S id <<<":                                 "sudo -S id <<<",
		"sudo -S id <<":                                  "sudo -S id <<",
		"sudo -S id <":                                   "sudo -S id <",
		"< x":                                            "< x",
		"< <(echo b)":                                    "< <(echo b)",
		"| sudo -S id":                                   "| sudo -S id",
		"sudo -S |":                                      "sudo -S |",
		"sudo -S id <<X\nsudo -S <<Y\nX\necho b":         "sudo -S id <<X\n■ ■ <<■\nX\necho b",
		"<<X cat | sudo -S id\ntiger\nX":                 "<<X cat | sudo -S id\n■\nX",
		"cat <<X | sudo -S id\ntiger\nX":                 "cat <<X | sudo -S id\n■\nX",
		"sudo -S id <<X\na X b\nX\nc":                    "sudo -S id <<X\n■ ■ ■\nX\nc",
		"sudo -S id < <(echo ')' tiger)":                 "sudo -S id < <(echo '■' ■)",
		"sudo -S id < <(echo tiger); echo b":             "sudo -S id < <(echo ■); echo b",
		"echo a > f; sudo -S id > f":                     "echo a > f; sudo -S id > f",
		"echo a; f; sudo -S id < f":                      "echo a; f; sudo -S id < f",
		"echo tiger >> f; sudo -S id < f":                "echo ■ >> f; sudo -S id < f",
		"echo tiger > g; sudo -S id < f":                 "echo tiger > g; sudo -S id < f",
		"(echo a; echo b) | passwd kim; echo c":          "(echo ■; echo ■) | passwd kim; echo c",
		"{ echo a; echo b; } | passwd kim":               "{ echo ■; echo ■; } | passwd kim",
		"echo c; { echo a; echo b; } | passwd kim":       "echo c; { echo ■; echo ■; } | passwd kim",
		"if true; then echo tiger; fi | sudo -S id":      "if true; then echo ■; fi | sudo -S id",
		"while a; do echo tiger; done | sudo -S id":      "while a; do echo ■; done | sudo -S id",
		"command echo tiger | sudo -S id":                "command echo ■ | sudo -S id",
		"builtin echo tiger | sudo -S id":                "builtin echo ■ | sudo -S id",
		"echo bash tiger | sudo -S id":                   "echo ■ ■ | sudo -S id",
		"print tiger | sudo -S id":                       "print ■ | sudo -S id",
		"yes tiger | sudo -S id":                         "yes ■ | sudo -S id",
		"curl -K <(echo tiger)":                          "curl -K <(echo ■)",
		"curl -K < <(echo tiger)":                        "curl -K < <(echo ■)",
		"curl --netrc-file < <(echo tiger)":              "curl --netrc-file < <(echo ■)",
		"mysql --defaults-file < <(echo tiger)":          "mysql --defaults-file < <(echo ■)",
		"mysql --defaults-extra-file < <(echo tiger)":    "mysql --defaults-extra-file < <(echo ■)",
		"curl --config < <(echo tiger)":                  "curl --config < <(echo ■)",
		"wg set wg0 private-key < <(echo tiger)":         "wg set wg0 private-key < <(echo ■)",
		"sort < <(echo b)":                               "sort < <(echo b)",
		"echo a | sudo ls /bin/su":                       "echo a | sudo ls /bin/su",
		"echo a | sudo cat pass":                         "echo a | sudo cat pass",
		"echo tiger | sudo kinit kim":                    "echo ■ | sudo kinit kim",
		"echo tiger | pass insert x":                     "echo ■ | pass insert x",
		"echo tiger | gpg --pinentry-mode loopback -d x": "echo ■ | gpg --pinentry-mode loopback -d x",
		"echo tiger | gh auth login --with-token":        "echo ■ | gh auth login --with-token",
		"echo tiger | p4 login":                          "echo ■ | p4 login",
		"echo a | p4 submit":                             "echo a | p4 submit",
		"echo a | app login":                             "echo a | app login",
		"echo tiger | htpasswd -i f kim":                 "echo ■ | htpasswd -i f ■",
		"echo a | htpasswd f":                            "echo a | htpasswd f",
		"echo a | grep -i b":                             "echo a | grep -i b",
		"echo a | sudo --Set id":                         "echo a | sudo --Set id",
		"echo a | sudo -uS id":                           "echo a | sudo -uS id",
		"echo tiger | sudo -kS id":                       "echo ■ | sudo -kS id",
		"echo tiger | LANG=C kinit kim":                  "echo ■ | LANG=C kinit kim",
		"echo tiger | env -i A=b kinit kim":              "echo ■ | env -i A=b kinit kim",
		"a\\":                                            "a\\",
		"((mysql -ptiger))":                              "((mysql -p■))",
	})
	deep := "mysql -ptiger"
	for range 5 {
		deep = "sh -c " + quoted(deep)
	}
	if got := Command(deep); !strings.Contains(got, "mysql -p"+masked) {
		t.Errorf("as deep as texts are looked at: %q", got)
	}
	for range 3 { // deeper than that nothing is shown, rather than a secret
		deep = "sh -c " + quoted(deep)
		if got := Command(deep); strings.Contains(got, "mysql") || strings.Contains(got, "tiger") {
			t.Errorf("%q", got)
		}
	}
}

// quoted is a text as one word of a shell.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Words as a shell has them: ⟨…⟩ is an operator.
func TestWordsOfAShell(t *testing.T) {
	table(t, func(s string) string {
		var all []string
		for _, w := range splitShell(s) {
			if w.operator {
				w.text = "⟨" + w.text + "⟩"
			}
			all = append(all, w.text)
		}
		return strings.Join(all, "¦")
	}, map[string]string{
		"": "", "a": "a", " a\tb\rc ": "a¦b¦c", "'a b'c": "a bc", `"a\"b"`: `a"b`, `'a\"b'`: `a\"b`, `"a\\"b`: `a\b`, `"a\b\$c"`: `a\b$c`, `a\ b\;c\x`: `a b;c\x`, `a\`: `a\`, `"a`: `"a`, `it's`: `it's`, `'a\' b`: `a\¦b`, `'a\'b'`: `a\b'`,
		"a<<<<b": "a¦⟨<<<⟩¦⟨<⟩¦b", "((a))": "⟨(⟩¦⟨(⟩¦a¦⟨)⟩¦⟨)⟩", "``": "⟨`⟩¦⟨`⟩", "a>>b": "a¦⟨>>⟩¦b", "a 2>&1": "a¦2¦⟨>&⟩¦1", "a<&3": "a¦⟨<&⟩¦3", "a &>b": "a¦⟨&>⟩¦b", "a & >b": "a¦⟨&⟩¦⟨>⟩¦b", "a&&b": "a¦⟨&&⟩¦b", "a>": "a¦⟨>⟩", "a&": "a¦⟨&⟩", "a;&b": "a¦⟨;⟩¦⟨&⟩¦b",
		"a|b": "a¦⟨|⟩¦b", "a\n\nb": "a¦⟨\n\n⟩¦b",
	})
}
