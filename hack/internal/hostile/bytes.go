//go:build unix

package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/library"
	"supportd/library/journal"
	"supportd/library/wire"
)

// What a script of its author does, and what the relay's does.
const (
	authors = "#!/bin/sh\necho the author wrote this\n"
	relays  = "#!/bin/sh\necho the relay wrote this\n"
)

// swapScript is Z4: the bytes of a library script, its sum and every listing are others,
// and fit each other. Nothing runs under a sum that is not that of what ran.
func swapScript(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	file := h.path("tool-" + string(s.number) + ".sh")
	if err := os.WriteFile(file, []byte(authors), 0o755); err != nil {
		return err
	}
	name := "tool " + string(s.number)
	if out, err := s.supportctl(ctx, "script", "add", name, "--category", "General", "--file", file); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := h.replaceScript(ctx, name); err != nil {
		return err
	}
	out, err := s.supportctl(ctx, "script", "run", name, "--session", string(s.number))
	ran, problem := s.sumsRun()
	if problem != nil {
		return problem
	}
	switch {
	case err != nil && len(ran) == 0: // the CSR's program has found it out
		return s.works(ctx)
	case len(ran) == 1 && ran[0] == library.Sum([]byte(relays)): // the customer was shown, and has in the journal, what ran
		return s.works(ctx)
	}
	return fmt.Errorf("the journal has %q as what ran (%w):\n%s", ran, err, out)
}

// replaceScript makes a script of alice's another one, with all that the relay says of it.
func (h *house) replaceScript(ctx context.Context, name string) error {
	pack := library.Package{Executable: "tool.sh", Files: []library.File{{Path: "tool.sh", Data: []byte(relays)}}}
	tar, err := pack.Tar()
	if err != nil {
		return err
	}
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", h.relay.inner.Addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	conn, channels, requests, err := ssh.NewClientConn(nc, "", &ssh.ClientConfig{
		User: owner, Auth: []ssh.AuthMethod{ssh.PublicKeys(h.relay.Own(owner))}, HostKeyCallback: ssh.FixedHostKey(h.relay.hostKey.PublicKey()),
		ClientVersion: wire.Banner("supportctl"),
	})
	if err != nil {
		return err
	}
	client := ssh.NewClient(conn, channels, requests)
	defer client.Close()
	for _, command := range []string{"script remove '" + name + "' --yes", "script add '" + name + "' --category General"} {
		session, err := client.NewSession()
		if err != nil {
			return err
		}
		session.Stdin = bytes.NewReader(tar)
		if out, err := session.CombinedOutput(command); err != nil {
			return fmt.Errorf("%s: %w: %s", command, err, out)
		}
	}
	return nil
}

// sumsRun are the SHA-256 of the scripts that the customer's journal has as run.
func (s *stage) sumsRun() (sums []string, err error) {
	events, err := s.events()
	for _, e := range events {
		if e.Kind == journal.KindRunStart {
			for _, ran := range journal.Of[journal.RunStart](e).Scripts {
				sums = append(sums, ran.SHA256)
			}
		}
	}
	return sums, err
}

// inventAnswers is Z6: what a CSR has sent is sent once more, and while a question stands
// the relay answers it in every way that it can think of.
func inventAnswers(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, asked: true})
	if err != nil {
		return err
	}
	defer s.close()
	var sent recorder
	h.relay.Lie(s.number, &Lies{Tamper: func(toComputer bool, from io.Reader) io.Reader {
		if toComputer {
			return io.TeeReader(from, &sent)
		}
		return from
	}})
	asking := make(chan error, 1)
	go func() {
		out, err := s.ssh(ctx, "sysinfo", "os")
		const no = 5
		asking <- seen("ssh", out, err, no, "the customer said no")
	}()
	if err := s.screen.Expect(ctx, "Do you allow this?"); err != nil {
		return errors.Join(err, <-asking)
	}
	to, err := h.relay.Computer(s.number)
	if err != nil {
		return err
	}
	for _, name := range []string{"answer@supportd", "consent@supportd", journal.KindConsentAnswer, journal.KindConsentAllow} {
		if ok, _, err := to.SendRequest(name, true, []byte("yes\n")); ok || err != nil {
			return fmt.Errorf("%s: %t, %w", name, ok, err)
		}
	}
	if err := s.replay(&sent); err != nil {
		return err
	}
	if n, err := s.count(journal.KindSysInfoView); n > 0 || err != nil {
		return fmt.Errorf("the computer has shown something before anybody answered: %w", err)
	}
	if err := s.screen.Type("no\n"); err != nil {
		return err
	}
	if err := <-asking; err != nil {
		return err
	}
	if err := s.replay(&sent); err != nil {
		return err
	}
	n, err := s.count(journal.KindSysInfoView)
	if err != nil || n > 0 {
		return fmt.Errorf("the computer has shown something %d times: %w", n, err)
	}
	return s.entered(1)
}

