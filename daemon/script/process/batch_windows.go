package process

import (
	"path/filepath"
	"strings"
)

// batchVariable holds the path of a batch file for cmd.exe.
const batchVariable = "SUPPORTD_SCRIPT"

// isBatch reports whether Windows runs a file with cmd.exe.
func isBatch(name string) bool {
	ending := strings.ToLower(filepath.Ext(name))
	return ending == ".bat" || ending == ".cmd"
}

// batchLine is the command line with which shell, the path of cmd.exe, runs the
// file that batchVariable names. cmd.exe does not read its arguments as other
// programs do: of /c "PATH" it drops the quotes where the path has one of &<>()@^|,
// and replaces %NAME% even inside them. So everything is quoted once more, of which
// /s drops exactly the outer pair, and the path comes from a variable: what that
// holds is not looked at again. /d leaves out what the user starts with each shell,
// /v:off keeps "!" from having a meaning.
func batchLine(shell string) string {
	return `"` + shell + `" /d /v:off /s /c ""%` + batchVariable + `%""`
}
