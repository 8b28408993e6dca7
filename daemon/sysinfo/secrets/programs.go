package secrets

import (
	"slices"
	"strings"
)

// More programs that take secrets, by what they are for. Letters, and which of them
// take a value, are those of the manual pages.

// options are a habit of options that have the secret attached or behind them.
//
// It is called in tables, where its body would stand once for each of their lines.
//
//go:noinline
func options(cluster string, secret ...string) *habit {
	return &habit{attached: secret, separate: secret, cluster: cluster}
}

// with is a habit that has secrets among its words, too.
//
//go:noinline
func (h *habit) with(positional func(words []string) bool) *habit {
	h.positional = positional
	return h
}

// directories are programs for directories of people, and for logging in.
var directories = map[string]*habit{
	"ldap":               options("bdDeEfFhHloOpPRsSTUwXyYz", "-w"),
	"ldappasswd":         options("aDeHhosTtUwXYyp", "-w", "-s", "-a"),
	"ldapvi":             options("bDhwsY", "-w"),
	"kadmin":             {attached: []string{"-w"}, separate: []string{"-w"}, values: []string{"-p", "-r", "-s", "-k", "-c", "-q", "-x"}, cluster: "prqcswkx"},
	"kdb5_util":          options("rdkMP", "-P"),
	"kdb5_ldap_util":     options("Dw", "-w"),
	"ipa":                {positional: at(2, "passwd")},
	"ipa-server-install": options("aprnNPT", "-a", "-p", "-P"),
	"ipa-client-install": {attached: []string{"-w"}, separate: []string{"-w"}, values: []string{"-p"}, cluster: "wpk"},
	"ipa-getkeytab":      {attached: []string{"-w"}, separate: []string{"-w"}, values: []string{"-p"}, cluster: "wpkse"},
	"ipa-join":           options("hsxkbw", "-w"),
	"ipa-install":        options("awpPn", "-w", "-p", "-a"),
	"pki":                options("cdwnuhp", "-c", "-w"),
	"smbpasswd":          {attached: []string{"-w"}, separate: []string{"-w"}, pairs: []string{"-U"}, by: "%", cluster: "wUrDcR", positional: at(1)},
	"useradd":            options("bcdefgGkKopPRsuZ", "-p"),
	"usermod":            options("cdefgGlpPRsuvVwWZ", "-p"),
	"groupadd":           options("gKpPR", "-p"),
	"groupmod":           options("gnpPR", "-p"),
	"lpasswd":            options("", "-p", "-P"),
	"dscl":               {commands: []string{"-passwd"}, positional: behind("-passwd", 2)},
	"networksetup":       {commands: []string{"-setairportnetwork", "-addpreferredwirelessnetworkatindex"}, positional: anyOf(at(3, "-setairportnetwork"), at(5, "-addpreferredwirelessnetworkatindex"))},
	"security":           options("", "-p", "-P", "-w"),
	"mount":              {pairs: []string{"-o", "--options"}, by: "%"}, // user=name%secret of mount.cifs(8)
	"doveadm":            {attached: []string{"-p"}, separate: []string{"-p"}, positional: anyOf(at(3, "auth", "test"), at(3, "auth", "login"))},
	"zmprov":             {positional: anyOf(at(2, "ca"), at(2, "sp"), at(2, "createAccount"), at(2, "setPassword"))},
	"imtest":             options("twukrcmaps", "-w"),
	"cyradm":             options("", "-w"),
	"wbinfo":             {pairs: []string{"-a", "--authenticate", "-K", "--krb5auth"}, by: "%"},
	"dsconf":             {attached: []string{"-w"}, separate: []string{"-w"}, values: []string{"-D", "-b"}},
	"ldifde":             {commands: []string{"-b"}, positional: behind("-b", 2)},
	"radtest":            {values: []string{"-t", "-P", "-d", "-D"}, positional: anyOf(at(1), at(4))},
	"htpasswd":           {values: []string{"-C", "-r"}, positional: func(words []string) bool { return len(words) >= 2 }},
}

// databases, and what keeps keys and values.
var databases = map[string]*habit{
	"snmp":        options("acACDeEEIlLmMnOPrtTuvxXYZ3", "-c", "-A", "-X", "-3k", "-3K", "-3m", "-3M"),
	"redis-cli":   {separate: []string{"-a"}, values: []string{"-h", "-p", "-n", "-s", "-r", "-i"}, positional: redisSecret},
	"valkey-cli":  {separate: []string{"-a"}, values: []string{"-h", "-p", "-n", "-s", "-r", "-i"}, positional: redisSecret},
	"hdbsql":      options("", "-p"),
	"vsql":        options("dhpUwcft", "-w"),
	"gsql":        options("dhpUWcf", "-W"),
	"isql":        {attached: []string{"-P"}, separate: []string{"-P"}, positional: at(2)},
	"influx":      {separate: []string{"-t", "-p"}},
	"db2":         {positional: usingSecret},
	"connect":     {slash: true, positional: usingSecret}, // a line for db2 or sqlplus
	"rabbitmqctl": {values: []string{"-n", "--node", "-p", "--vhost", "-t", "--timeout", "-l"}, positional: anyOf(at(2, "add_user"), at(2, "change_password"), at(2, "authenticate_user"), at(1, "hash_password"))},
	"mc":          {values: []string{"-C", "--config-dir"}, positional: anyOf(at(4, "alias", "set"), at(5, "alias", "set"), at(5, "config", "host", "add"), at(6, "config", "host", "add"))},
	"vault":       {positional: anyOf(at(1, "login"), at(1, "unwrap"), at(2, "operator", "unseal"), vaultValue)},
	"swift":       options("AUK", "-K"),
}

