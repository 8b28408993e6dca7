package web

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/library/text"
	"supportd/library/wire"
)

const (
	aNumber     = "482913077"
	otherNumber = "715604327"
	onWindows   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
)

// browse is what a browser asks, without the end of the header.
func browse(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: r\r\nUser-Agent: " + onWindows + "\r\n"
}

// W1: the page and the programs are served under the relay's own names alone, before
// anything else is said.
func TestW1_OtherHosts(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	for host, want := range map[string]int{
		"r": 200, "R": 200, "r.": 200, "r:8443": 200, "relay.example": 200, "relay.example:1": 200, "127.0.0.1:80": 200, "[::1]:80": 200, "localhost": 200, "x.localhost": 200,
		"evil.example": 421, "r.evil.example": 421, "evil-r": 421, "192.0.2.1": 421, "127.0.0.1.evil.example": 421, "[::2]": 421, "localhost.evil.example": 421, "": 421, "r:x": 421, "r@evil": 421,
	} {
		for _, path := range []string{"/", "/j/" + aNumber, "/j/482913078", "/j?number=1", "/d/SHA256SUMS", "/d/support-agent-linux-amd64", "/style.css", "/nothing"} {
			resp, body := s.ask(visitor, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
			good := resp.StatusCode != http.StatusMisdirectedRequest
			if resp.StatusCode == http.StatusBadRequest && len(body) < 100 {
				good = false // what is no host at all
			}
			if good != (want == 200) {
				t.Errorf("%q %s: %v %.60q", host, path, resp.Status, body)
			}
		}
	}
	if resp, body := s.ask(visitor, "GET /healthz HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"); body != "ok" {
		t.Errorf("a load balancer gets %v", resp.Status)
	}
}

// W1: where the relay has names, a page of another one is not even sent to https.
func TestW1_NoRedirectToAnotherHost(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Plain = false })
	for host, want := range map[string]int{"r": 308, "evil.example": 421} {
		if resp, _ := s.ask(visitor, "GET /j/"+aNumber+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); resp.StatusCode != want {
			t.Errorf("%s: %v", host, resp.Status)
		}
	}
}

// W3: a number that cannot be one is refused, here, where no store is known.
func TestW3_WrongCheckDigit(t *testing.T) {
	programs, _ := newPrograms(t)
	for path, want := range map[string]string{
		"/j/482913078": "probably one digit is wrong", "/j?number=482+913+078": "probably one digit is wrong", "/j/48291307": "9 digits", "/j?number=%1b%5b2J": "9 digits",
		"/j/082913077": "9 digits", "/j?number=" + strings.Repeat("1", 900): "9 digits", "/d/482913078/windows-amd64": "probably one digit is wrong", "/d/482%20913%20077/run.sh": "There is nothing at this address",
	} {
		s := newSite(t, func(o *Options) { o.Programs = programs })
		resp, body := s.ask(visitor, browse(path)+"\r\n")
		if resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusNotFound || !strings.Contains(body, want) || strings.Contains(body, "\x1b") {
			t.Errorf("%s: %v %q", path, resp.Status, body)
		}
	}
	s := newSite(t, nil)
	for typed, want := range map[string]string{"482+913+077": "/j/" + aNumber, "482-913-077": "/j/" + aNumber, "482913077&lang=ko": "/j/" + aNumber + "?lang=ko", "": "/", "482913077&lang=xx": "/j/" + aNumber,
		"%EF%BC%94%EF%BC%98%EF%BC%92%EF%BC%99%EF%BC%91%EF%BC%93%EF%BC%90%EF%BC%97%EF%BC%97": "/j/" + aNumber, "482.913.077": "/j/" + aNumber, "%EB%B2%88%ED%98%B8+482+913+077": "/j/" + aNumber, "(482)%E2%80%94913%E2%80%8B077": "/j/" + aNumber} {
		if resp, _ := s.ask(visitor, browse("/j?number="+typed)+"\r\n"); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != want {
			t.Errorf("%q: %v %q", typed, resp.Status, resp.Header.Get("Location"))
		}
	}
}

