package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// A script that breaks off is not run, and nor is a page that came instead; one that is
// whole is, by whatever shell somebody has.
func TestThePastedLineRunsWhatIsWhole(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	const script = "main() { echo it ran; exit 7; }\nmain\n"
	answers := map[string]http.HandlerFunc{
		"whole": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, script) },
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(script)+1))
			_, _ = io.WriteString(w, script)
		},
		"refuse": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, script, http.StatusBadRequest) },
	}
	for name, answer := range answers {
		relay := httptest.NewServer(answer)
		t.Cleanup(relay.Close)
		for _, mac := range []bool{true, false} {
			line, _ := pasteLines(relay.URL, aNumber, mac)
			for _, shell := range []string{"sh", "bash", "zsh", "fish", "tcsh"} {
				if _, err := exec.LookPath(shell); err != nil {
					continue
				}
				cmd := exec.CommandContext(t.Context(), shell, "-c", line)
				out, err := cmd.CombinedOutput()
				if ran := strings.Contains(string(out), "it ran"); ran != (name == "whole") || err == nil || ran && cmd.ProcessState.ExitCode() != 7 {
					t.Errorf("%s, %s, mac %v: %v: %s", name, shell, mac, err, out)
				}
			}
		}
	}
}
