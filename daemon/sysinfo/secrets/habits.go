package secrets

import (
	"slices"
	"strconv"
	"strings"
)

// habit is how a program is given secrets, where the names of its options do not
// say so. Options that begin with a slash are those of Windows: their letters may be
// capitals or not.
type habit struct {
	attached   []string // -psecret; "either" in the tables is this and the next
	separate   []string // -p secret
	pairs      []string // -u name:secret
	by         string   // what stands between name and secret, ":" when it is empty
	headers    []string // -H "Authorization: …"
	values     []string // options whose value is no secret, although their letter suggests it
	cluster    string   // letters that take a value and may stand behind others: -sSu
	only       []string // only together with one of these words: docker login, but not docker run
	numbers    bool     // --user has a user and a group
	slash      bool     // name/secret
	commands   []string // options that stand where others have a command: passwd -x, qpdf --encrypt
	positional func(words []string) bool
}

// known is a program and its habit: options are the fields of a habit by name, each with
// its words behind it and a semicolon between two. "at 2 user add" is the word at place 2
// behind "user add", "behind 2 -b" what stands two words or more behind -b; positional is
// what cannot be said so. As text they take a fifth of the place in the program that they
// would take as values.
type known struct {
	program, options string
	positional       func(words []string) bool
}

// habit reads the options.
func (k known) habit() *habit {
	h := &habit{}
	var positional []func(words []string) bool
	if k.positional != nil {
		positional = append(positional, k.positional)
	}
	lists := map[string]*[]string{
		"attached": &h.attached, "separate": &h.separate, "pairs": &h.pairs, "headers": &h.headers,
		"values": &h.values, "only": &h.only, "commands": &h.commands,
	}
	for field := range strings.SplitSeq(k.options, ";") {
		words := strings.Fields(field)
		if len(words) == 0 {
			continue
		}
		switch name, words := words[0], words[1:]; name {
		case "either":
			h.attached, h.separate = words, words
		case "by":
			h.by = words[0]
		case "cluster":
			h.cluster = words[0]
		case "at":
			positional = append(positional, at(place(words[0]), words[1:]...))
		case "behind":
			positional = append(positional, behind(words[1], place(words[0])))
		case "numbers":
			h.numbers = true
		case "slash":
			h.slash = true
		default:
			*lists[name] = words
		}
	}
	if positional != nil {
		h.positional = func(words []string) bool {
			return slices.ContainsFunc(positional, func(is func([]string) bool) bool { return is(words) })
		}
	}
	return h
}

