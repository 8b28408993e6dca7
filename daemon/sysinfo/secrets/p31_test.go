package secrets

import (
	"strings"
	"testing"
)

// argv is a command line as a process has it: words are divided by ¦ here, as a
// word may have spaces.
func argv(line string) []string { return strings.Split(line, "¦") }

const canary = "Tr0ub4dor"

func TestK1P31_CommandLinesOfPrograms(t *testing.T) {
	for _, line := range []string{
		"curl¦-u¦a:Tr0ub4dor¦https://x", "curl¦-ua:Tr0ub4dor", "curl¦--user¦a:Tr0ub4dor", "curl¦--user=a:Tr0ub4dor", "curl¦-sSu¦a:Tr0ub4dor", "curl¦-sSua:Tr0ub4dor",
		"curl¦-U¦a:Tr0ub4dor", "curl¦--proxy-user¦a:Tr0ub4dor", "curl¦-H¦Authorization: Bearer Tr0ub4dor¦x", "curl¦-HX-Api-Key: Tr0ub4dor", "curl¦--header¦Private-Token: Tr0ub4dor",
		"curl¦-b¦session=1; token=Tr0ub4dor", "curl¦--oauth2-bearer¦Tr0ub4dor", "curl¦-d¦{\"password\":\"Tr0ub4dor\"}", "/usr/bin/curl¦-u¦a:Tr0ub4dor", "wget¦--password=Tr0ub4dor",
		"wget¦--header=Authorization: Basic Tr0ub4dor", "http¦-a¦kim:Tr0ub4dor¦x", "xh¦--auth¦kim:Tr0ub4dor",
		"mysql¦-pTr0ub4dor", "mysqldump¦-u¦root¦-pTr0ub4dor¦db", "mariadb¦-pTr0ub4dor", "mariadb-dump¦-pTr0ub4dor", "/opt/mysql/bin/mysqladmin¦-pTr0ub4dor", "mysqlsh¦-pTr0ub4dor",
		"psql¦postgresql://kim:Tr0ub4dor@db/x", "psql¦host=db password=Tr0ub4dor user=kim", "env¦PGPASSWORD=Tr0ub4dor¦psql", "redis-cli¦-a¦Tr0ub4dor", "redis-cli¦-u¦redis://:Tr0ub4dor@h",
		"mongosh¦-u¦kim¦-p¦Tr0ub4dor", "mongodump¦-pTr0ub4dor", "sqlcmd¦-S¦h¦-U¦sa¦-P¦Tr0ub4dor", "sqlcmd¦-PTr0ub4dor", "sqlplus¦kim/Tr0ub4dor@db", "expdp¦kim/Tr0ub4dor", "rman¦target¦sys/Tr0ub4dor@db",
		"docker¦login¦-u¦kim¦-p¦Tr0ub4dor¦reg", "docker¦login¦--password¦Tr0ub4dor", "podman¦login¦-p¦Tr0ub4dor", "helm¦registry¦login¦-p¦Tr0ub4dor", "skopeo¦copy¦--src-creds¦kim:Tr0ub4dor¦x",
		"skopeo¦copy¦--dest-creds=kim:Tr0ub4dor¦x", "docker¦run¦-e¦MYSQL_ROOT_PASSWORD=Tr0ub4dor¦mysql", "docker¦run¦--env=DB_PASS=Tr0ub4dor¦x", "docker¦exec¦db¦mysql¦-pTr0ub4dor",
		"kubectl¦create¦secret¦generic¦x¦--from-literal=password=Tr0ub4dor", "az¦login¦-u¦kim¦-p¦Tr0ub4dor", "oc¦login¦-p¦Tr0ub4dor", "etcdctl¦--user¦root:Tr0ub4dor", "ctr¦images¦pull¦-u¦kim:Tr0ub4dor¦x",
		"sshpass¦-p¦Tr0ub4dor¦ssh¦x", "sshpass¦-pTr0ub4dor¦ssh¦x", "plink¦-pw¦Tr0ub4dor¦h", "lftp¦-u¦kim,Tr0ub4dor¦h", "ncftpput¦-u¦kim¦-p¦Tr0ub4dor¦h", "ftp¦ftp://kim:Tr0ub4dor@h", "lftp¦kim:Tr0ub4dor@h",
		"smbclient¦//h/s¦-U¦kim%Tr0ub4dor", "smbclient¦-Ukim%Tr0ub4dor¦//h/s", "rpcclient¦--user=kim%Tr0ub4dor¦h", "mount¦-o¦username=kim,password=Tr0ub4dor¦//h/s¦/mnt", "mount.cifs¦//h/s¦/mnt¦-o¦user=kim,pass=Tr0ub4dor",
		"ldapsearch¦-D¦cn=x¦-w¦Tr0ub4dor", "ldapmodify¦-wTr0ub4dor", "ldappasswd¦-s¦Tr0ub4dor¦-w¦x", "snmpwalk¦-v2c¦-c¦Tr0ub4dor¦h", "snmpget¦-v3¦-A¦Tr0ub4dor¦-X¦x¦h", "ipmitool¦-U¦kim¦-P¦Tr0ub4dor¦power",
		"xfreerdp¦/u:kim¦/p:Tr0ub4dor¦/v:h", "rdesktop¦-u¦kim¦-p¦Tr0ub4dor¦h", "x11vnc¦-passwd¦Tr0ub4dor", "openssl¦enc¦-k¦Tr0ub4dor", "openssl¦req¦-passin¦pass:Tr0ub4dor", "openssl¦rsa¦-passout=pass:Tr0ub4dor",
		"openssl¦passwd¦Tr0ub4dor", "gpg¦--passphrase¦Tr0ub4dor", "7z¦x¦-pTr0ub4dor¦a.7z", "rar¦a¦-hpTr0ub4dor¦a.rar", "unzip¦-P¦Tr0ub4dor¦a.zip", "zip¦-PTr0ub4dor¦a.zip", "keytool¦-storepass¦Tr0ub4dor",
		"java¦-Djavax.net.ssl.keyStorePassword=Tr0ub4dor¦-jar¦x", "java¦-Dspring.datasource.password=Tr0ub4dor", "ansible¦-e¦ansible_password=Tr0ub4dor", "terraform¦apply¦-var¦db_password=Tr0ub4dor",
		"htpasswd¦-b¦file¦kim¦Tr0ub4dor", "usermod¦-p¦Tr0ub4dor¦kim", "net¦user¦kim¦Tr0ub4dor¦/add", "net¦use¦z:¦\\\\h\\s¦Tr0ub4dor¦/user:kim", "cmdkey¦/add:h¦/user:kim¦/pass:Tr0ub4dor",
		"schtasks.exe¦/create¦/rp¦Tr0ub4dor", "PsExec64.exe¦\\\\h¦-u¦kim¦-p¦Tr0ub4dor¦cmd", "wmic¦/password:Tr0ub4dor", "sc¦config¦x¦password=¦Tr0ub4dor", "net¦use¦\\\\h\\s¦/user:kim¦Tr0ub4dor",
		"powershell.exe¦-EncodedCommand¦Tr0ub4dor", "mosquitto_pub¦-u¦kim¦-P¦Tr0ub4dor", "rabbitmqctl¦add_user¦kim¦Tr0ub4dor", "vault¦login¦Tr0ub4dor", "mc¦alias¦set¦x¦http://h¦AK¦Tr0ub4dor",
		"aws¦configure¦set¦aws_secret_access_key¦Tr0ub4dor", "nmcli¦dev¦wifi¦connect¦ssid¦password¦Tr0ub4dor", "wpa_passphrase¦ssid¦Tr0ub4dor", "pdftk¦a.pdf¦output¦b.pdf¦user_pw¦Tr0ub4dor", "twine¦upload¦-p¦Tr0ub4dor",
		"docker¦login¦-pTr0ub4dor", "docker¦--config¦x¦login¦-p=Tr0ub4dor", "mysqladmin¦-u¦root¦password¦Tr0ub4dor", "smbclient¦//h/s¦Tr0ub4dor¦-U¦kim", "nmap¦--script-args¦smbuser=kim,smbpass=Tr0ub4dor", "app¦dbPwd=Tr0ub4dor",
		"rclone¦obscure¦Tr0ub4dor", "mkpasswd¦-m¦sha-512¦Tr0ub4dor", "powershell¦-Command¦ConvertTo-SecureString 'Tr0ub4dor' -AsPlainText -Force", "sh¦-c¦echo Tr0ub4dor | tee x | docker login --password-stdin",
		"python3¦-c¦connect(password='Tr0ub4dor')", "node¦-e¦x({pass:\"Tr0ub4dor\"})", "ssh¦h¦sudo -S <<< Tr0ub4dor id", "ansible-playbook¦-e¦{\"ansible_become_pass\": \"Tr0ub4dor\"}",
		"psql¦-c¦ALTER USER kim WITH PASSWORD 'Tr0ub4dor'", "mysql¦-e¦CREATE USER kim IDENTIFIED BY 'Tr0ub4dor'", "sh¦-c¦mysql -e \"SET PASSWORD 'Tr0ub4dor'\"", "curl¦-F¦password=Tr0ub4dor", "curl¦-dpassword=Tr0ub4dor",
		"curl¦-x¦kim:Tr0ub4dor@proxy:80¦x", "git¦clone¦https://Tr0ub4dor99@host/x", "sh¦-c¦echo 'machine x login y password Tr0ub4dor' > .netrc", "env¦-S¦mysql -pTr0ub4dor", "password=Tr0ub4dor", "--password=Tr0ub4dor¦x",
		"app¦--password=Tr0ub4dor", "app¦--password¦Tr0ub4dor", "app¦-password¦Tr0ub4dor", "app¦--db.password=Tr0ub4dor", "app¦--set¦a=b,auth.password=Tr0ub4dor", "app¦PASSWORD=Tr0ub4dor", "app¦-p¦Tr0ub4dor",
		"app¦--basic-auth¦kim:Tr0ub4dor", "app¦--userpass=kim:Tr0ub4dor", "app¦--config¦{\"db\":{\"password\": \"Tr0ub4dor\"}}", "app¦jdbc:oracle:thin:kim/Tr0ub4dor@h:1521/x", "app¦Server=h;Uid=kim;Pwd=Tr0ub4dor;",
	} {
		if got := Args(argv(line)); strings.Contains(got, canary) || !strings.Contains(got, masked) {
			t.Errorf("%s\n  shows %s", line, got)
		}
	}
	if got := Args(argv("docker¦login¦-p¦12345")); got != "docker login -p "+masked {
		t.Errorf("%q", got)
	}
}