// replay sends the computer what a CSR has sent it, and waits until it hangs up.
func (s *stage) replay(sent *recorder) error {
	to, err := s.relay.Computer(s.number)
	if err != nil {
		return err
	}
	ch, requests, err := to.OpenChannel(wire.ForwardedChannel, targetOf(s.number))
	if err != nil {
		return err
	}
	var drained sync.WaitGroup
	drained.Go(func() { ssh.DiscardRequests(requests) })
	_, _ = ch.Write(sent.bytes()) // the computer may hang up before it has all
	_ = ch.CloseWrite()
	_, _ = io.Copy(io.Discard, ch)
	_ = ch.Close()
	drained.Wait()
	return nil
}

// recorder keeps what passes through.
type recorder struct {
	mu   sync.Mutex
	data []byte
}

// Write implements [io.Writer].
func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.data = append(r.data, p...)
	return len(p), nil
}

func (r *recorder) bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.data)
}

// downgrade is Z8: the relay takes the good algorithms out of what both ends offer, and
// offers none but old ones itself.
func downgrade(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	for _, name := range []string{"mlkem768x25519-sha256", "kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com", "aes128-gcm@openssh.com"} {
		var changed atomic.Int32
		h.relay.Lie(s.number, &Lies{Tamper: func(_ bool, from io.Reader) io.Reader {
			return &replacing{from: from, old: []byte(name), to: bytes.Repeat([]byte("x"), len(name)), count: &changed}
		}})
		out, err := s.ssh(ctx, "status")
		const unreached = 255
		if err := seen("ssh without "+name, out, err, unreached, ""); err != nil {
			return err
		}
		if out, err := s.supportctl(ctx, "sysinfo", string(s.number), "os"); err == nil {
			return fmt.Errorf("supportctl without %s:\n%s", name, out)
		}
		if changed.Load() == 0 {
			return fmt.Errorf("nobody offers %s: nothing was tried", name)
		}
	}
	h.relay.Lie(s.number, nil)
	if err := s.entered(0); err != nil {
		return err
	}
	if err := s.works(ctx); err != nil {
		return err
	}
	return s.oldRelay(ctx)
}

// replacing replaces a text in what it reads, where that stands in one piece.
type replacing struct {
	from    io.Reader
	old, to []byte
	count   *atomic.Int32
}

// Read implements [io.Reader].
func (r *replacing) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.count.Add(int32(bytes.Count(p[:n], r.old)))
	copy(p, bytes.ReplaceAll(p[:n], r.old, r.to))
	return n, err
}

// oldRelay holds that nobody's program takes the relay's key with algorithms of old.
func (s *stage) oldRelay(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	cfg := &ssh.ServerConfig{
		Config:            ssh.Config{KeyExchanges: []string{ssh.InsecureKeyExchangeDH14SHA1}, Ciphers: []string{ssh.InsecureCipherAES128CBC}, MACs: []string{ssh.HMACSHA1}},
		PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil },
		ServerVersion:     wire.Banner("supportd_relay"),
	}
	cfg.AddHostKey(s.relay.hostKey)
	var tried, taken atomic.Int32
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			tried.Add(1)
			if conn, _, _, err := ssh.NewServerConn(nc, cfg); err == nil {
				taken.Add(1)
				conn.Close()
			}
			nc.Close()
		}
	})
	defer serving.Wait()
	defer l.Close()
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return err
	}
	home := s.path("old-" + string(s.number))
	for what, cmd := range map[string]*exec.Cmd{
		"ssh": exec.CommandContext(ctx, "ssh", "-F", s.csr.Config(), "-o", "HostKeyAlias=relay", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-p", port, host, "whoami"),
		"supportctl": exec.CommandContext(ctx, s.programs.Control, "login", owner+"@"+l.Addr().String(), "--relay-key", s.relayKey,
			"--identity", s.csr.Key()),
		"support-agent": exec.CommandContext(ctx, s.programs.Agent, string(s.number), "--relay", l.Addr().String(), "--relay-key", s.relayKey, "--allow", "sysinfo", "--ui", "none", "--state", home),
	} {
		before := tried.Load()
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "LC_ALL=C.UTF-8")
		log := rig.NewLog(nil)
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			return err
		}
		err := eventually(ctx, what+" to try", func() error {
			if tried.Load() == before {
				return errors.New(log.String())
			}
			return nil
		})
		if what == "support-agent" { // it goes on trying
			_ = cmd.Process.Signal(os.Interrupt)
		}
		if waited := cmd.Wait(); waited == nil {
			err = errors.Join(err, fmt.Errorf("%s is content:\n%s", what, log))
		}
		if err != nil {
			return err
		}
	}
	if n := taken.Load(); n > 0 {
		return fmt.Errorf("%d connections were made with algorithms of old", n)
	}
	return nil
}

