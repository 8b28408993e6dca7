package secrets

import (
	"strings"
	"testing"
	"time"
)

// What names of options, commands and functions say, in programs that no table has, and
// more programs with letters of their own. ¦ parts the arguments.
func TestK1P31_NamesSayThatASecretFollows(t *testing.T) {
	for _, line := range []string{
		"pt-table-checksum¦h=x,p=Tr0ub4dor,u=root", "gbak¦-user¦SYSDBA¦-pas¦Tr0ub4dor", "mongo¦--eval¦db.auth(\"a\",\"Tr0ub4dor\")", "perl¦-e¦print crypt(\"Tr0ub4dor\",\"x\")", "python3¦-c¦import pexpect; c.sendline('Tr0ub4dor')",
		"grafana-cli¦admin¦reset-admin-password¦Tr0ub4dor", "ecryptfs-add-passphrase¦Tr0ub4dor", "set-password.sh¦kim¦Tr0ub4dor", "app¦change-passphrase¦Tr0ub4dor", "gitlab-runner¦register¦-r¦Tr0ub4dor", "ngrok¦config¦add-authtoken¦Tr0ub4dor",
		"dsadd¦user¦cn=x¦-pwd¦Tr0ub4dor", "kickstart¦-setvncpw¦-vncpw¦Tr0ub4dor", "app¦--userpw=Tr0ub4dor", "SUSEConnect¦--regcode¦Tr0ub4dor", "SUSEConnect¦-r¦Tr0ub4dor", "pro¦attach¦Tr0ub4dor", "ua¦attach¦Tr0ub4dor",
		"systeminfo¦/S¦h¦/U¦kim¦/P¦Tr0ub4dor", "tasklist¦/s¦h¦/u¦kim¦/p¦Tr0ub4dor", "wevtutil¦el¦/r:h¦/u:kim¦/p:Tr0ub4dor", "winrm¦id¦-u:kim¦-p:Tr0ub4dor", "rasdial¦con¦kim¦Tr0ub4dor", "ldifde¦-b¦kim¦corp¦Tr0ub4dor", "csvde¦-b¦kim¦corp¦Tr0ub4dor",
		"wbinfo¦-a¦kim%Tr0ub4dor", "wbinfo¦--authenticate=kim%Tr0ub4dor", "ldbsearch¦-H¦ldap://h¦-U¦kim%Tr0ub4dor", "smbtorture¦--user=CORP\\kim%Tr0ub4dor", "curlftpfs¦-o¦user=kim:Tr0ub4dor¦h", "check_http¦-H¦h¦-a¦kim:Tr0ub4dor", "check_snmp¦-H¦h¦-C¦Tr0ub4dor", "check_nt¦-s¦Tr0ub4dor",
		"iwconfig¦wlan0¦enc¦Tr0ub4dor", "dislocker¦-V¦/dev/sda¦-uTr0ub4dor", "dislocker¦-V¦/dev/sda¦-pTr0ub4dor", "ansible-vault¦encrypt_string¦Tr0ub4dor", "dotnet¦nuget¦push¦x¦-k¦Tr0ub4dor", "nuget¦push¦x¦Tr0ub4dor¦-Source¦y", "choco¦push¦x¦-k¦Tr0ub4dor",
		"k3s¦server¦-t¦Tr0ub4dor", "vault¦operator¦unseal¦Tr0ub4dor", "cloudflared¦service¦install¦Tr0ub4dor", "frpc¦tcp¦-t¦Tr0ub4dor", "cf¦auth¦kim¦Tr0ub4dor", "xdotool¦type¦Tr0ub4dor", "sipp¦-au¦kim¦-ap¦Tr0ub4dor", "dsconf¦ldap://h¦-D¦cn=x¦-w¦Tr0ub4dor",
	} {
		if got := Args(argv(line)); strings.Contains(got, canary) || !strings.Contains(got, masked) {
			t.Errorf("%s\n  shows %s", line, got)
		}
	}
	for _, line := range []string{
		"echo Tr0ub4dor | doas id", "echo Tr0ub4dor | p4 login", "echo Tr0ub4dor | /usr/bin/kinit kim", "echo Tr0ub4dor | anydesk --set-password", "echo Tr0ub4dor | mount.cifs a b -o user=x", "echo Tr0ub4dor | htpasswd -i f kim", "echo Tr0ub4dor > /tmp/p; sudo -S < /tmp/p id",
		"printf %s Tr0ub4dor >p && sudo -kS id <p", "wg set wg0 private-key <(echo Tr0ub4dor)", "curl --config <(echo user=a:Tr0ub4dor)", "app --password-file <(printf Tr0ub4dor)", "mysql --defaults-extra-file <(echo Tr0ub4dor)",
	} {
		if got := Command(line); strings.Contains(got, canary) || !strings.Contains(got, masked) {
			t.Errorf("%q\n  shows %q", line, got)
		}
	}
}

// Names and letters of the same forms that say nothing of a secret.
func TestK1P31_NamesThatSayNothingStay(t *testing.T) {
	for _, line := range []string{
		"msbuild¦x.sln¦/p:Configuration=Release", "date¦-u¦+%s", "docker¦run¦-u¦kim¦-p¦8080:80¦x", "systeminfo¦/S¦h¦/U¦kim", "add-apt-repository¦ppa:x/y", "ssh-add¦/home/kim/.ssh/x", "set-title.sh¦hello", "apt-key¦list", "update-ca-certificates¦--fresh",
		"pt-summary¦--read-samples¦x", "python3¦-c¦print('hello')", "rsync¦-a¦host:b¦c", "check_http¦-H¦h¦-p¦80", "find¦.¦-user¦kim", "vault¦operator¦init", "pro¦status", "ldifde¦-f¦x.ldf", "app¦--pwd-file=/run/x", "xdotool¦key¦Return",
	} {
		want := strings.Join(argv(line), " ")
		if got := Args(argv(line)); got != want {
			t.Errorf("%s\n became %s", want, got)
		}
	}
	for _, line := range []string{"diff <(echo a) <(echo b)", "echo a > x; sort < x", "login(8) of kim", "auth (root) 'x'"[:11]} {
		if got := Command(line); got != line {
			t.Errorf("%q\n became %q", line, got)
		}
	}
}

// A process may have any text as its command line, such as one that is made to cost time:
// what is looked at grows with the text, and not with its square.
func TestK1P31_ALineMadeToCostTimeCostsLittle(t *testing.T) {
	const size, enough = 12 << 10, 2 * time.Second // with the square it is 4 s under the race detector
	for _, piece := range []string{"echo x | ", ") | sudo -S ", "a<(b ", "echo x > f; sudo -S < f; ", "sudo -S <<X\n", "app a "} {
		line := strings.Repeat(piece, size/len(piece))
		took := time.Duration(0)
		for range 5 { // the computer may be busy with other things
			began := time.Now()
			Command(line)
			Args(strings.Fields(line))
			if took = time.Since(began); took <= enough {
				break
			}
		}
		if took > enough {
			t.Errorf("%q: %v for %d bytes", piece, took, len(line))
		}
	}
}
