//go:build unix

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
)

// The files that an operator gives to Prometheus and Grafana.
const (
	rulesFile     = "../packaging/prometheus/support-relay.rules.yml"
	rulesTestFile = "../packaging/prometheus/support-relay.test.yml"
	dashboardFile = "../packaging/grafana/support-relay.json"
)

// served is what a relay serves: label pairs by the name of a series.
type served map[string][]string

var (
	seriesPattern   = regexp.MustCompile(`(?m)^([a-z_]+)(?:\{([^}]*)\})? `)
	pairPattern     = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
	selectorPattern = regexp.MustCompile(`(supportd_[a-z_]+)(?:\{([^}]*)\})?`)
	matcherPattern  = regexp.MustCompile(`([a-z_]+)(=~|!~|!=|=)\\?"([^"\\]*)\\?"`)
)

// scrape asks a relay that was just started for its numbers.
func scrape(t *testing.T) served {
	t.Helper()
	r, err := rig.StartRelay(t.Context(), programs(), filepath.Join(t.TempDir(), "data"), "127.0.0.1:0", nil, "--ops", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Kill)
	ops, err := r.Ops(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: testkit.Patience, Transport: &http.Transport{}}
	res, err := client.Get("http://" + ops + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %v", res.Status, err)
	}
	all := served{}
	for _, m := range seriesPattern.FindAllStringSubmatch(string(text), -1) {
		all[m[1]] = append(all[m[1]], m[2])
	}
	return all
}

// missing says what of the series in a text the relay does not serve. Prometheus itself
// gives every series a job and an instance.
func (s served) missing(text string) (all []string) {
	for _, m := range selectorPattern.FindAllStringSubmatch(text, -1) {
		labels, known := s[m[1]]
		if !known {
			all = append(all, m[0])
			continue
		}
		for _, match := range matcherPattern.FindAllStringSubmatch(m[2], -1) {
			name, value := match[1], match[3]
			if name == "job" || name == "instance" || name == "le" {
				continue
			}
			if !slices.ContainsFunc(labels, func(l string) bool {
				return slices.ContainsFunc(pairPattern.FindAllStringSubmatch(l, -1), func(p []string) bool { return p[1] == name && p[2] == value })
			}) {
				all = append(all, m[0])
			}
		}
	}
	return all
}

// dashboard is what Grafana needs of the file.
type dashboard struct {
	UID           string
	Title         string
	SchemaVersion int
	Time          struct{ From, To string }
	Templating    struct {
		List []struct{ Name, Type, Definition string }
	}
	Annotations struct {
		List []struct{ Name, Expr string }
	}
	Panels []panel
}

type panel struct {
	ID          int
	Type, Title string
	Description string
	Datasource  struct{ Type, UID string }
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct{ RefID, Expr string }
	FieldConfig struct{ Defaults map[string]any }
	Options     map[string]any
}

// TestO4_AlertsAndDashboardFitTheRelay proves that what an operator gives to Prometheus
// and Grafana asks for nothing that a relay does not serve, from its start on, and that
// the dashboard shows all that it serves.
func TestO4_AlertsAndDashboardFitTheRelay(t *testing.T) {
	all := scrape(t)
	for _, name := range []string{rulesFile, rulesTestFile, dashboardFile} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte("supportd_")) {
			t.Errorf("%s names no number of a relay", name)
		}
		for _, m := range all.missing(string(text)) {
			t.Errorf("%s: a relay does not serve %s", name, m)
		}
	}
	shown, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	for name := range all {
		if base := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, ""); !bytes.Contains(shown, []byte(base)) {
			t.Errorf("%s: nothing shows %s", dashboardFile, name)
		}
	}
}

// TestO4_TheDashboardIsOneThatGrafanaTakes proves the form of the file.
func TestO4_TheDashboardIsOneThatGrafanaTakes(t *testing.T) {
	d := readDashboard(t)
	if d.UID == "" || len(d.UID) > 40 || d.Title == "" || d.SchemaVersion < 36 || d.Time.From == "" || d.Time.To == "" || len(d.Panels) == 0 {
		t.Errorf("%+v", d)
	}
	variables := []string{"__interval", "__range", "__rate_interval"}
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	ids, cells := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if p.ID < 1 || ids[p.ID] || p.Type == "" || p.Title == "" || p.Description == "" || p.Datasource.Type != "prometheus" || p.FieldConfig.Defaults["unit"] == nil || p.Options == nil || len(p.Targets) == 0 {
			t.Errorf("%+v", p)
		}
		ids[p.ID] = true
		if g := p.GridPos; g.X < 0 || g.W < 1 || g.H < 1 || g.X+g.W > 24 { // Grafana's grid has 24 columns
			t.Errorf("%q: %+v", p.Title, g)
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if other, taken := cells[at]; taken {
					t.Fatalf("%q lies on %q", p.Title, other)
				}
				cells[at] = p.Title
			}
		}
		refs := map[string]bool{}
		for _, target := range p.Targets {
			if target.RefID == "" || refs[target.RefID] {
				t.Errorf("%q: %+v", p.Title, target)
			}
			refs[target.RefID] = true
			for _, m := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(target.Expr+p.Datasource.UID, -1) {
				if !slices.Contains(variables, m[1]) {
					t.Errorf("%q: there is no variable %s", p.Title, m[1])
				}
			}
		}
	}
}

func readDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestO4_PromtoolTakesTheAlerts has Prometheus' own tool check the alerts, what they say
// of relays that are made up, and every expression of the dashboard.
func TestO4_PromtoolTakesTheAlerts(t *testing.T) {
	rules, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(rulesTestFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(rules), -1) {
		if fires := regexp.MustCompile(`alertname: ` + m[1] + `\n +exp_alerts:\n +- `); !fires.Match(tests) {
			t.Errorf("%s: nothing shows when %s is raised", rulesTestFile, m[1])
		}
		if !strings.Contains(string(tests), "alertname: "+m[1]+"}") {
			t.Errorf("%s: nothing shows when %s is not raised", rulesTestFile, m[1])
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed: on Debian it is in the package prometheus")
	}
	for _, args := range [][]string{{"check", "rules", rulesFile}, {"test", "rules", rulesTestFile}, {"check", "rules", expressions(t)}} {
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("SUCCESS")) {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// expressions are those of the dashboard, as a file of rules.
func expressions(t *testing.T) (name string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	d, n := readDashboard(t), 0
	add := func(expr string) {
		n++
		fmt.Fprintf(&b, "      - record: shown_%d\n        expr: %q\n", n, strings.NewReplacer("$job", "a", "$instance", "b").Replace(expr))
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			add(target.Expr)
		}
	}
	for _, a := range d.Annotations.List {
		add(a.Expr)
	}
	name = filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
