package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strconv"

	"supportd/library/text"
)

// pageHead is the page's head but for its title. The policy forbids scripts and
// every request, should anything slip through the escaping.
const pageHead = `<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
:root { --ink: #1a1c1f; --soft: #5b6169; --line: #d9dde2; --page: #fff; --well: #f4f6f8; --good: #17693a; --bad: #a3231a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7e9ec; --soft: #a3abb5; --line: #3a4048; --page: #17191c; --well: #202428; --good: #6fcf97; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; color: var(--ink); background: var(--page);
  font: 16px/1.5 system-ui, "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif; overflow-wrap: anywhere; word-break: keep-all; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); break-after: avoid; }
dl { display: grid; grid-template-columns: fit-content(12rem) 1fr; gap: .2rem 1.5rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; grid-column: 2; }
p { margin: .25rem 0; }
h3, h4 { font-size: 1rem; margin: 1rem 0 .25rem; break-after: avoid; }
.at { padding-left: 2rem; text-indent: -2rem; }
.clock { color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; margin-right: .75rem; white-space: nowrap; }
.bad { border-left: 3px solid var(--bad); padding-left: calc(2rem - 3px); margin-left: 0; color: var(--bad); }
.bad .clock { color: inherit; }
.lanes { margin: 1rem 0 0; break-inside: avoid; }
.lanes figcaption { color: var(--soft); margin-bottom: .5rem; }
.lane { display: grid; grid-template-columns: minmax(5rem, 11rem) 1fr; gap: 1rem; align-items: center; min-height: 1.75rem; border-top: 1px solid var(--line); }
.lane svg { display: block; width: 100%; height: 1.25rem; }
.lane rect { fill: var(--good); }
.lane rect.wrong { fill: var(--bad); }
.ends { grid-column: 2; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
.ends .clock { margin: 0; }
.remark { color: var(--soft); }
pre { margin: .25rem 0; padding: .5rem .75rem; background: var(--well); border-left: 3px solid var(--line); white-space: pre-wrap;
  font: .875rem/1.4 ui-monospace, Consolas, "D2Coding", monospace; }
pre i { color: var(--bad); }
.verdict { font-weight: 600; color: var(--bad); }
.verdict.good { color: var(--good); }
@media print {
  :root { --ink: #000; --soft: #444; --line: #999; --page: #fff; --well: #fff; --good: #000; --bad: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  pre { font-size: 8.5pt; }
  p, dd { orphans: 3; widows: 3; }
}
@page { margin: 18mm; }
</style>
`

// htmlPage writes one self-contained page: no script, and nothing is loaded
// from anywhere.
type htmlPage struct {
	out  *bufio.Writer
	lang text.Language
	log  bool // output is open
}

// HTML writes the report as a page for screen and paper.
func (s Source) HTML(w io.Writer, style Style) error {
	return s.render(&htmlPage{out: bufio.NewWriterSize(w, 16<<10), lang: style.Language}, style)
}

// put writes what is ours as it is.
func (p *htmlPage) put(markup string) { _, _ = p.out.WriteString(markup) }

// text writes what may be anybody's.
func (p *htmlPage) text(s string) { p.put(html.EscapeString(s)) }

// element writes a text in markup of ours; what was open before is closed.
func (p *htmlPage) element(before, text, after string) {
	p.closeLog()
	p.put(before)
	p.text(text)
	p.put(after)
}

func (p *htmlPage) closeLog() {
	if p.log {
		p.put("</pre>\n")
	}
	p.log = false
}

func (p *htmlPage) begin(title string) {
	p.put("<!DOCTYPE html>\n<html lang=\"" + string(p.lang) + "\">\n<head>\n" + pageHead)
	p.element("<title>", title, "</title>\n</head>\n<body>\n<main>\n")
	p.element("<h1>", title, "</h1>\n")
}

func (p *htmlPage) facts(rows [][2]string) {
	p.put("<dl>\n")
	for _, row := range rows {
		if row[0] != "" {
			p.element("<dt>", row[0], "</dt>")
		}
		p.element("<dd>", row[1], "</dd>\n")
	}
	p.put("</dl>\n")
}

func (p *htmlPage) section(title string) { p.element("<h2>", title, "</h2>\n") }

// clock writes when something happened. HTML knows the years from 1 on, with four
// digits.
func (p *htmlPage) clock(at moment) {
	utc := at.UTC()
	if y := utc.Year(); y < 1 || y > 9999 {
		p.element(`<span class="clock">`, at.shown, "</span> ")
		return
	}
	p.element(`<time class="clock" datetime="`+utc.Format("2006-01-02T15:04:05.000Z")+`">`, at.shown, "</time> ")
}

func (p *htmlPage) line(at moment, text string, how tone) {
	class := "at"
	if how == bad {
		class += " bad"
	}
	p.element(`<p class="`+class+`">`, "", "")
	p.clock(at)
	p.element("", text, "</p>\n")
}

func (p *htmlPage) heading(l level, at moment, text string) {
	tag := map[level]string{ofRun: "h3>", ofScript: "h4>"}[l]
	p.element("<"+tag, "", "")
	p.clock(at)
	p.element("", text, "</"+tag+"\n")
}

func (p *htmlPage) remark(text string) { p.element(`<p class="remark">`, text, "</p>\n") }

func (p *htmlPage) output(text string, stderr bool) {
	if !p.log {
		p.put("<pre>")
		if text != "" && text[0] == '\n' {
			p.put("\n") // a parser drops the first line end
		}
	}
	p.log = true
	if stderr {
		p.put("<i>")
	}
	p.text(text)
	if stderr {
		p.put("</i>")
	}
}

// chart draws each lane as an image of its own, so that only the marks are
// stretched, and no text.
func (p *htmlPage) chart(whole chart) {
	p.element("<figure class=\"lanes\">\n<figcaption>", whole.caption, "</figcaption>\n")
	for _, l := range whole.lanes {
		p.element("<div class=\"lane\"><span>", l.label, "</span>")
		p.element(`<svg viewBox="0 0 `+strconv.Itoa(parts)+` 10" preserveAspectRatio="none" role="img" aria-label="`, l.said, `">`)
		for _, m := range l.marks {
			form := `y="3" height="4"`
			if m.bad {
				form = `y="0" height="10" class="wrong"`
			}
			p.put(fmt.Sprintf(`<rect x="%d" width="%d" %s></rect>`, m.at, m.width, form))
		}
		p.put("</svg></div>\n")
	}
	p.put("<div class=\"lane\"><span class=\"ends\">")
	p.clock(whole.from)
	p.clock(whole.to)
	p.put("</span></div>\n</figure>\n")
}

func (p *htmlPage) verdict(text string, ok bool) {
	class := `<p class="verdict">`
	if ok {
		class = `<p class="verdict good">`
	}
	p.element(class, text, "</p>\n")
}

func (p *htmlPage) end() { p.put("</main>\n</body>\n</html>\n") }

func (p *htmlPage) err() error { return failed(p.out) }

func (p *htmlPage) flush() error { return p.out.Flush() }
