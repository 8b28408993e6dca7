//go:build unix

package hostile

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"

	"golang.org/x/crypto/ssh"

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
