package secrets

import (
	"slices"
	"strings"
)

// What a command line gives to a program that reads a password from its input: what
// echo says into a pipe, a text behind <<<, the lines behind <<EOF.

// reach bounds how many words are looked at for the other end of something: no line that
// a person or a program wrote needs more, and a line made to cost time costs little.
const reach = 256

// echoes masks what goes into a program that reads a password.
func (l liner) echoes(words []word, out []string) {
	begin, lines, further := 0, 0, readersFurtherOn(words)
	for i := range words {
		if !words[i].operator {
			continue
		}
		switch op := words[i].text; {
		case op == "|" && further[i]:
			maskPrinted(words, out, groupBegin(words, begin, i), i)
		case op == "<<<" && i+1 < len(words) && (readsSecret(words[begin:i]) || further[i+1]):
			out[i+1] = masked
		case op == "<<" && i+1 < len(words) && (readsSecret(words[begin:i]) || further[i+1]):
			if i >= lines { // else it is a line itself
				lines = maskLines(words, out, i+1)
			}
		case op == "(" && i > 0 && words[i-1].text == "<": // < <(echo x)
			end := i + 1
			for end < min(len(words), i+reach) && (!words[end].operator || words[end].text != ")") {
				end++
			}
			if before := commandBefore(words, i); readsSecret(before) || namesFileOfSecret(before) {
				maskPrinted(words, out, i+1, end)
			}
		case op == "<" && i+1 < len(words) && readsSecret(commandBefore(words, i)): // < file
			maskWritten(words, out, i, words[i+1].text)
		}
		if !redirects(words[i].text) {
			begin = i + 1
		}
	}
}

// redirects reports whether an operator only names where a command reads or writes: what
// stands behind it belongs to the same command.
func redirects(operator string) bool { return strings.ContainsAny(operator, "<>") }

// readersFurtherOn tells of each word whether a program reads a secret that stands behind
// one of the pipes from there on, up to the end of the command.
func readersFurtherOn(words []word) []bool {
	further := make([]bool, len(words)+1)
	for i := len(words) - 1; i >= 0; i-- {
		further[i] = further[i+1]
		if !words[i].operator {
			continue
		}
		switch op := words[i].text; {
		case op == "|":
			further[i] = further[i+1] || readsSecret(words[i+1:])
		case !redirects(op):
			further[i] = false
		}
	}
	return further
}

// groupBegin is where the command begins that ends before the word at i: for a group,
// such as (echo x; echo x), at its beginning.
func groupBegin(words []word, begin, i int) int {
	if i == 0 {
		return begin
	}
	var opens string
	switch words[i-1].text {
	case ")":
		opens = "("
	case "}":
		opens = "{"
	case "done":
		opens = "do"
	case "fi":
		opens = "then"
	default:
		return begin
	}
	for j := i - 1; j >= max(0, i-reach); j-- {
		if words[j].text == opens {
			return j + 1
		}
	}
	return max(0, i-reach)
}

// commandBefore is the command whose input is named at i.
func commandBefore(words []word, i int) []word {
	end := i
	for end > 0 && words[end-1].operator {
		end--
	}
	begin := end
	for begin > 0 && !words[begin-1].operator {
		begin--
	}
	return words[begin:end]
}

// maskPrinted masks what the commands between two places print.
func maskPrinted(words []word, out []string, from, to int) {
	first, prints := true, false
	for i := from; i < to; i++ {
		w := words[i]
		switch {
		case w.operator && redirects(w.text) && !first: // echo x 2>/dev/null y
			i++
		case w.operator:
			first, prints = true, false
		case first && (w.text == "{" || w.text == "do" || w.text == "then" || w.text == "command" || w.text == "builtin"):
		case first && (strings.HasPrefix(w.text, "-") || shells[programName(w.text[strings.IndexByte(w.text, '=')+1:])]): // COMMAND=/bin/sh -c echo x, as sudo writes it
		case first:
			name := programName(w.text)
			first, prints = false, name == "echo" || name == "printf" || name == "print" || name == "yes"
		case prints && !strings.HasPrefix(w.text, "-"):
			out[i] = masked
		}
	}
}

// shells run what stands behind them.
var shells = map[string]bool{"sh": true, "bash": true, "dash": true, "ksh": true, "zsh": true, "ash": true, "busybox": true}

