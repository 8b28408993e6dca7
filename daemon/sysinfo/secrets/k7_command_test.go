package secrets

import (
	"slices"
	"strings"
	"testing"
)

// Where each program takes a secret, and what is so like it that it has to stay:
// ¦ parts the arguments, ■ is a secret that is not shown.
func TestK1P31_EachHabitOfAProgram(t *testing.T) {
	table(t, func(line string) string { return strings.ReplaceAll(Args(argv(line)), masked, "■") }, map[string]string{
		"mysql¦-h¦-pabc":                                  "mysql -h -pabc",
		"curl¦-u¦kim:tiger¦x":                             "curl -u kim:■ x",
		"curl¦-ukim:tiger¦x":                              "curl -ukim:■ x",
		"curl¦--user=kim:tiger¦x":                         "curl --user=kim:■ x",
		"curl¦-sSukim:tiger¦x":                            "curl -sSukim:■ x",
		"curl¦-sS¦x":                                      "curl -sS x",
		"curl¦-H¦Authorization: x¦y":                      "curl -H Authorization: ■ y",
		"curl¦-HAuthorization: x¦y":                       "curl -HAuthorization: ■ y",
		"curl¦-sH¦Authorization: x":                       "curl -sH Authorization: ■",
		"curl¦-b¦a=b":                                     "curl -b a=■",
		"curl¦--cookie¦sid=x":                             "curl --cookie sid=■",
		"curl¦--oauth2-bearer¦tiger":                      "curl --oauth2-bearer ■",
		"lftp¦-u¦kim,tiger¦x":                             "lftp -u kim,■ x",
		"smbclient¦-U¦kim%tiger¦//a/b":                    "smbclient -U kim%■ //a/b",
		"smbclient¦//a/b¦tiger":                           "smbclient //a/b ■",
		"smbclient¦//a/b¦-N":                              "smbclient //a/b -N",
		"smbclient¦a¦b":                                   "smbclient a b",
		"mysql¦-P¦3306":                                   "mysql -P 3306",
		"mysql¦-u¦kim¦-p":                                 "mysql -u kim -p",
		"mysql¦-ptiger":                                   "mysql -p■",
		"mysql¦-p":                                        "mysql -p",
		"docker¦login¦-u¦kim¦-p¦tiger":                    "docker login -u kim -p ■",
		"docker¦run¦-p¦80":                                "docker run -p 80",
		"docker¦auth¦-p¦tiger":                            "docker auth -p ■",
		"sqlplus¦kim/tiger@db":                            "sqlplus kim/■@db",
		"sqlplus¦/¦as¦sysdba":                             "sqlplus / as sysdba",
		"sqlplus¦@/x/y":                                   "sqlplus @/x/y",
		"sqlplus¦/nolog":                                  "sqlplus /nolog",
		"app¦--x=¦next":                                   "app --x= next",
		"openssl¦enc¦x":                                   "openssl enc x",
		"openssl¦passwd":                                  "openssl passwd",
		"app¦password=tiger¦next":                         "app password=■ next",
		"app¦--password=tiger¦next":                       "app --password=■ next",
		"app¦x=¦next":                                     "app x= next",
		"app¦--password¦/dev/x":                           "app --password ■",
		"app¦--password¦/p:x":                             "app --password ■",
		"openssl¦passwd¦tiger":                            "openssl passwd ■",
		"openssl¦enc¦-k¦tiger":                            "openssl enc -k ■",
		"htpasswd¦-b¦file¦kim¦tiger":                      "htpasswd -b file ■ ■",
		"htpasswd¦file":                                   "htpasswd file",
		"mkpasswd¦tiger":                                  "mkpasswd ■",
		"rclone¦obscure¦tiger":                            "rclone obscure ■",
		"rclone¦copy¦a":                                   "rclone copy a",
		"wpa_passphrase¦ssid¦tiger":                       "wpa_passphrase ssid ■",
		"iwconfig¦wlan0¦key¦tiger":                        "iwconfig wlan0 key ■",
		"iwconfig¦wlan0¦essid¦x":                          "iwconfig wlan0 essid x",
		"vault¦login¦tiger":                               "vault login ■",
		"sudo¦vault¦login¦tiger":                          "sudo vault login ■",
		"vault¦read¦tiger":                                "vault read tiger",
		"radtest¦kim¦tiger¦host¦0¦secret":                 "radtest kim ■ host 0 ■",
		"mc¦alias¦set¦n¦url¦key¦tiger":                    "mc alias set n url ■ ■",
		"db2¦connect¦to¦x¦user¦y¦using¦tiger":             "db2 connect to x user y using ■",
		"rabbitmqctl¦add_user¦kim¦tiger":                  "rabbitmqctl add_user kim ■",
		"rabbitmqctl¦list_users¦a¦b":                      "rabbitmqctl list_users a b",
		"net¦user¦kim¦tiger":                              "net user kim ■",
		"net¦user¦kim":                                    "net user kim",
		"net¦use¦x:¦\\\\a\\b¦tiger":                       "net use x: \\\\a\\b ■",
		"net¦use¦x:¦\\\\a\\b":                             "net use x: \\\\a\\b",
		"net¦use¦x:¦*":                                    "net use x: *",
		"samba-tool¦user¦create¦kim¦tiger":                "samba-tool user create kim ■",
		"schtasks¦/rp¦tiger":                              "schtasks /rp ■",
		"ipmitool¦-P¦tiger":                               "ipmitool -P ■",
		"ipmitool¦-Ptiger":                                "ipmitool -P■",
		"7z¦a¦-ptiger¦x":                                  "7z a -p■ x",
		"rar¦a¦-hptiger¦x":                                "rar a -hp■ x",
		"app¦-p¦tiger":                                    "app -p ■",
		"app¦-P¦tiger":                                    "app -P ■",
		"app¦-p¦80":                                       "app -p 80",
		"app¦-p¦123456":                                   "app -p ■",
		"app¦-p¦/x":                                       "app -p /x",
		"app¦-p¦./x":                                      "app -p ./x",
		"app¦-u¦kim:tiger":                                "app -u kim:■",
		"app¦-u¦https://x:1":                              "app -u https://x:1",
		"app¦-u¦kim":                                      "app -u kim",
		"app¦--user¦kim:tiger":                            "app --user kim:■",
		"app¦--user¦kim":                                  "app --user kim",
		"app¦--user=kim:tiger":                            "app --user=kim:■",
		"app¦--creds=kim:tiger":                           "app --creds=kim:■",
		"app¦--login¦a:b":                                 "app --login a:■",
		"kubectl¦--user¦1000:1000":                        "kubectl --user 1000:1000",
		"curl¦-bsid=tiger":                                "curl -bsid=■",
		"app¦--header¦X-Auth: x":                          "app --header X-Auth: ■",
		"app¦--add-header¦X-Auth: x":                      "app --add-header X-Auth: ■",
		"app¦/password:tiger":                             "app /password:■",
		"app¦--password:tiger":                            "app --password:■",
		"app¦--password=":                                 "app --password=",
		"app¦--password=¦tiger":                           "app --password= ■",
		"app¦--authorization=Basic¦tiger":                 "app --authorization=Basic ■",
		"app¦--x=y":                                       "app --x=y",
		"app¦--pin¦-1":                                    "app --pin -1",
		"app¦--password¦-tiger":                           "app --password -tiger",
		"app¦--password¦--verbose":                        "app --password --verbose",
		"app¦--password¦-":                                "app --password -",
		"app¦password¦tiger":                              "app password ■",
		"app¦token¦tiger":                                 "app token ■",
		"app¦password=¦tiger":                             "app password= ■",
		"app¦password=basic¦tiger":                        "app password=■ ■",
		"A=b¦app¦x":                                       "A=b app x",
		"TOKEN=tiger¦app":                                 "TOKEN=■ app",
		"AUTH=Basic¦tiger":                                "AUTH=■ ■",
		"A=/usr/bin/mysql¦-ptiger":                        "A=/usr/bin/mysql -p■",
		"sudo¦COMMAND=/usr/bin/mysql¦-ptiger":             "sudo COMMAND=/usr/bin/mysql -p■",
		"time¦mysql¦-ptiger":                              "time mysql -p■",
		"echo¦mysql¦-ptiger":                              "echo mysql -p■",
		"app¦zip¦-P¦tiger":                                "app zip -P ■",
		"sudo¦zip¦-P¦tiger":                               "sudo zip -P ■",
		"app¦http¦-a¦a:b":                                 "app http -a a:b",
		"http¦-a¦a:b":                                     "http -a a:■",
		"app: x y":                                        "app: x y",
		"snmpwalk¦-c¦public¦h":                            "snmpwalk -c ■ h",
		"snmpwalk¦-cpublic¦h":                             "snmpwalk -c■ h",
		"ldapsearch¦-wtiger":                              "ldapsearch -w■",
		"redis-cli¦-a¦tiger":                              "redis-cli -a ■",
		"redis-cli¦-atiger":                               "redis-cli -atiger",
		"powershell¦-enc¦dABpAGc=":                        "powershell -enc ■",
		"sh¦-c¦mysql -ptiger; app -p tiger":               "sh -c mysql -p■; app -p ■",
		"app¦a=b c=tiger password=tiger":                  "app a=b c=tiger password=■",
		"xfreerdp¦/p:tiger":                               "xfreerdp /p:■",
		"xfreerdp¦/u:kim":                                 "xfreerdp /u:kim",
		"winrs¦-p:tiger":                                  "winrs -p:■",
		"app¦x <y >z":                                     "app x <y >z",
		"psql¦-p¦5432":                                    "psql -p 5432",
		"ssh¦-p¦22¦h":                                     "ssh -p 22 h",
		"pdftotext¦-upw¦tiger":                            "pdftotext -upw ■",
		"swaks¦-ap¦tiger":                                 "swaks -ap ■",
		"sendemail¦-xp¦tiger":                             "sendemail -xp ■",
		"ctr¦-u¦kim:tiger":                                "ctr -u kim:■",
		"sudo¦ctr¦-u¦kim:tiger":                           "sudo ctr -u kim:■",
		"ncftpput¦-p¦tiger":                               "ncftpput -p ■",
		"twine¦upload¦-p¦tiger":                           "twine upload -p ■",
		"su¦-c¦x":                                         "su -c x",
		"htpasswd¦-¦kim¦tiger":                            "htpasswd - ■ ■",
		"--password¦tiger":                                "--password ■",
		"MODE=basic¦app¦x":                                "MODE=basic app x",
		"app¦--:private=tiger":                            "app --:private=■",
		"app¦--mode=basic¦tiger":                          "app --mode=basic tiger",
		"app¦--auth=tiger":                                "app --auth=■",
		"java¦-Dpin¦Main":                                 "java -Dpin Main",
		"java¦-Dpin=1234¦Main":                            "java -Dpin=■ Main",
		"app¦/p¦x":                                        "app /p x",
		"systeminfo¦/u¦kim¦/s¦h":                          "systeminfo /u kim /s h",
		"systeminfo¦/u¦kim¦/s¦h¦/p¦tiger":                 "systeminfo /u kim /s h /p ■",
		"app¦/user¦kim¦/s¦h¦/p¦tiger":                     "app /user kim /s h /p ■",
		"app¦/username¦kim¦/s¦h¦/p¦tiger":                 "app /username kim /s h /p ■",
		"podman¦run¦-u¦kim¦-p=80:80¦x":                    "podman run -u kim -p=80:80 x",
		"app¦-x¦50%off":                                   "app -x 50%off",
		"app¦--user¦kim%tiger":                            "app --user kim%■",
		"app¦-u¦mysql¦-ptiger":                            "app -u mysql -p■",
		"docker¦run¦--user¦kim:staff¦x":                   "docker run --user kim:staff x",
		"docker¦run¦-u¦kim:staff¦x":                       "docker run -u kim:staff x",
		"rclone¦copy¦-P¦x":                                "rclone copy -P x",
		"zip¦a.zip¦/oPt":                                  "zip a.zip /oPt",
		"mysql¦--compress":                                "mysql --compress",
		"curl¦--header=X-Auth: x":                         "curl --header=X-Auth: ■",
		"redis-cli¦-A¦x":                                  "redis-cli -A x",
		"useradd¦-P/mnt¦kim":                              "useradd -P/mnt kim",
		"mysql¦/h¦-ptiger":                                "mysql /h -p■",
		"ldapsearch¦-b¦password¦x":                        "ldapsearch -b password x",
		"sudo¦docker¦run¦http¦-a¦a:b":                     "sudo docker run http -a a:b",
		"htpasswd¦-b¦ssh¦kim¦tiger":                       "htpasswd -b ssh ■ ■",
		"app¦reset-admin-password¦kim¦tiger":              "app reset-admin-password ■ ■",
		"docker¦run¦set-password¦kim":                     "docker run set-password kim",
		"app¦reset-password¦/etc/x":                       "app reset-password /etc/x",
		"app¦w=1,p=2":                                     "app w=1,p=2",
		"pt-kill¦mysql -ptiger":                           "pt-kill mysql -p■",
		"pt-kill¦h=db,p=tiger,u=kim":                      "pt-kill h=db,p=■,u=kim",
		"mysql¦a/b":                                       "mysql a/b",
		"sqlplus¦kim":                                     "sqlplus kim",
		"app¦the token=a b":                               "app the token=■ b",
		"app¦mode=basic¦x":                                "app mode=basic x",
		"app¦set¦/run/token¦x":                            "app set /run/token x",
		"dotnet¦user-secrets¦list":                        "dotnet user-secrets list",
		"iwconfig¦key¦tiger":                              "iwconfig key ■",
		"iwconfig¦wlan0":                                  "iwconfig wlan0",
		"smbclient¦//a/b¦tiger¦more":                      "smbclient //a/b ■ more",
		"net¦rpc¦password¦kim¦tiger":                      "net rpc password ■ ■",
		"net¦ads¦user¦add¦kim¦tiger":                      "net ads user add kim ■",
		"net¦rpc¦user¦add¦kim":                            "net rpc user add kim",
		"net¦rpc¦group¦add¦kim¦x":                         "net rpc group add kim x",
		"net¦rpc¦user¦info¦kim¦x":                         "net rpc user info kim x",
		"net¦use¦x:":                                      "net use x:",
		"net¦start¦x¦y":                                   "net start x y",
		"sedutil-cli¦--initialSetup¦tiger¦/dev/sda":       "sedutil-cli --initialSetup ■ /dev/sda",
		"VBoxManage¦controlvm¦x¦setcredentials¦kim¦tiger": "VBoxManage controlvm x setcredentials kim ■",
		"VBoxManage¦controlvm¦x¦other¦kim¦y":              "VBoxManage controlvm x other kim y",
		"iw¦key¦0:tiger":                                  "iw key ■",
		"iw¦dev¦wlan0¦scan":                               "iw dev wlan0 scan",
		"chat¦word:¦tiger":                                "chat word: ■",
		"chat¦ogin:¦kim":                                  "chat ogin: kim",
		"ftp¦-n¦quote PASS tiger more":                    "ftp -n quote PASS ■ more",
		"ftp¦-n¦quote SITE x":                             "ftp -n quote SITE x",
		"xdotool¦type¦tiger":                              "xdotool type ■",
		"fly¦secrets¦set¦X=tiger":                         "fly secrets set ■",
		"fly¦apps¦set¦X":                                  "fly apps set X",
		"fly¦secrets¦unset¦X":                             "fly secrets unset X",
		"ldifde¦-b¦kim¦corp¦tiger":                        "ldifde -b kim ■ ■",
		"ldifde¦x¦y":                                      "ldifde x y",
		"redis-cli¦acl¦setuser¦#1":                        "redis-cli acl setuser #1",
		"redis-cli¦acl¦setuser¦kim¦on":                    "redis-cli acl setuser kim on",
		"redis-cli¦acl¦setuser¦kim¦":                      "redis-cli acl setuser kim ",
		"redis-cli¦acl¦setuser¦kim¦>tiger":                "redis-cli acl setuser kim ■",
		"db2¦list":                                        "db2 list",
		"db2¦using¦tiger":                                 "db2 using ■",
		"vault¦write¦secret/x¦value=tiger":                "vault write secret/x ■",
		"vault¦kv¦put¦secret/x¦value=tiger":               "vault kv put secret/x ■",
		"vault¦read¦a=b":                                  "vault read a=b",
		"wpa_cli¦status":                                  "wpa_cli status",
		"wpa_cli¦wep_key0¦tiger":                          "wpa_cli wep_key0 ■",
		"wpa_cli¦set_network¦0¦ssid¦x":                    "wpa_cli set_network 0 ssid x",
		"wpa_cli¦otp¦0¦1234":                              "wpa_cli otp ■ ■",
		"wpa_cli¦new_password¦0¦tiger¦x":                  "wpa_cli new_password ■ ■ x",
		"nmcli¦802-1x.password¦tiger":                     "nmcli 802-1x.password ■",
		"nmcli¦general":                                   "nmcli general",
		`reg¦add¦HKLM\Password¦/v¦Shell¦/d¦x`:             `reg add HKLM\Password /v Shell /d x`,
		`reg¦add¦HKLM\x¦/v¦DefaultPassword¦/t¦REG_SZ¦/d¦tiger`: `reg add HKLM\x /v DefaultPassword /t REG_SZ /d ■`,
		"openssl¦enc¦-k":                                         "openssl enc -k",
		"dscl¦.¦-passwd¦/Users/kim¦tiger":                        "dscl . -passwd /Users/kim ■",
		`curl¦-d¦{"tokens_used":1,"x":"a=b"}`:                    `curl -d {"tokens_used":1,"x":"a=b"}`,
		"kubectl¦create¦secret¦generic¦x¦--from-literal=a=tiger": "kubectl create secret generic x --from-literal=■",
		"docker¦only¦-p¦tiger":                                   "docker only -p tiger",
		"rabbitmqctl¦-n¦x¦add_user¦kim¦tiger":                    "rabbitmqctl -n x add_user kim ■",
		"ipmitool¦user¦set¦password¦2¦tiger":                     "ipmitool user set password ■ ■",
		"ipa¦passwd¦kim¦tiger":                                   "ipa passwd ■ ■",
		"app¦set-password=x¦kim":                                 "app set-password=■ kim",
		"qpdf¦--encrypt¦tiger¦tiger¦256¦--¦a¦b":                  "qpdf --encrypt ■ ■ 256 -- a b",
	})
}