// W3: what a message has behind a link is no part of the number; what looks like one is.
func TestW3_ALinkInAMessage(t *testing.T) {
	s := newSite(t, nil)
	for _, behind := range []string{"/", ".", ",", "%29", "%3E", "%E3%80%82", "%20"} {
		if resp, _ := s.ask(visitor, browse("/j/"+aNumber+behind)+"\r\n"); resp.Header.Get("Location") != "/j/"+aNumber {
			t.Errorf("%q: %v %q", behind, resp.Status, resp.Header.Get("Location"))
		}
	}
	for _, other := range []string{"1", "x", "%00", "%0d%0aX:y", "%D9%A7", "%3Cb"} {
		s := newSite(t, nil)
		if resp, _ := s.ask(visitor, browse("/j/"+aNumber+other)+"\r\n"); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %v %q", other, resp.Status, resp.Header.Get("Location"))
		}
	}
}

// W4: beyond five wrong numbers in ten minutes a source has to wait. Others do not, and
// a number that can be one is always answered.
func TestW4_WrongNumbersOnThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		ask := func(addr, number string) (int, string) {
			resp, _ := s.ask(addr, browse("/j/"+number)+"\r\n")
			return resp.StatusCode, resp.Header.Get("Retry-After")
		}
		for i := range maxSlips {
			if status, _ := ask(fmt.Sprintf("198.51.100.1:%d", 1000+i), "482913078"); status != http.StatusBadRequest {
				t.Errorf("wrong number %d: %d", i+1, status)
			}
		}
		if status, wait := ask(visitor, "482913079"); status != http.StatusTooManyRequests || wait == "" {
			t.Errorf("one more: %d, Retry-After %q", status, wait)
		}
		if status, _ := ask(visitor, aNumber); status != http.StatusOK {
			t.Errorf("a number that can be one: %d", status)
		}
		if status, _ := ask("198.51.100.2:1", "482913078"); status != http.StatusBadRequest {
			t.Errorf("from another address: %d", status)
		}
		time.Sleep(slipWindow)
		if status, _ := ask(visitor, "482913078"); status != http.StatusBadRequest {
			t.Errorf("ten minutes later: %d", status)
		}
	})
}

func TestW4_SlipsAreBounded(t *testing.T) {
	var s slips
	now := time.Now()
	for i := range maxSlipSources + 10 {
		s.count(prefixOf(i), now)
	}
	if n := len(s.seen); n > maxSlipSources {
		t.Errorf("%d sources are kept", n)
	}
}

// W7: what has a number is kept by no cache, and its address goes to no other site. The
// log has none of them: see TestW7_NoNumberInTheLog.
func TestW7_NoNumberElsewhere(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	for _, path := range []string{"/j/" + aNumber, "/j?number=" + aNumber, "/j/482913078", "/d/" + aNumber + "/windows-amd64", "/d/" + aNumber + "/linux-amd64", "/d/" + aNumber + "/run.sh", "/d/" + aNumber + "/x", "/d/482913078/run.ps1"} {
		resp, body := s.ask(visitor, browse(path)+"\r\n")
		if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Referrer-Policy") != "no-referrer" || resp.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, resp.Header)
		}
		for _, link := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(link[1], "/") || strings.HasPrefix(link[1], "//") {
				t.Errorf("%s leads to %s", path, link[1])
			}
		}
	}
	if log := s.log.String(); strings.Contains(log, aNumber) || strings.Contains(log, "482913078") {
		t.Error(log)
	}
	linked, err := LinkPrograms("https://downloads.example/supportd")
	if err != nil {
		t.Fatal(err)
	}
	s = newSite(t, func(o *Options) { o.Programs = linked })
	_, body := s.ask(visitor, browse("/j/"+aNumber)+"\r\n")
	for _, link := range regexp.MustCompile(`href="(https:[^"]*)"([^>]*)`).FindAllStringSubmatch(body, -1) {
		if strings.Contains(link[1], aNumber) || !strings.Contains(link[2], "noreferrer") {
			t.Errorf("another host learns the number: %s", link[0])
		}
	}
	if !strings.Contains(body, "https://downloads.example/supportd/support-agent-windows-amd64.exe") {
		t.Errorf("there is no link: %s", body)
	}
	if resp, _ := s.ask(visitor, browse("/d/support-agent-linux-amd64")+"\r\n"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the relay serves what another host has: %v", resp.Status)
	}
}

