//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supportd/hack/internal/rig"
)

const (
	// firstByteLimit is how long a CSR may wait for the first byte of a computer's answer,
	// and commandLimit for that of the relay's, in ms, login included.
	firstByteLimit, commandLimit = 30, 15
	// certifiedLimit is how much longer the first one may take where a certificate of the CSR
	// CA lets the CSR in, in ms, beside what ssh itself computes then: it proves the CA's
	// signature each time it reads the certificate, with every server. Some of that it does
	// while it waits for the relay, so certifiedCPU also bounds how much more relay and
	// computer compute, in ms.
	certifiedLimit, certifiedCPU = 2, 1
)

// firstByte measures from the start of ssh to the first byte of a trivial
// command's output: with a login for each, and over a connection that stands.
func (b *bench) firstByte(ctx context.Context) ([]row, error) {
	b.say("first byte: %d rounds", b.probes)
	sides, alike := b.beside(b.own.side, b.peer, ofDefault), b.beside(b.own.pinned, b.peerPinned, ofPinned)
	took, err := b.probeAll(ctx, sides)
	if err != nil {
		return nil, err
	}
	tookAlike, err := b.probeAll(ctx, alike)
	if err != nil {
		return nil, err
	}
	plain, certified, command, err := b.probeOurs(ctx)
	if err != nil {
		return nil, err
	}
	socket := filepath.Join(b.dir, "control")
	for _, s := range sides {
		stop, err := s.master(ctx, socket+"-"+s.name)
		if err != nil {
			return nil, err
		}
		defer stop()
	}
	shared, err := b.probeAll(ctx, sides, "-o", "ControlPath="+socket+"-%n")
	if err != nil {
		return nil, err
	}
	own, same := took[b.own.side], func(ms float64) float64 { return ms }
	return []row{
		compare("connect to first byte of a trivial exec", "ms", own, took[b.peer], false, 0.25).among(bySide(sides, took, same)),
		within("  the same: ssh -J relay N.support status", "ms", own, firstByteLimit),
		told("  with a certificate of a CSR CA: longer by", "ms", median(certified.took)-median(plain.took)),
		told("    what ssh computes more for it", "ms", median(certified.client)-median(plain.client)),
		within("    longer by, beside that", "ms", median(certified.took)-median(plain.took)-(median(certified.client)-median(plain.client)), certifiedLimit),
		within("    CPU of relay and computer, more by", "ms", median(certified.servers)-median(plain.servers), certifiedCPU),
		compare("  with the same ciphers and key exchange", "ms", tookAlike[b.own.pinned], tookAlike[b.peerPinned], false, 0.4).among(bySide(alike, tookAlike, same)),
		compared("  with ControlMaster to the computer", "ms", shared[b.own.side], shared[b.peer]).among(bySide(sides, shared, same)),
		within("  without a computer: ssh relay whoami", "ms", median(command.took), commandLimit),
		told("    CPU of ssh itself for it", "ms", median(command.client)),
	}, nil
}

// probed is what one kind of connection took, in ms: until the first byte, of ssh's CPU, and of
// that of the relay and the computer.
type probed struct{ took, client, servers []float64 }

// probeOurs connects to a computer, to one that knows a CSR CA, and to the relay alone, in
// turns.
func (b *bench) probeOurs(ctx context.Context) (plain, certified, command probed, err error) {
	for range b.probes {
		for _, one := range []struct {
			*probed
			far  *rig.Console // nil is the relay alone
			args []string
		}{{&plain, b.own.agent, []string{"computer", "status"}}, {&certified, b.own.knowsCA, []string{"certified", "status"}}, {&command, nil, []string{"relay", "whoami"}}} {
			before, err := threadsCPU(b.own.relay.Process(), one.far)
			if err != nil {
				return plain, certified, command, err
			}
			cmd := b.own.ssh(ctx, one.args...)
			ms, err := firstByteOf(cmd)
			if err != nil {
				return plain, certified, command, err
			}
			after, err := threadsCPU(b.own.relay.Process(), one.far)
			if err != nil {
				return plain, certified, command, err
			}
			client := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			one.took, one.client, one.servers = append(one.took, ms), append(one.client, inMS(client)), append(one.servers, inMS(after-before))
		}
	}
	return plain, certified, command, nil
}

func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// threadsCPU is the CPU time of the threads of a relay and of a customer's program, which
// may be nil. Unlike [cpuOf] it is exact for one connection; a thread that ends is left out.
func threadsCPU(relay *os.Process, far *rig.Console) (sum time.Duration, err error) {
	pids := []int{relay.Pid}
	if far != nil {
		pids = append(pids, far.Process().Pid)
	}
	for _, pid := range pids {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		if err != nil {
			return 0, err
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if errors.Is(err, fs.ErrNotExist) {
				continue // that thread has ended after all
			}
			if err != nil {
				return 0, err
			}
			var ran time.Duration
			if _, err := fmt.Sscan(string(data), &ran); err != nil {
				return 0, fmt.Errorf("%s: %w", file, err)
			}
			sum += ran
		}
	}
	return sum, nil
}

// probeAll are the medians of these sides.
func (b *bench) probeAll(ctx context.Context, sides []*side, options ...string) (map[*side]float64, error) {
	took := map[*side][]float64{}
	err := inTurns(b.probes, sides, func(s *side) error {
		args := slices.Clone(options)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "%n", s.name)
		}
		ms, err := firstByteOf(s.ssh(ctx, slices.Concat(args, []string{"computer"}, s.probe)...))
		took[s] = append(took[s], ms)
		return err
	})
	if err != nil {
		return nil, err
	}
	medians := map[*side]float64{}
	for _, s := range sides {
		medians[s] = median(took[s])
	}
	return medians, nil
}

// master opens a connection to "computer" that others use by its socket.
func (s *side) master(ctx context.Context, socket string) (stop func(), err error) {
	cmd := s.ssh(ctx, "-M", "-S", socket, "-N", "computer")
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()        // it was killed
		_ = os.Remove(socket) // or the next one, of a row that is measured again, would not listen
	}
	ctx, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	for {
		_, err := rig.Run(s.ssh(ctx, "-S", socket, "-O", "check", "computer"))
		if err == nil {
			return stop, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			stop()
			return nil, err
		}
	}
}

// firstByteOf is how long the first byte of cmd's output takes, in ms.
func firstByteOf(cmd *exec.Cmd) (float64, error) {
	from := time.Now()
	out, err := start(cmd)
	if err != nil {
		return 0, err
	}
	if _, err := io.CopyN(io.Discard, out, 1); err != nil {
		return 0, ended(cmd, err)
	}
	took := float64(time.Since(from).Microseconds()) / 1000
	_, err = io.Copy(io.Discard, out)
	return took, ended(cmd, err)
}
