//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// samples are what one side did, a value for each round.
type samples struct{ up, down []float64 }

// alternate calls f for both sides, in each round the other one first.
func alternate(rounds int, a, b *side, f func(s *side) error) error {
	for i := range rounds {
		first, second := a, b
		if i%2 == 1 {
			first, second = b, a
		}
		for _, s := range []*side{first, second} {
			if err := f(s); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

// rates are what moving bytes through a relay came to, a value for each round:
// MB/s, and seconds of the relay's CPU for a GB.
type rates struct{ down, up, downCPU, upCPU []float64 }

// throughput streams bytes through both relays to and from a host, and compares
// the speed and the CPU time of the relays.
func throughput(ctx context.Context, p plan, dir, host string, own, peer *side) (a, b rates, err error) {
	zeros := filepath.Join(dir, "zeros")
	if err := os.WriteFile(zeros, nil, 0o600); err != nil {
		return a, b, err
	}
	if err := os.Truncate(zeros, p.bytes); err != nil {
		return a, b, err
	}
	all := map[*side]*rates{own: &a, peer: &b}
	err = alternate(p.rounds, own, peer, func(s *side) error {
		mbps, cpu, err := s.measured(p.bytes, func() (time.Duration, error) { return s.download(ctx, host, p.bytes) })
		if err != nil {
			return err
		}
		r := all[s]
		r.down, r.downCPU = append(r.down, mbps), append(r.downCPU, cpu)
		mbps, cpu, err = s.measured(p.bytes, func() (time.Duration, error) { return s.upload(ctx, host, zeros, p.bytes) })
		r.up, r.upCPU = append(r.up, mbps), append(r.upCPU, cpu)
		return err
	})
	return a, b, err
}

// measured runs a transfer of n bytes and returns MB/s and CPU seconds per GB of
// the relay.
func (s *side) measured(n int64, transfer func() (time.Duration, error)) (mbps, secondsPerGB float64, err error) {
	before, err := cpuOf(s.relay)
	if err != nil {
		return 0, 0, err
	}
	took, err := transfer()
	if err != nil {
		return 0, 0, err
	}
	after, err := cpuOf(s.relay)
	return float64(n) / 1e6 / took.Seconds(), (after - before).Seconds() / (float64(n) / 1e9), err
}

// download takes n bytes from the host; the clock starts with the first.
func (s *side) download(ctx context.Context, host string, n int64) (time.Duration, error) {
	cmd := s.ssh(ctx, host, fmt.Sprintf(s.bulk[host].zeros, n))
	out, err := start(cmd)
	if err != nil {
		return 0, err
	}
	if _, err := io.CopyN(io.Discard, out, 1); err != nil {
		return 0, ended(cmd, err)
	}
	from := time.Now()
	got, err := io.Copy(io.Discard, out)
	took := time.Since(from)
	if err == nil && got != n-1 {
		err = fmt.Errorf("%d bytes came instead of %d", got+1, n)
	}
	return took, ended(cmd, err)
}

// upload sends the file of n bytes; the clock runs from when the host is ready
// until it has read everything.
func (s *side) upload(ctx context.Context, host, file string, n int64) (time.Duration, error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	cmd := s.ssh(ctx, host, s.bulk[host].swallow)
	cmd.Stdin = in
	out, err := start(cmd)
	if err != nil {
		return 0, err
	}
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		return 0, ended(cmd, err)
	}
	from := time.Now()
	got, err := lines.ReadString('\n')
	took := time.Since(from)
	if err == nil && strings.TrimSpace(got) != fmt.Sprint(n) {
		err = fmt.Errorf("%s bytes arrived instead of %d", strings.TrimSpace(got), n)
	}
	return took, ended(cmd, err)
}

// start starts cmd and returns its standard output; its standard error is kept
// for [ended].
func start(cmd *exec.Cmd) (io.Reader, error) {
	cmd.Stderr = &bytes.Buffer{}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return out, cmd.Start()
}

// ended waits for cmd. An err from before wins, and either comes with what cmd
// wrote to its standard error.
func ended(cmd *exec.Cmd, err error) error {
	if err != nil {
		_ = cmd.Process.Kill()
	}
	if waited := cmd.Wait(); err == nil {
		err = waited
	}
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, cmd.Stderr)
	}
	return err
}

// filesPerRound is how many files one sftp command moves: as many as may be
// staged at once.
const filesPerRound = 16

