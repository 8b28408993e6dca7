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
	dir     string
	files   []string // names, with the wildcards of [path.Match]; none is all
	without []string // "FILE FUNCTION", likewise: what the tests that run here cannot reach
	why     string   // they cannot
}

func (p part) has(file string) bool { return len(p.files) == 0 || matches(p.files, file) }

// leavesOut reports whether a mutant is none of the group's.
func (p part) leavesOut(m mutant) bool { return matches(p.without, m.File+" "+m.Function) }

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

// onPostgres is code that runs with a PostgreSQL server alone, in relay/store. Its tests are
// those of "go test ./relay/store -args -postgres", which ./hack/test runs: they take minutes,
// for each mutant. What a test can reach without a server is not in this list.
func onPostgres() []string {
	return []string{
		"group.go ", "group.go Store.AddNode", "group.go Store.RenewNode", "group.go nodesIn", "group.go scanNode", "group.go Store.EndNode",
		"group.go Store.ServerStart", "group.go Store.LastChange", "group.go Store.MissesChanged", "group.go changing.Scan", "group.go Store.Listen",
		"postgres.go ", "postgres.go Store.writerConnected", "postgres.go Store.keepOthersOff", "postgres.go Store.takeRelayLock", "postgres.go takeLock",
		"postgres.go Store.holdsRelay", "clock.go ", "clock.go Store.revisionAndTime", "schema.go Store.migrateAlone", "session.go loseSessions",
	}
}

// groups lists them all. What decides about access and about evidence has the
// higher bar.
func groups() []group {
	return []group{
		{name: "consent", bar: 85, parts: []part{{dir: "consent"}}},
		{name: "relay", bar: 85, kills: true, parts: []part{
			{dir: "relay", files: []string{"accounts.go", "may_enter.go", "may_join.go", "tell_computer.go", "session.go", "computer.go"}},
			{dir: "relay/unjoined"},
			{dir: "library/sshd", files: []string{"limits.go"}},
		}},
		{name: "sshd", bar: 85, parts: []part{{dir: "library/sshd"}}},
		{name: "files", bar: 85, kills: true, parts: []part{
			{dir: "library/filename"}, {dir: "library"},
			{dir: "daemon/script", files: []string{"staging.go", "plan.go", "paths.go", "listing.go", "sftp.go", "transfer.go"}},
		}},
		{name: "secrets", bar: 85, parts: []part{{dir: "daemon/sysinfo/secrets"}, {dir: "daemon/sysinfo/withhold"}}},
		{name: "journal", bar: 85, kills: true, parts: []part{{dir: "library/journal"}, {dir: "library/report"}, {dir: "daemon/journal"}}},
		{name: "store", bar: 75, kills: true, parts: []part{{
			dir: "relay/store", without: onPostgres(), why: "they run with a PostgreSQL server alone, and these tests have none",
		}}},
		{name: "runs", bar: 75, kills: true, parts: []part{{dir: "daemon/script", files: []string{"run.go", "step.go", "output.go", "spool.go"}}}},
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
