package console

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"supportd/library/text"
)

// use is how full or busy a part of the computer was when it was looked at.
type use struct {
	what    string // hostile
	percent float64
}

// percentage is how the computer writes one.
var percentage = regexp.MustCompile(`(?:^|\s)(\d{1,3}(?:\.\d+)?) %`)

// uses are the processor, the memory and the volumes, the fullest first: what is wrong is
// most often one that is full. Whatever a look does not say is left out.
func uses(l Look) (all []use) {
	for _, s := range l.Sections {
		if !slices.Contains([]string{"cpu", "memory", "disks"}, s.Category) {
			continue
		}
		for _, row := range s.Lines {
			found := percentage.FindStringSubmatch(row)
			if found == nil {
				continue
			}
			percent, err := strconv.ParseFloat(found[1], 64)
			if err != nil || percent > 100 {
				continue
			}
			what := s.Category
			if name, _, more := strings.Cut(strings.TrimSpace(row), "  "); more && s.Category == "disks" {
				what += " " + name
			}
			all = append(all, use{what, percent})
		}
	}
	slices.SortStableFunc(all, func(a, b use) int { return int(100*b.percent) - int(100*a.percent) })
	return all
}

const (
	barWidth = 20
	full     = 90 // per cent, from which on something is pointed out
)

// bars draws them: what is nearly full has a sign and a word.
func (c *Console) bars(l Look, width int) (lines []string) {
	all := uses(l)
	if len(all) == 0 {
		return nil
	}
	lines = []string{"", c.look.strong(line("  "+c.words[wUse], width))}
	for _, u := range all {
		filled := int(u.percent*barWidth/100 + 0.5)
		sign, said := " ", ""
		if u.percent >= full {
			sign, said = "!", " "+c.words[wFull]
		}
		bar := fmt.Sprintf("  %s [%s%s] %3.0f %%  ", sign, strings.Repeat("#", filled), strings.Repeat("-", barWidth-filled), u.percent)
		shown := text.Cut(bar+line(u.what, max(0, width-len(bar)-text.Width(said)))+said, width)
		if said != "" {
			shown = c.look.urgent(shown)
		}
		lines = append(lines, shown)
	}
	return lines
}