// It makes no difference what starts the program, or what it calls itself.
func TestK1P31_WrappersShellsAndRewrittenNames(t *testing.T) {
	for _, line := range []string{
		"sh¦-c¦mysql -pTr0ub4dor", "bash¦-lc¦exec mysqldump -u root -pTr0ub4dor db > /x", "sh¦-c¦cd / && PGPASSWORD=Tr0ub4dor psql", "sh¦-c¦curl -u a:Tr0ub4dor https://x | sh",
		"/bin/sh¦-c¦sh -c 'mysql -pTr0ub4dor'", "sh¦-c¦sh -c \"sh -c 'mysql -pTr0ub4dor'\"", "sh¦-c¦mysql -p\"Tr0ub4dor\"", "sh¦-c¦mysql -p'Tr0ub4dor' db", "sh¦-c¦docker login -p 'Tr0ub4dor'",
		"sh¦-c¦echo Tr0ub4dor | sudo -S id", "bash¦-c¦echo 'kim:Tr0ub4dor' | chpasswd", "bash¦-c¦printf Tr0ub4dor | docker login --password-stdin", "bash¦-c¦cryptsetup open x <<< Tr0ub4dor",
		"sh¦-c¦x=$(mysql -pTr0ub4dor -e 1)", "sh¦-c¦(mysql -pTr0ub4dor)", "sh¦-c¦`mysql -pTr0ub4dor`", "sh¦-c¦true;mysql -pTr0ub4dor", "sh¦-c¦sleep 1\nmysql -pTr0ub4dor\n",
		"sudo¦-u¦kim¦mysql¦-pTr0ub4dor", "sudo¦mysql¦-pTr0ub4dor", "env¦A=b¦mysql¦-pTr0ub4dor", "nice¦-n¦5¦mysql¦-pTr0ub4dor", "timeout¦5¦mysql¦-pTr0ub4dor", "strace¦-f¦-o¦x¦mysql¦-pTr0ub4dor",
		"nohup¦mysqldump¦-pTr0ub4dor", "xargs¦-n1¦mysql¦-pTr0ub4dor", "watch¦mysql -pTr0ub4dor -e 1", "su¦-¦kim¦-c¦mysql -pTr0ub4dor", "ssh¦host¦mysql¦-pTr0ub4dor", "ssh¦host¦mysql -pTr0ub4dor",
		"flock¦/x¦-c¦mysql -pTr0ub4dor", "systemd-run¦--scope¦mysql¦-pTr0ub4dor", "docker¦exec¦-it¦db¦sh¦-c¦mysql -pTr0ub4dor", "kubectl¦exec¦x¦--¦mysql¦-pTr0ub4dor", "tmux¦new¦-d¦mysql -pTr0ub4dor",
		"busybox¦sh¦-c¦mysql -pTr0ub4dor", "find¦.¦-exec¦mysql¦-pTr0ub4dor¦;", "script¦-c¦mysql -pTr0ub4dor", "cmd.exe¦/c¦net user kim Tr0ub4dor /add", "sudo¦zip¦-P¦Tr0ub4dor¦a", "sudo¦http¦-a¦kim:Tr0ub4dor",
		"mysql -pTr0ub4dor", "mysql -pTr0ub4dor db", "worker: mysql -pTr0ub4dor", "/usr/bin/curl -u a:Tr0ub4dor https://x", "app --password=Tr0ub4dor", "app --password Tr0ub4dor", "app: db=postgres://kim:Tr0ub4dor@h/x",
		"PGPASSWORD=Tr0ub4dor psql", "PGPASSWORD=Tr0ub4dor¦psql", "sshd: password=Tr0ub4dor",
	} {
		if got := Args(argv(line)); strings.Contains(got, canary) {
			t.Errorf("%s\n  shows %s", line, got)
		}
	}
}

