package secrets

import (
	"strings"
	"testing"
)

// Where each program takes a secret, and what is so like it that it has to stay:
// ¦ parts the arguments, ■ is a secret that is not shown.
func TestK1P31_EachHabitOfAProgram(t *testing.T) {
	table(t, func(line string) string { return strings.ReplaceAll(Args(argv(line)), masked, "■") }, map[string]string{
		"mysql¦-h¦-pabc":                      "mysql -h -pabc",
		"curl¦-u¦kim:tiger¦x":                 "curl -u kim:■ x",
		"curl¦-ukim:tiger¦x":                  "curl -ukim:■ x",
		"curl¦--user=kim:tiger¦x":             "curl --user=kim:■ x",
		"curl¦-sSukim:tiger¦x":                "curl -sSukim:■ x",
		"curl¦-sS¦x":                          "curl -sS x",
		"curl¦-H¦Authorization: x¦y":          "curl -H Authorization: ■ y",
		"curl¦-HAuthorization: x¦y":           "curl -HAuthorization: ■ y",
		"curl¦-sH¦Authorization: x":           "curl -sH Authorization: ■",
		"curl¦-b¦a=b":                         "curl -b a=■",
		"curl¦--cookie¦sid=x":                 "curl --cookie sid=■",
		"curl¦--oauth2-bearer¦tiger":          "curl --oauth2-bearer ■",
		"lftp¦-u¦kim,tiger¦x":                 "lftp -u kim,■ x",
		"smbclient¦-U¦kim%tiger¦//a/b":        "smbclient -U kim%■ //a/b",
		"smbclient¦//a/b¦tiger":               "smbclient //a/b ■",
		"smbclient¦//a/b¦-N":                  "smbclient //a/b -N",
		"smbclient¦a¦b":                       "smbclient a b",
		"mysql¦-P¦3306":                       "mysql -P 3306",
		"mysql¦-u¦kim¦-p":                     "mysql -u kim -p",
		"mysql¦-ptiger":                       "mysql -p■",
		"mysql¦-p":                            "mysql -p",
		"docker¦login¦-u¦kim¦-p¦tiger":        "docker login -u kim -p ■",
		"docker¦run¦-p¦80":                    "docker run -p 80",
		"docker¦auth¦-p¦tiger":                "docker auth -p ■",
		"sqlplus¦kim/tiger@db":                "sqlplus kim/■@db",
		"sqlplus¦/¦as¦sysdba":                 "sqlplus / as sysdba",
		"sqlplus¦@/x/y":                       "sqlplus @/x/y",
		"sqlplus¦/nolog":                      "sqlplus /nolog",
		"app¦--x=¦next":                       "app --x= next",
		"openssl¦enc¦x":                       "openssl enc x",
		"openssl¦passwd":                      "openssl passwd",
		"app¦password=tiger¦next":             "app password=■ next",
		"app¦--password=tiger¦next":           "app --password=■ next",
		"app¦x=¦next":                         "app x= next",
		"app¦--password¦/dev/x":               "app --password ■",
		"app¦--password¦/p:x":                 "app --password ■",
		"openssl¦passwd¦tiger":                "openssl passwd ■",
		"openssl¦enc¦-k¦tiger":                "openssl enc -k ■",
		"htpasswd¦-b¦file¦kim¦tiger":          "htpasswd -b file ■ ■",
		"htpasswd¦file":                       "htpasswd file",
		"mkpasswd¦tiger":                      "mkpasswd ■",
		"rclone¦obscure¦tiger":                "rclone obscure ■",
		"rclone¦copy¦a":                       "rclone copy a",
		"wpa_passphrase¦ssid¦tiger":           "wpa_passphrase ssid ■",
		"iwconfig¦wlan0¦key¦tiger":            "iwconfig wlan0 key ■",
		"iwconfig¦wlan0¦essid¦x":              "iwconfig wlan0 essid x",
		"vault¦login¦tiger":                   "vault login ■",
		"sudo¦vault¦login¦tiger":              "sudo vault login ■",
		"vault¦read¦tiger":                    "vault read tiger",
		"radtest¦kim¦tiger¦host¦0¦secret":     "radtest kim ■ host 0 ■",
		"mc¦alias¦set¦n¦url¦key¦tiger":        "mc alias set n url ■ ■",
		"db2¦connect¦to¦x¦user¦y¦using¦tiger": "db2 connect to x user y using ■",
		"rabbitmqctl¦add_user¦kim¦tiger":      "rabbitmqctl add_user kim ■",
		"rabbitmqctl¦list_users¦a¦b":          "rabbitmqctl list_users a b",
		"net¦user¦kim¦tiger":                  "net user kim ■",
		"net¦user¦kim":                        "net user kim",
		"net¦use¦x:¦\\\\a\\b¦tiger":           "net use x: \\\\a\\b ■",
		"net¦use¦x:¦\\\\a\\b":                 "net use x: \\\\a\\b",
		"net¦use¦x:¦*":                        "net use x: *",
		"samba-tool¦user¦create¦kim¦tiger":    "samba-tool user create kim ■",
		"schtasks¦/rp¦tiger":                  "schtasks /rp ■",
		"ipmitool¦-P¦tiger":                   "ipmitool -P ■",
		"ipmitool¦-Ptiger":                    "ipmitool -P■",
		"7z¦a¦-ptiger¦x":                      "7z a -p■ x",
		"rar¦a¦-hptiger¦x":                    "rar a -hp■ x",
		"app¦-p¦tiger":                        "app -p ■",
		"app¦-P¦tiger":                        "app -P ■",
		"app¦-p¦80":                           "app -p 80",
		"app¦-p¦123456":                       "app -p ■",
		"app¦-p¦/x":                           "app -p /x",
		"app¦-p¦./x":                          "app -p ./x",
		"app¦-u¦kim:tiger":                    "app -u kim:■",
		"app¦-u¦https://x:1":                  "app -u https://x:1",
		"app¦-u¦kim":                          "app -u kim",
		"app¦--user¦kim:tiger":                "app --user kim:■",
		"app¦--user¦kim":                      "app --user kim",
		"app¦--user=kim:tiger":                "app --user=kim:■",
		"app¦--creds=kim:tiger":               "app --creds=kim:■",
		"app¦--login¦a:b":                     "app --login a:■",
		"kubectl¦--user¦1000:1000":            "kubectl --user 1000:1000",
		"app¦--header¦X-Auth: x":              "app --header X-Auth: ■",
		"app¦--add-header¦X-Auth: x":          "app --add-header X-Auth: ■",
		"app¦/password:tiger":                 "app /password:■",
		"app¦--password:tiger":                "app --password:■",
		"app¦--password=":                     "app --password=",
		"app¦--password=¦tiger":               "app --password= ■",
		"app¦--authorization=Basic¦tiger":     "app --authorization=Basic ■",
		"app¦--x=y":                           "app --x=y",
		"app¦--pin¦-1":                        "app --pin -1",
		"app¦--password¦-tiger":               "app --password -tiger",
		"app¦--password¦--verbose":            "app --password --verbose",
		"app¦--password¦-":                    "app --password -",
		"app¦password¦tiger":                  "app password ■",
		"app¦token¦tiger":                     "app token ■",
		"app¦password=¦tiger":                 "app password= ■",
		"app¦password=basic¦tiger":            "app password=■ ■",
		"A=b¦app¦x":                           "A=b app x",
		"TOKEN=tiger¦app":                     "TOKEN=■ app",
		"AUTH=Basic¦tiger":                    "AUTH=■ ■",
		"A=/usr/bin/mysql¦-ptiger":            "A=/usr/bin/mysql -p■",
		"sudo¦COMMAND=/usr/bin/mysql¦-ptiger": "sudo COMMAND=/usr/bin/mysql -p■",
		"time¦mysql¦-ptiger":                  "time mysql -p■",
		"echo¦mysql¦-ptiger":                  "echo mysql -p■",
		"app¦zip¦-P¦tiger":                    "app zip -P ■",
		"sudo¦zip¦-P¦tiger":                   "sudo zip -P ■",
		"app¦http¦-a¦a:b":                     "app http -a a:b",
		"http¦-a¦a:b":                         "http -a a:■",
		"app: x y":                            "app: x y",
		"snmpwalk¦-c¦public¦h":                "snmpwalk -c ■ h",
		"snmpwalk¦-cpublic¦h":                 "snmpwalk -c■ h",
		"ldapsearch¦-wtiger":                  "ldapsearch -w■",
		"redis-cli¦-a¦tiger":                  "redis-cli -a ■",
		"redis-cli¦-atiger":                   "redis-cli -atiger",
		"powershell¦-enc¦dABpAGc=":            "powershell -enc ■",
		"sh¦-c¦mysql -ptiger; app -p tiger":   "sh -c mysql -p■; app -p ■",
		"app¦a=b c=tiger password=tiger":      "app a=b c=tiger password=■",
		"xfreerdp¦/p:tiger":                   "xfreerdp /p:■",
		"xfreerdp¦/u:kim":                     "xfreerdp /u:kim",
		"winrs¦-p:tiger":                      "winrs -p:■",
		"app¦x <y >z":                         "app x <y >z",
		"psql¦-p¦5432":                        "psql -p 5432",
		"ssh¦-p¦22¦h":                         "ssh -p 22 h",
		"pdftotext¦-upw¦tiger":                "pdftotext -upw ■",
		"swaks¦-ap¦tiger":                     "swaks -ap ■",
		"sendemail¦-xp¦tiger":                 "sendemail -xp ■",
		"ctr¦-u¦kim:tiger":                    "ctr -u kim:■",
		"sudo¦ctr¦-u¦kim:tiger":               "sudo ctr -u kim:■",
		"ncftpput¦-p¦tiger":                   "ncftpput -p ■",
		"twine¦upload¦-p¦tiger":               "twine upload -p ■",
		"su¦-c¦x":                             "su -c x",
	})
}