// archives, and what encrypts.
var archives = map[string]*habit{
	"zip":              options("bnOPtxi", "-P"),
	"unzip":            options("PdOI", "-P"),
	"openssl":          {separate: []string{"-k", "-K", "-hmac", "-macopt"}, positional: func(words []string) bool { return len(words) > 1 && words[0] == "passwd" }},
	"ccrypt":           options("KkPSE", "-K"),
	"mcrypt":           options("kacfoms", "-k"),
	"arj":              {attached: []string{"-g"}},
	"sshpass":          options("fdpP", "-p"),
	"ssh-keygen":       options("abCDEfFImnNOPRrsTtVwWYzZ", "-N", "-P"),
	"pk12util":         options("iodkKwWnh", "-K", "-W"),
	"signtool":         {separate: []string{"/p"}},
	"mokutil":          {attached: []string{"--generate-hash=", "-g"}},
	"yubico-piv-tool":  options("akAHpSPNKiosvr", "-P", "-N", "-k"),
	"ykman":            {separate: []string{"-P", "-n", "-p", "-m"}},
	"qpdf":             {commands: []string{"--encrypt"}, positional: anyOf(at(1, "--encrypt"), at(2, "--encrypt"))},
	"hdparm":           {separate: []string{"--security-unlock", "--security-disable", "--security-erase", "--security-erase-enhanced"}},
	"sedutil-cli":      {positional: func(words []string) bool { return !strings.HasPrefix(words[len(words)-1], "/dev/") }},
	"bw":               {positional: anyOf(at(1, "unlock"), at(2, "login"))},
	"idevicebackup2":   {values: []string{"-u", "-i"}, positional: anyOf(at(2, "encryption", "on"), at(2, "encryption", "off"), at(1, "changepw"), at(2, "changepw"))},
	"ipmitool":         options("IoHdPfUpCLAtTmzSlbBekyORND", "-P", "-K", "-Y", "-k", "-y").with(at(4, "user", "set", "password")),
	"openvpn":          {values: []string{"--auth-user-pass", "--askpass", "--key", "--secret", "--tls-auth", "--tls-crypt", "--pkcs12"}}, // files
	"gpg-preset":       options("P", "-P"),
	"virt-customize":   {separate: []string{"--root-password", "--password"}},
	"virsh":            {values: []string{"-c", "--connect"}, separate: []string{"--base64"}, positional: anyOf(at(3, "set-user-password"), at(2, "secret-set-value"))},
	"vboxmanage":       {positional: func(words []string) bool { return len(words) == 5 && words[2] == "setcredentials" }},
	"vmrun":            {separate: []string{"-gp", "-p", "-vp"}},
	"transmission":     {pairs: []string{"-n", "--auth"}},
	"proxytunnel":      {pairs: []string{"-P", "-R", "--proxyauth", "--remproxyauth"}, cluster: "PRpdru"},
	"squidclient":      options("hpiIjJlmPTtuUvVwW", "-w", "-W"),
	"sipsak":           options("", "-a"),
	"lynx":             {attached: []string{"-auth=", "-pauth="}},
	"hey":              {pairs: []string{"-a"}, headers: []string{"-H"}},
	"rexec":            options("lpn", "-p"),
	"p4":               options("cCdGHpPuQxz", "-P"),
	"mvn":              {separate: []string{"-emp", "-ep", "--encrypt-master-password", "--encrypt-password"}},
	"jmeter":           {separate: []string{"-a"}},
	"racadm":           options("", "-p"),
	"wpa_cli":          {values: []string{"-i", "-p", "-g", "-G", "-s", "-P"}, positional: wpaSecret},
	"hostapd_cli":      {values: []string{"-i", "-p"}, positional: wpaSecret},
	"iw":               {positional: func(words []string) bool { return len(words) > 1 && strings.HasPrefix(words[len(words)-2], "key") }},
	"nmcli":            {positional: nmcliSecret},
	"chat":             {positional: func(words []string) bool { return len(words) > 1 && strings.HasSuffix(words[len(words)-2], "word:") }},
	"cargo":            {positional: at(1, "login")},
	"glab":             {separate: []string{"-t"}, only: []string{"login"}},
	"gh":               {separate: []string{"-b", "--body"}, only: []string{"secret"}},
	"wpa_passphrase":   {positional: at(1)},
	"snowsql":          options("", "-p"),
	"kwallet-query":    options("rwf", "-w"),
	"ecryptfs-wrap":    {positional: at(1)},
	"mosquitto_passwd": {positional: at(2)},
}

