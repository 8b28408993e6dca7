package secrets

import (
	"slices"
	"strings"
)

// More programs that take secrets, by what they are for. Letters, and which of them
// take a value, are those of the manual pages.

// directories are programs for directories of people, and for logging in.
var directories = []known{
	{"ldap", "either -w; cluster bdDeEfFhHloOpPRsSTUwXyYz", nil},
	{"ldappasswd", "either -w -s -a; cluster aDeHhosTtUwXYyp", nil},
	{"ldapvi", "either -w; cluster bDhwsY", nil},
	{"kadmin", "either -w; values -p -r -s -k -c -q -x; cluster prqcswkx", nil},
	{"kdb5_util", "either -P; cluster rdkMP", nil},
	{"kdb5_ldap_util", "either -w; cluster Dw", nil},
	{"ipa", "at 2 passwd", nil},
	{"ipa-server-install", "either -a -p -P; cluster aprnNPT", nil},
	{"ipa-client-install", "either -w; values -p; cluster wpk", nil},
	{"ipa-getkeytab", "either -w; values -p; cluster wpkse", nil},
	{"ipa-join", "either -w; cluster hsxkbw", nil},
	{"ipa-install", "either -w -p -a; cluster awpPn", nil},
	{"pki", "either -c -w; cluster cdwnuhp", nil},
	{"smbpasswd", "either -w; pairs -U; by %; cluster wUrDcR; at 1", nil},
	{"useradd", "either -p; cluster bcdefgGkKopPRsuZ", nil},
	{"usermod", "either -p; cluster cdefgGlpPRsuvVwWZ", nil},
	{"groupadd", "either -p; cluster gKpPR", nil},
	{"groupmod", "either -p; cluster gnpPR", nil},
	{"lpasswd", "either -p -P", nil},
	{"dscl", "commands -passwd; behind 2 -passwd", nil},
	{"networksetup", "commands -setairportnetwork -addpreferredwirelessnetworkatindex; at 3 -setairportnetwork; at 5 -addpreferredwirelessnetworkatindex", nil},
	{"security", "either -p -P -w", nil},
	{"mount", "pairs -o --options; by %", nil}, // user=name%secret of mount.cifs(8)
	{"doveadm", "either -p; at 3 auth test; at 3 auth login", nil},
	{"zmprov", "at 2 ca; at 2 sp; at 2 createAccount; at 2 setPassword", nil},
	{"imtest", "either -w; cluster twukrcmaps", nil},
	{"cyradm", "either -w", nil},
	{"wbinfo", "pairs -a --authenticate -K --krb5auth; by %", nil},
	{"dsconf", "either -w; values -D -b", nil},
	{"ldifde", "commands -b; behind 2 -b", nil},
	{"radtest", "values -t -P -d -D; at 1; at 4", nil},
	{"htpasswd", "values -C -r", func(words []string) bool { return len(words) >= 2 }},
}

// databases, and what keeps keys and values.
var databases = []known{
	{"snmp", "either -c -A -X -3k -3K -3m -3M; cluster acACDeEEIlLmMnOPrtTuvxXYZ3", nil},
	{"redis-cli", "separate -a; values -h -p -n -s -r -i", redisSecret},
	{"valkey-cli", "separate -a; values -h -p -n -s -r -i", redisSecret},
	{"hdbsql", "either -p", nil},
	{"vsql", "either -w; cluster dhpUwcft", nil},
	{"gsql", "either -W; cluster dhpUWcf", nil},
	{"isql", "either -P; at 2", nil},
	{"influx", "separate -t -p", nil},
	{"db2", "", usingSecret},
	{"connect", "slash", usingSecret}, // a line for db2 or sqlplus
	{"rabbitmqctl", "values -n --node -p --vhost -t --timeout -l; at 2 add_user; at 2 change_password; at 2 authenticate_user; at 1 hash_password", nil},
	{"mc", "values -C --config-dir; at 4 alias set; at 5 alias set; at 5 config host add; at 6 config host add", nil},
	{"vault", "at 1 login; at 1 unwrap; at 2 operator unseal", vaultValue},
	{"swift", "either -K; cluster AUK", nil},
}

