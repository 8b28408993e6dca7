package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/hack/testkit"
)

// secure is a site with a certificate from files.
type secure struct {
	*site
	cert, key string
	now       *x509.Certificate
	certs     *Certificates
	told      testkit.Buffer // what the certificates log
}

func newSecure(t *testing.T, life time.Duration, change func(*Options)) *secure {
	t.Helper()
	dir := t.TempDir()
	s := &secure{cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}
	s.now = testkit.WriteCertificate(t, s.cert, s.key, life, "relay.example")
	certs, err := FromFiles(s.cert, s.key, []string{"relay.example"}, slog.New(slog.NewTextHandler(&s.told, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.certs = certs
	s.site = newSite(t, func(o *Options) {
		o.Certificates, o.Plain = certs, false
		if change != nil {
			change(o)
		}
	})
	return s
}

// handshake makes a TLS connection in pieces of one byte where slow is set.
func (s *secure) handshake(slow bool, change func(*tls.Config)) (*tls.Conn, error) {
	roots := x509.NewCertPool()
	roots.AddCert(s.now)
	cfg := &tls.Config{ServerName: "relay.example", RootCAs: roots}
	if change != nil {
		change(cfg)
	}
	nc := s.dial(visitor)
	if slow {
		nc = bytewise{nc}
	}
	c := tls.Client(nc, cfg)
	return c, c.HandshakeContext(s.t.Context())
}

// bytewise sends each byte by itself.
type bytewise struct{ net.Conn }

func (b bytewise) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := b.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

const year = 365 * 24 * time.Hour

// W10: a ClientHello in segments of one byte is TLS, and inside TLS there is HTTP/1.1
// alone: nothing is told apart once more.
func TestW10_ClientHelloInSegmentsOfOneByte(t *testing.T) {
	s := newSecure(t, year, nil)
	c, err := s.handshake(true, func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} })
	if err != nil {
		t.Fatal(err)
	}
	if got := c.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("inside TLS is %q", got)
	}
	if resp, body := talk(t, c, "GET /healthz HTTP/1.1\r\nHost: relay.example\r\n\r\n"); body != "ok" {
		t.Error(resp.Status, body)
	}
	for _, inside := range []string{"SSH-2.0-client\r\n", "\x16\x03\x01\x00\x01x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"} {
		c, err := s.handshake(false, nil)
		if err != nil {
			t.Fatal(err)
		}
		go io.WriteString(c, inside)
		if answer, _ := io.ReadAll(c); !strings.HasPrefix(string(answer), "HTTP/1.1 4") && !strings.HasPrefix(string(answer), "HTTP/1.1 5") {
			t.Errorf("%q inside TLS: %q", inside, answer)
		}
	}
	if _, err := s.handshake(false, func(c *tls.Config) { c.NextProtos = []string{"h2"} }); err == nil {
		t.Error("HTTP/2 is agreed on")
	}
}

func TestW12_OldTLSIsRefused(t *testing.T) {
	s := newSecure(t, year, nil)
	for version, ok := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		c, err := s.handshake(false, func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version })
		if (err == nil) != ok {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		c.Close()
	}
}

// W12: a certificate that is replaced is used for new connections, while old ones go
// on; one that cannot be used changes nothing and is told of, once.
func TestW12_CertificatesAreReplacedWhileServing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSecure(t, year, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.certs.Watch(ctx) }()
		defer func() { cancel(); <-done }()
		serial := func() string {
			t.Helper()
			c, err := s.handshake(false, func(c *tls.Config) { c.InsecureSkipVerify = true })
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
		}
		looks := func(n int) { time.Sleep(time.Duration(n) * lookInterval); synctest.Wait() }
		old, first := s.now, s.now.SerialNumber.String()
		open, err := s.handshake(false, nil)
		if err != nil {
			t.Fatal(err)
		}
		asks := func() {
			t.Helper()
			if resp, body := talk(t, open, "GET /healthz HTTP/1.1\r\nHost: relay.example\r\n\r\n"); body != "ok" {
				t.Error(resp.Status, body)
			}
		}
		asks()
		if got := serial(); got != first {
			t.Errorf("%s", got)
		}
		// Half a renewal: the certificate is new, its key is not yet there.
		key, err := os.ReadFile(s.key)
		if err != nil {
			t.Fatal(err)
		}
		next := testkit.WriteCertificate(t, s.cert, s.key, 2*year, "relay.example")
		fresh, err := os.ReadFile(s.key)
		if err != nil {
			t.Fatal(err)
		}
		write := func(name string, text []byte) {
			t.Helper()
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(name, time.Now(), time.Now()); err != nil { // the bubble's time
				t.Fatal(err)
			}
		}
		write(s.key, key)
		looks(10)
		if got := serial(); got != first || strings.Count(s.told.String(), "cannot be used") != 1 {
			t.Errorf("%s\n%s", got, &s.told)
		}
		write(s.key, fresh)
		looks(2)
		if got := serial(); got != next.SerialNumber.String() {
			t.Errorf("the new certificate is not used:\n%s", &s.told)
		}
		if asks(); !open.ConnectionState().PeerCertificates[0].Equal(old) {
			t.Error("the old connection has another certificate")
		}
		// Missing, and empty.
		if err := os.Remove(s.cert); err != nil {
			t.Fatal(err)
		}
		looks(2)
		write(s.cert, nil)
		looks(2)
		if got := serial(); got != next.SerialNumber.String() || strings.Count(s.told.String(), "cannot be used") != 3 {
			t.Errorf("%s\n%s", got, &s.told)
		}
		s.now = testkit.WriteCertificate(t, s.cert, s.key, year, "relay.example")
		looks(3)
		if got := serial(); got != s.now.SerialNumber.String() {
			t.Errorf("it did not recover:\n%s", &s.told)
		}
	})
}

