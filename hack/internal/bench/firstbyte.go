//go:build linux

package main

import (
	"context"
	"io"
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
	// CA lets the CSR in, in ms.
	certifiedLimit = 2
)

// firstByte measures from the start of ssh to the first byte of a trivial
// command's output: with a login for each, and over a connection that stands.
func (b *bench) firstByte(ctx context.Context) ([]row, error) {
	b.say("first byte: %d rounds", b.probes)
	own, peer, err := b.probeBoth(ctx, b.own.side, b.peer)
	if err != nil {
		return nil, err
	}
	alike, peerAlike, err := b.probeBoth(ctx, b.own.pinned, b.peerPinned)
	if err != nil {
		return nil, err
	}
	var plain, certified, command []float64
	for range b.probes {
		for _, one := range []struct {
			took *[]float64
			args []string
		}{{&plain, []string{"computer", "status"}}, {&certified, []string{"certified", "status"}}, {&command, []string{"relay", "whoami"}}} {
			ms, err := firstByteOf(b.own.ssh(ctx, one.args...))
			if err != nil {
				return nil, err
			}
			*one.took = append(*one.took, ms)
		}
	}
	socket := filepath.Join(b.dir, "control")
	for _, s := range []*side{b.own.side, b.peer} {
		stop, err := s.master(ctx, socket+"-"+s.name)
		if err != nil {
			return nil, err
		}
		defer stop()
	}
	shared, peerShared, err := b.probeBoth(ctx, b.own.side, b.peer, "-o", "ControlPath="+socket+"-%n")
	if err != nil {
		return nil, err
	}
	return []row{
		compare("connect to first byte of a trivial exec", "ms", own, peer, false, 0.25),
		within("  the same: ssh -J relay N.support status", "ms", own, firstByteLimit),
		within("  with a certificate of a CSR CA: longer by", "ms", median(certified)-median(plain), certifiedLimit),
		compare("  with the same ciphers and key exchange", "ms", alike, peerAlike, false, 0.4),
		compared("  with ControlMaster to the computer", "ms", shared, peerShared),
		within("  without a computer: ssh relay whoami", "ms", median(command), commandLimit),
	}, nil
}

// probeBoth are the medians of both sides.
func (b *bench) probeBoth(ctx context.Context, own, peer *side, options ...string) (ownMS, peerMS float64, err error) {
	took := map[*side][]float64{}
	err = inTurns(b.probes, []*side{own, peer}, func(s *side) error {
		args := slices.Clone(options)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "%n", s.name)
		}
		ms, err := firstByteOf(s.ssh(ctx, slices.Concat(args, []string{"computer"}, s.probe)...))
		took[s] = append(took[s], ms)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return median(took[own]), median(took[peer]), nil
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
