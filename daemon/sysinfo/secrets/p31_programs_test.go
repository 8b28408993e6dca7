package secrets

import (
	"strings"
	"testing"
)

// Grouped letters, positions behind options that take a value, and programs whose
// manual pages have a letter of their own. ¦ parts the arguments.
func TestK1P31_EveryProgramHasItsLetters(t *testing.T) {
	for _, line := range []string{
		"ldapsearch¦-xwTr0ub4dor", "ldapsearch¦-xw¦Tr0ub4dor", "ldapsearch¦-LLLxwTr0ub4dor¦-b¦dc=x", "ldapadd¦-xD¦cn=a¦-wTr0ub4dor", "ldapmodify¦-axwTr0ub4dor", "ldappasswd¦-xsTr0ub4dor", "ldapvi¦-wTr0ub4dor",
		"mysql¦-uroot¦-pTr0ub4dor", "mysql¦-BNpTr0ub4dor", "mysql¦-vvpTr0ub4dor¦db", "mysqldump¦-ApTr0ub4dor", "mariadb¦-sNpTr0ub4dor", "mysql¦-h¦db¦-vp¦Tr0ub4dor",
		"ipa-server-install¦-a¦Tr0ub4dor", "ipa-server-install¦-Ua¦Tr0ub4dor", "ipa-server-install¦-pTr0ub4dor", "ipa-client-install¦-p¦admin¦-w¦Tr0ub4dor", "ipa-client-install¦-UwTr0ub4dor", "ipa-replica-install¦-w¦Tr0ub4dor",
		"ipa-getkeytab¦-s¦h¦-w¦Tr0ub4dor", "ipa¦passwd¦kim¦Tr0ub4dor", "kadmin¦-w¦Tr0ub4dor", "kadmin¦-p¦admin/admin¦-wTr0ub4dor¦-q¦listprincs", "kadmin.local¦-q¦addprinc -pw Tr0ub4dor kim", "kadmin¦-q¦cpw -pw Tr0ub4dor kim",
		"kdb5_util¦create¦-sP¦Tr0ub4dor", "kdb5_ldap_util¦-D¦cn=x¦-w¦Tr0ub4dor", "pki¦-c¦Tr0ub4dor¦cert-find",
		"curl¦--cert¦c:Tr0ub4dor¦x", "curl¦-E¦c.pem:Tr0ub4dor", "curl¦-sE¦c.pem:Tr0ub4dor", "curl¦--proxy-cert=c:Tr0ub4dor", "curl¦--cert¦C:\\c.pem:Tr0ub4dor", "curl¦--pass¦Tr0ub4dor", "curl¦-fsSLu¦a:Tr0ub4dor",
		"curl¦--tlspassword¦Tr0ub4dor", "curl¦-kxhttp://a:Tr0ub4dor@p:1", "curl¦--preproxy¦socks5://a:Tr0ub4dor@h", "curl¦-d¦pin=Tr0ub4dor",
		"rabbitmqctl¦-n¦x¦add_user¦u¦Tr0ub4dor", "rabbitmqctl¦-q¦--node¦x¦change_password¦u¦Tr0ub4dor", "rabbitmqctl¦-p¦/v¦authenticate_user¦u¦Tr0ub4dor", "rabbitmqctl¦hash_password¦Tr0ub4dor",
		"mc¦-C¦/x¦alias¦set¦n¦url¦key¦Tr0ub4dor", "radtest¦-t¦pap¦kim¦Tr0ub4dor¦h¦0¦s", "htpasswd¦-bB¦-C¦10¦file¦kim¦Tr0ub4dor",
		"smbclient¦-I¦192.0.2.1¦//h/s¦Tr0ub4dor", "smbclient¦-qU¦kim%Tr0ub4dor¦//h/s", "rpcclient¦-NUkim%Tr0ub4dor¦h", "samba-tool¦user¦setpassword¦kim¦Tr0ub4dor", "samba-tool¦user¦create¦-H¦ldap://x¦kim¦Tr0ub4dor", "smbpasswd¦kim¦Tr0ub4dor",
		"net¦rpc¦password¦kim¦Tr0ub4dor",
		"useradd¦-mp¦Tr0ub4dor¦kim", "useradd¦-mpTr0ub4dor¦kim", "usermod¦-LpTr0ub4dor¦kim", "groupadd¦-p¦Tr0ub4dor¦g", "lpasswd¦-PTr0ub4dor¦kim",
		"zip¦-rP¦Tr0ub4dor¦a.zip¦d", "zip¦-rPTr0ub4dor¦a.zip", "unzip¦-qoP¦Tr0ub4dor¦a.zip", "ccrypt¦-eKTr0ub4dor", "ccrypt¦-K¦Tr0ub4dor", "mcrypt¦-k¦Tr0ub4dor", "arj¦a¦-gTr0ub4dor",
		"ssh-keygen¦-qN¦Tr0ub4dor¦-f¦x", "ssh-keygen¦-pPTr0ub4dor", "sshpass¦-vpTr0ub4dor¦ssh¦h", "pk12util¦-i¦x¦-W¦Tr0ub4dor", "openssl¦dgst¦-hmac¦Tr0ub4dor", "openssl¦mac¦-macopt¦key:Tr0ub4dor",
		"signtool¦sign¦/f¦x¦/p¦Tr0ub4dor", "mokutil¦--generate-hash=Tr0ub4dor", "qpdf¦--encrypt¦Tr0ub4dor¦x¦256¦--¦a¦b", "qpdf¦--encrypt¦x¦Tr0ub4dor¦256¦--¦a¦b", "pdfcpu¦encrypt¦-upw¦Tr0ub4dor¦x",
		"hdparm¦--user-master¦u¦--security-unlock¦Tr0ub4dor¦/dev/sda", "sedutil-cli¦--initialSetup¦Tr0ub4dor¦/dev/sda", "ykman¦piv¦access¦change-pin¦-P¦Tr0ub4dor", "bw¦unlock¦Tr0ub4dor", "bw¦login¦kim¦Tr0ub4dor",
		"snmpwalk¦-v2c¦-cTr0ub4dor", "snmpget¦-On¦-v3¦-3k¦Tr0ub4dor", "redis-cli¦-h¦x¦AUTH¦Tr0ub4dor", "redis-cli¦acl¦setuser¦kim¦on¦>Tr0ub4dor", "redis-cli¦config¦set¦requirepass¦Tr0ub4dor", "hdbsql¦-u¦kim¦-pTr0ub4dor",
		"isql¦-v¦dsn¦kim¦Tr0ub4dor", "vsql¦-wTr0ub4dor", "influx¦-t¦Tr0ub4dor", "db2¦connect to x user y using Tr0ub4dor", "vault¦kv¦put¦secret/x¦value=Tr0ub4dor", "swift¦-K¦Tr0ub4dor¦list", "dgmgrl¦kim/Tr0ub4dor@db",
		"exp¦userid=kim/Tr0ub4dor", "p4¦-PTr0ub4dor", "git¦config¦--global¦github.token¦Tr0ub4dor", "npm¦config¦set¦_auth¦Tr0ub4dor", "aws¦configure¦set¦profile.x.aws_secret_access_key¦Tr0ub4dor",
		"crudini¦--set¦f¦sec¦password¦Tr0ub4dor", "kubectl¦config¦set¦users.kim.password¦Tr0ub4dor", "kubectl¦create¦secret¦generic¦x¦--from-literal=foo=Tr0ub4dor", "racadm¦set¦iDRAC.Users.2.Password¦Tr0ub4dor",
		"docker¦login¦-u¦kim¦-pTr0ub4dor", "gh¦secret¦set¦X¦-b¦Tr0ub4dor", "cargo¦login¦Tr0ub4dor", "doctl¦-t¦Tr0ub4dor", "transmission-remote¦-n¦kim:Tr0ub4dor", "proxytunnel¦-P¦kim:Tr0ub4dor",
		"lftp¦-e¦open -u kim,Tr0ub4dor h", "expect¦-c¦spawn ssh x; expect word; send Tr0ub4dor\\r", "lftp¦-c¦user kim Tr0ub4dor", "ftp¦-n¦quote PASS Tr0ub4dor",
		"nmcli¦con¦mod¦x¦802-1x.password¦Tr0ub4dor", "nmcli¦con¦mod¦x¦wifi-sec.wep-key0¦Tr0ub4dor", "iw¦dev¦wlan0¦connect¦x¦key¦0:Tr0ub4dor", "wpa_cli¦-i¦wlan0¦passphrase¦0¦Tr0ub4dor", "wpa_cli¦set_network¦0¦psk¦Tr0ub4dor",
		"iwpriv¦ra0¦set¦WPAPSK=Tr0ub4dor", "networksetup¦-setairportnetwork¦en0¦net¦Tr0ub4dor", "dscl¦.¦-passwd¦/Users/kim¦Tr0ub4dor", "security¦add-generic-password¦-a¦kim¦-w¦Tr0ub4dor",
		"ipmitool¦user¦set¦password¦2¦Tr0ub4dor", "ipmitool¦-I¦lanplus¦-vPTr0ub4dor", "virsh¦-c¦qemu:///system¦set-user-password¦vm¦root¦Tr0ub4dor", "VBoxManage¦controlvm¦x¦setcredentials¦kim¦Tr0ub4dor", "vmrun¦-gu¦kim¦-gp¦Tr0ub4dor",
		"psexec.py¦corp/kim:Tr0ub4dor@h", "cvs¦-d¦:pserver:kim:Tr0ub4dor@h:/x", "svn¦co¦svn+ssh://kim:Tr0ub4dor@h/x", "mount¦-t¦cifs¦-o¦user=kim%Tr0ub4dor¦//h/s", "socat¦-¦PROXY:h:1:2,proxyauth=kim:Tr0ub4dor",
		"reg¦add¦HKLM\\x¦/v¦DefaultPassword¦/t¦REG_SZ¦/d¦Tr0ub4dor", "netdom¦join¦x¦/ud:kim¦/PD:Tr0ub4dor", "schtasks¦/create¦/RP¦Tr0ub4dor", "bitsadmin¦/SetCredentials¦job¦SERVER¦BASIC¦kim¦Tr0ub4dor",
		"powershell¦ConvertTo-SecureString Tr0ub4dor -AsPlainText -Force", "xfreerdp¦/pth:Tr0ub4dor", "xfreerdp¦/P:Tr0ub4dor", "zmprov¦sp¦a@b¦Tr0ub4dor", "doveadm¦auth¦test¦kim¦Tr0ub4dor", "smtptest¦-a¦kim¦-w¦Tr0ub4dor",
		"vncviewer¦vnc://:Tr0ub4dor@h", "amqp-publish¦-u¦amqp://kim:Tr0ub4dor@h", "ffmpeg¦-i¦rtsp://kim:Tr0ub4dor@cam/1", "pip¦install¦-i¦https://kim:Tr0ub4dor@x/simple", "wget¦ftp://kim:Tr0ub4dor@h/x",
	} {
		if got := Args(argv(line)); strings.Contains(got, canary) || !strings.Contains(got, masked) {
			t.Errorf("%s\n  shows %s", line, got)
		}
	}
}

