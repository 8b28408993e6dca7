package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// The journals are beside the package that reads them; what version 0.1 made of
// them is here.
const (
	journalsOf01   = "../journal/testdata/0.1"
	renderingsOf01 = "testdata/0.1"
)

var update = flag.Bool("update", false, "write the renderings of testdata anew; say why in the commit")

// looks is the style sheet of a page.
var looks = regexp.MustCompile(`(?s)<style>.*?</style>`)

// old is one journal of version 0.1.
type old struct {
	name string
	data []byte
}

func journalsFrom01(t *testing.T) (all []old) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(journalsOf01, "*.jsonl"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, old{strings.TrimSuffix(filepath.Base(name), ".jsonl"), data})
	}
	return all
}

// TestReportsOf01AreProved holds every verdict against the one that supportctl of
// version 0.1 gave: what was proved stays proved, and nothing else becomes so.
func TestReportsOf01AreProved(t *testing.T) {
	type verdict struct {
		Proof  Proof  `json:"proof"`
		Events uint64 `json:"events"`
		Key    string `json:"key"`
	}
	data, err := os.ReadFile(filepath.Join(renderingsOf01, "verdicts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]verdict
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for _, j := range journalsFrom01(t) {
		v, err := verify(j.data)
		if err != nil {
			t.Errorf("%s: %v", j.name, err)
			continue
		}
		if got := (verdict{v.Proof, v.Last.Seq, v.Fingerprint()}); got != want[j.name] {
			t.Errorf("%s: %+v, version 0.1 said %+v", j.name, got, want[j.name])
		}
		delete(want, j.name)
	}
	for name := range want {
		t.Errorf("%s: the journal is missing", name)
	}
}

// TestReportsOf01AreRendered holds every rendering, in both languages, against that
// of supportctl of version 0.1. So no fact of an old journal gets lost when the
// types that read it change. Where other words are meant, run this test with
// -update and give the reason in the commit.
func TestReportsOf01AreRendered(t *testing.T) {
	for _, j := range journalsFrom01(t) {
		t.Run(j.name, func(t *testing.T) {
			src, err := Open(bytes.NewReader(j.data))
			if err != nil {
				t.Fatal(err)
			}
			got := renderOld(t, src)
			name := filepath.Join(renderingsOf01, j.name+".golden")
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if why := firstDifference(got, string(want)); why != "" {
				t.Error(why)
			}
		})
	}
}

// TestReportsOf01AreWrittenAsTheyWere holds that a report is copied byte for byte.
func TestReportsOf01AreWrittenAsTheyWere(t *testing.T) {
	for _, j := range journalsFrom01(t) {
		src, err := Open(bytes.NewReader(j.data))
		if err != nil {
			t.Fatal(err)
		}
		// The computer's own file has no header; a copy of it gets one.
		if copied := string(file(t, src)); strings.HasPrefix(string(j.data), `{"report":`) {
			if why := firstDifference(copied, string(j.data)); why != "" {
				t.Errorf("%s: %s", j.name, why)
			}
		} else if !strings.HasSuffix(copied, string(j.data)) {
			t.Errorf("%s: the events are not copied as they were", j.name)
		}
	}
}

// renderOld has all renderings in one text, so that a journal has one file.
func renderOld(t *testing.T, s Source) string {
	t.Helper()
	var b strings.Builder
	add := func(title string, render func(io.Writer) error) {
		fmt.Fprintf(&b, "======== %s\n", title)
		if err := render(&b); err != nil {
			t.Fatalf("%s: %v", title, err)
		}
	}
	for _, l := range text.Languages() {
		style := Style{Language: l, Zone: time.UTC}
		add(string(l)+" text", func(w io.Writer) error { return s.Text(w, style) })
		add(string(l)+" html", func(w io.Writer) error {
			var page strings.Builder
			if err := s.HTML(&page, style); err != nil {
				return err
			}
			// How the page looks is no fact of the journal.
			_, err := io.WriteString(w, looks.ReplaceAllString(page.String(), "<style>…</style>"))
			return err
		})
		add(string(l)+" csv", func(w io.Writer) error { return s.CSV(w, style) })
	}
	add("json", s.JSON)
	return b.String()
}

// firstDifference says where two texts part, or "".
func firstDifference(got, want string) string {
	if got == want {
		return ""
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		line := func(all []string) string {
			if i < len(all) {
				return all[i]
			}
			return "(no line)"
		}
		if line(g) != line(w) {
			return fmt.Sprintf("line %d\n got: %s\nwant: %s", i+1, line(g), line(w))
		}
	}
	return "they differ"
}
