package script

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"supportd/daemon/script/process"
	"supportd/library/disk"
)

// CleanLeftovers removes what runs have left in a work directory whose daemon was killed,
// and returns the ids of those runs. It must be called before there is a [Runner], and by
// the one daemon that holds the directory's lock.
func CleanLeftovers(workDir string) ([]string, error) {
	if info, err := os.Lstat(workDir); err == nil && !info.IsDir() {
		return nil, disk.RemoveTree(workDir) // to open a pipe in its place would block
	}
	entries, err := os.ReadDir(workDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for what a crash left behind: %w", err)
	}
	var runs []string
	var problems []error
	for _, e := range entries {
		if id, ok := strings.CutPrefix(e.Name(), "spool-"); ok {
			runs = append(runs, id)
			process.EndLeftovers(id)
		}
	}
	for _, e := range entries {
		problems = append(problems, disk.RemoveTree(filepath.Join(workDir, e.Name())))
	}
	return runs, errors.Join(problems...)
}
