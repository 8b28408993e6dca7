package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

// addresses are those of the lines at the start, in their order, each with what it
// is for.
func (s *server) addresses() (all [][2]string) {
	for _, m := range regexp.MustCompile(`(?m)^listening on (\S+)(?: for (.*))?$`).FindAllStringSubmatch(s.log.String(), -1) {
		all = append(all, [2]string{m[1], m[2]})
	}
	return all
}

// greets reports what an SSH server says first there, to a client that says something at
// once, as ssh does, or nothing.
func greets(t *testing.T, addr, says string) string {
	t.Helper()
	nc, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(nc, says); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(nc).ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %v", addr, err)
	}
	return line
}

func TestListenTwiceAndWeb(t *testing.T) {
	path := filepath.Join(t.TempDir(), "relay.toml")
	if err := os.WriteFile(path, []byte("listen = [\"127.0.0.1:0\", \"[::1]:0\"]\nweb = \"127.0.0.1:0\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"flags": {"--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--web", "127.0.0.1:0"}, "the file": {"--config", path},
	} {
		s := serveHere(t, append(args, "--data", filepath.Join(t.TempDir(), "data"))...)
		all := s.addresses()
		if len(all) != 3 || !strings.HasPrefix(all[1][0], "[::1]:") || all[0][1] != "" || all[2][1] != "SSH and HTTP" {
			t.Fatalf("%s: %v\n%s", name, all, s.log)
		}
		for _, a := range all {
			says := ""
			if a[1] != "" {
				says = "SSH-2.0-test\r\n" // a silent client may be a browser's there
			}
			if line := greets(t, a[0], says); !strings.HasPrefix(line, "SSH-2.0-supportd_relay") {
				t.Errorf("%s: %s says %q", name, a[0], line)
			}
		}
		resp, err := http.Get("http://" + all[2][0] + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "ok" {
			t.Errorf("%q %v", body, err)
		}
		resp.Body.Close()
		s.end(t)
		for _, a := range all {
			if nc, err := net.Dial("tcp", a[0]); err == nil {
				nc.Close()
				t.Errorf("%s: %s is still open", name, a[0])
			}
		}
	}
}

// One port that cannot be had: nothing is served, and no other one stays open.
func TestAPortThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := filepath.Join(t.TempDir(), "data")
	for _, flag := range []string{"--listen", "--web"} {
		_, problems, code := command(t, "", "serve", "--data", data, "--listen", "127.0.0.1:0", flag, taken.Addr().String())
		if code != 2 || !strings.Contains(problems, "cannot listen on "+taken.Addr().String()+": another program uses it") ||
			!strings.Contains(problems, "another address with "+flag) || strings.Contains(problems, "listening on") {
			t.Errorf("%d %s", code, problems)
		}
	}
}

// W4: on a port for SSH alone, too, the address in the log is the one that a trusted
// proxy tells, and only that proxy's word counts.
func TestW4_TheLogHasTheTrueSource(t *testing.T) {
	dir := t.TempDir()
	key, public := newKey(t)
	file, data := filepath.Join(dir, "alice.pub"), filepath.Join(dir, "data")
	if err := os.WriteFile(file, []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems, code := command(t, "", "csr", "add", "alice", "--key", file, "--data", data, "--name", "Alice"); code != 0 {
		t.Fatal(problems)
	}
	const told = "PROXY TCP4 203.0.113.7 192.0.2.1 1234 2222\r\n"
	login := func(addr string) error {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if _, err := io.WriteString(nc, told); err != nil {
			t.Fatal(err)
		}
		c, _, _, err := ssh.NewClientConn(nc, "", &ssh.ClientConfig{User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
		if err == nil {
			c.Close()
		}
		return err
	}
	for proxies, believed := range map[string]bool{`"127.0.0.0/8"`: true, `"192.0.2.9"`: false, "": false} {
		path := filepath.Join(dir, "relay.toml")
		if err := os.WriteFile(path, []byte("trusted_proxies = ["+proxies+"]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := serveHere(t, "--config", path, "--data", data, "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0")
		for _, a := range s.addresses() {
			if err := login(a[0]); (err == nil) != believed {
				t.Errorf("%s with a header, proxies %s: %v", a[0], proxies, err)
			}
		}
		s.end(t) // then all of the log is there
		if log := s.log.String(); strings.Contains(log, "203.0.113.7") != believed || strings.Count(log, "logged in") != map[bool]int{true: 2}[believed] {
			t.Errorf("proxies %s:\n%s", proxies, log)
		}
	}
}

// TLS from files; without a certificate on an address that others reach, HTTP goes
// nowhere, and the log says so.
func TestServeTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	roots := x509.NewCertPool()
	roots.AddCert(testkit.WriteCertificate(t, cert, key, time.Hour, "relay.example"))
	path := filepath.Join(dir, "relay.toml")
	text := "web = \"127.0.0.1:0\"\n[tls]\ncert = \"" + cert + "\"\nkey = \"" + key + "\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, "--config", path, "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
	web := s.addresses()[1]
	if web[1] != "SSH and HTTPS" {
		t.Errorf("%q", web)
	}
	client := http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "relay.example"}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	for scheme, want := range map[string]int{"https": http.StatusOK, "http": http.StatusPermanentRedirect} {
		resp, err := client.Get(scheme + "://" + web[0] + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || scheme == "http" && resp.Header.Get("Location") != "https://"+web[0]+"/healthz" {
			t.Errorf("%s: %v %q", scheme, resp.Status, resp.Header.Get("Location"))
		}
	}
	s.end(t)
	if _, problems, code := command(t, "", "serve", "--config", path, "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--web", ""); code != 2 || !strings.Contains(problems, path+":3: tls.cert: web names no address") {
		t.Errorf("TLS without a port: %d %s", code, problems)
	}
	if err := os.WriteFile(key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems, code := command(t, "", "serve", "--config", path, "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0"); code != 2 || !strings.Contains(problems, cert) || !strings.Contains(problems, "hint: check cert and key in [tls]") {
		t.Errorf("no key: %d %s", code, problems)
	}
	s = serveHere(t, "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--web", "0.0.0.0:0")
	_, port, _ := net.SplitHostPort(s.addresses()[1][0])
	resp, err := client.Get("http://127.0.0.1:" + port + "/x")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Header.Get("Location") != "https://127.0.0.1/x" || !strings.Contains(s.log.String(), "HTTP is sent to https, which this port cannot serve") {
		t.Errorf("%v %q\n%s", resp.Status, resp.Header.Get("Location"), s.log)
	}
	s.end(t)
}
