package main

import (
	"context"
	"fmt"
	"strings"

	"supportd/consent"
	"supportd/library/text"
)

// screenful is how much text is written at once, in bytes: between two of them
// a question can be withdrawn.
const screenful = 4 << 10

// showPrograms writes the full text of every script, and of the files that come
// with it, each once. Each line has a bar before it, so that none can pass for a
// question.
func (s *screen) showPrograms(ctx context.Context, q consent.Question) error {
	shown := map[string]string{} // by SHA-256: where it stands
	for i, p := range q.Programs {
		for j, f := range append([]consent.File{p.File}, p.With...) {
			place := fmt.Sprintf("%d", i+1)
			if j > 0 {
				place += fmt.Sprintf("+%d", j)
			}
			if err := s.showFile(ctx, place, f, shown[f.SHA256]); err != nil {
				return err
			}
			if shown[f.SHA256] == "" {
				shown[f.SHA256] = place
			}
		}
	}
	return nil
}

// showFile writes what is in a file, unless it stands at another place already.
func (s *screen) showFile(ctx context.Context, place string, f consent.File, already string) error {
	var b strings.Builder
	b.WriteByte('\n')
	s.wrap(&b, "", place+". "+text.Plain(f.Name, 200))
	s.wrap(&b, "   ", f.Sum())
	switch {
	case already != "":
		fmt.Fprintf(&b, "  %s\n", phrase(s.lang, sameText, already))
	case f.Text == "":
		fmt.Fprintf(&b, "  %s\n", phrase(s.lang, notText))
	default:
		for line := range strings.SplitSeq(strings.TrimSuffix(f.Text, "\n"), "\n") {
			s.wrap(&b, "  │ ", text.Escape(strings.ReplaceAll(line, "\t", "    ")))
			if b.Len() < screenful {
				continue
			}
			if err := s.show(ctx, b.String()); err != nil {
				return err
			}
			b.Reset()
		}
	}
	return s.show(ctx, b.String())
}
