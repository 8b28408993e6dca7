package web

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"supportd/library/wire"
)

const (
	downloads = "/d/"
	// stallTime bounds how long a visitor may take for each piece of a download,
	// downloadTime how long for all of it: whoever is cut off can go on from there.
	stallTime    = 30 * time.Second
	downloadTime = time.Hour
)

// download answers below /d/:
//
//	SHA256SUMS                       of all programs
//	support-agent-OS-ARCH[.exe]      a program as it is
//	NUMBER/OS-ARCH                   the same, named after a number, in an archive where needed
//	NUMBER/run.sh, NUMBER/run.ps1    the scripts for who cannot download
//
// Only names that are in this list exist; nothing is looked up in the directory.
func (s *Server) download(w http.ResponseWriter, r *http.Request, from net.Addr) {
	p := s.now().Programs // the same until this request is answered
	name := strings.TrimPrefix(r.URL.Path, downloads)
	number, what, numbered := strings.Cut(name, "/")
	switch {
	case r.URL.EscapedPath() != r.URL.Path, p == nil:
		s.nothing(w, r) // none of the names needs escaping
	case numbered && len(number) == wire.NumberDigits && strings.Trim(number, "0123456789") == "":
		n, err := wire.ParseNumber(number)
		if err != nil {
			s.slip(w, r, from, number, err)
			return
		}
		s.numbered(w, r, from, p, n, what)
	case p.linked():
		s.nothing(w, r)
	case name == sumsName:
		s.sums(w, p)
	default:
		if one := p.find(system.file, name); one != nil {
			w.Header().Set("Cache-Control", "no-cache") // it may be kept, and is asked for again: see its ETag
			s.send(w, r, p, one, "", "")
			return
		}
		s.nothing(w, r)
	}
}

// numbered serves what is called after a number. What it says is no secret of ours: a
// customer's browser has it in its address, but no log and no cache.
func (s *Server) numbered(w http.ResponseWriter, r *http.Request, from net.Addr, p *Programs, n wire.Number, what string) {
	switch one := p.find(system.String, what); {
	case what == "run.sh", what == "run.ps1":
		s.script(w, r, p, n, what)
	case one != nil && !p.linked():
		s.begins(r, from, n)
		s.send(w, r, p, one, "support-"+string(n), one.system.kind())
	default:
		s.nothing(w, r)
	}
}

// send serves a program, or the part of it that is asked for. as is what it is called
// there without the ending; "" is its own name.
func (s *Server) send(w http.ResponseWriter, r *http.Request, p *Programs, one *program, as, kind string) {
	f, now, err := p.open(one)
	if err != nil {
		s.unavailable(w, r, one, err)
		return
	}
	defer f.Close()
	var content io.ReadSeeker = f
	tag, name := now.sum, one.system.file() // the tag names the bytes, whoever makes them and when
	if as != "" {
		name = as + "." + kind
	}
	if kind == "zip" || kind == "tar.gz" {
		packed, err := p.archive(r.Context(), one.system, now)
		if err != nil {
			s.unavailable(w, r, one, err)
			return
		}
		if content, tag, err = packed.named(as); err != nil {
			s.unavailable(w, r, one, err)
			return
		}
	}
	size, err := content.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = content.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.unavailable(w, r, one, err)
		return
	}
	oneRange(r, size)
	h := w.Header()
	h.Set("Content-Type", cmp.Or(map[string]string{"zip": "application/zip", "tar.gz": "application/gzip"}[kind], "application/octet-stream"))
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("ETag", `"`+tag+`"`)
	// The name is "": the type is known, and no address is looked at. Nor is there a time:
	// other bytes may have the same one, so a download goes on by its ETag alone.
	http.ServeContent(newPatient(w), r, "", time.Time{}, content)
}

// unavailable says that a program cannot be had now, and why in the log.
func (s *Server) unavailable(w http.ResponseWriter, r *http.Request, one *program, err error) {
	if !errors.Is(err, errChanging) {
		s.opts.Log.Error("a program cannot be served", "name", one.system.file(), "err", err)
	}
	w.Header().Set("Retry-After", "3")
	d := s.newPage(r, "/")
	d.tell(d.T.NotReady, true)
	s.render(w, http.StatusServiceUnavailable, d)
}

func (s *Server) sums(w http.ResponseWriter, p *Programs) {
	list, err := p.sums()
	if err != nil {
		s.opts.Log.Error("the programs cannot be read", "err", err)
		w.Header().Set("Retry-After", "3")
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = io.WriteString(w, list)
}

// patient lets a download take longer than other answers, for as long as it goes on.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	ends    time.Time
}

func newPatient(w http.ResponseWriter) *patient {
	return &patient{ResponseWriter: w, control: http.NewResponseController(w), ends: time.Now().Add(downloadTime)}
}

// WriteHeader implements [http.ResponseWriter]. What refuses a part of a program is not
// the program, and is kept by nobody: [http.ServeContent] forgets the latter.
func (p *patient) WriteHeader(status int) {
	if status >= http.StatusBadRequest {
		p.Header().Del("Content-Disposition")
		p.Header().Set("Cache-Control", "no-store")
	}
	p.ResponseWriter.WriteHeader(status)
}

// Write implements [io.Writer]; there is no ReadFrom, so a file comes here in pieces.
func (p *patient) Write(b []byte) (int, error) {
	until := time.Now().Add(stallTime)
	if until.After(p.ends) {
		until = p.ends
	}
	if err := p.control.SetWriteDeadline(until); err != nil {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}
