package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"supportd/library/inbound"
	"supportd/library/text"
	"supportd/library/wire"
)

const (
	// pagePolicy lets a page load its own style sheet and picture, send its own form, and
	// nothing else: no script, no frame, nobody else's anything.
	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	// startPolicy also lets the page of a number run its one script, which copies a line
	// and asks this relay whether the computer has joined.
	startPolicy = pagePolicy + "; script-src 'self'; connect-src 'self'"
	// stopPath is for who has not called.
	stopPath = "/stop"
	// maxTyped bounds what is shown again of a number that is none, in characters.
	maxTyped = 64
)

var pages = template.Must(template.ParseFS(pageFiles, "page/page.html"))

// pageData is what the page is filled with.
type pageData struct {
	T                     *texts
	Lang                  text.Language
	Chosen                bool // the language was chosen, and is not the browser's
	Languages             []languageLink
	Title, Brand, Heading string
	CallYes, What         string
	Home, Host, Contact   string
	Back                  bool     // they lead to the page that asks for a number
	No                    string   // where they go who have not called
	Notes                 []string // say all that such a page has to say
	Problem, Typed        string
	Number                string // as it is spoken; "" asks for one
	Nothing, Phone, Mac   bool
	Missing               bool // there is no program for the visitor's system
	Script                bool // the page has one, if the visitor allows it
	Follow                bool // it tells when the computer has joined
	Start                 *downloadLink
	Systems               []systemLink   // the same page for each system
	Own                   []downloadLink // of a Mac: its processor is not known
	Others                []downloadLink
	Steps, DownloadSteps  []step
	Pastes                []pasteWay // the visitor's system first
}

type languageLink struct {
	Code, Name, Address string
	Current             bool
}

// systemLink is the page with the steps of a system.
type systemLink struct{ Name, Address string }

// pasteWay is what to do with the line that starts the program on a system without a
// download in the browser.
type pasteWay struct{ Name, What, Line string }

// downloadLink is where a program is had: Name is the system, File what arrives, and
// About a sentence. A script may follow it.
type downloadLink struct {
	Address, Name, File, About string
	Followed                   bool
}

// page answers everything that a customer sees: it reports whether the path is one of
// these.
func (s *Server) page(w http.ResponseWriter, r *http.Request, from net.Addr) bool {
	path := r.URL.Path
	typed, onJoin := strings.CutPrefix(path, wire.JoinPath)
	switch {
	case path == "/style.css":
		s.asset(w, "text/css; charset=utf-8", "page/style.css")
	case path == "/join.js":
		s.asset(w, "text/javascript; charset=utf-8", "page/join.js")
	case path == "/icon.svg":
		s.asset(w, "image/svg+xml", "page/icon.svg")
	case path == "/":
		s.ask(w, r, http.StatusOK, "", "")
	case path == stopPath:
		d := s.newPage(r, stopPath)
		d.tell(d.T.Stop, false)
		s.render(w, http.StatusOK, d)
	case path+"/" == wire.JoinPath || onJoin && typed == "":
		s.typed(w, r, from, r.URL.Query().Get("number"))
	case onJoin:
		if n, err := wire.ParseNumber(typed); err == nil && string(n) == typed {
			s.start(w, r, n)
			return true
		}
		s.typed(w, r, from, typed)
	case strings.HasPrefix(path, joinedPath) && isHandle(path[len(joinedPath):]):
		s.tellJoined(w, from, path[len(joinedPath):])
	case strings.HasPrefix(path, downloads):
		s.download(w, r, from)
	default:
		return false
	}
	return true
}

// asset serves a file that is part of the page.
func (s *Server) asset(w http.ResponseWriter, kind, name string) {
	content, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is built in
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(content)
}

