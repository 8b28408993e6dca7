//go:build linux

package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestColumnsOfRivals(t *testing.T) {
	rows := func(rivals map[string]float64) []row {
		return []row{compare("a rate", "MB/s", 20, 10, true, 1).among(rivals), told("ours", "s", 1)}
	}
	const alone = `                                                       supportd    OpenSSH    ratio  wanted
a rate                                     MB/s            20.0       10.0     2.00  ≥ 1.00×  ok
ours                                       s               1.00                               
`
	const beside = `                                                       supportd    OpenSSH     chisel    ratio  wanted
a rate                                     MB/s            20.0       10.0       30.0     2.00  ≥ 1.00×  ok
ours                                       s               1.00                                          
`
	for _, c := range []struct {
		rivals []*rival
		values map[string]float64
		want   string
	}{
		{nil, nil, alone},
		{nil, map[string]float64{}, alone},
		{rivals(), map[string]float64{"chisel": 30}, beside},
	} {
		var out strings.Builder
		table(&out, rows(c.values), c.rivals)
		if out.String() != c.want {
			t.Errorf("the table is\n%s, want\n%s", out.String(), c.want)
		}
		text, err := json.Marshal(rows(c.values)[0])
		if err != nil || bytes.Contains(text, []byte("chisel")) != (len(c.values) > 0) || bytes.Contains(text, []byte("rivals")) != (len(c.values) > 0) {
			t.Errorf("%s, %v", text, err)
		}
	}
}

// The medians are made of the rivals' values, too, and a rival decides nothing.
func TestRivalsNeverJudge(t *testing.T) {
	var rounds [][]row
	for _, value := range []float64{1, 100, 7} {
		rounds = append(rounds, []row{within("a time", "s", 20, 10).among(map[string]float64{"chisel": value})})
	}
	got := medians(rounds)[0]
	if got.Rivals["chisel"] != 7 || rounds[0][0].Rivals["chisel"] != 1 || got.Holds {
		t.Errorf("%+v", got)
	}
	if r := within("a time", "s", 5, 10).among(map[string]float64{"chisel": 0.001}); !r.Holds {
		t.Errorf("%+v", r)
	}
}

func TestExitCodes(t *testing.T) {
	for args, want := range map[string]int{"--none": 2, "--only none": 2, "--only storm --rivals": 2} {
		if err := runBench(t.Context(), strings.Fields(args), io.Discard, io.Discard); err == nil || exitCode(err) != want {
			t.Errorf("%s: %v", args, err)
		}
	}
	if got := exitCode(missed([]row{within("a time", "s", 20, 10)})); got != 1 {
		t.Errorf("a limit that does not hold: exit code %d", got)
	}
}

// A rival that the module proxy does not have is named, with what to do.
func TestARivalIsNotThere(t *testing.T) {
	proxy(t, t.TempDir())
	r := rivals()[0]
	_, err := r.build(t.Context(), t.TempDir())
	if !errors.Is(err, errNotHad) || exitCode(err) != 8 {
		t.Fatal(err)
	}
	for _, want := range []string{"chisel: this program cannot be downloaded", r.module + "@latest", "\nhint: measure without --rivals"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

// A stand-in for chisel is downloaded from a module proxy of files, built, and does the work:
// bytes to and from an sshd, the first of them, and idle tunnels.
func TestARivalIsMeasured(t *testing.T) {
	files := t.TempDir()
	proxy(t, files)
	r := rivals()[0]
	publish(t, files, r.module)
	ctx, b := t.Context(), &bench{plan: plan{rounds: 1, bytes: 1 << 20, probes: 1}, dir: t.TempDir(), progress: io.Discard, rivals: []*rival{r}}
	version, err := r.build(ctx, b.dir)
	if err != nil || version != "v1.2.3" {
		t.Fatalf("version %q, %v", version, err)
	}
	if err := keys(ctx, b.dir); err != nil {
		t.Fatal(err)
	}
	inner, err := startServer(ctx, b.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer inner.stop()
	stop, err := r.setUp(ctx, b.dir, inner.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	all, err := b.stream(ctx, "sshd", r.side, r.pinned)
	if err != nil {
		t.Fatal(err)
	}
	for s, rate := range all {
		if len(rate.down) != 1 || len(rate.up) != 1 || rate.down[0] <= 0 || rate.up[0] <= 0 {
			t.Errorf("%s: %+v", s.config, rate)
		}
	}
	took, err := b.probeAll(ctx, []*side{r.side, r.pinned})
	if err != nil || took[r.side] <= 0 || took[r.pinned] <= 0 {
		t.Errorf("%v, %v", took, err)
	}
	if err := r.measureIdle(ctx, b.dir, 2, 0); err != nil {
		t.Error(err)
	}
}

// proxy has the go command take modules from a directory alone, and keep them in another one
// than always.
func proxy(t *testing.T, files string) {
	t.Helper()
	for name, value := range map[string]string{
		"GOPROXY": "file://" + files, "GOSUMDB": "off", "GOMODCACHE": t.TempDir(), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local",
		"GONOPROXY": "none", "GOPRIVATE": "", "GOVCS": "*:off",
	} {
		t.Setenv(name, value)
	}
}

// publish puts the stand-in there as a version of a module.
func publish(t *testing.T, files, module string) {
	t.Helper()
	program, err := os.ReadFile(filepath.Join("testdata", "chisel", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	mod := "module " + module + "\n\ngo 1.24\n"
	for name, text := range map[string]string{"go.mod": mod, "main.go": string(program)} {
		w, err := z.Create(module + "@v1.2.3/" + name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(files, module, "@v")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list": "v1.2.3\n", "v1.2.3.info": `{"Version":"v1.2.3","Time":"2026-01-02T03:04:05Z"}`, "v1.2.3.mod": mod, "v1.2.3.zip": archive.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
