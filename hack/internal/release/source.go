package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// maker makes one release.
type maker struct {
	options
	work string // removed at the end
	log  io.Writer

	when time.Time // of the commit; the only time that a release knows
	env  []string  // of the Go command
}

// Where things lie in the directory of work.
func (m *maker) source() string { return filepath.Join(m.work, "source") }
func (m *maker) tool(name string) string {
	return filepath.Join(m.work, "tools", name)
}
func (m *maker) program(t target, name string) string {
	return filepath.Join(m.work, "bin", t.os+"-"+t.arch, name+t.exe())
}
func (m *maker) text(name string) string { return filepath.Join(m.work, "texts", name) }
func (m *maker) made() string            { return filepath.Join(m.work, "made") }

// bill is a program's bill of materials.
func (m *maker) bill(t target, name string) string {
	return filepath.Join(m.made(), fmt.Sprintf("%s_%s_%s_%s.cdx.json", name, m.version, t.os, t.arch))
}

// takeSource clones what is committed, so that neither an edit nor the checkout's own
// tags can change the release, and names it by the one tag that counts.
func (m *maker) takeSource(ctx context.Context) error {
	if out, err := m.output(ctx, m.root, nil, "git", "status", "--porcelain"); err != nil {
		return err
	} else if out != "" {
		fmt.Fprintln(m.log, "what is not committed is left out")
	}
	commit, err := m.output(ctx, m.root, nil, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"clone", "--quiet", "--no-tags", "--no-local", "--no-checkout", m.root, m.source()},
		{"-C", m.source(), "-c", "core.autocrlf=false", "checkout", "--quiet", "--detach", commit},
		{"-C", m.source(), "tag", "v" + m.version},
	} {
		if _, err := m.output(ctx, m.root, nil, "git", args...); err != nil {
			return err
		}
	}
	when, err := m.output(ctx, m.source(), nil, "git", "log", "-1", "--format=%cI")
	if err != nil {
		return err
	}
	if m.when, err = time.Parse(time.RFC3339, when); err != nil {
		return err
	}
	m.when = m.when.UTC()
	changes, err := os.ReadFile(filepath.Join(m.source(), "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if !strings.Contains(string(changes), "\n## "+m.version+" (") {
		fmt.Fprintf(m.log, "CHANGELOG.md has no heading for %s yet\n", m.version)
	}
	fmt.Fprintf(m.log, "supportd %s, commit %s of %s\n", m.version, commit[:12], m.when.Format(time.DateTime))
	return m.setEnvironment(ctx)
}

// setEnvironment leaves the Go command nothing of this machine's settings but where
// modules come from and where they are kept.
func (m *maker) setEnvironment(ctx context.Context) error {
	mod, err := os.ReadFile(filepath.Join(m.source(), "go.mod"))
	if err != nil {
		return err
	}
	version := regexp.MustCompile(`(?m)^go ([0-9.]+)$`).FindSubmatch(mod)
	if version == nil {
		return errors.New("go.mod names no version of Go")
	}
	m.env = []string{"GOENV=off", "GOTOOLCHAIN=go" + string(version[1]), "GOWORK=off", "CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "LC_ALL=C"}
	for _, key := range []string{"GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE", "GOMODCACHE", "GOCACHE"} {
		value, err := m.output(ctx, m.root, os.Environ(), "go", "env", key)
		if err != nil {
			return err
		}
		m.env = append(m.env, key+"="+value)
	}
	for _, pair := range os.Environ() {
		if key, _, _ := strings.Cut(pair, "="); !strings.HasPrefix(key, "GO") && !strings.HasPrefix(key, "CGO_") && !strings.HasPrefix(key, "LC_") {
			m.env = append(m.env, pair)
		}
	}
	return nil
}

// output runs a command and returns what it wrote, without the last line's end. nil is
// this process's environment.
func (m *maker) output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &problems
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, problems.String())
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}