// What a shell is told, with its quotes, operators and what is echoed into programs.
func TestK1P31_EachFormOfACommand(t *testing.T) {
	table(t, func(s string) string { return strings.ReplaceAll(Command(s), masked, "■") }, map[string]string{
		"mysql <x -ptiger":                           "mysql <x -p■",
		"mysql >x -ptiger":                           "mysql >x -p■",
		"mysql <<<x -ptiger":                         "mysql <<<x -p■",
		"echo tiger | sudo -S id":                    "echo ■ | sudo -S id",
		"echo -n tiger | su kim":                     "echo -n ■ | su kim",
		"printf '%s' tiger | chpasswd":               "printf '■' ■ | chpasswd",
		"cat x | sudo -S id":                         "cat x | sudo -S id",
		"echo tiger | tee x | chpasswd":              "echo ■ | tee x | chpasswd",
		"echo tiger | cat":                           "echo tiger | cat",
		"echo tiger ; chpasswd":                      "echo tiger ; chpasswd",
		"chpasswd <<< tiger":                         "chpasswd <<< ■",
		"cat <<< tiger":                              "cat <<< tiger",
		"echo a && echo tiger | passwd --stdin kim":  "echo a && echo ■ | passwd --stdin kim",
		"echo tiger | gpg --passphrase-fd 0":         "echo ■ | gpg --passphrase-fd 0",
		"echo tiger | docker login --password-stdin": "echo ■ | docker login --password-stdin",
		"echo tiger | cryptsetup open":               "echo ■ | cryptsetup open",
		"x; echo tiger | kinit":                      "x; echo ■ | kinit",
		"echo tiger | smbpasswd":                     "echo ■ | smbpasswd",
		"echo tiger | ssh-add":                       "echo ■ | ssh-add",
		"echo tiger | app su":                        "echo tiger | app su",
		"echo tiger | sudo id -S":                    "echo ■ | sudo id -S",
		"echo tiger | app -S":                        "echo tiger | app -S",
		"echo tiger |":                               "echo tiger |",
		"echo 'a b' \"c d\" e\\ f":                   "echo 'a b' \"c d\" e\\ f",
		"a 'b":                                       "a 'b",
		"a \"b":                                      "a \"b",
		"a'b'c \"d\\\"e\" f":                         "a'b'c \"d\\\"e\" f",
		"mysql -p'ti ger'":                           "mysql -p■",
		"mysql -p\"ti\\\"ger\"":                      "mysql -p■",
		"a>b<c<<<d<<e|f||g&h&&i;j":                   "a>b<c<<<d<<e|f||g&h&&i;j",
		"app --password 'ti ger' x":                  "app --password '■' x",
		"app --password \"ti ger\" x":                "app --password '■' x",
		"app --password ti\\ ger x":                  "app --password ■ x",
		"app \"--password=ti ger\" x":                "app \"--password=■\" x",
		"-p":                                         "-p",
		"$(mysql -ptiger)":                           "$(mysql -p■)",
		"`mysql -ptiger`":                            "`mysql -p■`",
		"(mysql -ptiger)":                            "(mysql -p■)",
		"sh -c \"sh -c 'mysql -ptiger'\"":            "sh -c \"sh -c 'mysql -p■'\"",
		"a\rb":                                       "a\rb",
		"x  y\t z":                                   "x  y\t z",
		"printf x|su":                                "printf ■|su",
		"'a\\'b":                                     "'a\\'b",
	})
	deep := "mysql -ptiger"
	for range maxNesting {
		deep = "sh -c " + quoted(deep)
	}
	if got := Command(deep); !strings.Contains(got, "mysql -p"+masked) {
		t.Errorf("as deep as texts are looked at: %q", got)
	}
	for range 3 { // deeper than that nothing is shown, rather than a secret
		deep = "sh -c " + quoted(deep)
		if got := Command(deep); strings.Contains(got, "tiger") {
			t.Errorf("%q", got)
		}
	}
}

// quoted is a text as one word of a shell.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// In prose, only options of known programs and names that say secret count: the other
// words of a message stay.
func TestProseIsNoCommand(t *testing.T) {
	table(t, func(s string) string { return strings.ReplaceAll(Prose(s), masked, "■") }, map[string]string{
		"the password is wrong": "the password is wrong", "read -p tiger": "read -p tiger", "app -u a:b": "app -u a:b", "ran mysql -ptiger": "ran mysql -p■",
		"with --password tiger": "with --password ■", "aB3dE6gH9jK2mN5pQ8sT is a name": "aB3dE6gH9jK2mN5pQ8sT is a name", "pin= 1234": "pin= 1234", "token=tiger": "token=■", "token= tiger": "token= ■",
	})
}
