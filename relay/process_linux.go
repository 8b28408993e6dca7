package relay

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"supportd/library/api"
)

// process tells how many files the relay's process has open, and what it has in memory, of
// what it may; nil is that it is not known. root is where proc and sys are. The process has
// the file lock open, else it is another one: of another container, perhaps.
func process(root, pid, lock string) (files, memory *api.Usage) {
	if n, err := strconv.Atoi(pid); err != nil || n <= 0 {
		return nil, nil
	}
	dir := filepath.Join(root, "proc", pid)
	open, err := os.ReadDir(filepath.Join(dir, "fd"))
	own, stating := os.Stat(lock)
	if err != nil || stating != nil {
		return nil, nil
	}
	its := false
	for _, f := range open {
		info, err := os.Stat(filepath.Join(dir, "fd", f.Name()))
		its = its || err == nil && os.SameFile(info, own)
	}
	if !its {
		return nil, nil
	}
	if most, ok := field(filepath.Join(dir, "limits"), "Max open files"); ok {
		files = &api.Usage{Have: int64(len(open)), Most: most}
	}
	if have, ok := field(filepath.Join(dir, "status"), "VmRSS:"); ok {
		memory = &api.Usage{Have: have << 10, Most: memoryLimit(root, dir)}
	}
	return files, memory
}

// memoryLimit is the lowest one of the process's control groups (version 2), in bytes; 0 is
// that there is none.
func memoryLimit(root, process string) int64 {
	text, err := os.ReadFile(filepath.Join(process, "cgroup"))
	if err != nil {
		return 0
	}
	group := ""
	for line := range strings.Lines(string(text)) {
		if path, is := strings.CutPrefix(strings.TrimSpace(line), "0::"); is {
			group = path
		}
	}
	least := int64(math.MaxInt64)
	for group = filepath.Join("/", group); group != "/"; group = filepath.Dir(group) {
		text, err := os.ReadFile(filepath.Join(root, "sys/fs/cgroup", group, "memory.max"))
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil { // "max" is none
			least = min(least, n)
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}

// field is the first number behind a name at the beginning of a line. A limit that is
// "unlimited" is 0.
func field(path, name string) (n int64, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		rest, is := strings.CutPrefix(lines.Text(), name)
		if words := strings.Fields(rest); is && len(words) > 0 {
			if words[0] == "unlimited" {
				return 0, true
			}
			n, err := strconv.ParseInt(words[0], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