// Whatever way a password takes into the input of a program.
func TestK1P31_PasswordsOnInputs(t *testing.T) {
	for _, line := range []string{
		"echo Tr0ub4dor | sudo -kS id", "echo Tr0ub4dor | sudo -Sk id", "echo Tr0ub4dor | sudo -Su kim id", "echo Tr0ub4dor | sudo -n -S id", "echo Tr0ub4dor|sudo -S -u kim id", "echo Tr0ub4dor | sudo --stdin id",
		"yes Tr0ub4dor | sudo -S id", "/bin/echo Tr0ub4dor | /usr/bin/sudo -S id", "sudo -S id <<< Tr0ub4dor", "sudo -kS id <<<Tr0ub4dor", "cat <<< Tr0ub4dor | sudo -S id",
		"sudo -S id <<EOF\nTr0ub4dor\nEOF", "sudo -S id <<-'EOF'\n\tTr0ub4dor\nEOF\n", "cat <<EOF | sudo -S id\nTr0ub4dor\nEOF", "chpasswd << X\nroot:Tr0ub4dor\nX", "sudo -S id < <(echo Tr0ub4dor)", "chpasswd < <(printf %s root:Tr0ub4dor)",
		"(echo Tr0ub4dor; echo Tr0ub4dor) | passwd kim", "{ echo Tr0ub4dor; echo Tr0ub4dor; } | smbpasswd -s -a kim", "for i in 1 2; do echo Tr0ub4dor; done | passwd kim", "echo Tr0ub4dor | env A=b kinit kim",
		"echo Tr0ub4dor | LANG=C kinit kim", "echo Tr0ub4dor | sudo cryptsetup open x", "printf Tr0ub4dor | vncpasswd -f", "echo Tr0ub4dor | saslpasswd2 -p kim", "echo Tr0ub4dor | gh auth login --with-token",
		"echo Tr0ub4dor | pdbedit -a -t kim", "echo Tr0ub4dor | realm join x", "echo Tr0ub4dor | keyctl padd user x @u", "echo Tr0ub4dor | zfs load-key x", "echo 'mysql-server mysql-server/root_password password Tr0ub4dor' | debconf-set-selections",
		"echo Tr0ub4dor | secret-tool store --label x a b", "echo Tr0ub4dor | base64 -d | cryptsetup open x", "echo Tr0ub4dor | nohup sudo -S id",
	} {
		if got := Command(line); strings.Contains(got, canary) || !strings.Contains(got, masked) {
			t.Errorf("%q\n  shows %q", line, got)
		}
		if got := Args([]string{"sh", "-c", line}); strings.Contains(got, canary) {
			t.Errorf("sh -c %q\n  shows %q", line, got)
		}
	}
}

