package e2e_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// pass passes bytes on in both directions until one of them ends. What b says is also
// written to heard, unless that is nil.
func pass(a, b net.Conn, fromA io.Reader, heard io.Writer) {
	defer b.Close()
	var back sync.WaitGroup
	back.Go(func() {
		defer a.Close()
		from := io.Reader(b)
		if heard != nil {
			from = io.TeeReader(b, heard)
		}
		_, _ = io.Copy(a, from)
	})
	_, _ = io.Copy(b, fromA)
	b.Close()
	back.Wait()
}

// httpProxy is a company's proxy that lets TLS ports through and nothing else; login is
// USER:PASSWORD, or "" where nobody has to say who they are. upstream connects to the
// relay's 443.
func httpProxy(login string, upstream func() (net.Conn, error)) func(net.Conn) {
	wanted := "Basic " + base64.StdEncoding.EncodeToString([]byte(login))
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		switch {
		case login != "" && req.Header.Get("Proxy-Authorization") != wanted:
			_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"company\"\r\nContent-Length: 0\r\n\r\n")
			return
		case req.Method != http.MethodConnect || req.RequestURI != "relay.example:443":
			_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
			return
		}
		out, err := upstream()
		if err != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
		pass(c, out, in, nil)
	}
}

// socksProxy is a SOCKS5 proxy without a password (RFC 1928), which looks names up.
func socksProxy(upstream func() (net.Conn, error)) func(net.Conn) {
	return func(c net.Conn) {
		head := make([]byte, 2)
		if _, err := io.ReadFull(c, head); err != nil || head[0] != 5 {
			return
		}
		if _, err := io.CopyN(io.Discard, c, int64(head[1])); err != nil {
			return
		}
		_, _ = c.Write([]byte{5, 0})
		const name = "relay.example"
		want := append([]byte{5, 1, 0, 3, byte(len(name))}, name...)
		want = binary.BigEndian.AppendUint16(want, 443)
		got := make([]byte, len(want))
		_, err := io.ReadFull(c, got)
		var out net.Conn
		if err == nil && bytes.Equal(got, want) {
			out, err = upstream()
		}
		if out == nil || err != nil {
			_, _ = c.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0}) // not allowed
			return
		}
		_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		pass(c, out, c, nil)
	}
}

// onlyTLS passes on what begins as TLS does, as firewalls that look inside.
func onlyTLS(upstream func() (net.Conn, error)) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		const handshake = 22
		if first, err := in.Peek(1); err != nil || first[0] != handshake {
			return
		}
		if out, err := upstream(); err == nil {
			pass(c, out, in, nil)
		}
	}
}

// portal sends everybody to the page of a hotel.
func portal(c net.Conn) {
	if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
		_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/?from=relay\r\nContent-Length: 0\r\n\r\n")
	}
}

// inspector looks into TLS with certificates of its own CA. heard has what the other
// end said inside.
type inspector struct {
	ca       *authority
	upstream func() (net.Conn, error)

	mu    sync.Mutex
	heard bytes.Buffer
}

func (i *inspector) Write(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.heard.Write(p)
}

// text is what was heard so far.
func (i *inspector) text() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.heard.String()
}

func (i *inspector) handle(c net.Conn) {
	inner := tls.Server(c, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return i.ca.issue(hello.ServerName)
	}})
	defer inner.Close()
	if inner.Handshake() != nil {
		return
	}
	raw, err := i.upstream()
	if err != nil {
		return
	}
	// What it does about the relay's own certificate does not matter here.
	out := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) //nolint:gosec
	pass(inner, out, inner, i)
}

// authority is a CA for TLS.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &authority{key: key}
	der, err := ca.sign(&x509.Certificate{Subject: pkix.Name{CommonName: name, Organization: []string{name}}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, key)
	if err == nil {
		ca.cert, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// sign makes a certificate; the CA's own signs itself.
func (ca *authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	if err != nil {
		return nil, err
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = serial, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := ca.cert
	if parent == nil {
		parent = template
	}
	return x509.CreateCertificate(rand.Reader, template, parent, key.Public(), ca.key)
}

// issue makes a certificate for a host.
func (ca *authority) issue(host string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := ca.sign(&x509.Certificate{Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}}, key)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// pem is the CA's certificate as trust stores have it.
func (ca *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})
}

// write writes a certificate for a host, with its key, for a relay, and its
// configuration.
func (ca *authority) write(t *testing.T, dir, host string) (config string) {
	t.Helper()
	cert, err := ca.issue(host)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"cert.pem":   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
		"key.pem":    pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"relay.toml": []byte("[tls]\ncert = " + strconv.Quote(dir+"/cert.pem") + "\nkey = " + strconv.Quote(dir+"/key.pem") + "\n"),
	} {
		if err := os.WriteFile(dir+"/"+name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir + "/relay.toml"
}
