//go:build unix

package e2e_test

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
)

// otherHost serves a directory over TLS, below /pub/, and notes what it is asked.
type otherHost struct {
	address, cert string

	mu    sync.Mutex
	asked []string // paths, and what else a request tells of the page it comes from
}

func newOtherHost(t *testing.T, dir func() string) *otherHost {
	t.Helper()
	at := t.TempDir()
	h := &otherHost{cert: filepath.Join(at, "cert.pem")}
	key := filepath.Join(at, "key.pem")
	testkit.WriteCertificate(t, h.cert, key, time.Hour, "127.0.0.1")
	pair, err := tls.LoadX509KeyPair(h.cert, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.asked = append(h.asked, strings.Join([]string{r.RequestURI, r.Referer(), r.Header.Get("Origin"), r.Header.Get("Cookie")}, " "))
		h.mu.Unlock()
		http.StripPrefix("/pub/", http.FileServer(http.Dir(dir()))).ServeHTTP(w, r)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.Close)
	h.address = server.URL + "/pub"
	return h
}

func (h *otherHost) log() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.asked, "\n")
}

// W7: programs on another host: the page leads there, that host never learns the number
// or the page, the pasted line takes the program and its sum from there, and the relay
// gives out none.
func TestW7_ProgramsOnAnotherHost(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	b := openTab(t, true, chromedp.IgnoreCertErrors)
	var dir string
	other := newOtherHost(t, func() string { return dir })
	f := newFrontWith(t, func(programs string) string { dir = programs; return other.address })
	name := "support-agent-linux-" + runtime.GOARCH
	list := fmt.Sprintf("%s  other\n%x  %s\n%s  %s.sig\n", strings.Repeat("0", 64), sha256.Sum256(f.program), name, strings.Repeat("1", 64), name)
	if err := os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	number := f.start(t)
	b.do(chromedp.Navigate("http://" + f.web + "/j/" + string(number)))
	if href := b.read(chromedp.Evaluate[string](`document.querySelector('a.start').href + ' ' + !!document.getElementById('state')`)); href != other.address+"/"+name+" false" {
		t.Errorf("Start, and whether the page says that it follows the download: %s", href)
	}
	if named := b.download("a.start"); named != name {
		t.Errorf("it is called %s", named)
	}
	customer := exec.CommandContext(t.Context(), "sh", "-c", f.line(t, number))
	customer.Env = append(os.Environ(), "TMPDIR="+f.temp(t), "HOME="+f.dir, "CURL_CA_BUNDLE="+other.cert)
	f.joins(t, customer, number)
	log := other.log()
	for i, line := range strings.Split(log, "\n") {
		if path, rest, _ := strings.Cut(line, " "); path != "/pub/"+name && path != "/pub/SHA256SUMS" || strings.TrimSpace(rest) != "" {
			t.Errorf("request %d tells %q", i, line)
		}
	}
	if strings.Count(log, "/pub/"+name) < 2 || strings.Contains(log, string(number)) {
		t.Errorf("the other host was asked:\n%s", log)
	}

	// What is not what the list there says is not run.
	if err := os.WriteFile(filepath.Join(dir, name), append(f.program, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := exec.CommandContext(t.Context(), "sh", "-c", f.line(t, f.start(t)))
	wrong.Env = customer.Env
	if out, err := wrong.CombinedOutput(); err == nil || !strings.Contains(string(out), "it was not run") {
		t.Errorf("%v: %s", err, out)
	}
	if left, err := os.ReadDir(f.temp(t)); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	status, err := rig.Run(exec.CommandContext(t.Context(), "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "http://"+f.web+"/d/"+name))
	if err != nil || status != "404" {
		t.Errorf("from the relay itself: %s %v", status, err)
	}
}
