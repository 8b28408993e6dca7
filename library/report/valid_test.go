package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// findings are what a validator and a checker for accessibility would say of a page:
// markup that does not nest, a time that no program can read, a landmark or heading
// that is missing, a language that is not named, a colour that is too pale.
func findings(page string) (found []string) {
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	rest, ok := strings.CutPrefix(page, "<!DOCTYPE html>\n")
	if !ok {
		say("no doctype")
	}
	style := looks.FindString(rest)
	found = append(found, pale(style)...)
	rest = strings.Replace(rest, style, "", 1)

	within := map[string]string{
		"head": "html", "body": "html", "title": "head", "meta": "head", "main": "body", "h1": "main", "h2": "main", "h3": "main", "h4": "main",
		"dl": "main", "dt": "dl", "dd": "dl", "p": "main", "pre": "main", "i": "pre", "time": "", "span": "", "html": "",
		"figure": "main", "figcaption": "figure", "div": "figure", "svg": "div", "rect": "svg",
	}
	var open []string
	inside := "" // the text within the innermost element
	count := map[string]int{}
	depth, before, datetime := 0, "", ""
	tags := regexp.MustCompile(`<(/?)([a-z0-9]+)((?: [a-zA-Z-]+="[^"<>]*")*)>|<`)
	at := 0
	for _, m := range tags.FindAllStringSubmatchIndex(rest, -1) {
		inside += rest[at:m[0]]
		if strings.TrimSpace(rest[at:m[0]]) != "" && (len(open) == 0 || slices.Contains([]string{"html", "head", "body", "main", "dl"}, open[len(open)-1])) {
			say("text outside of an element: %.40q", rest[at:m[0]])
		}
		at = m[1]
		if m[4] < 0 {
			say("a bare <")
			continue
		}
		closing, name, attributes := m[2] != m[3], rest[m[4]:m[5]], rest[m[6]:m[7]]
		if closing {
			if len(open) == 0 || open[len(open)-1] != name {
				say("</%s> closes %v", name, open)
				return found
			}
			open = open[:len(open)-1]
			if strings.TrimSpace(inside) == "" && name != "pre" && slices.Contains([]string{"title", "h1", "h2", "dt", "dd", "time", "span", "p"}, name) {
				say("<%s> is empty", name)
			}
			if name == "time" {
				shown, err := time.Parse("2006-01-02 15:04:05 -07:00", inside)
				told, err2 := time.Parse("2006-01-02T15:04:05.000Z", datetime)
				if err != nil || err2 != nil || !told.Truncate(time.Second).Equal(shown) {
					say("datetime %q is not %q", datetime, inside)
				}
			}
			continue
		}
		count[name]++
		if parent, known := within[name]; !known || parent != "" && (len(open) == 0 || open[len(open)-1] != parent) {
			say("<%s> in %v", name, open)
		}
		switch name {
		case "html":
			if !regexp.MustCompile(`^ lang="(en|ko)"$`).MatchString(attributes) {
				say("no language")
			}
		case "h1", "h2", "h3", "h4":
			if d := int(name[1] - '0'); d > depth+1 {
				say("<%s> after a heading of depth %d", name, depth)
			} else {
				depth = d
			}
		case "time":
			datetime = strings.TrimSuffix(strings.TrimPrefix(attributes, ` class="clock" datetime="`), `"`)
		case "dl":
			if before == "dl" {
				say("an empty list")
			}
		case "dd":
			if before != "dt" && before != "dd" {
				say("a <dd> without a <dt>")
			}
		}
		if before == "dt" && name != "dd" {
			say("a <dt> without a <dd>")
		}
		before = name
		if name != "meta" {
			open, inside = append(open, name), ""
		}
	}
	if len(open) > 0 {
		say("not closed: %v", open)
	}
	for _, name := range []string{"html", "head", "title", "body", "main", "h1"} {
		if count[name] != 1 {
			say("%d times <%s>", count[name], name)
		}
	}
	return found
}

