package page_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"supportd/consent/page"
	"supportd/hack/testkit"
	"supportd/library/text"
)

// acts are all that the page asks of the program.
func acts() []string {
	return []string{"stream", "stop", "answer", "confirm", "number", "say", "takeback", "allow", "file", "report", "have"}
}

func TestY1_NothingWithoutTheSecret(t *testing.T) {
	s := serve(t, page.Options{})
	_, empty := do(t, get(t, s, "/"))
	secret := s.enter(t)
	s.SetState(joined(text.English))
	s.Event(page.Event{Text: "canary"})
	a := s.ask(t, look(1), time.Minute)
	for _, act := range acts() {
		for _, wrong := range []string{"", "x", secret[1:], secret + "x", strings.ToUpper(secret)} {
			r := s.request(t, act, "{}")
			r.Header.Set("X-Page-Secret", wrong)
			status, body := do(t, r)
			if status != http.StatusUnauthorized || strings.Contains(body, "Alice") {
				t.Errorf("%s with the secret %q: %d %q", act, wrong, status, body)
			}
		}
		r := s.request(t, act, "{}") // where others carry secrets
		r.AddCookie(&http.Cookie{Name: "X-Page-Secret", Value: secret})
		r.Header.Set("Authorization", "Bearer "+secret)
		r.URL.RawQuery = "secret=" + secret
		if status, _ := do(t, r); status != http.StatusUnauthorized {
			t.Errorf("%s with the secret elsewhere: %d", act, status)
		}
	}
	if status, _ := s.post(t, secret, "nothing", struct{}{}); status != http.StatusNotFound {
		t.Errorf("an act that there is not: %d", status)
	}
	if len(s.customer.all()) > 0 || !a.open() {
		t.Errorf("something was done: %v", s.customer.all())
	}
	for _, path := range []string{"/", "/page.js", "/kit.js", "/view.js", "/question.js", "/style.css", "/icon.svg", "/en.json", "/ko.json"} {
		r := get(t, s, path)
		status, body := do(t, r)
		if status != http.StatusOK || strings.Contains(body, "Alice") || strings.Contains(body, "canary") || strings.Contains(body, "482") {
			t.Errorf("%s: %d", path, status)
		}
		if path == "/" && body != empty {
			t.Error("the empty page is another one when there is something to show")
		}
	}
	for _, path := range []string{"/assets/page.html", "/page.html", "/../server.go", "/%2e%2e/server.go", "/assets", "/x", "/page.go"} {
		if status, _ := do(t, get(t, s, path)); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if strings.Contains(s.log.String(), secret) {
		t.Error("the secret is in the log")
	}
}

func get(t *testing.T, s *served, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = path // as it is
	return r
}

func TestY1_TicketsAndCodesAtTheDoor(t *testing.T) {
	s := serve(t, page.Options{})
	address, _ := s.Ticket()
	bare, ticket, _ := strings.Cut(address, "#")
	if bare != s.URL() || len(ticket) < 40 {
		t.Errorf("a ticket is %q", address)
	}
	enter := func(body map[string]string) map[string]any {
		t.Helper()
		status, o := s.post(t, "", "enter", body)
		if status != http.StatusOK {
			t.Fatal(status)
		}
		return o
	}
	if o := enter(map[string]string{"ticket": ticket}); o["secret"] == nil || o["why"] != nil {
		t.Error(o)
	}
	if o := enter(map[string]string{"ticket": ticket}); o["secret"] != nil || o["why"] != "ticket" {
		t.Error(o)
	}
	code := s.Code()
	if o := enter(map[string]string{"code": "12345"}); o["secret"] != nil || o["left"] != 2.0 {
		t.Error(o)
	}
	o := enter(map[string]string{"code": code})
	if o["secret"] == nil {
		t.Error(o)
	}
	if status, _ := s.post(t, o["secret"].(string), "have", struct{}{}); status != http.StatusOK {
		t.Error(status)
	}
	for _, body := range []string{`{"code":1}`, `{"code":"1"}{}`, `{"other":""}`, `[]`, ``, `{`} {
		if status, _ := do(t, s.request(t, "enter", body)); status != http.StatusBadRequest {
			t.Errorf("%s: %d", body, status)
		}
	}
	for _, what := range []string{ticket, code} {
		if strings.Contains(s.log.String(), what) {
			t.Errorf("%s is in the log", what)
		}
	}
}

func TestY2_ForeignHostsAndOrigins(t *testing.T) {
	s := serve(t, page.Options{})
	secret := s.enter(t)
	_, port, err := net.SplitHostPort(s.host)
	if err != nil {
		t.Fatal(err)
	}
	change := map[string]func(r *http.Request){
		"host name":      func(r *http.Request) { r.Host = "localhost:" + port },
		"rebound host":   func(r *http.Request) { r.Host = "evil.example:" + port },
		"host and dot":   func(r *http.Request) { r.Host = "127.0.0.1.:" + port },
		"without port":   func(r *http.Request) { r.Host = "127.0.0.1" },
		"other port":     func(r *http.Request) { r.Host = "127.0.0.1:1" },
		"other form":     func(r *http.Request) { r.Host = "127.1:" + port },
		"IPv6":           func(r *http.Request) { r.Host = "[::1]:" + port },
		"no origin":      func(r *http.Request) { r.Header.Del("Origin") },
		"null origin":    func(r *http.Request) { r.Header.Set("Origin", "null") },
		"file":           func(r *http.Request) { r.Header.Set("Origin", "file://") },
		"other origin":   func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
		"origin by name": func(r *http.Request) { r.Header.Set("Origin", "http://localhost:"+port) },
		"TLS origin":     func(r *http.Request) { r.Header.Set("Origin", "https://"+s.host) },
		"longer origin":  func(r *http.Request) { r.Header.Set("Origin", "http://"+s.host+".evil.example") },
		"other port's":   func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") },
		"cross-site":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, // another port
		"none":           func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") },
		"GET":            func(r *http.Request) { r.Method = http.MethodGet },
		"OPTIONS": func(r *http.Request) {
			r.Method = http.MethodOptions
			r.Header.Set("Access-Control-Request-Method", "POST")
		},
		"a form":           func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"a form of fields": func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
	}
	for name, make := range change {
		for _, act := range append(acts(), "enter", "reopen") {
			r := s.request(t, act, "{}")
			r.Header.Set("X-Page-Secret", secret)
			make(r)
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, act, answer.StatusCode)
			}
			for header := range answer.Header {
				if strings.HasPrefix(header, "Access-Control") {
					t.Errorf("%s, %s: %s", name, act, header)
				}
			}
		}
	}
	for _, host := range []string{"localhost:" + port, "evil.example:" + port, "[::1]:" + port} {
		for _, path := range []string{"/", "/page.js", "/en.json"} {
			r := get(t, s, path)
			r.Host = host
			if status, _ := do(t, r); status != http.StatusForbidden {
				t.Errorf("%s of %s: %d", path, host, status)
			}
		}
	}
	r := get(t, s, "/page.js")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, _ := do(t, r); status != http.StatusForbidden {
		t.Errorf("another page's script: %d", status)
	}
	if did := s.customer.all(); len(did) > 0 {
		t.Errorf("something was done: %v", did)
	}
}

