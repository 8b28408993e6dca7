package client

import (
	"bytes"
	"cmp"
	"encoding/json"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// jsonLines decodes a stream of lines, each of them a thing in JSON.
type jsonLines[T any] struct {
	sink  func(T) error
	where text.Message
	most  int // bytes of a line; 0 is maxEventLine
	rest  []byte
}

// Write implements [io.Writer].
func (l *jsonLines[T]) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			break
		}
		l.rest = rest
		var one T
		if err := json.Unmarshal(line, &one); err != nil {
			return 0, malformed(l.where, err)
		}
		if err := l.sink(one); err != nil {
			return 0, err
		}
	}
	if most := cmp.Or(l.most, maxEventLine); len(l.rest) > most {
		return 0, cmdline.Fail(cmdline.ExitFailed, "end the support session if you do not trust this computer", "%s sends an event of more than %d bytes", l.where, most)
	}
	l.rest = append([]byte(nil), l.rest...)
	return len(p), nil
}

// complaints keeps what a command writes to standard error, at most left bytes, which
// becomes an error if it fails. Lines before that go to tell as they come, where there is
// somebody to tell: see [cmdline.Report] for how an error begins.
type complaints struct {
	bounded
	tell func(line string)
	rest []byte // of a line
}

// Write implements [io.Writer].
func (c *complaints) Write(p []byte) (int, error) {
	if c.tell == nil {
		return c.bounded.Write(p)
	}
	c.rest = append(c.rest, p...)
	for {
		line, rest, found := bytes.Cut(c.rest, []byte("\n"))
		if !found && len(c.rest) <= maxNote {
			return len(p), nil
		}
		if !found {
			line, rest = c.rest, nil
		}
		name, _, isError := bytes.Cut(line, []byte(": "))
		_, isHint := cmdline.CutHint(string(line))
		if isHint || isError && len(bytes.Trim(name, "abcdefghijklmnopqrstuvwxyz-")) == 0 || !found {
			_, _ = c.bounded.Write(append(bytes.Clone(line), '\n'))
		} else {
			c.tell(string(bytes.TrimSuffix(line, []byte("\r"))))
		}
		c.rest = bytes.Clone(rest)
	}
}

// all is everything that was kept.
func (c *complaints) all() string {
	_, _ = c.bounded.Write(c.rest)
	c.rest = nil
	return c.text.String()
}

// maxNote bounds a line that is told, in bytes.
const maxNote = 4 << 10
