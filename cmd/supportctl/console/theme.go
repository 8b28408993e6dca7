package console

import "charm.land/lipgloss/v2"

// theme is how things look. Only the terminal's own colours are used, which whoever has a
// light or a dark one has chosen to be read there. Colour never stands alone: what it says
// is also said by a sign and a word.
type theme struct {
	head, chosen, urgent, good, faint, strong func(...string) string
}

func newTheme(plain bool) theme {
	style := lipgloss.NewStyle()
	t := theme{
		head: style.Reverse(true).Render, chosen: style.Reverse(true).Render, strong: style.Bold(true).Render,
		urgent: style.Bold(true).Render, good: style.Render, faint: style.Render,
	}
	if !plain {
		t.urgent = style.Bold(true).Foreground(lipgloss.Red).Render
		t.good = style.Foreground(lipgloss.Green).Render
		t.faint = style.Faint(true).Render
	}
	return t
}
