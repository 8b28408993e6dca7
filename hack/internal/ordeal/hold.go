//go:build linux

package ordeal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/library/sshd"
)

const (
	// holdEach is how many tunnels are joined by one process, which has a file for each.
	holdEach = 5000
	// holdPace is in how many seconds each computer hands over an event.
	holdPace = 600
	// holdLook lies between two looks.
	holdLook = time.Minute
)

// Hold has that many computers connected to one relay for a while. It returns an error
// unless not one of them loses its connection, and a CSR reaches some of them in the end.
func Hold(ctx context.Context, p rig.Programs, dir string, tunnels int, last time.Duration, progress io.Writer) (err error) {
	say := func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }
	relay, err := rig.StartRelay(ctx, p, filepath.Join(dir, "relay"), "", nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, relay.Stop()) }()
	type share struct {
		csr  rig.CSR
		load *customers.Load
	}
	var all []share
	defer func() {
		for _, s := range all {
			err = errors.Join(err, s.load.Stop())
		}
	}()
	for left := tunnels; left > 0; left -= holdEach {
		name := fmt.Sprintf("csr%d", len(all)) // each may have so many sessions
		csr, err := rig.NewCSR(ctx, relay, name, name, filepath.Join(dir, name))
		if err != nil {
			return err
		}
		numbers, err := openMany(relay, csr, min(left, holdEach))
		if err != nil {
			return err
		}
		l, err := customers.Start(ctx, customers.Spec{Addr: relay.Addr, Numbers: numbers, Workers: 16, Inner: true, Key: csr.Key(), Live: true, Pace: holdPace})
		if err != nil {
			return err
		}
		all = append(all, share{csr, l})
		say("%d computers have joined in %.0f s", l.Tunnels, l.Seconds)
	}
	ask := func() (r customers.Report, err error) {
		var each []customers.Report
		for _, s := range all {
			one, err := s.load.Ask(customers.Ask{})
			if err != nil {
				return r, err
			}
			each = append(each, one)
		}
		return customers.Sum(each), nil
	}
	for began := time.Now(); ; {
		r, err := ask()
		if err != nil {
			return err
		}
		say("after %s: %d connected, %d lost, %d events", time.Since(began).Round(time.Second), r.Connected, r.Losses, r.Events)
		if r.Connected != tunnels || r.Losses > 0 || len(r.Wrong) > 0 {
			return fmt.Errorf("%d of %d are connected, %d connections were lost: %q", r.Connected, tunnels, r.Losses, r.Wrong)
		}
		if time.Since(began) >= last {
			break
		}
		select {
		case <-time.After(min(holdLook, last-time.Since(began))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	reached := 0
	for _, s := range all {
		for i, number := range s.load.Numbers[:min(customers.Reachable, len(s.load.Numbers))] {
			if out, err := rig.Run(s.csr.SSH(ctx, number+".support", "zeros 1")); err != nil {
				return fmt.Errorf("computer %d: %w: %q", i, err, out)
			}
			reached++
		}
	}
	say("%d of them were reached by a CSR", reached)
	return nil
}

// openMany opens support sessions over one connection.
func openMany(r *rig.Relay, csr rig.CSR, n int) (numbers []string, err error) {
	key, err := customers.ReadKey(csr.Key())
	if err != nil {
		return nil, err
	}
	client, err := ssh.Dial("tcp", net.JoinHostPort(r.Host(), r.Port()), &ssh.ClientConfig{
		Config: sshd.Algorithms(), User: csr.Account, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: rig.Patience, // of a process that we started
	})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	for range n {
		session, err := client.NewSession()
		if err != nil {
			return nil, err
		}
		out, err := session.Output("session start --json")
		_ = session.Close() // it has ended
		var s struct{ Number string }
		if err == nil {
			err = json.Unmarshal(out, &s)
		}
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, s.Number)
	}
	return numbers, nil
}
