//go:build linux

package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// group is code that has to reach the same bar: how many of a hundred mistakes in
// it the tests notice.
type group struct {
	name  string
	bar   int  // percent
	kills bool // it kills processes or removes directories: only in namespaces of its own
	parts []part
}

// part is a package of a group, or some files of it.
type part struct {
	dir   string
	files []string // names, with the wildcards of [path.Match]; none is all
}

func (p part) has(file string) bool {
	return len(p.files) == 0 || slices.ContainsFunc(p.files, func(pattern string) bool {
		ok, err := path.Match(pattern, file)
		return ok && err == nil
	})
}

// groups lists them all. What decides about access and about evidence has the
// higher bar.
func groups() []group {
	return []group{
		{name: "consent", bar: 85, parts: []part{{dir: "consent"}}},
		{name: "relay", bar: 85, kills: true, parts: []part{
			{"relay", []string{"access.go", "authorize.go", "limiter.go", "unjoined.go", "session.go", "computer.go"}},
			{"library/sshd", []string{"limits.go"}},
		}},
		{name: "sshd", bar: 85, parts: []part{{dir: "library/sshd"}}},
		{name: "files", bar: 85, kills: true, parts: []part{
			{dir: "library/filename"}, {dir: "library"},
			{"daemon/script", []string{"staging.go", "plan.go", "paths.go", "listing.go", "sftp.go", "transfer.go"}},
		}},
		{name: "secrets", bar: 85, parts: []part{{dir: "daemon/sysinfo/secrets"}, {dir: "daemon/sysinfo/withhold"}}},
		{name: "journal", bar: 85, kills: true, parts: []part{{dir: "library/journal"}, {dir: "library/report"}, {dir: "daemon/journal"}}},
		{name: "store", bar: 75, kills: true, parts: []part{{dir: "relay/store"}}},
		{name: "runs", bar: 75, kills: true, parts: []part{{"daemon/script", []string{"run.go", "step.go", "output.go", "spool.go"}}}},
	}
}

func groupNames() (names []string) {
	for _, g := range groups() {
		names = append(names, g.name)
	}
	return names
}

// chooseGroups finds groups by their names, separated by commas; none is all.
func chooseGroups(names string) (chosen []group, err error) {
	if names == "" {
		return groups(), nil
	}
	for name := range strings.SplitSeq(names, ",") {
		i := slices.Index(groupNames(), name)
		if i < 0 {
			return nil, fmt.Errorf("there is no group %q, only %s", name, strings.Join(groupNames(), ", "))
		}
		chosen = append(chosen, groups()[i])
	}
	return chosen, nil
}
