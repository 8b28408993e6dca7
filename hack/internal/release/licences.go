package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// thirdParties is the file with the licences of what the programs contain: most of them
// want their text to go with every copy.
const thirdParties = "THIRD-PARTY-LICENSES"

// licenceFile is what the file with a module's terms is called.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright|unlicense)([.-].*)?$`)

// writeLicences gathers the terms of every module that is part of a program for one of
// the targets, and of Go itself. A module without any stops the release.
func (m *maker) writeLicences(ctx context.Context) error {
	root, err := m.output(ctx, m.source(), m.env, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	modules := map[string]string{"Go, the standard library": root} // directories by name and version
	for _, t := range m.targets {
		env := append(slices.Clone(m.env), "GOOS="+t.os, "GOARCH="+t.arch)
		out, err := m.output(ctx, m.source(), env, "go", "list", "-deps", "-f",
			`{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{"\t"}}{{.Dir}}{{end}}{{end}}`, "./cmd/...")
		if err != nil {
			return err
		}
		for line := range strings.Lines(out) {
			if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				modules[name] = dir
			}
		}
	}
	var b strings.Builder
	b.WriteString("The programs of supportd contain what follows, each under its own terms.\n")
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		terms, err := termsOf(modules[name])
		if err != nil {
			return fmt.Errorf("the terms of %s: %w", name, err)
		}
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s", strings.Repeat("=", 80), name, terms)
	}
	return os.WriteFile(m.text(thirdParties), []byte(b.String()), 0o644)
}

// termsOf is the text of every licence at the top of a module.
func termsOf(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var all []string
	for _, e := range entries {
		if !e.Type().IsRegular() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		all = append(all, strings.TrimSpace(string(text))+"\n")
	}
	if len(all) == 0 {
		return "", errors.New("there is no file with them")
	}
	return strings.Join(all, "\n"), nil
}
