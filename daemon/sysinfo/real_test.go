package sysinfo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// childVariable makes this test program collect and print, see TestMain.
const childVariable = "SUPPORTD_SYSINFO_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "":
		os.Exit(m.Run())
	case "wait": // whatever it is told, until its input ends
		io.Copy(io.Discard, os.Stdin)
		return
	}
	var c Collector
	if err := document.WriteJSON(os.Stdout, c.Collect(context.Background(), Options{Environment: os.Environ()})); err != nil {
		os.Exit(1)
	}
}

// read is the JSON of a document as a program of somebody else reads it.
type read struct {
	Host      string
	Collected time.Time
	Sections  []readSection
}

type readSection struct {
	Category document.Category
	Reason   string
	Items    []struct {
		Name  string
		Value any
		Unit  document.Unit
	}
	Tables []struct {
		Name    string
		Columns []struct {
			Name string
			Unit document.Unit
		}
		Rows []map[string]any
	}
}

func decode(t *testing.T, js string) (d read) {
	t.Helper()
	if err := json.Unmarshal([]byte(js), &d); err != nil {
		t.Fatalf("%v in\n%.2000s", err, js)
	}
	return d
}

// collectIn collects in a process of its own with these variables.
func collectIn(t *testing.T, variables ...string) read {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append([]string{childVariable + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "SystemRoot=" + os.Getenv("SystemRoot")}, variables...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, string(out))
}

// shape is every name and unit of a section without its values.
func shape(s readSection) (names []string) {
	for _, it := range s.Items {
		names = append(names, it.Name+" "+string(it.Unit))
	}
	for _, table := range s.Tables {
		for _, c := range table.Columns {
			names = append(names, table.Name+"."+c.Name+" "+string(c.Unit))
		}
	}
	return names
}

// otherNames says where two documents differ in names or units; "" is nowhere.
func otherNames(want, got read) string {
	for i, s := range got.Sections {
		late := document.Why(context.DeadlineExceeded) // a machine under load, not a language
		if a, b := shape(s), shape(want.Sections[i]); !slices.Equal(a, b) && s.Reason != late && want.Sections[i].Reason != late {
			return fmt.Sprintf("%s\n%v\n%v", s.Category, a, b)
		}
	}
	return ""
}

// A computer set to another language says the same things by the same names.
func TestLocaleDoesNotMatter(t *testing.T) {
	for _, lang := range []string{"ko_KR.UTF-8", "ru_RU.UTF-8", "ar_SA.UTF-8"} {
		var got read
		var wrong string
		for range 20 { // a busy computer leaves something out, and each time something else
			want := collectIn(t, "LANG=C")
			got = collectIn(t, "LANG="+lang, "LC_ALL="+lang, "LANGUAGE="+lang[:2], "LC_NUMERIC="+lang)
			if wrong = otherNames(want, got); wrong == "" {
				break
			}
		}
		if wrong != "" {
			t.Errorf("%s: other names: %s", lang, wrong)
		}
		for _, s := range got.Sections {
			for _, it := range s.Items {
				typed(t, lang+" "+string(s.Category)+"."+it.Name, it.Value, it.Unit)
			}
			for _, table := range s.Tables {
				for _, c := range table.Columns {
					for _, row := range table.Rows {
						typed(t, lang+" "+string(s.Category)+"."+table.Name+"."+c.Name, row[c.Name], c.Unit)
					}
				}
			}
		}
	}
}

// typed fails where a value does not fit its unit.
func typed(t *testing.T, what string, v any, u document.Unit) {
	t.Helper()
	text, isText := v.(string)
	switch _, isNumber := v.(float64); {
	case v == nil, u == "":
	case u == document.Instant:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			t.Errorf("%s: %v is no time", what, v)
		}
	case isText || !isNumber:
		t.Errorf("%s: %v is not in %s", what, v, u)
	}
}

func TestRealMachine(t *testing.T) {
	var c Collector
	start, first := time.Now(), time.Duration(0)
	d := c.Collect(t.Context(), Options{Environment: os.Environ(), OnSection: func(document.Section) {
		if first == 0 {
			first = time.Since(start)
		}
	}})
	t.Logf("%d sections in %v, the first after %v", len(d.Sections), time.Since(start), first)
	// hack/soak sysinfo holds what is promised; here other tests run beside it.
	if took := time.Since(start); took > 3*documentLimit {
		t.Errorf("a document takes %v", took)
	}
	for i, want := range document.Categories() {
		s := d.Sections[i]
		if s.Category != want {
			t.Fatalf("section %d is %s, want %s", i, s.Category, want)
		}
		if len(s.Items)+len(s.Tables) == 0 && s.Reason == "" {
			t.Errorf("%s says nothing, and not why", s.Category)
		}
		for _, it := range s.Items {
			if it.Value == nil && it.Reason == "" {
				t.Errorf("%s.%s has neither value nor reason", s.Category, it.Name)
			}
		}
		for _, it := range s.Items {
			if n := slices.IndexFunc(s.Items, func(o document.Item) bool { return o.Name == it.Name }); s.Items[n] != it {
				t.Errorf("%s.%s stands twice", s.Category, it.Name)
			}
		}
	}
	text, js := machinetest.Both(t, d)
	machinetest.Clean(t, "text", text)
	machinetest.Clean(t, "JSON", js)
	decode(t, js)
}

func TestNoEnvironmentGiven(t *testing.T) {
	var c Collector
	d := c.Collect(t.Context(), Options{Categories: []document.Category{document.Environment}})
	if d.Sections[0].Reason == "" {
		t.Errorf("%+v", d.Sections[0])
	}
}

func BenchmarkDocument(b *testing.B) {
	var c Collector
	for b.Loop() {
		first := time.Duration(0)
		start := time.Now()
		c.Collect(b.Context(), Options{Environment: os.Environ(), OnSection: func(document.Section) {
			if first == 0 {
				first = time.Since(start)
			}
		}})
		b.ReportMetric(float64(first.Microseconds())/1000, "first-ms")
	}
}
