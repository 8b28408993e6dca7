package page

import (
	"bytes"
	"embed"
	"net/http"
	"path"
	"strings"

	"supportd/library/text"
)

// files are the page: the same for everybody, without any data.
//
//go:embed assets
var files embed.FS

// langMark stands in the empty page for the language in which it begins.
const langMark = "LANGUAGE"

// kinds are the files that there are, by their ending.
func kinds() map[string]string {
	return map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
		".json": "application/json", ".svg": "image/svg+xml",
	}
}

// asset serves the empty page and what belongs to it.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	kind := kinds()[path.Ext(name)]
	if r.URL.Path == "/" {
		name, kind = "page.html", "text/html; charset=utf-8"
	}
	content, err := files.ReadFile("assets/" + name)
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	if r.URL.Path == "/" {
		content = bytes.ReplaceAll(content, []byte(langMark), []byte(s.language()))
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(content)
}

// language is the one that the page begins in.
func (s *Server) language() text.Language {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.hub.state.Language == "" {
		return text.English
	}
	return s.hub.state.Language
}
