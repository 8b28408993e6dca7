package process

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"supportd/daemon/internal/osstring"
)

// movedFiles is a script's directory on its way to a user who cannot enter ours.
type movedFiles struct {
	From  osstring.String `json:"from"` // its path here, which stands in the job
	Files []movedFile     `json:"files"`
}

// movedFile is a file, or a folder where Data is nil; Name is relative.
type movedFile struct {
	Name osstring.String `json:"name"`
	Mode fs.FileMode     `json:"mode"`
	Data []byte          `json:"data"`
}

// Pack puts everything in dir into the job.
func (j *Job) Pack(dir string) error {
	j.Moved = &movedFiles{From: osstring.String(dir)}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f := movedFile{Mode: info.Mode().Perm()}
		name, err := filepath.Rel(dir, path)
		f.Name = osstring.String(name)
		if err == nil && !d.IsDir() {
			f.Data, err = os.ReadFile(path)
			f.Data = append([]byte{}, f.Data...) // an empty file is no folder
		}
		j.Moved.Files = append(j.Moved.Files, f)
		return err
	})
}

// unpack puts the job's files in a directory of the user's own below temp, or
// in the usual place where that is empty, and makes the job mean that one; the
// environment is the user's login environment. It does nothing for a job that was
// not moved.
func (j *Job) unpack(temp string, login []string) error {
	if j.Moved == nil {
		return nil
	}
	dir, err := os.MkdirTemp(temp, "run-")
	if err != nil {
		return err
	}
	move := func(s string) string { return strings.ReplaceAll(s, string(j.Moved.From), dir) }
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range j.Moved.Files {
		if f.Data == nil {
			err = root.Mkdir(string(f.Name), f.Mode)
		} else {
			err = root.WriteFile(string(f.Name), f.Data, f.Mode)
		}
		if err != nil {
			return err
		}
	}
	for i, arg := range j.Argv {
		j.Argv[i] = move(arg)
	}
	// What stands for the daemon's user gives way to the login's own.
	own := slices.DeleteFunc(j.Env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return !slices.Contains([]string{"TMPDIR", "TEMP", "TMP", runVariable}, name)
	})
	for i, v := range own {
		own[i] = move(v)
	}
	j.Dir, j.RunDir, j.Env = move(j.Dir), dir, slices.Concat(login, own)
	return nil
}