// W8: no page loads anything but its own style, picture and, where it has a number,
// script; none can be framed; and the texts of the operator are text.
func TestW8_NothingInline(t *testing.T) {
	programs, _ := newPrograms(t)
	evil := `<script>alert(1)</script><img src="https://evil.example/x" onerror="x">`
	s := newSite(t, func(o *Options) { o.Programs, o.Organisation, o.Contact = programs, evil, evil })
	for _, path := range []string{"/", "/j/" + aNumber, "/j?number=" + "%3Cscript%3Ealert(1)%3C/script%3E", "/?lang=ko", "/j/" + aNumber + "?lang=%22%3E%3Cscript%3E"} {
		resp, body := s.ask(visitor, browse(path)+"\r\n")
		policy := resp.Header.Get("Content-Security-Policy")
		want := pagePolicy
		if strings.HasPrefix(path, "/j/") {
			want = startPolicy
		}
		if policy != want || strings.Contains(policy, "unsafe") || resp.Header.Get("X-Frame-Options") != "DENY" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, resp.Header)
		}
		if found := regexp.MustCompile(`(?i)<script|<style|<iframe|<img|\sstyle=|\son[a-z]+="|javascript:|https?://[^1r]`).FindString(strings.NewReplacer("https://evil.example", "", `<script src="/join.js" defer></script>`, "").Replace(body)); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "TRACE"} {
		if resp, _ := s.ask(visitor, method+" / HTTP/1.1\r\nHost: r\r\n\r\n"); resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %v", method, resp.Status)
		}
	}
}

// The page says the same of every number that can be one.
func TestEveryNumberHasTheSamePage(t *testing.T) {
	programs, _ := newPrograms(t)
	programs.prepare(t.Context()) // the page tells the size of what is packed
	s := newSite(t, func(o *Options) { o.Programs = programs })
	plain := func(number string) string {
		resp, body := s.ask(visitor, browse("/j/"+number)+"\r\n")
		if resp.StatusCode != http.StatusOK {
			t.Fatal(resp.Status)
		}
		return strings.NewReplacer(number, "NUMBER", wire.Number(number).Spoken(), "SPOKEN").Replace(body)
	}
	if plain(aNumber) != plain(otherNumber) {
		t.Error("two numbers have different pages")
	}
}

func TestOneStartForEverySystem(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	for agent, want := range map[string]string{
		onWindows: "windows-amd64", "Mozilla/5.0 (Windows NT 10.0; ARM64; x)": "windows-arm64", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)": "windows-amd64",
		"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0": "linux-amd64", "Mozilla/5.0 (X11; Ubuntu; Linux aarch64)": "linux-arm64", "w3m/0.5.3+git20230121 Linux": "linux-amd64",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)": "", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)": "", "Mozilla/5.0 (Linux; Android 14)": "", "curl/8": "", "": "",
	} {
		_, body := s.ask(visitor, "GET /j/"+aNumber+" HTTP/1.1\r\nHost: r\r\nUser-Agent: "+agent+"\r\n\r\n")
		start := regexp.MustCompile(`class="start" href="/d/`+aNumber+`/([^"]*)"`).FindAllStringSubmatch(body, -1)
		if want == "" && len(start) > 0 || want != "" && (len(start) != 1 || start[0][1] != want) {
			t.Errorf("%q: %v", agent, start)
		}
		for _, other := range systems() {
			if !strings.Contains(body, "/d/"+aNumber+"/"+other.String()+`"`) {
				t.Errorf("%q: %v cannot be had", agent, other)
			}
		}
	}
}