// What is plainly no secret stays with the same programs and letters.
func TestK1P31_LettersThatAreNoSecretStay(t *testing.T) {
	for _, line := range []string{
		"ldapsearch¦-x¦-H¦ldap://w.example¦-b¦dc=w", "ldapsearch¦-xLLL¦-b¦dc=example", "ldapsearch¦-xW¦-D¦cn=kim", "ldapsearch¦-xy¦/etc/secret.txt", "mysql¦-h¦db¦-P¦3306¦-e¦select 1", "mysql¦-uroot¦-hdb", "mysql¦-Dp",
		"mysql¦-hpw-host", "mysqldump¦-u¦root¦db", "ipa-client-install¦-p¦admin¦-U", "kadmin¦-p¦admin/admin¦-q¦listprincs", "kadmin.local¦-q¦getprinc kim", "curl¦--cert¦/etc/c.pem¦https://example.org:8443/x", "curl¦-E¦c.pem¦x",
		"curl¦-sSLo¦x¦https://example.org", "curl¦-d¦a=b¦x", "rabbitmqctl¦-n¦x¦list_users", "rabbitmqctl¦add_vhost¦x", "useradd¦-m¦-s¦/bin/bash¦kim", "useradd¦-ms¦/bin/sh¦kim", "usermod¦-aG¦sudo¦kim", "zip¦-r¦a.zip¦d", "unzip¦-d¦P¦a.zip",
		"ssh-keygen¦-t¦ed25519¦-f¦x", "ssh-keygen¦-lf¦x", "git¦config¦user.name¦kim", "git¦config¦core.sshCommand¦ssh", "kubectl¦get¦secret¦x", "kubectl¦create¦configmap¦x¦--from-literal=a=b",
		"docker¦run¦-p¦8080:80¦x", "docker¦pull¦repo/img:1.2@sha256:abc", "gh¦pr¦create¦-b¦text", "vault¦kv¦get¦secret/x", "redis-cli¦get¦auth", "snmpwalk¦-v2c¦-On¦h", "openvpn¦--auth-user-pass¦/etc/openvpn/login", "networksetup¦-listallhardwareports",
		"reg¦add¦HKLM\\x¦/v¦Shell¦/d¦explorer.exe", "qpdf¦a.pdf¦b.pdf", "nmcli¦con¦mod¦x¦ipv4.dns¦192.0.2.1", "nmcli¦con¦mod¦x¦wifi-sec.psk-flags¦1", "send¦x", "app¦open¦-u¦a,b", "p4¦-p¦host:1666¦sync", "virsh¦list", "bw¦list¦items",
		"fence¦x", "swift¦list", "npm¦config¦set¦registry¦https://r.example", "snap¦set¦x¦proxy.http=http://p:80", "gsettings¦set¦org.x¦show-password¦true", "sudo¦-u¦S¦id", "lftp¦-e¦open h", "expect¦-c¦spawn ssh h",
	} {
		want := strings.Join(argv(line), " ")
		if got := Args(argv(line)); got != want {
			t.Errorf("%s\n became %s", want, got)
		}
	}
	for _, line := range []string{
		"echo x | sudo -uS id", "echo x | sudo -u S id", "echo hello | tee x | wc -l", "(echo a; echo b) | sort", "{ echo a; } > x", "cat <<EOF > x\nhello\nEOF", "sort < <(echo b)", "echo done | logger", "echo a; sudo -S id",
		"printf '%s' a | sudo tee /etc/x", "for i in 1 2; do echo x; done", "cat <<EOF\nx\nEOF\nsudo -S id", "echo x | ssh host cat", "wc <<< hello",
	} {
		if got := Command(line); got != line {
			t.Errorf("%q\n became %q", line, got)
		}
	}
}
