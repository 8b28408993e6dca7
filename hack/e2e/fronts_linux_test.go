package e2e_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/library/wire"
)

// A web server or load balancer before the relay: what README says of it, with the
// programs that people use. SSH comes with a header of the PROXY protocol, https is
// ended there and goes on as HTTP with X-Forwarded-For.
const haproxyConfig = `
defaults
	timeout connect 5s
	timeout client 1h
	timeout server 1h
listen ssh
	mode tcp
	bind fd@3
	server relay %[1]s send-proxy-v2
listen https
	mode http
	bind fd@4 ssl crt %[3]s
	option forwardfor
	timeout tunnel 1h
	server relay %[2]s
`

const nginxConfig = `
daemon off;
pid %[4]s/nginx.pid;
error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path %[4]s/body; proxy_temp_path %[4]s/proxy; fastcgi_temp_path %[4]s/fcgi; uwsgi_temp_path %[4]s/uwsgi; scgi_temp_path %[4]s/scgi;
	server {
		listen %[5]s ssl;
		ssl_certificate %[3]s;
		ssl_certificate_key %[3]s;
		location / {
			proxy_pass http://%[2]s;
			proxy_http_version 1.1;
			proxy_set_header Host $http_host;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection "upgrade";
			proxy_set_header X-Forwarded-For $remote_addr;
			proxy_read_timeout 1h;
		}
	}
}
`

// behind is a relay that trusts what runs at 127.0.0.1.
type behind struct {
	relay *rig.Relay
	alice rig.CSR
	dir   string
	pem   string // a certificate with its key
	roots *x509.CertPool
	web   string
}

func newBehind(t *testing.T) *behind {
	t.Helper()
	b := &behind{dir: t.TempDir(), roots: x509.NewCertPool()}
	cert, key, config := filepath.Join(b.dir, "cert.pem"), filepath.Join(b.dir, "key.pem"), filepath.Join(b.dir, "relay.toml")
	b.roots.AddCert(testkit.WriteCertificate(t, cert, key, time.Hour, "127.0.0.1"))
	var both []byte
	for _, name := range []string{cert, key} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, text...)
	}
	b.pem = filepath.Join(b.dir, "both.pem")
	if err := os.WriteFile(b.pem, both, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("web = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if b.relay, err = rig.StartRelay(t.Context(), programs(), filepath.Join(b.dir, "relay"), "", t.Output(), "--config", config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.relay.Kill)
	if b.web, err = b.relay.Web(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.alice, err = rig.NewCSR(t.Context(), b.relay, "alice", "Alice Kim", filepath.Join(b.dir, "alice")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", cert) // for the computers
	return b
}

// opened is a port that a program inherits.
func opened(t *testing.T) (addr string, file *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if file, err = l.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String(), file
}

// front runs a program before the relay, which takes its ports over.
func (b *behind) front(t *testing.T, cmd *exec.Cmd, ports ...*os.File) {
	t.Helper()
	var said bytes.Buffer
	cmd.ExtraFiles, cmd.Stdout, cmd.Stderr = ports, &said, &said
	err := cmd.Start()
	for _, p := range ports {
		p.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
}

// sees checks that the relay has the client's own address.
func (b *behind) sees(t *testing.T, address string) {
	t.Helper()
	testkit.Eventually(t, "the log has "+address, func() bool { return strings.Contains(b.relay.Log.String(), "from="+address) })
}

// joins lets a computer join at an address, and its CSR reach it.
func (b *behind) joins(t *testing.T, address, state string) {
	t.Helper()
	var session struct{ Number wire.Number }
	out, err := rig.Run(b.alice.SSH(t.Context(), "relay", "session", "start", "--json"))
	if err == nil {
		err = json.Unmarshal([]byte(out), &session)
	}
	if err != nil {
		t.Fatal(err)
	}
	at := *b.relay
	at.Addr = address
	joinAs(t, &at, session.Number, filepath.Join(b.dir, state))
	if out, err := rig.Run(b.alice.SSH(t.Context(), session.Number.Host(), "status")); err != nil || !strings.Contains(out, "active") {
		t.Errorf("through %s: %q %v", address, out, err)
	}
}

// https tries a front that ends TLS: a plain request, a WebSocket whose source the relay
// knows, and a computer that joins.
func (b *behind) https(t *testing.T, addr, from string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{
		DialContext:     (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext,
		TLSClientConfig: &tls.Config{RootCAs: b.roots}, DisableKeepAlives: true,
	}}
	resp, err := client.Get("https://" + addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", resp.Status)
	}
	text, err := os.ReadFile(b.alice.Key())
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	ws, _, err := websocket.Dial(t.Context(), "https://"+addr+"/ssh", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	c, _, _, err := ssh.NewClientConn(websocket.NetConn(t.Context(), ws, websocket.MessageBinary), addr, &ssh.ClientConfig{
		User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), // the computer checks it
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	b.sees(t, from)
	b.joins(t, "https://"+addr, "state-"+from)
}

// W4: HAProxy brings SSH with its source, and ends TLS.
func TestW4_HAProxyBeforeTheRelay(t *testing.T) {
	program := installed(t, "haproxy")
	b := newBehind(t)
	sshAddr, sshPort := opened(t)
	webAddr, webPort := opened(t)
	config := filepath.Join(b.dir, "haproxy.cfg")
	if err := os.WriteFile(config, fmt.Appendf(nil, haproxyConfig, b.relay.Addr, b.web, b.pem), 0o600); err != nil {
		t.Fatal(err)
	}
	b.front(t, exec.Command(program, "-db", "-f", config), sshPort, webPort)
	_, port, _ := net.SplitHostPort(sshAddr)
	out, err := rig.Run(b.alice.SSH(t.Context(), "-b", "127.0.0.9", "-p", port, "-o", "HostKeyAlias=["+b.relay.Host()+"]:"+b.relay.Port(), "relay", "whoami"))
	if err != nil || !strings.Contains(out, "alice") {
		t.Errorf("%q %v", out, err)
	}
	b.sees(t, "127.0.0.9")
	b.joins(t, sshAddr, "state-ssh")
	b.https(t, webAddr, "127.0.0.10")
}

// W4: nginx ends TLS before the relay.
func TestW4_NginxBeforeTheRelay(t *testing.T) {
	program := installed(t, "nginx")
	b := newBehind(t)
	addr, port := opened(t)
	config := filepath.Join(b.dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, b.relay.Addr, b.web, b.pem, b.dir, addr), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", b.dir, "-c", config, "-e", "stderr")
	cmd.Env = append(os.Environ(), "NGINX=3;") // it takes an open port over, as when it is replaced while it runs
	b.front(t, cmd, port)
	b.https(t, addr, "127.0.0.11")
}

// installed finds a program, where it is installed.
func installed(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/usr/local/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	t.Skip(name + " is not installed")
	return ""
}