// typed sends a number that was typed to its own page, or says what is wrong with it.
func (s *Server) typed(w http.ResponseWriter, r *http.Request, from net.Addr, number string) {
	n, err := typedNumber(number)
	switch {
	case number == "":
		redirectTo(w, withLanguage("/", r))
	case err != nil:
		s.slip(w, r, from, number, err)
	default:
		redirectTo(w, withLanguage(wire.JoinPath+string(n), r))
	}
}

func redirectTo(w http.ResponseWriter, where string) {
	w.Header().Set("Location", where)
	w.WriteHeader(http.StatusSeeOther)
}

// slip answers a number that cannot be one, without asking anybody.
func (s *Server) slip(w http.ResponseWriter, r *http.Request, from net.Addr, number string, wrong error) {
	l, _ := languageOf(r)
	t := textsIn(l)
	if wait := s.slips.count(inbound.Source(from), time.Now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		s.ask(w, r, http.StatusTooManyRequests, t.TooMany, "")
		return
	}
	problem := t.NumberDigits
	if errors.Is(wrong, wire.ErrNumberCheck) {
		problem = t.NumberWrong
	}
	s.ask(w, r, http.StatusBadRequest, problem, grouped(number))
}

// ask is the page with the field for a number.
func (s *Server) ask(w http.ResponseWriter, r *http.Request, status int, problem, typed string) {
	d := s.newPage(r, "/")
	d.Heading, d.Problem, d.Typed = d.T.Ask, problem, typed
	s.render(w, status, d)
}

// nothing answers an address at which there is nothing.
func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	d := s.newPage(r, "/")
	d.tell(d.T.NoPage, true)
	s.render(w, http.StatusNotFound, d)
}

// tell makes it a page that says something, and asks for nothing. back leads to the page
// that asks for a number.
func (d *pageData) tell(it notice, back bool) {
	d.Heading, d.Notes, d.Title, d.Back = it.heading, it.notes, it.heading, back
}

// start is the page of a number: the same for every one, whether a session waits for
// it or not.
func (s *Server) start(w http.ResponseWriter, r *http.Request, n wire.Number) {
	path, who, p := wire.JoinPath+string(n), visitorOf(r), s.now().Programs
	d := s.newPage(r, path)
	d.Heading, d.Number = d.T.Help, n.Spoken()
	d.Phone, d.Mac = who.phone, who.system.os == "darwin"
	if d.Phone {
		d.Heading = d.T.Ask
	}
	if d.Nothing = len(p.list()) == 0; d.Nothing {
		d.Steps = s.steps(d, p, who.system, n)
		s.render(w, http.StatusOK, d)
		return
	}
	d.Systems = s.systemLinks(r, p, path)
	if on, ok := p.nearest(who.system); ok {
		who.system = on
	} else {
		d.Missing, d.Mac = who.system.os != "", false
	}
	d.Pastes = pasteWays(d.T, s.origin(r.Host, r.TLS != nil), n, who.system)
	s.links(d, p, who.system, n)
	d.Steps = s.steps(d, p, who.system, n)
	if len(d.Own) > 0 {
		d.DownloadSteps = macDownload(d.T, n)
	}
	d.Script = true
	d.Follow = !p.linked() // else no download comes by here
	w.Header().Set("Content-Security-Policy", startPolicy)
	s.render(w, http.StatusOK, d)
}

// links are where the programs are had: that of the visitor's system, and the others.
func (s *Server) links(d *pageData, p *Programs, on system, n wire.Number) {
	for _, one := range p.list() {
		link, ok := s.link(d, p, one, n)
		switch {
		case !ok:
		case one.system == on:
			d.Start = &link
		case d.Mac && one.system.os == on.os && !p.linked(): // without an archive it may not be run
			d.Own = append(d.Own, link)
		default:
			d.Others = append(d.Others, link)
		}
	}
}

