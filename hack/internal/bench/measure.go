//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// alternate calls f for ours and OpenSSH, in each round the other one first.
func (b *bench) alternate(rounds int, f func(s *side) error) error {
	return inTurns(rounds, []*side{b.own.side, b.peer}, f)
}

// inTurns calls f for all sides, in each round in the other order.
func inTurns(rounds int, sides []*side, f func(s *side) error) error {
	order := slices.Clone(sides)
	for range rounds {
		for _, s := range order {
			if err := f(s); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		slices.Reverse(order)
	}
	return nil
}

// rates are what moving bytes through a relay came to, a value for each round:
// MB/s, and seconds of the relay's CPU for a GB.
type rates struct{ down, up, downCPU, upCPU []float64 }

// throughput moves bytes to and from the same sshd behind both relays: with ciphers and key
// exchange alike, and with each side's defaults; and to and from each side's own server, which
// is what people have.
func (b *bench) throughput(ctx context.Context) (rows []row, err error) {
	b.say("throughput: %d rounds of %d MiB each way, to the same sshd and to each side's own server", b.rounds, b.bytes>>20)
	for _, m := range []struct {
		name, host string
		own, peer  *side
		rivals     func(r *rival) *side // nil: none has such a host
		least      float64              // 0 is none
	}{
		{"same sshd, same algorithms", "sshd", b.own.pinned, b.peerPinned, ofPinned, 1},
		{"  same sshd, defaults", "sshd", b.own.side, b.peer, ofDefault, 0},
		{"  own server, defaults", "bulk", b.own.side, b.peer, nil, 1.5},
	} {
		sides := []*side{m.own, m.peer}
		if m.rivals != nil {
			sides = b.beside(m.own, m.peer, m.rivals)
		}
		all, err := b.stream(ctx, m.host, sides...)
		if err != nil {
			return nil, err
		}
		for _, way := range []struct {
			name      string
			rate, cpu func(r *rates) float64
		}{
			{"to CSR", func(r *rates) float64 { return median(r.down) }, func(r *rates) float64 { return median(r.downCPU) }},
			{"from CSR", func(r *rates) float64 { return median(r.up) }, func(r *rates) float64 { return median(r.upCPU) }},
		} {
			name, own, peer := m.name+", "+way.name, way.rate(all[m.own]), way.rate(all[m.peer])
			rate := compared(name, "MB/s", own, peer)
			if m.least != 0 {
				rate = compare(name, "MB/s", own, peer, true, m.least)
			}
			cpu := compared("    relay CPU, "+way.name, "s/GB", way.cpu(all[m.own]), way.cpu(all[m.peer]))
			rows = append(rows, rate.among(bySide(sides, all, way.rate)), cpu.among(bySide(sides, all, way.cpu)))
		}
	}
	return rows, nil
}

// stream moves bytes through the relays of these sides to and from a host.
func (b *bench) stream(ctx context.Context, host string, sides ...*side) (map[*side]*rates, error) {
	zeros := filepath.Join(b.dir, "zeros")
	if err := os.WriteFile(zeros, nil, 0o600); err != nil {
		return nil, err
	}
	if err := os.Truncate(zeros, b.bytes); err != nil {
		return nil, err
	}
	all := map[*side]*rates{}
	for _, s := range sides {
		all[s] = &rates{}
	}
	return all, inTurns(b.rounds, sides, func(s *side) error {
		mbps, cpu, err := s.measured(b.bytes, func() (time.Duration, error) { return s.download(ctx, host, b.bytes) })
		if err != nil {
			return err
		}
		r := all[s]
		r.down, r.downCPU = append(r.down, mbps), append(r.downCPU, cpu)
		mbps, cpu, err = s.measured(b.bytes, func() (time.Duration, error) { return s.upload(ctx, host, zeros, b.bytes) })
		r.up, r.upCPU = append(r.up, mbps), append(r.upCPU, cpu)
		return err
	})
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

// files moves files of 1 MiB with sftp: ours to and from the staging area of
// the real program, OpenSSH's to and from a directory.
func (b *bench) files(ctx context.Context) ([]row, error) {
	b.say("files: %d rounds of %d files of 1 MiB each way", b.rounds, filesPerRound)
	far, err := b.place("far")
	if err != nil {
		return nil, err
	}
	put, get, err := fileBatches(b.dir)
	if err != nil {
		return nil, err
	}
	up, down := map[*side][]float64{}, map[*side][]float64{}
	err = b.alternate(b.rounds, func(s *side) error {
		cd := ""
		if s == b.peer {
			cd = "cd " + far + "\n"
		}
		seconds, err := s.sftp(ctx, cd+put)
		if err != nil {
			return err
		}
		up[s] = append(up[s], seconds)
		seconds, err = s.sftp(ctx, cd+get)
		down[s] = append(down[s], seconds)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []row{
		compare("sftp: 16 files of 1 MiB put, in all", "s", median(up[b.own.side]), median(up[b.peer]), false, 1),
		compare("sftp: 16 files of 1 MiB got, in all", "s", median(down[b.own.side]), median(down[b.peer]), false, 1),
	}, nil
}

// fileBatches are what sftp does to move the files of a round there and back.
func fileBatches(dir string) (put, get string, err error) {
	file, back := filepath.Join(dir, "file"), filepath.Join(dir, "back")
	for i := range filesPerRound {
		put += fmt.Sprintf("put %s f%d\n", file, i)
		get += fmt.Sprintf("get f%d %s\n", i, back)
	}
	return put, get, os.WriteFile(file, make([]byte, 1<<20), 0o600)
}

// sftp runs a batch on "computer" and returns how long it took, login included.
func (s *side) sftp(ctx context.Context, batch string) (seconds float64, err error) {
	cmd := exec.CommandContext(ctx, "sftp", "-q", "-F", s.config, "-b", "-", "computer")
	cmd.Stdin = strings.NewReader(batch)
	from := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("sftp: %w\n%s", err, out)
	}
	return time.Since(from).Seconds(), err
}

// sysinfo measures the system information of all categories as a CSR gets it,
// from the start of ssh.
func (b *bench) sysinfo(ctx context.Context) ([]row, error) {
	b.say("sysinfo: %d rounds", b.rounds)
	var first, all []float64
	for range b.rounds {
		from := time.Now()
		cmd := b.own.ssh(ctx, "computer", "sysinfo")
		out, err := start(cmd)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.Contains(lines.Text(), "[os]") {
		}
		// The second category has begun, so the first is complete.
		first = append(first, float64(time.Since(from).Milliseconds()))
		_, err = io.Copy(io.Discard, out)
		if err := ended(cmd, errors.Join(err, lines.Err())); err != nil {
			return nil, err
		}
		all = append(all, time.Since(from).Seconds())
	}
	return []row{
		within("sysinfo: first category, login included", "ms", median(first), 200),
		within("sysinfo: all categories, login included", "s", median(all), 1),
	}, nil
}

// agent is what the real program costs a customer who waits.
func (b *bench) agent(context.Context) ([]row, error) {
	memory, err := memoryOf(b.own.agent.Process().Pid)
	return []row{within("memory of an idle support-agent", "MB", float64(memory)/1e6, 25)}, err
}
