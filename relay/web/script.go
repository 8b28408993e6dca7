package web

import (
	"embed"
	"net/http"
	"strings"
	"text/template"

	"supportd/library/wire"
)

//go:embed page
var pageFiles embed.FS

// scripts are for who cannot download with a browser. Whatever goes into them needs no
// quoting: see [scriptData].
var scripts = template.Must(template.ParseFS(pageFiles, "page/run.sh", "page/run.ps1"))

// scriptData is what the scripts are filled with. All of it is made here or was
// checked to have no letter that a shell or PowerShell reads as anything but itself:
// addresses by [wire.IsWebHost] and [LinkPrograms], names of relays by relay.CheckName.
type scriptData struct {
	Number   wire.Number
	Spoken   string
	From     string // the address of the programs, ending in a slash
	Linked   bool   // the sums come from there, too
	Programs []scriptProgram
}

// scriptProgram is a program that a script can choose.
type scriptProgram struct {
	Name, Sum string
	Know      string // flags for a program that does not know the relay by itself
}

// script serves one of the scripts, made for a number.
func (s *Server) script(w http.ResponseWriter, r *http.Request, p *Programs, n wire.Number, name string) {
	data := scriptData{Number: n, Spoken: n.Spoken(), From: s.origin(r.Host, r.TLS != nil) + downloads, Linked: p.linked()}
	if data.Linked {
		data.From = p.remote
	}
	for _, one := range p.list() {
		if data.Linked || (one.system.os == "windows") != (name == "run.ps1") {
			continue
		}
		now, err := p.state(one)
		if err != nil {
			s.unavailable(w, r, one, err)
			return
		}
		program := scriptProgram{Name: one.system.file(), Sum: now.sum}
		if !now.imprinted {
			program.Know = s.know()
		}
		data.Programs = append(data.Programs, program)
	}
	var text strings.Builder
	if err := scripts.ExecuteTemplate(&text, name, data); err != nil {
		panic(err) // the templates are ours and fit
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text.String()))
}

// know tells a program without an imprint where this relay is; "" where that is not
// known here, either.
func (s *Server) know() string {
	names := s.now().Names
	if len(names) == 0 || s.opts.Fingerprint == nil {
		return ""
	}
	var flags []string
	for _, name := range names {
		flags = append(flags, "--relay", name)
	}
	return strings.Join(append(flags, "--relay-key", s.opts.Fingerprint()), " ")
}

// pasteLines are the lines that fetch the scripts and run them. What is fetched is run
// only if all of it came. All is said inside one pair of quotation marks, so that it does
// not matter which shell somebody has: sh reads it, or PowerShell. Every Mac has curl;
// elsewhere it is curl or wget. An execution policy is for files, and so not in the way;
// some Windows would not offer TLS 1.2 by itself.
func pasteLines(origin string, n wire.Number, mac bool) (sh, powershell string) {
	at := origin + downloads + string(n) + "/run"
	sh = `sh -c 'u=` + at + `.sh; if command -v curl >/dev/null; then s=$(curl -fsSL "$u"); else s=$(wget -qO- "$u"); fi || { echo curl or wget is needed, and a network; exit 1; }; eval "$s"'`
	if mac {
		sh = `sh -c 's=$(curl -fsSL "` + at + `.sh") && eval "$s"'`
	}
	return sh, `powershell -NoProfile -Command "[Net.ServicePointManager]::SecurityProtocol = 'Tls12'; irm ` + at + `.ps1 | iex"`
}
