package page

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/library/text"
)

// files are the page as people write it.
var files = os.DirFS(".").(fs.ReadFileFS)

// TestThePageIsWhatTheFilesSay holds assets.flate against the files of the directory assets.
// UPDATE_GOLDEN=1 writes it anew.
func TestThePageIsWhatTheFilesSay(t *testing.T) {
	want := map[string]string{}
	entries, err := fs.ReadDir(files, "assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := files.ReadFile("assets/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		want[e.Name()] = string(data)
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestCompression)
		if err == nil {
			err = errors.Join(json.NewEncoder(w).Encode(want), w.Close(), os.WriteFile("assets.flate", b.Bytes(), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Skip("written; run it again")
	}
	if got, err := unpack(); err != nil || !maps.Equal(got, want) {
		t.Errorf("assets.flate has others than the directory: UPDATE_GOLDEN=1 go test ./consent/page -run %s (%v)", t.Name(), err)
	}
}

// texts are those of one language.
func texts(t *testing.T, name string) map[string]string {
	t.Helper()
	raw, err := files.ReadFile("assets/" + name)
	if err != nil {
		t.Fatalf("a language has no texts: %v", err)
	}
	var made map[string]string
	if err := json.Unmarshal(raw, &made); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if n := strings.Count(string(raw), "\": \""); n != len(made) {
		t.Errorf("%s has %d lines and %d texts: one stands there twice", name, n, len(made))
	}
	return made
}

// scripts are the page's own files with their names of texts.
func scriptTexts(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"page.html", "page.js", "kit.js", "view.js", "question.js"} {
		raw, err := files.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	return all.String()
}

// Every language has every text, with the same values in it, and the page uses no other
// and all of them. A new language is a file, and a row in [text.Languages].
func TestTexts(t *testing.T) {
	english := texts(t, "en.json")
	jargon := regexp.MustCompile(`(?i)\b(ssh|sftp|tunnel|daemon|relay|csr|token|host ?key|public key|server|client|port|dns|tcp|ip|browser|terminal|channel|script|handshake|hash)\b`)
	for _, l := range text.Languages() {
		own := texts(t, string(l)+".json")
		for key, said := range english {
			switch there := own[key]; {
			case there == "":
				t.Errorf("%s has no text %s", l, key)
			case strings.Count(there, "%s") != strings.Count(said, "%s") || strings.Count(there, "%") != strings.Count(there, "%s"):
				t.Errorf("%s, %s: other values in %q", l, key, there)
			case jargon.MatchString(there):
				t.Errorf("%s, %s: says %q", l, key, jargon.FindString(there))
			case l == text.Korean && !strings.ContainsFunc(there, func(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }):
				t.Errorf("%s is not Korean: %q", key, there)
			}
		}
		for key := range own {
			if english[key] == "" {
				t.Errorf("%s has a text %s that English has not", l, key)
			}
		}
	}
	entries, err := fs.ReadDir(files, "assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && !slices.Contains(text.Languages(), text.Language(name)) {
			t.Errorf("%s is of no language", e.Name())
		}
	}
}

func TestTextsAreUsed(t *testing.T) {
	english, code := texts(t, "en.json"), scriptTexts(t)
	used := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?:\bt\(|data-t=|locked\(|add\()"([a-z_]+)"|locked_[a-z]+|lost(?:_long)?|byte(?:s)?\b`).FindAllStringSubmatch(code, -1) {
		key := found[1]
		if key == "" {
			key = found[0]
		}
		used[key] = true
		if (strings.HasPrefix(found[0], "t(") || strings.HasPrefix(found[0], "data-t")) && english[key] == "" && !strings.HasSuffix(key, "_") {
			t.Errorf("the page uses %s, which is no text", key)
		}
	}
	made := []string{} // names that the page puts together
	for _, p := range []Phase{PhaseStarting, PhaseCall, PhaseNumber, PhaseKey, PhaseConnecting, PhaseRestarted, PhaseJoined, PhaseAway, PhaseEnding, PhaseEnded} {
		made = append(made, "head_"+string(p))
	}
	for _, p := range []Phase{PhaseCall, PhaseKey, PhaseRestarted} {
		made = append(made, "confirm_"+string(p), "confirm_"+string(p)+"_no", "confirm_"+string(p)+"_yes")
	}
	for _, why := range []string{whyClosed, whyEarly, whyRun, whyHurried, whyNothing, "question", "soon", "locked", "failed", "unreached"} {
		made = append(made, "why_"+why)
	}
	for _, k := range consent.Kinds() {
		made = append(made, "kind_"+string(k))
	}
	for _, key := range made {
		used[key] = true
		if english[key] == "" {
			t.Errorf("there is no text %s", key)
		}
	}
	for key := range english {
		if !used[key] && !used[strings.TrimSuffix(key, "_with")] && !strings.Contains(code, `"`+key+`"`) {
			t.Errorf("no part of the page uses %s", key)
		}
	}
}

// Y12: nothing in the page names another place, and all of it is small.
func TestY12_TheAssetsAreSmallAndNameNoOtherPlace(t *testing.T) {
	size, address := 0, regexp.MustCompile(`(?i)(https?:)?//[a-z0-9][a-z0-9.-]*\.[a-z]{2,}|@import|\burl\(|eval\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|WebSocket|EventSource|sendBeacon|localStorage|sessionStorage|indexedDB|\.cookie|\bon[a-z]+="| style="`)
	err := fs.WalkDir(files, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := files.ReadFile(name)
		size += len(raw)
		for _, found := range address.FindAllString(string(raw), -1) {
			if path.Ext(name) != ".svg" || found != "http://www.w3.org" { // the name of a vocabulary
				t.Errorf("%s has %q", name, found)
			}
		}
		return err
	})
	if err != nil || size > 100_000 || size < 10_000 {
		t.Errorf("the page has %d bytes, %v", size, err)
	}
}
