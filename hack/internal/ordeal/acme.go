//go:build linux

package ordeal

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
)

const (
	// pebble is the ACME server that Let's Encrypt tests clients with.
	pebble = "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.2"
	// acmeName is the relay's name there.
	acmeName = "relay.example"
)

// ACME lets a relay have its certificate made by a real ACME server, which proves
// the name on the relay's web port, and reaches it with that certificate. The
// relay has it still after a restart without that server.
func ACME(ctx context.Context, p rig.Programs, dir string, progress io.Writer) error {
	w := &world{programs: p, dir: dir, progress: progress}
	defer w.close()
	server := filepath.Join(dir, "pebble")
	build := exec.CommandContext(ctx, "go", "install", pebble)
	build.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=-mod=mod")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s cannot be built, so nothing was tried: %w\n%s", pebble, err, out)
	}
	// The ACME server has to know the relay's port, and the relay that server's.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	directory, roots, said, stop, err := w.startPebble(ctx, server, port)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer stop()
	config := w.path("acme.toml")
	text := fmt.Sprintf("names = [%q]\nweb = \"127.0.0.1:%s\"\n[tls]\nacme = %q\nacme_ca = %q\n", acmeName, port, directory, w.path("acme-cert.pem"))
	if err := errors.Join(os.WriteFile(config, []byte(text), 0o600), l.Close()); err != nil {
		return err
	}
	for _, round := range []string{"with", "without"} {
		began := time.Now()
		if w.relay, err = rig.StartRelay(ctx, p, w.path("relay"), "", nil, "--config", config); err != nil {
			return err
		}
		if err := w.certificateIsServed(ctx, roots, port); err != nil {
			return fmt.Errorf("%s the ACME server: %w\n%s\nthe ACME server:\n%s", round, err, w.relay.Log, said)
		}
		w.say("%s the ACME server: a certificate is served after %v", round, time.Since(began).Round(time.Millisecond))
		if err := w.relay.Stop(); err != nil {
			return err
		}
		stop()
	}
	return nil
}

// startPebble runs the ACME server with a name server of our own, for which every
// name is this machine. It returns its directory, the CA that it signs with, and its log.
func (w *world) startPebble(ctx context.Context, program, tlsPort string) (directory string, roots *x509.CertPool, log *rig.Log, stop func(), err error) {
	names, err := net.Listen("tcp", "127.0.0.1:0") // over which pebble asks
	if err != nil {
		return "", nil, nil, nil, err
	}
	go answerNames(names) // until it is closed
	cert, key := w.path("acme-cert.pem"), w.path("acme-key.pem")
	leaf, err := testkit.NewCertificate(cert, key, time.Hour, "127.0.0.1")
	if err != nil {
		return "", nil, nil, nil, errors.Join(err, names.Close())
	}
	ports, err := freePorts(2)
	if err != nil {
		return "", nil, nil, nil, errors.Join(err, names.Close())
	}
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": ports[0], "managementListenAddress": ports[1], "certificate": cert, "privateKey": key,
		"httpPort": 1, "tlsPort": json.Number(tlsPort),
	}})
	if err == nil {
		err = os.WriteFile(w.path("pebble.json"), config, 0o600)
	}
	cmd := exec.Command(program, "-config", w.path("pebble.json"), "-dnsserver", names.Addr().String())
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	log = rig.NewLog(nil)
	cmd.Stdout, cmd.Stderr = log, log
	if err = errors.Join(err, cmd.Start()); err != nil {
		return "", nil, nil, nil, errors.Join(err, names.Close())
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = cmd.Wait() }()
	stop = func() { _ = cmd.Process.Kill(); <-gone; _ = names.Close() }
	ctx, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	if _, err = log.Await(ctx, gone, "ACME directory available"); err == nil {
		roots, err = signer(ctx, ports[1], leaf)
	}
	if err != nil {
		stop()
		return "", nil, nil, nil, err
	}
	return "https://" + ports[0] + "/dir", roots, log, stop, nil
}

// signer asks the ACME server for its root certificate.
func signer(ctx context.Context, management string, leaf *x509.Certificate) (*x509.CertPool, error) {
	trusted := x509.NewCertPool()
	trusted.AddCert(leaf)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+management+"/roots/0", nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	for errors.Is(err, syscall.ECONNREFUSED) && ctx.Err() == nil { // it says that it is there before it is
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
		resp, err = client.Do(req)
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	roots := x509.NewCertPool()
	if err == nil && !roots.AppendCertsFromPEM(text) {
		err = fmt.Errorf("the ACME server's root is no certificate: %q", text)
	}
	return roots, err
}

// certificateIsServed waits for an answer over TLS with a certificate of that CA.
func (w *world) certificateIsServed(ctx context.Context, roots *x509.CertPool, port string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: acmeName}}
		nc, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			defer nc.Close()
			if _, err := io.WriteString(nc, "GET /healthz HTTP/1.1\r\nHost: "+acmeName+"\r\nConnection: close\r\n\r\n"); err != nil {
				return err
			}
			answer, err := io.ReadAll(nc)
			if err == nil && !strings.HasSuffix(string(answer), "ok") {
				err = fmt.Errorf("it says %q", answer)
			}
			return err
		}
		select {
		case <-time.After(poll):
		case <-ctx.Done():
			return err
		}
	}
}

// freePorts finds loopback addresses that nobody uses just now.
func freePorts(n int) (addrs []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

// answerNames says of every name that it is this machine, IPv4 alone, until l is
// closed.
func answerNames(l net.Listener) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		_ = nc.SetDeadline(time.Now().Add(patience))
		_ = answerName(nc) // pebble tells what it missed
		_ = nc.Close()
	}
}

// answerName answers one question in DNS over TCP (RFC 7766).
func answerName(nc net.Conn) error {
	var size [2]byte
	if _, err := io.ReadFull(nc, size[:]); err != nil {
		return err
	}
	text := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(nc, text); err != nil {
		return err
	}
	var asked dnsmessage.Message
	if err := asked.Unpack(text); err != nil || len(asked.Questions) != 1 {
		return errors.Join(err, errors.New("not one question"))
	}
	q := asked.Questions[0]
	answer := dnsmessage.Message{Header: dnsmessage.Header{ID: asked.ID, Response: true, Authoritative: true, RecursionAvailable: true}, Questions: asked.Questions}
	if q.Type == dnsmessage.TypeA {
		answer.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	packed, err := answer.Pack()
	if err != nil {
		return err
	}
	_, err = nc.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...))
	return err
}
