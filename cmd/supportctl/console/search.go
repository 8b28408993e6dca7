package console

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library/text"
)

// search is a text that is typed above a list, which then has only what fits.
type search struct {
	field  field
	typing bool
	wanted string // in small letters
}

func newSearch() search { return search{field: newField(200)} }

func (s *search) begin() tea.Cmd {
	s.typing = true
	s.field.set(s.wanted)
	return nil
}

// key takes what is typed into the search; Esc gives it up.
func (s *search) key(k tea.KeyPressMsg) (taken bool) {
	pressed := k.String()
	switch {
	case pressed == "esc" && (s.typing || s.wanted != ""):
		s.typing, s.wanted = false, ""
	case !s.typing:
		return false
	case pressed == "enter":
		s.typing = false
	default:
		s.field.key(k)
		s.wanted = strings.ToLower(strings.TrimSpace(s.field.value()))
	}
	return true
}

func (s *search) paste(foreign string) {
	if s.typing {
		s.field.paste(foreign)
		s.wanted = strings.ToLower(strings.TrimSpace(s.field.value()))
	}
}

// finds reports whether one of these texts has what is looked for.
func (s *search) finds(texts ...string) bool {
	return s.wanted == "" || slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(t), s.wanted) })
}

// head is the line above the list: what it says, and what is looked for.
func (s *search) head(c *Console, said string, width int) string {
	switch {
	case s.typing:
		said = c.words[wFilter] + ": " + s.field.draw(width-20)
	case s.wanted != "":
		said += "  " + c.words[wFilter] + ": " + s.wanted
	}
	return line(said, width)
}

func (s *search) cursor(c *Console) (x, y int, shown bool) {
	return text.Width(c.words[wFilter]) + 2 + s.field.at(), 0, s.typing
}