// pale are the colours of text that have less contrast than WCAG 2 asks of text
// (1.4.3: 4.5 to 1), on screens of both kinds and on paper.
func pale(style string) (found []string) {
	schemes := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(style, -1)
	if len(schemes) != 3 {
		return []string{fmt.Sprintf("%d colour schemes", len(schemes))}
	}
	for _, s := range schemes {
		colour := map[string]float64{}
		for _, c := range regexp.MustCompile(`--(\w+): #([0-9a-f]+)`).FindAllStringSubmatch(s[1], -1) {
			colour[c[1]] = luminance(c[2])
		}
		for _, ink := range []string{"ink", "soft", "good", "bad"} {
			for _, paper := range []string{"page", "well"} {
				a, okA := colour[ink]
				b, okB := colour[paper]
				if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); !okA || !okB || ratio < 4.5 {
					found = append(found, fmt.Sprintf("%s on %s has a contrast of %.1f", ink, paper, ratio))
				}
			}
		}
	}
	return found
}

// luminance is the relative luminance of a colour (WCAG 2, definition).
func luminance(hex string) float64 {
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// C10: the page of a report is valid, and everybody can read it.
func TestK5C10_PageIsValid(t *testing.T) {
	for _, l := range text.Languages() {
		style := Style{Language: l, Zone: time.FixedZone("", 9*3600)}
		pages := map[string]string{}
		for _, said := range []string{"plain", hostile, "안녕하세요 <b>", "\x00\ufffe\ufdd0\x7f"} {
			s := source(t, chained(t, said), said)
			pages[said] = renderings(t, s, style)["html"]
			s.Header.bare, s.Header.EndedBy = false, "mallory"
			pages["a header of its own, "+said] = renderings(t, s, style)["html"]
		}
		for _, j := range journalsFrom01(t) {
			src, err := Open(strings.NewReader(string(j.data)))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := src.HTML(&b, style); err != nil {
				t.Fatal(err)
			}
			pages[j.name] = b.String()
		}
		for name, page := range pages {
			for _, f := range findings(page) {
				t.Errorf("%s, %.30q: %s", l, name, f)
			}
		}
		// A time that HTML cannot say is no time for programs.
		odd := chained(t, "plain")
		odd[3].Time = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
		s := source(t, odd, "")
		if page := renderings(t, s, style)["html"]; len(findings(page)) > 0 || !strings.Contains(page, `<span class="clock">`) {
			t.Errorf("%v in a page with the year 0", findings(page))
		}
	}
}

// What checks pages finds what is wrong with one.
func TestK5C10_FindingsAreFound(t *testing.T) {
	page := renderings(t, source(t, chained(t, "plain"), "plain"), Style{Language: text.English})["html"]
	for old, changed := range map[string]string{
		"<!DOCTYPE html>\n": "", ` lang="en"`: "", "<main>\n": "", "</main>": "", "<h1>": "<h2>", `datetime="2026-03-01T09:00:30.123Z"`: "", `datetime="2026-03-01T09:00:30`: `datetime="2026-03-01 09:00:30`,
		"09:01:00.123Z": "09:02:00.123Z", "<h2>What happened</h2>": "<h3>What happened</h3><h1>x</h1>", "<h3>": "<h4>", "<dl>": "<dl></dl><dl>", "<dl>\n": "<dl>\n<dd>x</dd>", "<dd>482": "</dd>482",
		"<title>": "<title></title>", "<pre>": "<pre><p>x</p>", "</i>": "", "--soft: #5b6169": "--soft: #9b9b9b", "--good: #6fcf97": "--good: #225522", "<h2>Chat</h2>": "<h2></h2>", "</body>": "more</body>",
	} {
		if !strings.Contains(page, old) {
			t.Errorf("there is no %q", old)
		} else if len(findings(strings.Replace(page, old, changed, 1))) == 0 {
			t.Errorf("nothing is found with %q in the place of %q", changed, old)
		}
	}
}