func TestY3_AnotherUserIsRefused(t *testing.T) {
	s := serve(t, page.Options{Users: []int{os.Getuid() + 1}})
	if !tellsUsers() {
		t.Skip("this system does not tell whose a connection is")
	}
	for _, r := range []*http.Request{get(t, s, "/"), get(t, s, "/page.js"), s.request(t, "enter", `{"code":""}`), s.request(t, "reopen", `{}`)} {
		if status, _ := do(t, r); status != http.StatusForbidden {
			t.Errorf("%s: %d", r.URL.Path, status)
		}
	}
	if did := s.customer.all(); len(did) > 0 {
		t.Errorf("something was done: %v", did)
	}
	s.Admit(os.Getuid())
	if status, _ := do(t, get(t, s, "/")); status != http.StatusOK {
		t.Errorf("who was admitted later: %d", status)
	}
	both := serve(t, page.Options{Users: []int{os.Getuid() + 1, os.Getuid()}})
	if status, _ := do(t, get(t, both, "/")); status != http.StatusOK {
		t.Errorf("the desktop's user: %d", status)
	}
}

func TestY4_NoFraming(t *testing.T) {
	s := serve(t, page.Options{})
	secret := s.enter(t)
	api := s.request(t, "have", "{}")
	api.Header.Set("X-Page-Secret", secret)
	refused := get(t, s, "/")
	refused.Host = "evil.example"
	for _, r := range []*http.Request{get(t, s, "/"), get(t, s, "/page.js"), get(t, s, "/nothing"), api, s.request(t, "stop", "{}"), refused} {
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		h := answer.Header
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", r.URL.Path, name, h.Get(name))
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy has no %s: %s", r.URL.Path, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || len(h.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: %v", r.URL.Path, h)
		}
	}
	for _, dest := range []string{"iframe", "frame", "embed", "object", "fencedframe", "image", "script"} {
		r := get(t, s, "/")
		r.Header.Set("Sec-Fetch-Dest", dest)
		if status, _ := do(t, r); status != http.StatusForbidden {
			t.Errorf("the page as %s: %d", dest, status)
		}
	}
	r := get(t, s, "/") // a file on this computer leads here
	r.Header.Set("Sec-Fetch-Dest", "document")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, _ := do(t, r); status != http.StatusOK {
		t.Errorf("a file cannot open the page: %d", status)
	}
}

