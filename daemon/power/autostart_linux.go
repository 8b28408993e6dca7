package power

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"supportd/library/disk"
)

// The places of the entry. systemd reads the links in NAME.wants at boot, so it need not
// be told of a new one (systemd.unit(5)).
const (
	unitName = EntryName + ".service"
	wanted   = "multi-user.target.wants"
	login    = "default.target.wants"
)

func (a Autostart) systemUnits() string { return filepath.Join("/", a.root, "etc/systemd/system") }
func (a Autostart) userUnits() string   { return filepath.Join(a.Home, ".config/systemd/user") }
func (a Autostart) desktopFile() string {
	return filepath.Join(a.Home, ".config/autostart", EntryName+".desktop")
}

func (a Autostart) install() error {
	switch {
	case a.Admin:
		return installUnit(a.systemUnits(), wanted, a.unit("After=network-online.target\nWants=network-online.target\n", "multi-user.target"))
	case a.Desktop:
		return writeFile(a.desktopFile(), "[Desktop Entry]\nType=Application\nName=Remote support\nTerminal="+strconv.FormatBool(!a.Windowless)+"\nExec="+a.desktopCommand()+"\n", 0o644)
	}
	// With lingering it runs at boot, else at the user's next login.
	return installUnit(a.userUnits(), login, a.unit("", "default.target"))
}

func installUnit(dir, target, text string) error {
	if err := writeFile(filepath.Join(dir, unitName), text, 0o644); err != nil {
		return err
	}
	link := filepath.Join(dir, target, unitName)
	if err := disk.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	err := os.Symlink(filepath.Join("..", unitName), link)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return errors.Join(err, disk.SyncDir(filepath.Dir(link)))
}

func (a Autostart) remove() error {
	if a.Admin {
		return removeFiles(filepath.Join(a.systemUnits(), wanted, unitName), filepath.Join(a.systemUnits(), unitName))
	}
	return removeFiles(filepath.Join(a.userUnits(), login, unitName), filepath.Join(a.userUnits(), unitName), a.desktopFile())
}

// unit is the text of a service that is started once and not again: when it
// fails, the support session has failed, and the customer knows it.
func (a Autostart) unit(order, target string) string {
	return "[Unit]\nDescription=Remote support: come back after a restart\n" + order +
		"\n[Service]\nType=exec\nKillMode=mixed\nTimeoutStopSec=10\nExecStart=" + a.unitCommand() +
		"\n\n[Install]\nWantedBy=" + target + "\n"
}

// unitCommand quotes the command line for systemd (systemd.service(5), "Command
// lines"): a leading ":" turns off variables, %% is one percent sign, and \xNN a
// byte: systemd leaves out a line that is no UTF-8.
func (a Autostart) unitCommand() string {
	words := []string{`:"` + quoteUnit(a.Program) + `"`}
	for _, arg := range a.Args {
		words = append(words, `"`+quoteUnit(arg)+`"`)
	}
	return strings.Join(words, " ")
}

func quoteUnit(word string) string {
	var b strings.Builder
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRuneInString(word[i:])
		switch {
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, word[i])
		case r == '\\' || r == '"':
			b.WriteString(`\` + string(r))
		case r == '%':
			b.WriteString("%%")
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// desktopCommand quotes the command line for a desktop (Desktop Entry
// Specification 1.5, "The Exec key"): quoted as for a shell, then as a string,
// which doubles every backslash.
func (a Autostart) desktopCommand() string {
	quote := strings.NewReplacer(`\`, `\\\\`, `"`, `\\"`, "`", "\\\\`", `$`, `\\$`, `%`, `%%`)
	var words []string
	for _, arg := range append([]string{a.Program}, a.Args...) {
		words = append(words, `"`+quote.Replace(arg)+`"`)
	}
	return strings.Join(words, " ")
}
