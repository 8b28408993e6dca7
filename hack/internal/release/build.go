package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// The tools, which have a go.mod of their own: the product's stays small.
const (
	toolsMod = "hack/release.mod"
	nfpm     = "github.com/goreleaser/nfpm/v2/cmd/nfpm"
	bills    = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod"
)

// buildTools builds them the same way everywhere: a bill of materials names the sum of
// the tool that wrote it.
func (m *maker) buildTools(ctx context.Context) error {
	_, err := m.output(ctx, m.source(), m.env, "go", "build", "-modfile", toolsMod, "-trimpath", "-buildvcs=false", "-o", filepath.Dir(m.tool("any"))+"/", nfpm, bills)
	return err
}

func (m *maker) buildPrograms(ctx context.Context) error {
	for _, t := range m.targets {
		if err := m.build(ctx, t); err != nil {
			return err
		}
		fmt.Fprintf(m.log, "   %s\n", t)
	}
	// They write the manual pages themselves, so they have to run here.
	if !slices.Contains(m.targets, host()) {
		return m.build(ctx, host())
	}
	return nil
}

func host() target { return target{runtime.GOOS, runtime.GOARCH} }

func (m *maker) build(ctx context.Context, t target) error {
	env := append(slices.Clone(m.env), "GOOS="+t.os, "GOARCH="+t.arch)
	for _, name := range programs() {
		args := []string{"build", "-trimpath", "-buildvcs=true"}
		if name == agent {
			args = append(args, "-tags", m.agentTags, "-ldflags", m.agentLdflags)
		} else {
			args = append(args, "-ldflags", "-s -w")
		}
		args = append(args, "-o", m.program(t, name), "./cmd/"+name)
		if _, err := m.output(ctx, m.source(), env, "go", args...); err != nil {
			return fmt.Errorf("for %s: %w", t, err)
		}
	}
	return nil
}

// writeTexts has the programs write what they say about themselves: manual pages, plain
// and packed, and supportctl's completions.
func (m *maker) writeTexts(ctx context.Context) error {
	if err := os.MkdirAll(m.text("."), 0o755); err != nil {
		return err
	}
	says := func(program string, args ...string) (string, error) {
		text, err := m.output(ctx, m.work, m.env, m.program(host(), program), args...)
		return text + "\n", err
	}
	if said, err := says(relay, "--version"); err != nil || !bytes.HasPrefix([]byte(said), []byte(relay+" "+m.version+", commit ")) {
		return fmt.Errorf("the program says %q of itself, and not version %s with its commit: %w", said, m.version, err)
	}
	for _, name := range programs() {
		page, err := says(name, "help", "man")
		if err != nil {
			return err
		}
		packed, err := gzipped([]byte(page))
		if err != nil {
			return err
		}
		if err := os.WriteFile(m.text(name+".1"), []byte(page), 0o644); err != nil {
			return err
		}
		if err := os.WriteFile(m.text(name+".1.gz"), packed, 0o644); err != nil {
			return err
		}
	}
	for shell, file := range completions() {
		script, err := says(ctl, "completion", shell)
		if err != nil {
			return err
		}
		if err := os.WriteFile(m.text(file), []byte(script), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// completions are the names of the scripts that shells look for, by shell.
func completions() map[string]string {
	return map[string]string{"bash": "supportctl.bash", "zsh": "_supportctl", "fish": "supportctl.fish", "pwsh": "supportctl.ps1"}
}

func gzipped(b []byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// writeBills writes in CycloneDX what each program was made of, as it is stamped on it.
func (m *maker) writeBills(ctx context.Context) error {
	if err := os.MkdirAll(m.made(), 0o755); err != nil {
		return err
	}
	for _, t := range m.targets {
		for _, name := range programs() {
			if _, err := m.output(ctx, m.work, m.env, m.tool("cyclonedx-gomod"), "bin", "-json", "-noserial", "-notimestamp", "-std",
				"-version", "v"+m.version, "-output", m.bill(t, name), m.program(t, name)); err != nil {
				return err
			}
		}
	}
	return nil
}