// consoles are the commands that other programs read from their own command line or
// input, such as "lftp -e" and "expect -c". They are words of the language, too.
var consoles = map[string]*habit{
	"send":  {positional: at0},
	"open":  {pairs: []string{"-u", "--user"}, by: ","},
	"user":  {positional: at(1)},
	"quote": {positional: func(words []string) bool { return len(words) == 2 && strings.EqualFold(words[0], "pass") }},
}

// tools of the network and of clouds that have options of one letter.
var tools = map[string]*habit{
	"frpc": options("", "-t"), "k3s": options("", "-t"), "gitlab-runner": {separate: []string{"-r"}, only: []string{"register"}}, "suseconnect": options("", "-r"),
	"nuget": {separate: []string{"-k", "-ApiKey"}, positional: anyOf(at(2, "push"), at(1, "setapikey"))}, "choco": options("", "-k"), "dotnet": {separate: []string{"-k"}, only: []string{"nuget"}},
	"pro": {positional: at(1, "attach")}, "ngrok": {positional: anyOf(at(1, "authtoken"), at(2, "config", "add-authtoken"))}, "cloudflared": {positional: at(2, "service", "install")},
	"ansible-vault": {positional: at(1, "encrypt_string")}, "dislocker": {attached: []string{"-p", "-u"}, separate: []string{"-u"}}, "xdotool": {positional: func(words []string) bool { return len(words) > 1 && words[0] == "type" }},
	"curlftpfs": {pairs: []string{"-o"}}, "check_http": {pairs: []string{"-a", "-b"}}, "check_snmp": options("", "-C", "-A", "-X"), "check_nt": options("", "-s"), "sipp": {separate: []string{"-ap"}},
	"doctl": options("", "-t"), "vercel": options("", "-t"), "flyctl": options("", "-t").with(secretsSet), "fly": options("", "-t").with(secretsSet),
	"ss-local": shadowsocks, "ss-server": shadowsocks, "ss-redir": shadowsocks, "ss-tunnel": shadowsocks, "sslocal": shadowsocks, "ssserver": shadowsocks, "irssi": options("", "-w"),
	"composer": {positional: at(3, "config")}, "supabase": {positional: secretsSet}, "wrangler": {positional: secretsSet},
}

var shadowsocks = options("spbclmafntdk", "-k")

// secretsSet finds what is put into the secrets of an application: secrets set NAME=x.
func secretsSet(words []string) bool {
	return len(words) > 2 && words[0] == "secrets" && words[1] == "set"
}

// windowsPrograms take options with a slash.
var windowsPrograms = map[string]*habit{
	"freerdp":                {attached: []string{"/p:", "/gp:", "-p:", "/pth:", "/gateway:"}, separate: []string{"-p"}},
	"winrs":                  {attached: []string{"-p:", "/p:"}},
	"schtasks":               {separate: []string{"/rp", "-rp", "/p", "-p"}},
	"netdom":                 {attached: []string{"/pd:", "/po:"}},
	"manage-bde":             {separate: []string{"-rp", "-recoverypassword", "-pw"}},
	"certutil":               {separate: []string{"-p", "/p"}},
	"bitsadmin":              {commands: []string{"/setcredentials"}, positional: at(5, "/setcredentials")},
	"rasdial":                {positional: at(2)},
	"reg":                    {commands: []string{"/v", "/d"}, positional: registrySecret},
	"convertto-securestring": {separate: []string{"-String"}, positional: at0},
}

// together is all tables as one.
func together(tables ...map[string]*habit) map[string]*habit {
	all := map[string]*habit{}
	for _, t := range tables {
		for name, h := range t {
			all[name] = h
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
			return i+2 < len(words) && strings.IndexByte("><#!", last[0]) >= 0
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
	return len(words) > 2 && (words[0] == "kv" || words[0] == "write") && strings.Contains(words[len(words)-1], "=")
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
	return secretName(name) || strings.HasPrefix(name, "wep_key") || name == "psk" || name == "wps_pin"
}

// nmcliSecret finds the secret behind a property: "802-1x.password SECRET".
func nmcliSecret(words []string) bool {
	if len(words) < 2 {
		return false
	}
	before := strings.ToLower(words[len(words)-2])
	_, name, _ := strings.Cut(before, ".")
	return name != "" && secretName(name) && !strings.HasSuffix(name, "-flags") || strings.Contains(before, "wep-key")
}

// registrySecret finds the value of "reg add KEY /v DefaultPassword /d SECRET".
func registrySecret(words []string) bool {
	n, named := len(words), false
	for i, w := range words[:n-1] {
		named = named || strings.EqualFold(w, "/v") && secretName(words[i+1])
	}
	return named && n > 1 && strings.EqualFold(words[n-2], "/d")
}
