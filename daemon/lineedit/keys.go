package lineedit

import (
	"bytes"
	"unicode/utf8"

	"supportd/library/text"
)

// Keys that arrive as one byte.
const (
	ctrlA     = 1
	ctrlB     = 2
	ctrlC     = 3
	ctrlD     = 4
	ctrlE     = 5
	ctrlF     = 6
	ctrlH     = 8
	tab       = 9
	newline   = 10
	ctrlK     = 11
	enter     = 13
	ctrlN     = 14
	ctrlP     = 16
	ctrlU     = 21
	ctrlW     = 23
	escape    = 27
	backspace = 127
)

// maxKey bounds an escape sequence, in bytes; real ones have fewer than ten.
const maxKey = 32

// Type takes keys as a terminal sends them and returns what a person has done
// with them. Keys may be cut anywhere.
func (l *Line) Type(keys []byte) (done []Action) {
	in := append(l.rest, keys...)
	l.rest = nil
	for len(in) > 0 {
		if l.pasting {
			if in = l.paste(in); len(in) == 0 || l.pasting {
				break
			}
			continue
		}
		n := keyLength(in)
		if n == 0 {
			break
		}
		if a, ok := l.press(in[:n]); ok {
			done = append(done, a)
		}
		in = in[n:]
	}
	l.rest = bytes.Clone(in)
	return done
}

// keyLength is how many bytes the first key has; 0 when its end has not come.
func keyLength(in []byte) int {
	switch {
	case in[0] != escape:
		if !utf8.FullRune(in) {
			return 0
		}
		_, n := utf8.DecodeRune(in)
		return n
	case len(in) == 1:
		return 0
	case in[1] == 'O': // SS3 and one character (ECMA-48)
		if len(in) < 3 {
			return 0
		}
		return 3
	case in[1] != '[':
		return 1 // an Escape by itself, or Alt with a key
	}
	for i := 2; i < len(in); i++ { // CSI, to its final byte (ECMA-48 section 5.4)
		if in[i] >= 0x40 && in[i] <= 0x7e {
			return i + 1
		}
		if in[i] < 0x20 || in[i] > 0x7e || i == maxKey {
			return i
		}
	}
	return 0
}

// press does what one key asks for.
func (l *Line) press(key []byte) (a Action, ok bool) {
	returned := l.returned
	l.returned = key[0] == enter
	switch key[0] {
	case ctrlC:
		return Action{Kind: Interrupt}, true
	case ctrlD:
		if l.Text() == "" {
			return Action{Kind: End}, true
		}
		_, l.after = cutFirst(l.after)
	case newline:
		if returned {
			return Action{}, false
		}
		return l.enter(), true
	case enter:
		return l.enter(), true
	case ctrlH, backspace:
		l.before, _ = cutLast(l.before)
	case ctrlU:
		l.before = ""
	case ctrlK:
		l.after = ""
	case ctrlW:
		l.eraseWord()
	case ctrlA:
		l.before, l.after = "", l.Text()
	case ctrlE:
		l.before, l.after = l.Text(), ""
	case ctrlB:
		l.left()
	case ctrlF:
		l.right()
	case ctrlP:
		l.recall(-1)
	case ctrlN:
		l.recall(+1)
	case escape:
		l.pressNamed(string(key))
	default:
		l.insert(string(key))
	}
	return Action{}, false
}

// pressNamed does what the keys do that terminals send as escape sequences.
func (l *Line) pressNamed(key string) {
	switch key {
	case "\x1b[A", "\x1bOA":
		l.recall(-1)
	case "\x1b[B", "\x1bOB":
		l.recall(+1)
	case "\x1b[C", "\x1bOC":
		l.right()
	case "\x1b[D", "\x1bOD":
		l.left()
	case "\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~":
		l.before, l.after = "", l.Text()
	case "\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~":
		l.before, l.after = l.Text(), ""
	case "\x1b[3~":
		_, l.after = cutFirst(l.after)
	case PasteBegins:
		l.pasting, l.pasted = true, true
	}
}

// paste takes what is pasted, up to the mark of its end, and returns what
// follows. Line ends in it are text.
func (l *Line) paste(in []byte) (rest []byte) {
	const end = "\x1b[201~"
	pasted, rest, ended := bytes.Cut(in, []byte(end))
	if ended {
		l.pasting = false
	} else {
		// The mark, a character or a line end may have come in part.
		keep := len(in)
		for n := 1; n < len(end) && n <= len(in); n++ {
			if bytes.HasSuffix(in, []byte(end[:n])) {
				keep = len(in) - n
			}
		}
		keep -= text.Begun(in[:keep])
		if keep > 0 && in[keep-1] == enter {
			keep--
		}
		pasted, rest = in[:keep], in[keep:]
	}
	pasted = bytes.ReplaceAll(pasted, []byte("\r\n"), []byte("\n"))
	l.insert(string(bytes.ReplaceAll(pasted, []byte("\r"), []byte("\n"))))
	return rest
}
