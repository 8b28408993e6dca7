package page

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/json"
	"net/http"
	"path"
	"strings"

	"supportd/library/text"
)

// packed is the page, the same for everybody, without any data: the files of the directory
// assets as an object of JSON, by name, in the form of package flate, since the customer's
// program has to stay small. The test of this package makes it.
//
//go:embed assets.flate
var packed string

// unpack is the page's files by name.
func unpack() (files map[string]string, err error) {
	r := flate.NewReader(strings.NewReader(packed))
	defer r.Close()
	err = json.NewDecoder(r).Decode(&files)
	return files, err
}

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
	found, has := s.files[name]
	if !has || kind == "" {
		http.NotFound(w, r)
		return
	}
	content := []byte(found)
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