// What is no secret stays: who helps has to read it.
func TestK1P31_WhatIsNoSecretStays(t *testing.T) {
	for _, line := range []string{
		"ssh¦-p¦2222¦host", "docker¦run¦-p¦8080:80¦-u¦1000:1000¦x", "docker¦run¦--user¦1000:1000¦x", "mkdir¦-p¦dir", "mysql¦-P¦3306¦-h¦db¦-u¦kim", "mysqld¦--port=3306", "tar¦-cpf¦x.tar¦dir",
		"sh¦-c¦echo 'it is' \"done\"; ls -l | wc -l", "vi¦/home/kim/password.txt", "tool¦--password-file=/run/x", "find¦/¦-name¦*.key", "curl¦-sSfL¦-o¦x¦https://example.org/x?a=b", "ps¦-p¦123456",
		"git¦log¦-p¦file", "systemctl¦show¦-p¦Id", "grep¦-r¦password¦/etc", "python3¦-m¦http.server¦8000", "net¦start¦spooler", "zip¦-r¦a.zip¦dir", "sshd: kim [priv]", "postgres: kim db 10.0.0.1(5432) idle",
		"nginx: worker process", "bash¦-c¦can't stop", "[kworker/0:1-events]", "chown¦kim:kim¦x", "rsync¦-a¦--delete¦a¦host:b", "java¦-Xmx1g¦-jar¦app.jar", "curl¦-u¦kim¦x", "cp¦-p¦a¦b",
		"sed¦-e¦s/a/b/", "/usr/lib/x --socket-path=/run/x", "app¦-u¦https://example.org:8443", "docker¦login¦--password-stdin¦reg",
	} {
		want := strings.Join(argv(line), " ")
		if got := Args(argv(line)); got != want {
			t.Errorf("%s\n became %s", want, got)
		}
	}
}

func FuzzCommandLine(f *testing.F) {
	f.Add("sh -c 'mysql -psecret' | sudo -S x <<< \"y\" ; a=$(b) `c` \\")
	f.Add("redis-cli\x00acl\x00setuser\x00kim\x00")
	f.Add("curl -sSu a:b -H 'Authorization: x' --password= y")
	f.Fuzz(func(t *testing.T, s string) {
		once := Command(s)
		if len(once) > 12*len(s)+200 {
			t.Fatalf("%d bytes became %d", len(s), len(once))
		}
		end := 0
		for _, w := range splitShell(s) {
			if w.start < end || w.end <= w.start || w.end > len(s) {
				t.Fatalf("%+v in %q", w, s)
			}
			end = w.end
		}
		Args(strings.Split(s, "\x00"))
		Prose(s)
	})
}
