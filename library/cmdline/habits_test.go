package cmdline

import (
	"testing"

	"github.com/urfave/cli/v2"
)

// C7: whatever program people type, a server without a shell says what it is, unless it
// may be one of its own commands, mistyped.
func TestK5C7_ProgramsOfAllKinds(t *testing.T) {
	commands := []*cli.Command{{Name: "session", Subcommands: []*cli.Command{{Name: "list"}}}, {Name: "status"}, {Name: "run"}}
	for line, want := range map[string]Habit{
		"docker ps": WantsShell, "borg serve": WantsShell, "md5sum x": WantsShell, "which sh": WantsShell, "nc -l 1": WantsShell, "커맨드": WantsShell, "get-process": WantsShell, "nmap -sV": WantsShell,
		"statsu": NoHabit, "list": NoHabit, "sesion list": NoHabit, "status": NoHabit, "": NoHabit, "scp -t x": CopiesFiles, "git-upload-pack x": KeepsRepository,
	} {
		words, err := Split(line)
		if got := HabitIn(commands, words); got != want || err != nil {
			t.Errorf("%q: %d, %v, want %d", line, got, err, want)
		}
	}
}

// C7: what other servers are sent is known for what it is.
func TestK5C7_Habits(t *testing.T) {
	for line, want := range map[string]Habit{
		"scp -t x": CopiesFiles, "rsync --server -e.LsfxC . x": CopiesFiles, "/usr/lib/openssh/sftp-server": CopiesFiles, "git-upload-pack 'a.git'": KeepsRepository,
		"git upload-pack x": KeepsRepository, "/bin/sh -c 'echo'": WantsShell, "bash -s": WantsShell, "uname -a": WantsShell, "A=b c": WantsShell, `C:\Windows\x.exe`: WantsShell,
		"exec sh -c 'cd ; umask 077 ; cat >>.ssh/authorized_keys'": InstallsKey, "sesion list": NoHabit, "": NoHabit, "status": NoHabit,
	} {
		words, err := Split(line)
		if got := HabitOf(words); got != want || err != nil {
			t.Errorf("%q: %d, %v, want %d", line, got, err, want)
		}
	}
}
