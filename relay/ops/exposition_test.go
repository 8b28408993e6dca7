package ops

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"supportd/relay"
)

func TestExposition(t *testing.T) {
	var b bytes.Buffer
	family(&b, "a", "one \\ two\nthree", counter)
	sample(&b, "a", 1.5, "x", "1", "y", "q\"\\\nz")
	sample(&b, "a", 12345678)
	h := newHistogram(.5, 1)
	for _, seconds := range []float64{.1, .5, .6, 7} {
		h.observe(seconds)
	}
	h.write(&b, "h", "work", "w")
	const want = `# HELP a one \\ two\nthree
# TYPE a counter
a{x="1",y="q\"\\\nz"} 1.5
a 1.2345678e+07
h_bucket{work="w",le="0.5"} 2
h_bucket{work="w",le="1"} 3
h_bucket{work="w",le="+Inf"} 4
h_sum{work="w"} 8.2
h_count{work="w"} 4
`
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
}

func get(t *testing.T, s *Server, path string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), "GET", "http://127.0.0.1"+path, nil)
	s.http.Handler.ServeHTTP(answer, req)
	return answer
}

func TestO4_NumbersOfAStart(t *testing.T) {
	s, err := New(Options{Version: "1.2", LostLines: func() int64 { return 3 }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.Observe(relay.WorkJoin, 2*time.Second)
	s.Observe("unknown", time.Second)
	answer := get(t, s, "/metrics")
	text := answer.Body.String()
	if answer.Header().Get("Content-Type") != contentType {
		t.Errorf("%v", answer.Header())
	}
	for _, line := range []string{
		"supportd_log_lost_lines_total 3", `supportd_work_seconds_bucket{work="join",le="1"} 0`, `supportd_work_seconds_bucket{work="join",le="5"} 1`,
		`supportd_work_seconds_sum{work="join"} 2`, `supportd_work_seconds_count{work="journal"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("without %s:\n%s", line, text)
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed: on Debian it is in the package prometheus")
	}
	check := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, text)
	}
}

func TestNumbersAreNotMadeForEverybodyAtOnce(t *testing.T) {
	s, err := New(Options{Version: "1.2", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for range maxInFlight {
		s.telling <- struct{}{}
	}
	if got := get(t, s, "/metrics").Code; got != 503 {
		t.Errorf("%d", got)
	}
	<-s.telling
	if got := get(t, s, "/metrics").Code; got != 200 {
		t.Errorf("%d", got)
	}
}
