package cmdline

import (
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Habit is what a command line was meant for that people, or programs by
// themselves, send to a server of another kind.
type Habit int

const (
	// NoHabit is anything else: one of our commands, or a mistyped one.
	NoHabit Habit = iota
	// CopiesFiles is what scp -O, rsync and sftp clients without the subsystem send.
	CopiesFiles
	// KeepsRepository is what git sends.
	KeepsRepository
	// InstallsKey is what ssh-copy-id sends.
	InstallsKey
	// WantsShell is a command of a shell.
	WantsShell
)

// HabitIn is [HabitOf] for a server with these commands: a word that is none of them and
// like none of them was meant for a shell, whatever program it names.
func HabitIn(commands []*cli.Command, words []string) Habit {
	habit := HabitOf(words)
	if habit == NoHabit && len(words) > 0 && len(Nearest(words[0], names(commands))) == 0 && len(elsewhere(commands, "", strings.ToLower(words[0]))) == 0 {
		return WantsShell
	}
	return habit
}

// HabitOf recognises a command line by its words. It is asked about what is none
// of our commands.
func HabitOf(words []string) Habit {
	if len(words) == 0 {
		return NoHabit
	}
	name := path.Base(strings.ReplaceAll(words[0], `\`, "/"))
	switch {
	case slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "authorized_keys") }):
		return InstallsKey
	case slices.Contains([]string{"scp", "rsync", "sftp-server", "internal-sftp", "sftp", "pscp"}, name):
		return CopiesFiles
	case name == "git" || strings.HasPrefix(name, "git-"):
		return KeepsRepository
	case name != words[0] || strings.ContainsAny(words[0], "=$;|&<>") || strings.HasSuffix(strings.ToLower(name), ".exe"):
		return WantsShell
	case slices.Contains([]string{
		"exec", "sh", "bash", "dash", "ksh", "zsh", "fish", "csh", "tcsh", "env", "cd", "umask", "mkdir", "exit", "echo", "printf", "test", "[", "true", "false",
		"uname", "id", "ls", "ll", "dir", "pwd", "cat", "less", "more", "tail", "head", "grep", "find", "cp", "mv", "rm", "touch", "chmod", "chown", "ln", "df", "du",
		"ps", "top", "htop", "kill", "free", "uptime", "who", "w", "date", "hostname", "ip", "ifconfig", "ipconfig", "ping", "netstat", "ss", "dmesg", "journalctl",
		"sudo", "su", "systemctl", "service", "shutdown", "apt", "dnf", "yum", "vi", "vim", "nano", "python", "python3", "perl", "tmux", "screen", "mosh-server", "tar",
		"cmd", "powershell", "pwsh", "tasklist", "systeminfo", "ver", "whoami", "export", "set", "source", ".",
	}, words[0]):
		return WantsShell
	}
	return NoHabit
}
