package web

import (
	"net/http"
	"slices"
	"strings"
)

// system is an operating system and processor as Go names them.
type system struct{ os, arch string }

func (s system) String() string { return s.os + "-" + s.arch }

// file is the name of the program for a system.
func (s system) file() string {
	name := "support-agent-" + s.String()
	if s.os == "windows" {
		name += ".exe"
	}
	return name
}

// kind is what a program for the system is downloaded as: the ending of its name.
// Archives keep the run bit, which Windows has not.
func (s system) kind() string {
	switch s.os {
	case "windows":
		return "exe"
	case "darwin":
		return "zip"
	}
	return "tar.gz"
}

// systems are all that there are programs for, the commonest first.
func systems() []system {
	return []system{
		{"windows", "amd64"}, {"windows", "arm64"},
		{"darwin", "arm64"}, {"darwin", "amd64"},
		{"linux", "amd64"}, {"linux", "arm64"},
	}
}

// browser is what a browser says about the computer it runs on.
type browser struct {
	system system // its os is "" where it is none of ours or not told
	phone  bool   // a phone or tablet
}

// browserOf reads a User-Agent. Browsers round the truth: a Mac always claims to have
// an Intel processor, so its arch stays "", and a browser of 32 bits may well run on a
// system of 64.
func browserOf(agent string) browser {
	agent = strings.ToLower(agent)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(agent, w) })
	}
	arch := "amd64"
	if has("arm64", "aarch64", "armv8") {
		arch = "arm64"
	}
	switch {
	case has("android", "iphone", "ipad", "ipod", "windows phone"):
		return browser{phone: true}
	case has("windows"):
		return browser{system: system{"windows", arch}}
	case has("macintosh", "mac os x", "darwin"):
		return browser{system: system{os: "darwin"}}
	case has("cros ", "freebsd", "openbsd", "netbsd", "sunos"):
		return browser{}
	case has("linux", "x11", "ubuntu", "fedora"):
		return browser{system: system{"linux", arch}}
	}
	return browser{}
}

// systemField is what the visitor chose in the address of a page: one of [choices].
const systemField = "on"

// choice is a system that a visitor can choose, whose name is the same in every language.
type choice struct{ field, name, os string }

func choices() []choice {
	return []choice{{"windows", "Windows", "windows"}, {"mac", "Mac", "darwin"}, {"linux", "Linux", "linux"}}
}

// isChoice reports whether a field of an address names one.
func isChoice(field string) bool {
	return slices.ContainsFunc(choices(), func(c choice) bool { return c.field == field })
}

// visitorOf is the system that the visitor chose, or else what the browser says.
func visitorOf(r *http.Request) browser {
	told := browserOf(r.UserAgent())
	for _, c := range choices() {
		if c.field != r.URL.Query().Get(systemField) || c.os == told.system.os {
			continue
		}
		if c.os == "darwin" {
			return browser{system: system{os: c.os}}
		}
		return browser{system: system{c.os, "amd64"}}
	}
	return told
}

// systemLinks are the pages of all systems that there is a program for.
func (s *Server) systemLinks(r *http.Request, p *Programs, path string) (links []systemLink) {
	lang := ""
	if l, chosen := languageOf(r); chosen {
		lang = string(l)
	}
	for _, c := range choices() {
		if p.has(c.os) {
			links = append(links, systemLink{Name: c.name, Address: addressOf(path, lang, c.field)})
		}
	}
	return links
}