// transfers moves files of 1 MiB with sftp: ours to and from the staging area
// of the real program, OpenSSH's to and from a directory.
func transfers(ctx context.Context, p plan, dir string, own, peer *side) ([]row, error) {
	file, back := filepath.Join(dir, "file"), filepath.Join(dir, "back")
	if err := os.WriteFile(file, make([]byte, 1<<20), 0o600); err != nil {
		return nil, err
	}
	far := filepath.Join(dir, "far")
	if err := os.Mkdir(far, 0o700); err != nil {
		return nil, err
	}
	took := map[*side]*samples{own: {}, peer: {}}
	batch := func(s *side, verb string) (float64, error) {
		var lines strings.Builder
		if s == peer {
			fmt.Fprintf(&lines, "cd %s\n", far)
		}
		for i := range filesPerRound {
			if verb == "put" {
				fmt.Fprintf(&lines, "put %s f%d\n", file, i)
			} else {
				fmt.Fprintf(&lines, "get f%d %s\n", i, back)
			}
		}
		cmd := exec.CommandContext(ctx, "sftp", "-q", "-F", s.config, "-b", "-", "computer")
		cmd.Stdin = strings.NewReader(lines.String())
		from := time.Now()
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("sftp: %w\n%s", err, out)
		}
		return time.Since(from).Seconds(), err
	}
	err := alternate(p.rounds, own, peer, func(s *side) error {
		up, err := batch(s, "put")
		if err != nil {
			return err
		}
		down, err := batch(s, "get")
		took[s].up, took[s].down = append(took[s].up, up), append(took[s].down, down)
		return err
	})
	if err != nil {
		return nil, err
	}
	up := compare("sftp: 16 files of 1 MiB put, in all", "s", median(took[own].up), median(took[peer].up), false, 1)
	down := compare("sftp: 16 files of 1 MiB got, in all", "s", median(took[own].down), median(took[peer].down), false, 1)
	return []row{up, down}, nil
}

// firstByte measures from the start of ssh to the first byte of a trivial
// command's output.
func firstByte(ctx context.Context, p plan, own, peer *side) (row, error) {
	took := map[*side][]float64{}
	err := alternate(p.probes, own, peer, func(s *side) error {
		from := time.Now()
		cmd := s.ssh(ctx, append([]string{"computer"}, s.probe...)...)
		out, err := start(cmd)
		if err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, out, 1); err != nil {
			return ended(cmd, err)
		}
		took[s] = append(took[s], float64(time.Since(from).Microseconds())/1000)
		_, err = io.Copy(io.Discard, out)
		return ended(cmd, err)
	})
	if err != nil {
		return row{}, err
	}
	return compare("connect to first byte of a trivial exec", "ms", median(took[own]), median(took[peer]), false, 0.25), nil
}

// settle is how long a relay is left alone before its memory is read.
const settle = 3 * time.Second

// idleTunnels compares the memory of a relay for each idle tunnel and how many
// customers join in a second. The customers are simulated, with real SSH logins;
// OpenSSH's are the same clients.
func idleTunnels(ctx context.Context, p plan, dir string, own *ours) (rows []row, err error) {
	middle, err := startServer(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer middle.stop()
	peerMemory, peerRate, err := occupy(ctx, middle.cmd.Process.Pid, loadSpec{
		Addr: middle.addr, Tunnels: p.peers, Key: filepath.Join(dir, "id_ed25519"), Workers: 32,
	})
	if err != nil {
		return nil, err
	}
	var rate float64
	for _, n := range p.tunnels {
		numbers := make([]string, n)
		for i := range numbers {
			if numbers[i], err = own.session(); err != nil {
				return nil, err
			}
		}
		var memory float64
		memory, rate, err = occupy(ctx, own.side.relay, loadSpec{Addr: own.relay.Addr, Numbers: numbers, Workers: 32})
		if err != nil {
			return nil, err
		}
		r := within(fmt.Sprintf("relay memory per idle tunnel, of %d", n), "kB", memory/1e3, 64)
		r.OpenSSH, r.Ratio = peerMemory/1e3, memory/peerMemory
		rows = append(rows, r)
	}
	joins := compare("joins", "1/s", rate, peerRate, true, 1)
	return append(rows, joins), nil
}

// occupy runs a load against a relay's process and returns bytes of memory per
// tunnel and tunnels per second.
func occupy(ctx context.Context, pid int, spec loadSpec) (bytesEach, rate float64, err error) {
	before, err := memoryOf(pid)
	if err != nil {
		return 0, 0, err
	}
	l, err := startLoad(ctx, spec)
	if err != nil {
		return 0, 0, err
	}
	select {
	case <-time.After(settle):
	case <-ctx.Done():
	}
	after, err := memoryOf(pid)
	if err != nil {
		return 0, 0, err
	}
	return float64(after-before) / float64(l.Tunnels), float64(l.Tunnels) / l.Seconds, l.stop()
}