// In prose, only options of known programs and names that say secret count: the other
// words of a message stay.
func TestProseIsNoCommand(t *testing.T) {
	table(t, func(s string) string { return strings.ReplaceAll(Prose(s), masked, "■") }, map[string]string{
		"ran set-password kim": "ran set-password kim", "'see aB3dE6gH9jK2mN5pQ8sT now'": "'see aB3dE6gH9jK2mN5pQ8sT now'", "ran set-password kim (mysql -ptiger)": "ran set-password kim (mysql -p■)",
		"the password is wrong": "the password is wrong", "read -p tiger": "read -p tiger", "app -u a:b": "app -u a:b", "ran mysql -ptiger": "ran mysql -p■",
		"with --password tiger": "with --password ■", "aB3dE6gH9jK2mN5pQ8sT is a name": "aB3dE6gH9jK2mN5pQ8sT is a name", "pin= 1234": "pin= 1234", "token=tiger": "token=■", "token= tiger": "token= ■",
	})
}

// What is longer than 8 KiB is cut where it is as long, and says how long it was.
func TestLongCommandsAreCut(t *testing.T) {
	const fits = 8191
	long := strings.Repeat("a b ", 4000)
	if got := Command(long[:fits]); got != long[:fits] {
		t.Errorf("%d bytes, not %d", len(got), fits)
	}
	if got := Command(long[:fits+1]); got != long[:fits]+"… (8192 bytes, cut)" {
		t.Errorf("one byte more: %q", got[fits-10:])
	}
	if got := Args([]string{long[:fits], "x"}); got != long[:fits]+" … (8193 bytes, cut)" {
		t.Errorf("one word more: %q", got[fits-10:])
	}
	if got := Args([]string{"app", long, "x"}); got != "app "+long[:fits-4]+"… (16006 bytes, cut)" {
		t.Errorf("a long word: %q", got[fits-10:])
	}
}

// A secret stands behind the first words of a command or behind the last: these are kept.
func TestTheFirstAndLastWordsAreKept(t *testing.T) {
	var c command
	var all []string
	for i := range 100 {
		all = append(all, strings.Repeat("x", i))
		c.read(all[i])
	}
	if want := slices.Concat(all[:32], all[68:]); !slices.Equal(c.words, want) {
		t.Errorf("%d words: %q", len(c.words), c.words)
	}
}

// A slip in the tables of programs ends every program at its start.
func TestASlipInATableIsNoticed(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it passes")
		}
	}()
	place("two")
}