// archives, and what encrypts.
var archives = []known{
	{"zip", "either -P; cluster bnOPtxi", nil},
	{"unzip", "either -P; cluster PdOI", nil},
	{"openssl", "separate -k -K -hmac -macopt", func(words []string) bool { return len(words) > 1 && words[0] == "passwd" }},
	{"ccrypt", "either -K; cluster KkPSE", nil},
	{"mcrypt", "either -k; cluster kacfoms", nil},
	{"arj", "attached -g", nil},
	{"sshpass", "either -p; cluster fdpP", nil},
	{"ssh-keygen", "either -N -P; cluster abCDEfFImnNOPRrsTtVwWYzZ", nil},
	{"pk12util", "either -K -W; cluster iodkKwWnh", nil},
	{"signtool", "separate /p", nil},
	{"mokutil", "attached --generate-hash= -g", nil},
	{"yubico-piv-tool", "either -P -N -k; cluster akAHpSPNKiosvr", nil},
	{"ykman", "separate -P -n -p -m", nil},
	{"qpdf", "commands --encrypt; at 1 --encrypt; at 2 --encrypt", nil},
	{"hdparm", "separate --security-unlock --security-disable --security-erase --security-erase-enhanced", nil},
	{"sedutil-cli", "", func(words []string) bool { return !strings.HasPrefix(words[len(words)-1], "/dev/") }},
	{"bw", "at 1 unlock; at 2 login", nil},
	{"idevicebackup2", "values -u -i; at 2 encryption on; at 2 encryption off; at 1 changepw; at 2 changepw", nil},
	{"ipmitool", "either -P -K -Y -k -y; cluster IoHdPfUpCLAtTmzSlbBekyORND; at 4 user set password", nil},
	{"openvpn", "values --auth-user-pass --askpass --key --secret --tls-auth --tls-crypt --pkcs12", nil}, // files
	{"gpg-preset", "either -P; cluster P", nil},
	{"virt-customize", "separate --root-password --password", nil},
	{"virsh", "values -c --connect; separate --base64; at 3 set-user-password; at 2 secret-set-value", nil},
	{"vboxmanage", "", func(words []string) bool { return len(words) == 5 && words[2] == "setcredentials" }},
	{"vmrun", "separate -gp -p -vp", nil},
	{"transmission", "pairs -n --auth", nil},
	{"proxytunnel", "pairs -P -R --proxyauth --remproxyauth; cluster PRpdru", nil},
	{"squidclient", "either -w -W; cluster hpiIjJlmPTtuUvVwW", nil},
	{"sipsak", "either -a", nil},
	{"lynx", "attached -auth= -pauth=", nil},
	{"hey", "pairs -a; headers -H", nil},
	{"rexec", "either -p; cluster lpn", nil},
	{"p4", "either -P; cluster cCdGHpPuQxz", nil},
	{"mvn", "separate -emp -ep --encrypt-master-password --encrypt-password", nil},
	{"jmeter", "separate -a", nil},
	{"racadm", "either -p", nil},
	{"wpa_cli", "values -i -p -g -G -s -P", wpaSecret},
	{"hostapd_cli", "values -i -p", wpaSecret},
	{"iw", "", func(words []string) bool { return len(words) > 1 && strings.HasPrefix(words[len(words)-2], "key") }},
	{"nmcli", "", nmcliSecret},
	{"chat", "", func(words []string) bool { return len(words) > 1 && strings.HasSuffix(words[len(words)-2], "word:") }},
	{"cargo", "at 1 login", nil},
	{"glab", "separate -t; only login", nil},
	{"gh", "separate -b --body; only secret", nil},
	{"wpa_passphrase", "at 1", nil},
	{"snowsql", "either -p", nil},
	{"kwallet-query", "either -w; cluster rwf", nil},
	{"ecryptfs-wrap", "at 1", nil},
	{"mosquitto_passwd", "at 2", nil},
}

// consoles are the commands that other programs read from their own command line or
// input, such as "lftp -e" and "expect -c". They are words of the language, too.
var consoles = []known{
	{"send", "", at0},
	{"open", "pairs -u --user; by ,", nil},
	{"user", "at 1", nil},
	{"quote", "", func(words []string) bool { return len(words) == 2 && strings.EqualFold(words[0], "pass") }},
}

func isConsole(program string) bool {
	return slices.ContainsFunc(consoles, func(k known) bool { return k.program == program })
}