// place reads a number of the tables. A slip there must not pass as 0: it ends every
// program at its start, as an unknown field does.
func place(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// at reports whether the last word is the n-th behind these; n counts from 0.
func at(n int, first ...string) func([]string) bool {
	return func(words []string) bool {
		return len(words) == n+1 && slices.Equal(words[:min(len(first), n)], first)
	}
}

// What several programs share.
const (
	minusP   = "either -p"
	capitalP = "either -P"
	loginP   = "either -p; only login auth; numbers"
	samba    = "pairs -U --user; by %; cluster UIpLcdDTWOsnMAmRi; values -H --workgroup; at 3 user create; at 3 user add; at 3 user setpassword"
	oracle   = "slash"
	archive  = "attached -p -hp"
)

// habits are known by the name of the program: see [programName]. The letters are those
// of the manual pages.
var habits = together([]known{
	{"mysql", "either -p; values -P -h -u -D; cluster DehPpSu", nil},
	{"mongo", minusP, nil},
	{"mycli", minusP, nil},
	{"mytop", minusP, nil},
	{"mydumper", minusP, nil},
	{"docker-login", minusP, nil},
	{"curl", "pairs -u -U -E --user --proxy-user --cert --proxy-cert; headers -H --header --proxy-header -b --cookie; separate --pass --proxy-pass --oauth2-bearer; cluster uUHbdEFAcCDeKmoPQrtTwxXyYz", nil},
	{"ab", "pairs -A -P; headers -H -C", nil},
	{"http", "pairs -a --auth", nil},
	{"lftp", "pairs -u --user; by ,", nil},
	{"ncftp", minusP, nil},
	{"smb", samba, shareSecret},
	{"net", "pairs -U --user; by %", netPassword},
	{"samba-tool", samba, shareSecret},
	{"rdesktop", minusP, nil},
	{"7z", archive, nil},
	{"rar", archive, nil},
	{"unrar", archive, nil},
	{"pdftotext", "separate -upw -opw", nil},
	{"sqlcmd", capitalP, nil},
	{"osql", capitalP, nil},
	{"bcp", capitalP, nil},
	{"tsql", capitalP, nil},
	{"mosquitto", capitalP, nil},
	{"cqlsh", minusP, nil},
	{"beeline", minusP, nil},
	{"cypher-shell", minusP, nil},
	{"arangosh", minusP, nil},
	{"couchbase-cli", minusP, nil},
	{"rabbitmqadmin", minusP, nil},
	{"twine", minusP, nil},
	{"hydra", minusP, nil},
	{"evil-winrm", minusP, nil},
	{"psexec", minusP, nil},
	{"adduser", minusP, nil},
	{"veracrypt", minusP, nil},
	{"mkpasswd", "", at0},
	{"rclone", "at 1 obscure", nil},
	{"wpa_passphrase", "at 1", nil},
	{"iwconfig", "", func(words []string) bool {
		return len(words) > 1 && slices.Contains([]string{"key", "enc", "encryption"}, words[len(words)-2])
	}},
	{"sqlplus", oracle, nil},
	{"dgmgrl", oracle, nil},
	{"tkprof", oracle, nil},
	{"rman", oracle, nil},
	{"expdp", oracle, nil},
	{"impdp", oracle, nil},
	{"sqlldr", oracle, nil},
	{"exp", oracle, nil},
	{"imp", oracle, nil},
	{"ctr", "pairs -u --user", nil},
	{"swaks", "separate -ap", nil},
	{"sendemail", "separate -xp", nil},
	{"powershell", "separate -EncodedCommand -encodedcommand -enc -Enc -e -ec", nil},
	{"docker", loginP, nil}, {"podman", loginP, nil}, {"nerdctl", loginP, nil}, {"buildah", loginP, nil}, {"crane", loginP, nil}, {"oras", loginP, nil}, {"helm", loginP, nil}, {"skopeo", loginP, nil},
	{"regctl", loginP, nil}, {"az", loginP, nil}, {"cf", "either -p; only login auth; at 2 auth", nil}, {"oc", loginP, nil}, {"ibmcloud", loginP, nil}, {"argocd", loginP, nil}, {"kubectl", "attached --from-literal=; separate --from-literal; only secret; numbers", nil},
}, directories, databases, archives, consoles, tools, windowsPrograms)

// at0 reports every word that is no option.
func at0([]string) bool { return true }

// shareSecret finds the secret in "smbclient //server/share SECRET".
func shareSecret(words []string) bool { return len(words) == 2 && strings.HasPrefix(words[0], "//") }

// netPassword finds the secret in "net user NAME SECRET" and "net use SHARE
// SECRET" of Windows.
func netPassword(words []string) bool {
	if len(words) < 3 {
		return false
	}
	last := words[len(words)-1]
	switch strings.ToLower(words[0]) {
	case "rpc", "ads": // of Samba
		return words[1] == "password" || len(words) == 5 && words[1] == "user" && words[2] == "add"
	case "user":
		return len(words) == 3
	case "use":
		return !strings.HasPrefix(last, `\\`) && last != "*"
	}
	return false
}

// ambiguous are names that are also words: they are programs only where a program
// stands.
var ambiguous = map[string]bool{"net": true, "http": true, "ab": true, "az": true, "cf": true, "oc": true, "mc": true, "exp": true, "imp": true, "zip": true, "rar": true,
	"helm": true, "crane": true, "ctr": true, "vault": true, "hydra": true, "send": true, "open": true, "user": true, "quote": true, "connect": true, "chat": true, "security": true, "fly": true, "swift": true, "reg": true,
	"transmission": true, "hey": true, "influx": true, "arj": true, "ipa": true, "pki": true, "iw": true, "bw": true, "pro": true, "ua": true, "gh": true, "docker": true, "podman": true, "ldap": true, "snmp": true, "smb": true, "mongo": true}

// wrappers start the program that stands behind them.
var wrappers = map[string]bool{"sudo": true, "doas": true, "env": true, "nice": true, "ionice": true, "nohup": true, "setsid": true, "timeout": true, "time": true,
	"strace": true, "ltrace": true, "xargs": true, "watch": true, "flock": true, "chrt": true, "taskset": true, "systemd-run": true, "exec": true, "command": true,
	"busybox": true, "unshare": true, "nsenter": true, "chroot": true, "runuser": true, "su": true, "script": true, "stdbuf": true, "parallel": true, "ssh": true,
	"sh": true, "bash": true, "cmd": true, "runas": true, "proxychains": true, "cronic": true, "chronic": true, "start-stop-daemon": true, "daemonize": true}

// usesP are programs whose -p or -P is no password.
var usesP = map[string]bool{"mkdir": true, "cp": true, "ps": true, "tar": true, "install": true, "rsync": true, "scp": true, "ssh": true, "find": true, "grep": true,
	"ls": true, "make": true, "python": true, "python3": true, "perl": true, "ruby": true, "nmap": true, "netstat": true, "ss": true, "tmux": true, "lsof": true,
	"kill": true, "pkill": true, "systemctl": true, "journalctl": true, "loginctl": true, "chmod": true, "patch": true, "sed": true, "git": true, "unshare": true,
	"taskset": true, "ionice": true, "renice": true, "chrt": true, "strace": true, "gdb": true, "perf": true, "docker": true, "podman": true, "kubectl": true,
	"nc": true, "sftp": true, "go": true, "cargo": true, "npm": true, "node": true, "psql": true, "pg_dump": true, "xargs": true, "head": true, "declare": true, "set": true,
	"jupyter": true, "screen": true, "lpr": true, "lpoptions": true, "lpadmin": true, "lpstat": true, "bash": true, "sh": true, "su": true, "sudo": true}

// pairNames are long options whose value is a name and a secret.
var pairNames = map[string]bool{"user": true, "proxy-user": true, "auth": true, "userpass": true, "login": true, "creds": true, "src-creds": true, "dest-creds": true,
	"basic-auth": true, "http-auth": true, "credentials": true}

var headerNames = map[string]bool{"header": true, "http-header": true, "proxy-header": true, "add-header": true}

// secretWords are words that are no option, and the next word is a secret:
// "nmcli … password x".
var secretWords = map[string]bool{"password": true, "passwd": true, "passphrase": true, "psk": true, "wifi-sec.psk": true, "802-11-wireless-security.psk": true,
	"aws_secret_access_key": true, "aws_session_token": true, "api_key": true, "apikey": true, "user_pw": true, "owner_pw": true, "input_pw": true, "token": true}

// programName is the name of a program as [habits] has it: without its directory,
// with one name for all programs of a family.
func programName(s string) string {
	if strings.ContainsAny(s, " \t\n") { // a text and no name
		return ""
	}
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s), ".exe"), ".local")
	s = strings.TrimLeft(s, "-") // a login shell
	s = strings.TrimRight(s, ":,")
	if habits[s] != nil {
		return s
	}
	for _, family := range []string{"mysql", "mongo", "ldap", "snmp", "ncftp", "mosquitto"} {
		if strings.HasPrefix(s, family) && s != family+"d" {
			return family
		}
	}
	switch s {
	case "mariadb", "mariadb-dump", "mariadb-admin", "mariadb-import", "mariadb-check", "mariadb-show", "mariadb-slap", "mariadb-binlog", "mariadb-backup", "xtrabackup",
		"innobackupex", "mysqlsh":
		return "mysql"
	case "smbclient", "rpcclient", "smbget", "winexe", "smbcacls", "smbtree", "smbcquotas", "nmblookup":
		return "smb"
	case "check_curl":
		return "check_http"
	case "csvde":
		return "ldifde"
	case "ua":
		return "pro"
	case "dsidm", "dsctl":
		return "dsconf"
	case "wtype", "ydotool":
		return "xdotool"
	case "frps":
		return "frpc"
	case "xfreerdp", "xfreerdp3", "wlfreerdp", "sdl-freerdp", "sdl-freerdp3":
		return "freerdp"
	case "https", "xh", "httpie":
		return "http"
	case "7za", "7zr", "7zz", "p7zip":
		return "7z"
	case "pdftoppm", "pdfinfo", "pdfimages", "pdfcpu", "pdftops", "pdftohtml", "pdftocairo", "pdfseparate", "pdfdetach", "pdffonts", "pdfunite", "pdfattach", "pdfsig":
		return "pdftotext"
	case "ipa-replica-install", "ipa-replica-manage", "ipa-csreplica-manage", "ipa-ca-install", "ipa-kra-install", "ipa-adtrust-install", "ipa-dns-install", "ipa-advise":
		return "ipa-install"
	case "smtptest", "pop3test", "sivtest", "nntptest", "lmtptest", "mupdatetest", "managesievetest":
		return "imtest"
	case "mount.cifs", "mount.smb3", "smbmount", "mount.smbfs":
		return "mount"
	case "iusql":
		return "isql"
	case "ccat", "ccencrypt", "ccdecrypt":
		return "ccrypt"
	case "mdecrypt":
		return "mcrypt"
	case "gpg-preset-passphrase":
		return "gpg-preset"
	case "transmission-remote", "transmission-daemon":
		return "transmission"
	case "ecryptfs-wrap-passphrase", "ecryptfs-unwrap-passphrase", "ecryptfs-insert-wrapped-passphrase-into-keyring":
		return "ecryptfs-wrap"
	case "guestfish", "virt-sysprep", "virt-builder":
		return "virt-customize"
	case "psexec64", "paexec":
		return "psexec"
	case "freebcp", "bsqldb":
		return "bcp"
	case "pwsh":
		return "powershell"
	case "zipcloak":
		return "zip"
	case "sqlplusw", "sql":
		return "sqlplus"
	}
	return s
}
