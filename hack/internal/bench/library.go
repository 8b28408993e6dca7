//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library"
	"supportd/relay"
	"supportd/relay/store"
)

const (
	// libraryScripts is how many scripts a large team has published.
	libraryScripts = 10_000
	// libraryOwned is how many of them each CSR owns: more than half of what one may.
	libraryOwned = 500
	// libraryLimit is how long a list of them may take, in ms.
	libraryLimit = 200
)

// library lists a large team's scripts as a CSR does who is logged in. The relay
// is another one than that of the tunnels, whose memory is measured.
func (b *bench) library(ctx context.Context) (rows []row, err error) {
	b.say("a library of %d scripts: %d rounds", libraryScripts, b.probes)
	dir := filepath.Join(b.dir, "library")
	own, err := rig.StartRelay(ctx, b.programs, filepath.Join(dir, "relay"), "", nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, own.Stop()) }()
	alice, err := rig.NewCSR(ctx, own, "alice", "Alice", filepath.Join(dir, "alice"))
	if err != nil {
		return nil, err
	}
	if err := fillLibrary(ctx, own.Data); err != nil {
		return nil, err
	}
	socket := filepath.Join(dir, "control")
	master := alice.SSH(ctx, "-M", "-S", socket, "-N", "relay")
	if _, err := start(master); err != nil {
		return nil, err
	}
	defer func() {
		_ = master.Process.Kill()
		_ = master.Wait() // it was killed
	}()
	if err := connected(ctx, alice, socket); err != nil {
		return nil, err
	}
	for _, how := range []struct {
		title, format string
		lines         int
	}{
		{"list of 10,000 scripts", "table", libraryScripts + 1},
		{"list of 10,000 scripts, for programs", "jsonl", libraryScripts},
	} {
		var took []float64
		for range b.probes {
			ms, err := timeOfList(alice.SSH(ctx, "-S", socket, "relay", "script", "list", "-o", how.format), how.lines)
			if err != nil {
				return nil, err
			}
			took = append(took, ms)
		}
		rows = append(rows, within(how.title, "ms", median(took), libraryLimit))
	}
	return rows, nil
}

// timeOfList runs a command that has to print so many lines.
func timeOfList(cmd *exec.Cmd, lines int) (ms float64, err error) {
	from := time.Now()
	out, err := rig.Run(cmd)
	took := time.Since(from)
	if n := strings.Count(out, "\n"); err == nil && n != lines {
		err = fmt.Errorf("%s: %d lines instead of %d", strings.Join(cmd.Args, " "), n, lines)
	}
	return float64(took.Microseconds()) / 1000, err
}

// connected waits until the connection that others will use stands.
func connected(ctx context.Context, csr rig.CSR, socket string) error {
	ctx, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	for {
		_, err := rig.Run(csr.SSH(ctx, "-S", socket, "-O", "check", "relay"))
		if err == nil {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// fillLibrary adds the scripts beside the relay whose data directory it is:
// one CSR alone may not own so many.
func fillLibrary(ctx context.Context, dir string) (err error) {
	data, err := relay.OpenData(ctx, dir, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	if err := data.Store.AddCategory(ctx, store.Category{Name: "Network"}); err != nil {
		return err
	}
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte("#!/bin/sh\n")}}}
	for i := range libraryScripts {
		_, err := data.Store.AddScript(ctx, library.Script{
			Name: fmt.Sprintf("스크립트 %05d", i), Category: "Network", Description: "what CSRs say about their scripts, a line long",
			Owner: fmt.Sprintf("csr%d", i/libraryOwned), Published: true, Created: time.Now(),
		}, p)
		if err != nil {
			return err
		}
	}
	return nil
}
