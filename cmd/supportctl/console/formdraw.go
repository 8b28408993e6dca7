package console

import (
	"path/filepath"
	"strings"

	"supportd/library/text"
)

func (v *formView) cursor() (x, y int, shown bool) { return v.x, v.y, v.stop == nil }

// draw shows the rows, what is wrong, and what can be done in the row that is filled in.
func (v *formView) draw(width, height int) []string {
	names := [rowCount]word{"script name", "script category", "script published", wFile, wWith, "script description"}
	hints := [rowCount]word{wHintName, wHintChoice, wHintChoice, wHintFile, wHintWith, wHintAbout}
	widest := 0
	for _, name := range names {
		widest = max(widest, text.Width(v.c.words[name]))
	}
	left := widest + 4 // of the values, in columns
	room := max(width-left-1, 1)
	var lines []string
	v.x, v.y = left, 0
	for i, name := range names {
		label := "  "
		if i == v.row {
			label, v.y = "> ", len(lines)
		}
		label += text.Pad(v.c.words[name], widest) + "  "
		for at, value := range v.values(i, room, height) {
			if at > 0 {
				label = strings.Repeat(" ", left)
			}
			lines = append(lines, strings.TrimRight(text.Cut(label+value, width), " "))
		}
	}
	switch v.row {
	case rowName:
		v.x += v.name.at()
	case rowAbout:
		x, y := v.about.cursor()
		v.x, v.y = v.x+x, v.y+y
	}
	lines = append(lines, "")
	if v.stop != nil {
		lines = append(lines, line(v.c.words[wWorking], width))
	}
	if wrong := v.wrong + v.c.words[v.missing]; wrong != "" {
		for _, l := range wrap("x "+wrong, width) {
			lines = append(lines, v.c.look.urgent(l))
		}
	}
	for _, l := range wrap(v.c.words[hints[v.row]], width) {
		lines = append(lines, v.c.look.faint(l))
	}
	// On a small screen the row that is filled in is seen.
	from := max(0, v.y-max(height, 1)+1)
	v.y -= from
	return lines[from:]
}

// values are the lines of a row.
func (v *formView) values(row, room, height int) []string {
	choice := func(s string) []string {
		if s = line(orDash(s), max(room-4, 1)); row == v.row {
			s = "< " + s + " >"
		}
		return []string{s}
	}
	switch row {
	case rowName:
		return []string{v.name.draw(room)}
	case rowCategory:
		return choice(v.categories[v.category])
	case rowFor:
		if v.publish {
			return choice(v.c.words[wForAll])
		}
		return choice(v.c.words[wForOwner])
	case rowFile:
		if v.file == "" && v.before != nil {
			return []string{v.c.look.faint(line(v.c.words[wStaysAsIs], room))}
		}
		return []string{line(orDash(nameFirst(v.file)), room)}
	case rowWith:
		var names []string
		for _, path := range v.with {
			names = append(names, filepath.Base(path))
		}
		return []string{line(orDash(strings.Join(names, ", ")), room)}
	}
	return v.about.draw(room, max(1, min(maxAbout, height-rowCount-3)))
}

// nameFirst is a path whose name is seen where there is no room for all of it.
func nameFirst(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Base(path) + "  (" + filepath.Dir(path) + ")"
}

// maxAbout is how many lines of a description are seen at once, where there is room.
const maxAbout = 8
