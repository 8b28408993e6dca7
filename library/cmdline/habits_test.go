package cmdline

import "testing"

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