func TestPageLanguages(t *testing.T) {
	for header, want := range map[string]text.Language{
		"": "en", "ko": "ko", "ko-KR,ko;q=0.9,en;q=0.8": "ko", "en-US,en;q=0.9,ko;q=0.8": "en", "fr": "en", "fr,ko;q=0.2,en;q=0.1": "ko", "ko;q=0": "en", "KO-kr": "ko", "ko;q=x,en": "en", ";;,,": "en",
	} {
		if got := accepted(header); got != want {
			t.Errorf("%q: %s", header, got)
		}
	}
	s := newSite(t, nil)
	resp, body := s.ask(visitor, browse("/j/"+aNumber)+"Accept-Language: ko-KR,ko;q=0.9\r\n\r\n")
	if resp.Header.Get("Content-Language") != "ko" || !strings.Contains(body, `<html lang="ko">`) || !strings.Contains(body, `href="/j/`+aNumber+`?lang=en"`) {
		t.Errorf("%v %s", resp.Header, body)
	}
	if _, body := s.ask(visitor, browse("/?lang=en")+"Accept-Language: ko\r\n\r\n"); !strings.Contains(body, `<html lang="en">`) {
		t.Error("the language that was chosen does not count")
	}
	call, number := strings.Index(body, "직접 전화하셨나요"), strings.Index(body, "482 913 077")
	if call < 0 || number < call {
		t.Error("the question about the call is not the first thing")
	}
}

const (
	onMac   = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
	onLinux = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
	onPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)"
	onOther = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)"
)

// inOrder checks that a page has all of these, one behind the other.
func inOrder(t *testing.T, page string, wanted ...string) {
	t.Helper()
	rest := page
	for _, want := range wanted {
		_, after, found := strings.Cut(rest, want)
		if rest = after; !found {
			t.Errorf("there is no %q, or not there, in\n%s", want, page)
			return
		}
	}
}

// visit is the page of a number for a browser.
func (s *site) visit(agent, query, language string) string {
	s.t.Helper()
	resp, body := s.ask(visitor, "GET /j/"+aNumber+query+" HTTP/1.1\r\nHost: r\r\nUser-Agent: "+agent+"\r\nAccept-Language: "+language+"\r\n\r\n")
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%q: %v", agent, resp.Status)
	}
	return body
}

// What was typed and is no number is shown again in groups of three.
func TestWrongDigitsInGroups(t *testing.T) {
	for typed, want := range map[string]string{
		"482913078": "482 913 078", "482-913-078": "482 913 078", "48291307": "482 913 07", "4829130771": "482 913 077 1", "４８２９１３０７８": "482 913 078", "번호 482913078": "482 913 078", "1": "1", "082913077": "082 913 077",
		"": "", "abc": "abc", "48291307x": "48291307x", "4 8 2 x": "4 8 2 x", "\x1b[2J": "[2J", strings.Repeat("1", 900): text.Plain(strings.Repeat("1", 900), maxTyped), strings.Repeat("1", 60): text.Plain(strings.Repeat("111 ", 20), maxTyped),
	} {
		if got := grouped(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	s := newSite(t, nil)
	if _, body := s.ask(visitor, browse("/j/482913078")+"\r\n"); !strings.Contains(body, `value="482 913 078"`) || strings.Contains(body, "482913078") {
		t.Error(body)
	}
}

// What a script tells stands above everything that may be below the edge of the screen.
func TestNewsAtTheTop(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	inOrder(t, s.visit(onWindows, "", "en"), "<h1>", `id="state"`, `class="warning"`, `class="start"`)
}
