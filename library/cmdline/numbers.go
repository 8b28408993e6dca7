package cmdline

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// numberDigits is how many digits a session number has.
const numberDigits = 9

// takeNumber takes a session number that stands at the beginning of words in any groups of
// digits, as people write it: 482 913 077, 482-913077. It returns the digits and how many
// words they took; 0 where the words do not begin with a number that is complete.
func takeNumber(words []string) (digits string, used int) {
	for _, word := range words {
		plain := strings.NewReplacer("-", "", "\u2013", "", " ", "", "\u00a0", "").Replace(word)
		if strings.Trim(plain, "0123456789") != "" || strings.HasPrefix(word, "-") {
			break
		}
		digits += plain
		if used++; len(digits) >= numberDigits {
			break
		}
	}
	if len(digits) != numberDigits {
		return "", 0
	}
	return digits, used
}

// JoinNumbers makes one word of a session number that was typed in groups of digits, for
// each of the first most things that words name. Other words stay as they are.
func JoinNumbers(words []string, most int) []string {
	var joined []string
	for len(words) > 0 && most > 0 {
		digits, used := takeNumber(words)
		if used < 2 { // none, or as it was typed
			digits, used = words[0], 1
		}
		joined, words, most = append(joined, digits), words[used:], most-1
	}
	return append(joined, words...)
}

// joinNumbers joins the numbers among the arguments of a command that takes one, or any
// number of them.
func joinNumbers(takes string, words []string) []string {
	takes = strings.Trim(takes, "[")
	switch {
	case strings.HasPrefix(takes, "NUMBER..."):
		return JoinNumbers(words, len(words))
	case strings.HasPrefix(takes, "NUMBER"):
		return JoinNumbers(words, 1)
	}
	return words
}

// takesNumbers reports whether a flag takes session numbers, several of them.
func takesNumbers(flag cli.Flag) bool {
	f, ok := flag.(*cli.StringSliceFlag)
	return ok && strings.Contains(f.Usage, "`NUMBER`")
}

// numberValues are the session numbers behind a flag that takes them, and how many of
// args, which begin with the flag's value, they take: all that follow each other.
func numberValues(args []string) (values []string, used int) {
	for used < len(args) {
		digits, n := takeNumber(args[used:])
		if n == 0 {
			break
		}
		if n == 1 {
			digits = args[used]
		}
		values, used = append(values, digits), used+n
	}
	return slices.Clip(values), used
}
