package formats

import (
	"bytes"
	"path"
	"strconv"
	"strings"
)

// Account is a line of /etc/passwd.
type Account struct {
	Name, Full, Home, Shell string
	UID, GID                uint64
}

// nobody is the number of the account to which files of unknown owners belong.
const nobody = 65534

// LogsOn reports whether somebody can log on with the account's shell. An account
// without a shell gets /bin/sh: passwd(5).
func (a Account) LogsOn() bool {
	switch path.Base(a.Shell) {
	case "nologin", "false", "true", "sync", "shutdown", "halt", "reboot", "null", "noshell", "nosh", "git-shell", "rssh_disabled", "uucico":
		return false
	}
	return true
}

// Person reports whether the account may belong to a person. It may when somebody
// can log on with it, whatever its number is: a domain or an old system gives other
// numbers than this one. It does not when its number is of the system's range and
// its name is that of a service. An account of the users' range without a shell is
// a person's when it has a home: mail and file transfer need no shell.
func (a Account) Person() bool {
	switch {
	case a.UID == 0, a.UID == nobody, a.Name == "nobody", a.Name == "nfsnobody":
		return false
	case a.LogsOn():
		return a.UID >= 1000 || !serviceNames[a.Name] && !strings.HasPrefix(a.Name, "_") // so macOS and OpenBSD mark services
	}
	switch home := path.Clean(a.Home); {
	case a.UID < 1000, home == "/", home == ".", home == "/nonexistent", home == "/dev/null", home == "/proc":
		return false
	default:
		for _, dir := range []string{"/var/", "/run/", "/usr/", "/opt/", "/etc/", "/snap/", "/nix/", "/bin", "/sbin", "/dev/"} {
			if strings.HasPrefix(home, dir) {
				return false
			}
		}
	}
	return true
}

// serviceNames are accounts of the system and of servers that have a shell for
// their own work, and tell nothing about anybody.
var serviceNames = map[string]bool{
	"root": true, "toor": true, "daemon": true, "bin": true, "sys": true, "sync": true, "games": true, "man": true, "lp": true, "mail": true, "news": true,
	"uucp": true, "proxy": true, "www-data": true, "backup": true, "list": true, "irc": true, "gnats": true, "operator": true, "adm": true, "ftp": true,
	"postgres": true, "mysql": true, "mariadb": true, "mongodb": true, "redis": true, "oracle": true, "grid": true, "git": true, "gitlab": true, "gitea": true,
	"jenkins": true, "tomcat": true, "nginx": true, "apache": true, "http": true, "www": true, "wwwrun": true, "named": true, "bind": true, "postfix": true,
	"sshd": true, "slurm": true, "munge": true, "hadoop": true, "hdfs": true, "yarn": true, "kafka": true, "zookeeper": true, "elasticsearch": true,
	"cassandra": true, "couchdb": true, "rabbitmq": true, "nagios": true, "icinga": true, "zabbix": true, "prometheus": true, "grafana": true, "gdm": true,
	"lightdm": true, "sddm": true, "libvirt-qemu": true, "qemu": true, "pulse": true, "rtkit": true, "systemd-network": true, "ntp": true, "svn": true,
	"cyrus": true, "amanda": true, "squid": true, "guest": true, "at": true, "radvd": true, "vagrant": true,
}

// Passwd reads /etc/passwd.
func Passwd(text []byte) (accounts []Account) {
	Lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) != 7 || f[0] == "" || strings.ContainsAny(f[0][:1], "#+-") { // a comment, or a reference to NIS
			return true
		}
		uid, err := strconv.ParseUint(f[2], 10, 32)
		if err != nil {
			return true
		}
		gid, _ := strconv.ParseUint(f[3], 10, 32)
		full, _, _ := strings.Cut(f[4], ",")
		if strings.Contains(full, "&") { // the login name, with a capital
			full = strings.ReplaceAll(full, "&", strings.ToUpper(f[0][:1])+f[0][1:])
		}
		accounts = append(accounts, Account{Name: f[0], Full: strings.TrimSpace(full), UID: uid, GID: gid, Home: f[5], Shell: f[6]})
		return true
	})
	return accounts
}

// Membership is who is in some groups, by name and by primary group.
type Membership struct {
	names   map[string]bool
	numbers map[uint64]bool
}

// Has reports whether the account is in one of the groups.
func (g Membership) Has(a Account) bool { return g.names[a.Name] || g.numbers[a.GID] }

// AllMembers are the names that stand in the groups of /etc/group.
func AllMembers(text []byte) (names []string) {
	Lines(bytes.NewReader(text), func(line string) bool {
		if f := strings.Split(line, ":"); len(f) == 4 {
			for name := range strings.SplitSeq(f[3], ",") {
				if name = strings.TrimSpace(name); name != "" {
					names = append(names, name)
				}
			}
		}
		return true
	})
	return names
}

// Members reads /etc/group. A group's own line does not have those whose
// primary group it is: their line of /etc/passwd has its number.
func Members(text []byte, groups ...string) Membership {
	in := Membership{map[string]bool{}, map[uint64]bool{}}
	Lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) != 4 {
			return true
		}
		for _, g := range groups {
			if f[0] != g {
				continue
			}
			if gid, err := strconv.ParseUint(f[2], 10, 32); err == nil {
				in.numbers[gid] = true
			}
			for name := range strings.SplitSeq(f[3], ",") {
				if name = strings.TrimSpace(name); name != "" {
					in.names[name] = true
				}
			}
		}
		return true
	})
	return in
}