// tools of the network and of clouds that have options of one letter.
var tools = []known{
	{"frpc", "either -t", nil}, {"k3s", "either -t", nil}, {"gitlab-runner", "separate -r; only register", nil}, {"suseconnect", "either -r", nil},
	{"nuget", "separate -k -ApiKey; at 2 push; at 1 setapikey", nil}, {"choco", "either -k", nil}, {"dotnet", "separate -k; only nuget", nil},
	{"pro", "at 1 attach", nil}, {"ngrok", "at 1 authtoken; at 2 config add-authtoken", nil}, {"cloudflared", "at 2 service install", nil},
	{"ansible-vault", "at 1 encrypt_string", nil}, {"dislocker", "attached -p -u; separate -u", nil}, {"xdotool", "", func(words []string) bool { return len(words) > 1 && words[0] == "type" }},
	{"curlftpfs", "pairs -o", nil}, {"check_http", "pairs -a -b", nil}, {"check_snmp", "either -C -A -X", nil}, {"check_nt", "either -s", nil}, {"sipp", "separate -ap", nil},
	{"doctl", "either -t", nil}, {"vercel", "either -t", nil}, {"flyctl", "either -t", secretsSet}, {"fly", "either -t", secretsSet},
	{"ss-local", shadowsocks, nil}, {"ss-server", shadowsocks, nil}, {"ss-redir", shadowsocks, nil}, {"ss-tunnel", shadowsocks, nil}, {"sslocal", shadowsocks, nil}, {"ssserver", shadowsocks, nil}, {"irssi", "either -w", nil},
	{"composer", "at 3 config", nil}, {"supabase", "", secretsSet}, {"wrangler", "", secretsSet},
}

const shadowsocks = "either -k; cluster spbclmafntdk"

// secretsSet finds what is put into the secrets of an application: secrets set NAME=x.
func secretsSet(words []string) bool {
	return len(words) > 2 && words[0] == "secrets" && words[1] == "set"
}

// windowsPrograms take options with a slash.
var windowsPrograms = []known{
	{"freerdp", "attached /p: /gp: -p: /pth: /gateway:; separate -p", nil},
	{"winrs", "attached -p: /p:", nil},
	{"schtasks", "separate /rp -rp /p -p", nil},
	{"netdom", "attached /pd: /po:", nil},
	{"manage-bde", "separate -rp -recoverypassword -pw", nil},
	{"certutil", "separate -p /p", nil},
	{"bitsadmin", "commands /setcredentials; at 5 /setcredentials", nil},
	{"rasdial", "at 2", nil},
	{"reg", "commands /v /d", registrySecret},
	{"convertto-securestring", "separate -String", at0},
}

// together is all tables as one.
func together(tables ...[]known) map[string]*habit {
	all := map[string]*habit{}
	for _, t := range tables {
		for _, k := range t {
			all[k.program] = k.habit()
		}
	}
	return all
}

// behind finds what stands at least n words behind a command.
func behind(command string, n int) func([]string) bool {
	return func(words []string) bool {
		i := slices.Index(words, command)
		return i >= 0 && len(words) > i+n
	}
}

// redisSecret finds the secret in "AUTH SECRET", "AUTH NAME SECRET" and "ACL SETUSER
// NAME >SECRET".
func redisSecret(words []string) bool {
	last := words[len(words)-1]
	for i, w := range words[:len(words)-1] {
		switch strings.ToLower(w) {
		case "auth", "auth2":
			return true
		case "setuser":
			return i+2 < len(words) && strings.ContainsAny(last[:min(1, len(last))], "><#!")
		}
	}
	return false
}

// usingSecret finds the secret in "connect to X user Y using SECRET".
func usingSecret(words []string) bool {
	return len(words) > 1 && strings.EqualFold(words[len(words)-2], "using")
}

// vaultValue finds what is put into a store of secrets.
func vaultValue(words []string) bool {
	return (words[0] == "kv" || words[0] == "write") && strings.Contains(words[len(words)-1], "=")
}

// wpaSecret finds the secret in "passphrase 0 SECRET" and "set_network 0 psk SECRET".
func wpaSecret(words []string) bool {
	n := len(words)
	if n < 2 {
		return false
	}
	if n == 3 {
		switch strings.ToLower(words[0]) {
		case "password", "new_password", "passphrase", "pin", "otp", "psk_passphrase":
			return true
		}
	}
	name := strings.ToLower(words[n-2])
	return secretName(name) || strings.HasPrefix(name, "wep_key")
}

// nmcliSecret finds the secret behind a property: "802-1x.password SECRET".
func nmcliSecret(words []string) bool {
	if len(words) < 2 {
		return false
	}
	before := strings.ToLower(words[len(words)-2])
	_, name, _ := strings.Cut(before, ".")
	return secretName(name) && !strings.HasSuffix(name, "-flags") || strings.Contains(before, "wep-key")
}

// registrySecret finds the value of "reg add KEY /v DefaultPassword /d SECRET".
func registrySecret(words []string) bool {
	n, named := len(words), false
	for i, w := range words[:n-1] {
		named = named || strings.EqualFold(w, "/v") && secretName(words[i+1])
	}
	return named && strings.EqualFold(words[n-2], "/d")
}