// hurtBytes is Z9: what CSR and computer send is cut, changed in its order, and late.
func hurtBytes(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	const greeting = 4 << 10 // the keys are exchanged behind so much at the latest
	var at int
	h.draw(func() { at = greeting + h.random.IntN(greeting) })
	for what, hurt := range map[string]func(from io.Reader) io.Reader{
		"cut":     func(from io.Reader) io.Reader { return &hurting{from: from, left: at} },
		"swapped": func(from io.Reader) io.Reader { return &hurting{from: from, left: at, change: swapHalves} },
		"one bit": func(from io.Reader) io.Reader {
			return &hurting{from: from, left: at, change: func(p []byte) { p[len(p)/2] ^= 1 }}
		},
	} {
		h.relay.Lie(s.number, &Lies{Tamper: func(toComputer bool, from io.Reader) io.Reader {
			if toComputer {
				return from
			}
			return hurt(from)
		}})
		out, err := s.ssh(ctx, "sysinfo") // all of it: far more than is let through
		const lost = 255
		if err := seen(what+": ssh", out, err, lost, ""); err != nil {
			return err
		}
		if out, err := s.supportctl(ctx, "sysinfo", string(s.number)); err == nil {
			return fmt.Errorf("%s: supportctl takes what is not whole:\n%s", what, out)
		}
	}
	h.relay.Lie(s.number, &Lies{Tamper: func(_ bool, from io.Reader) io.Reader { return late{from} }})
	if err := s.works(ctx); err != nil {
		return fmt.Errorf("late: %w", err)
	}
	// A run whose CSR is cut off goes on, and the journal has all of it.
	script := h.path("count-" + string(s.number) + ".sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nseq 1 20000\n"), 0o755); err != nil {
		return err
	}
	h.relay.Lie(s.number, nil)
	if out, err := rig.Run(s.csr.SFTP(ctx, s.number.Host(), "put "+script+"\n")); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	h.relay.Lie(s.number, &Lies{Tamper: func(toComputer bool, from io.Reader) io.Reader {
		if toComputer {
			return from
		}
		return &hurting{from: from, left: at + 2*greeting}
	}})
	out, err := s.ssh(ctx, "run", filepath.Base(script))
	const lost = 255
	if err := seen("the run's ssh", out, err, lost, ""); err != nil {
		return err
	}
	return eventually(ctx, "the whole run in the journal", func() error {
		events, err := s.events()
		if err != nil {
			return err
		}
		var all strings.Builder
		for _, e := range events {
			if e.Kind == journal.KindScriptOutput {
				all.WriteString(journal.Of[journal.ScriptOutput](e).Text)
			}
		}
		if !strings.HasSuffix(all.String(), "19999\n20000\n") || strings.Count(all.String(), "\n") != 20000 {
			return fmt.Errorf("%d bytes", all.Len())
		}
		return nil
	})
}

// draw has something use the random numbers, which are one attack's at a time.
func (h *house) draw(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

// hurting lets so many bytes through, and changes what follows once, or ends there.
type hurting struct {
	from   io.Reader
	left   int
	change func([]byte)
}

// Read implements [io.Reader].
func (r *hurting) Read(p []byte) (int, error) {
	if r.left <= 0 && r.change == nil {
		return 0, errCut
	}
	n, err := r.from.Read(p[:min(len(p), 16<<10)])
	if r.left -= n; r.left <= 0 && r.left+n > 0 && n > 1 && r.change != nil {
		r.change(p[:n])
	}
	return n, err
}

func swapHalves(p []byte) {
	half := len(p) / 2
	first := bytes.Clone(p[:half])
	copy(p, p[half:2*half])
	copy(p[half:], first)
}

// late brings everything a little later.
type late struct{ from io.Reader }

// Read implements [io.Reader].
func (r late) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	time.Sleep(lateness)
	return n, err
}