// link is where a program is had, and what that is.
func (s *Server) link(d *pageData, p *Programs, one *program, n wire.Number) (l downloadLink, ok bool) {
	l.Name = d.T.Systems[one.system]
	if p.linked() {
		l.Address = p.remote + one.system.file() // without the number: the other host must not learn it
		l.File = hostIn(p.remote)
		l.About = fmt.Sprintf(d.T.Linked, l.File)
		return l, true
	}
	now, err := p.state(one)
	if err != nil {
		if !errors.Is(err, errChanging) {
			s.opts.Log.Error("a program cannot be served", "name", one.system.file(), "err", err)
		}
		return l, false
	}
	l.Followed = true
	l.Address = downloads + string(n) + "/" + one.system.String()
	l.File = "support-" + string(n) + "." + one.system.kind()
	if size := now.downloadSize(one.system); size > 0 {
		l.File += ", " + fmt.Sprintf(d.T.Megabytes, float64(size)/1e6)
	}
	l.About = fmt.Sprintf(d.T.Downloads1, l.File)
	return l, true
}

func hostIn(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// newPage is what all pages have in common. path is where the language switch leads.
func (s *Server) newPage(r *http.Request, path string) *pageData {
	l, chosen := languageOf(r)
	t := textsIn(l)
	d := &pageData{
		T: t, Lang: l, Chosen: chosen, Title: t.Title, Brand: t.Brand, Home: withLanguage("/", r),
		No: withLanguage(stopPath, r), Host: r.Host + "/", Contact: s.now().Contact, CallYes: fmt.Sprintf(t.CallYes, t.Somebody),
		What: text.Particles(fmt.Sprintf(t.What, t.Somebody)),
	}
	if name := s.now().Organisation; name != "" {
		d.Brand, d.Title = name+" · "+t.Brand, t.Title+" – "+name
		d.CallYes, d.What = fmt.Sprintf(t.CallYes, name), text.Particles(fmt.Sprintf(t.What, name))
	}
	for _, other := range text.Languages() {
		d.Languages = append(d.Languages, languageLink{
			Code: string(other), Name: textsIn(other).Name, Current: other == l, Address: addressOf(path, string(other), r.URL.Query().Get(systemField)),
		})
	}
	return d
}

// render sends a page. No cache may keep it, and no other site learns its address.
func (s *Server) render(w http.ResponseWriter, status int, d *pageData) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, "page.html", d); err != nil {
		panic(err) // the template is ours and fits
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(d.Lang))
	h.Set("Content-Length", strconv.Itoa(page.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

// protect sets the headers of everything that is for browsers.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// languageOf is the language that was chosen on the page, or else the browser's.
func languageOf(r *http.Request) (l text.Language, chosen bool) {
	if l, err := text.ParseLanguage(r.URL.Query().Get("lang")); err == nil {
		return l, true
	}
	return accepted(r.Header.Get("Accept-Language")), false
}

// accepted reads Accept-Language (RFC 9110, section 12.5.4): of our languages the one
// that is liked best, the first of equals; English where it names none of them.
func accepted(header string) text.Language {
	best, most := text.English, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, weight, weighed := strings.Cut(part, ";")
		q := 1.0
		if weighed {
			value, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			parsed, err := strconv.ParseFloat(value, 64)
			if !ok || err != nil {
				continue
			}
			q = parsed
		}
		tag = strings.ToLower(strings.TrimSpace(tag))
		ours := tag == "en" || strings.HasPrefix(tag, "en-") || text.LanguageOf(tag) == text.Korean
		if ours && q > most {
			best, most = text.LanguageOf(tag), q
		}
	}
	return best
}

// withLanguage keeps a language that was chosen.
func withLanguage(path string, r *http.Request) string {
	if l, chosen := languageOf(r); chosen {
		return addressOf(path, string(l), "")
	}
	return path
}

// addressOf is a path with a language and a system, as far as they are chosen.
func addressOf(path, lang, on string) string {
	var fields []string
	if lang != "" {
		fields = append(fields, "lang="+lang)
	}
	if isChoice(on) {
		fields = append(fields, systemField+"="+on)
	}
	if len(fields) == 0 {
		return path
	}
	return path + "?" + strings.Join(fields, "&")
}