// namesFileOfSecret reports whether the last word of a command says that a file with a
// secret comes next: wg set wg0 private-key <(echo x), curl --config <(echo x).
func namesFileOfSecret(words []word) bool {
	if len(words) == 0 {
		return false
	}
	name := strings.TrimLeft(strings.ToLower(words[len(words)-1].text), "-")
	for _, place := range []string{"-file", "_file", "file", "-fd"} {
		name = strings.TrimSuffix(name, place)
	}
	return secretOption(name) || name == "config" || name == "k" || name == "netrc" || name == "defaults-extra" || name == "defaults"
}

// maskWritten masks what commands before the word at i write into a file.
func maskWritten(words []word, out []string, i int, file string) {
	begin := max(0, i-reach)
	for j := begin; j < i; j++ {
		if !words[j].operator {
			continue
		}
		if (words[j].text == ">" || words[j].text == ">>") && words[j+1].text == file {
			maskPrinted(words, out, groupBegin(words, begin, j), j)
		}
		begin = j + 1
	}
}

// maskLines masks the lines up to the word that ends them, which stands at i, and returns
// where they end.
func maskLines(words []word, out []string, i int) int {
	mark := strings.TrimLeft(words[i].text, "-")
	lines := false
	for j := i + 1; j < len(words); j++ {
		newline := words[j-1].operator && strings.HasPrefix(words[j-1].text, "\n")
		lines = lines || newline
		switch {
		case !lines || words[j].operator:
		case newline && words[j].text == mark:
			return j
		default:
			out[j] = masked
		}
	}
	return len(words)
}

// readers are programs that ask their input for a password, wherever they stand in a
// command; others do so only as its program.
var readers = map[string]bool{"chpasswd": true, "passwd": true, "cryptsetup": true, "smbpasswd": true, "vncpasswd": true, "tigervncpasswd": true, "saslpasswd2": true,
	"pdbedit": true, "ecryptfs-add-passphrase": true, "ecryptfs-unwrap-passphrase": true, "gocryptfs": true, "keepassxc-cli": true, "secret-tool": true,
	"mosquitto_passwd": true, "newusers": true, "chgpasswd": true, "wpa_passphrase": true, "gpg-preset-passphrase": true}

var programReaders = map[string]bool{"su": true, "kinit": true, "ssh-add": true, "pass": true, "keyctl": true, "systemd-creds": true, "encfs": true, "mokutil": true, "realm": true,
	"bw": true, "kpasswd": true, "zfs": true, "clevis": true, "doas": true, "anydesk": true, "mount": true, "sedutil-cli": true, "debconf-set-selections": true, "lpass": true, "mkpasswd": true}

// readsSecret reports whether the command at the beginning of the words, or of a group
// there, asks its input for a password.
func readsSecret(words []word) bool {
	for len(words) > 0 && (words[0].text == "(" || words[0].text == "{") {
		words = words[1:]
	}
	if end := slices.IndexFunc(words, func(w word) bool { return w.operator }); end >= 0 {
		words = words[:end]
	}
	program := ""
	for _, w := range words {
		name := programName(w.text)
		if program == "" || wrappers[program] && program != "sudo" {
			if strings.Contains(w.text, "=") || strings.HasPrefix(w.text, "-") { // a variable, an option
				continue
			}
			program = name
		}
		switch {
		case readers[name], programReaders[name] && (name == program || w.text == name && program == "sudo" && name != "pass"),
			program == "sudo" && sudoReads(w.text),
			strings.Contains(w.text, "stdin"), strings.HasPrefix(w.text, "--passphrase-fd"), strings.HasPrefix(w.text, "--pinentry-mode"), w.text == "--with-token",
			name == "login" && program == "p4", w.text == "-i" && program == "htpasswd":
			return true
		}
	}
	return false
}

// sudoReads reports whether an option of sudo(8) has S among its letters: the letters
// before it may be none that take a value.
func sudoReads(arg string) bool {
	letters, ok := strings.CutPrefix(arg, "-")
	i := strings.IndexByte(letters, 'S')
	return ok && i >= 0 && !strings.HasPrefix(letters, "-") && !strings.ContainsAny(letters[:i], "CDghprRtTuU")
}