func TestBodiesAndStreamsAreBounded(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	secret := s.enter(t)
	long := s.request(t, "say", `{"text":"`+strings.Repeat("x", 40<<10)+`"}`)
	long.Header.Set("X-Page-Secret", secret)
	if status, _ := do(t, long); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body: %d", status)
	}
	most := strings.Repeat("\\u0001", 4096) // as JSON may write a message of 4 KiB
	fits := s.request(t, "say", `{"text":"`+most+`"}`)
	fits.Header.Set("X-Page-Secret", secret)
	if status, _ := do(t, fits); status != http.StatusOK {
		t.Errorf("the longest message: %d", status)
	}
	if status, _ := s.post(t, "", "enter", map[string]string{"ticket": strings.Repeat("x", 40<<10)}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a long ticket: %d", status)
	}
	first := s.stream(t, secret)
	first.until(t, "state")
	var others []*feed
	for range 4 {
		f := s.stream(t, s.enter(t))
		f.until(t, "state")
		others = append(others, f)
	}
	first.ended(t)
	s.Event(page.Event{Text: "one more"})
	for _, f := range others {
		f.until(t, "event")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	s := serve(t, page.Options{})
	f := s.stream(t, s.enter(t))
	f.until(t, "state")
	var idle []net.Conn
	for range 60 {
		c, err := net.Dial("tcp", s.host)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
		t.Cleanup(func() { c.Close() })
	}
	gone := map[net.Conn]bool{}
	testkit.Eventually(t, "those beyond the limit are turned away", func() bool {
		for _, c := range idle {
			_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); !os.IsTimeout(err) {
				gone[c] = true
			}
		}
		return len(gone) >= 60-32
	})
	s.Event(page.Event{Text: "still here"}) // who was there goes on
	f.until(t, "event")
	secret := s.enter(t) // and whoever comes behind the crowd is served
	if s.post(t, secret, "stop", struct{}{}); !s.customer.has("stop") {
		t.Error("idle connections keep Stop out")
	}
}

// Whatever is sent in the place of HTTP, and whatever JSON, ends nothing.
func TestRubbish(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	secret := s.enter(t)
	for _, raw := range []string{"\x00\x01\x02", "GET / HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", strings.Repeat("A", 70<<10), "GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 9000)} {
		c, err := net.Dial("tcp", s.host)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(raw))
		c.Close()
	}
	for _, act := range acts()[2:] {
		for _, body := range []string{"", "null", "[]", `"x"`, "{}", `{"id":-1}`, `{"id":1e99}`, `{"decision":"yes"}`, strings.Repeat("[", 1000), `{"id":18446744073709551615}`, `{"minutes":-1}`, `{"minutes":99999999}`, `{"file":-1}`, `{"phase":"joined","yes":true,"steady":9999}`} {
			r := s.request(t, act, body)
			r.Header.Set("X-Page-Secret", secret)
			if status, answer := do(t, r); status >= 500 {
				t.Errorf("%s %s: %d %s", act, body, status, answer)
			}
		}
	}
	for _, did := range s.customer.all() {
		if strings.HasPrefix(did, "confirm") || did == "stop" {
			t.Errorf("rubbish did %q", did)
		}
	}
	if bytes.Contains([]byte(s.log.String()), []byte("panicked")) {
		t.Error(s.log.String())
	}
}

func TestServeEndsWithEverythingOpen(t *testing.T) {
	s := serve(t, page.Options{})
	f := s.stream(t, s.enter(t))
	f.until(t, "state")
	a := s.ask(t, look(1), time.Minute)
	f.until(t, "question")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	f.ended(t)
	if _, err := a.wait(t); err == nil {
		t.Error("a page that is gone has answered")
	}
	if _, err := net.Dial("tcp", s.host); err == nil {
		t.Error("somebody still listens")
	}
	if _, err := page.New(page.Options{}); err == nil {
		t.Error("a page without a program was made")
	}
	address, _ := s.Ticket()
	_ = fmt.Sprint(address, s.Code()) // both are dead, and harmless
}
