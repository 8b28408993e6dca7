package main

import (
	"strings"

	"supportd/library/text"
)

// maxPrinted bounds the lines of a run's output on the customer's screen: enough
// to see what it does, and not so much that nothing else is found any more. The
// journal has all of it.
const maxPrinted = 30

// maxBegun bounds a line whose end is waited for, in bytes.
const maxBegun = 4 << 10

// output is what the scripts of a run have written.
type output struct {
	step  int    // which script
	rest  string // the beginning of its next line
	lines int    // that are on the screen
}

// printed shows what a script writes, whole lines with a bar before them, so
// that none can pass for one of ours.
func (s *screen) printed(step int, more string) {
	s.mu.Lock()
	o := &s.output
	if o.step != step && o.rest != "" {
		more = "\n" + more
	}
	o.step = step
	lines := strings.Split(o.rest+more, "\n")
	o.rest = lines[len(lines)-1]
	if len(o.rest) > maxBegun {
		lines, o.rest = append(lines, ""), ""
	}
	text := s.barred(lines[:len(lines)-1])
	s.mu.Unlock()
	if text != "" {
		s.say(text)
	}
}

// endOutput shows a last line without an end, and is ready for the next run.
func (s *screen) endOutput() {
	s.mu.Lock()
	text := ""
	if s.output.rest != "" {
		text = s.barred([]string{s.output.rest})
	}
	s.output = output{}
	s.mu.Unlock()
	if text != "" {
		s.say(text)
	}
}

// barred makes lines fit for the screen, as many as may still be shown.
func (s *screen) barred(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		if s.output.lines++; s.output.lines > maxPrinted {
			if s.output.lines == maxPrinted+1 {
				s.wrap(&b, "  │ ", phrase(s.lang, moreOutput))
			}
			continue
		}
		s.wrap(&b, "  │ ", text.Escape(strings.ReplaceAll(line, "\t", "    ")))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