const lateness = 20 * time.Millisecond

// forgeResume is Z11: the relay lets the computer come back with another certificate, to
// another owner, with other keys. Nothing that was counted or decided begins again.
func forgeResume(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, more: []string{"--withhold", "serials"}})
	if err != nil {
		return err
	}
	defer s.close()
	if out, err := s.supportctl(ctx, "sysinfo", string(s.number), "os"); err != nil { // makes safety words
		return fmt.Errorf("%w: %s", err, out)
	}
	list := listOf(5, h.ca)
	if ca {
		if err := s.bring(list, true); err != nil {
			return err
		}
	}
	before, err := s.saved()
	if err != nil {
		return err
	}
	for name, want := range map[string]string{"owner": owner, "words": `"offered": 1`, "withheld": "serials"} {
		if !strings.Contains(string(before[name]), want) {
			return fmt.Errorf("session.json has %s: %s", name, before[name])
		}
	}
	if ca && (!strings.Contains(string(before["revocations"]), "5") || !strings.Contains(string(before["csr_ca"]), "ssh-ed25519 ")) {
		return fmt.Errorf("session.json has %s and %s", before["revocations"], before["csr_ca"])
	}
	// The certificate of another computer: it does not come back.
	var once atomic.Bool
	h.relay.Lie(s.number, &Lies{Welcome: func(w *wire.Welcome) {
		if once.CompareAndSwap(false, true) {
			w.Certificate, _ = h.relay.Certify(w.Certificate, h.relay.Own(owner).PublicKey())
			return
		}
		w.Account, w.Owner, w.Number, w.Window = other, "Carol", "482913077", 1<<31
	}, Authorize: func(m *wire.Authorize) { m.Entries = append(m.Entries, h.entry(other)) }})
	if err := s.comeBack(ctx); err != nil {
		return err
	}
	if !once.Load() {
		return errors.New("no forged certificate was brought")
	}
	if err := s.keeps(before); err != nil {
		return fmt.Errorf("after a forged resume: %w", err)
	}
	// Whose the session is, and which keys were there, the relay has said before.
	late := []ssh.Signer{h.relay.Own(other)}
	if ca {
		_, certified, err := h.certificate(other)
		if err != nil {
			return err
		}
		late = []ssh.Signer{certified}
	}
	if err := s.refused(ctx, other, late...); err != nil {
		return err
	}
	if err := s.rejoin(ctx, setting{ca: ca, more: []string{"--withhold", "serials"}}); err != nil {
		return err
	}
	if err := s.keeps(before); err != nil {
		return fmt.Errorf("after a crash: %w", err)
	}
	if ca { // this list counts from now on, and the relay has to bring it again
		if err := s.keptOut(ctx, other, late[0], "number 5 or later"); err != nil {
			return err
		}
		if err := s.bring(list, true); err != nil {
			return err
		}
	}
	return s.refused(ctx, other, late...)
}

// saved is what session.json keeps of who may enter, of what the customer has said, and of
// what is counted.
func (s *stage) saved() (map[string]json.RawMessage, error) {
	data, err := os.ReadFile(filepath.Join(s.state, "session.json"))
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	kept := map[string]json.RawMessage{}
	for _, name := range []string{"number", "identity", "journal", "allow", "withheld", "csr_ca", "csr_ca_signed", "revocations", "owner", "words"} {
		kept[name] = all[name]
	}
	var keys []json.RawMessage
	if err := json.Unmarshal(all["keys"], &keys); err != nil || len(keys) == 0 {
		return nil, fmt.Errorf("no keys are kept: %s, %w", all["keys"], err)
	}
	kept["keys"] = keys[0]
	return kept, nil
}

// keeps holds that it is the same as before. Keys may have come, without a yes to them.
func (s *stage) keeps(before map[string]json.RawMessage) error {
	now, err := s.saved()
	if err != nil {
		return err
	}
	for name, was := range before {
		var earlier, later time.Time
		if name == "csr_ca_signed" && json.Unmarshal(was, &earlier) == nil && json.Unmarshal(now[name], &later) == nil && !later.Before(earlier) {
			continue // newer certificates move it on
		}
		if !bytes.Equal(was, now[name]) {
			return fmt.Errorf("session.json has %s: %s, and had %s", name, now[name], was)
		}
	}
	return nil
}