// W12: a certificate that has expired, or will soon, is told of at the start and daily.
func TestW12_CertificatesThatEndAreWarnedOf(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		life  time.Duration
		after time.Duration
		want  int
		says  string
	}{
		{year, 10 * day, 0, ""},
		{10 * day, time.Minute, 0, ""}, // a short-lived one has two thirds of its life
		{10 * day, 8*day + time.Hour, 2, "expires soon"},
		{-time.Minute, time.Minute, 1, "has expired"},
		{-time.Minute, 3*day + time.Hour, 4, "has expired"},
		{year, year - 12*day + time.Hour, 2, "expires soon"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSecure(t, c.life, nil)
			s.certs.refresh = func(ctx context.Context) { <-ctx.Done() } // millions of looks at the files
			ctx, cancel := context.WithTimeout(t.Context(), c.after)
			defer cancel()
			s.certs.Watch(ctx)
			log := s.told.String()
			if n := strings.Count(log, "level=WARN"); n != c.want || !strings.Contains(log, c.says) || n > 0 && !strings.Contains(log, s.cert) {
				t.Errorf("of a life of %v, after %v: %d warnings, want %d\n%s", c.life, c.after, n, c.want, log)
			}
		})
	}
}

// W12: one that is taken up while the relay runs is looked at in the same way: whether
// its time is over, and whether it is for what people call the relay.
func TestW12_ANewCertificateThatIsBadIsWarnedOf(t *testing.T) {
	for says, write := range map[string]func(t *testing.T, s *secure){
		"has expired": func(t *testing.T, s *secure) {
			testkit.WriteCertificate(t, s.cert, s.key, -time.Hour, "relay.example")
		},
		"missing=[relay.example]": func(t *testing.T, s *secure) {
			testkit.WriteCertificate(t, s.cert, s.key, year, "www.example")
		},
		"": func(t *testing.T, s *secure) {
			testkit.WriteCertificate(t, s.cert, s.key, year, "other.example", "*.example", "relay.example")
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSecure(t, year, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 5*lookInterval)
			defer cancel()
			done := make(chan struct{})
			go func() { defer close(done); s.certs.Watch(ctx) }()
			synctest.Wait()
			if log := s.told.String(); log != "" {
				t.Error(log)
			}
			write(t, s)
			<-done
			log := s.told.String()
			want := map[bool]int{true: 1}[says != ""]
			if n := strings.Count(log, "level=WARN"); n != want || !strings.Contains(log, says) || !strings.Contains(log, "a new TLS certificate is used") {
				t.Errorf("want %d with %q:\n%s", want, says, log)
			}
		})
	}
}

func TestR7_FilesThatAreNoCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	other, otherKey := filepath.Join(dir, "other.pem"), filepath.Join(dir, "other-key.pem")
	testkit.WriteCertificate(t, cert, key, year, "a.example")
	testkit.WriteCertificate(t, other, otherKey, year, "b.example")
	log := slog.New(slog.DiscardHandler)
	for name, files := range map[string][2]string{
		"missing": {filepath.Join(dir, "none.pem"), key}, "not its key": {cert, otherKey}, "exchanged": {key, cert}, "a directory": {dir, key},
	} {
		if _, err := FromFiles(files[0], files[1], nil, log); err == nil || !strings.Contains(err.Error(), files[0]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := FromACME(ACMEOptions{Cache: dir, Log: log}); err == nil {
		t.Error("ACME without names")
	}
	if _, err := RootsFrom([]byte("no PEM")); err == nil {
		t.Error("roots without a certificate")
	}
	if got := strings.Join(HostNames([]string{"relay.example:2222", "192.0.2.1", "relay.example", "[2001:db8::1]:22", "b.example"}), " "); got != "relay.example b.example" {
		t.Error(got)
	}
}
