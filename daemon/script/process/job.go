package process

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supportd/daemon/internal/osstring"
	"supportd/library/disk"
)

// Job is one script to be run. It goes to the supervisor through a pipe, and holds no
// secret.
type Job struct {
	Argv    []string      `json:"argv"`            // the first is an absolute path
	Dir     string        `json:"dir"`             // where the script starts
	Env     []string      `json:"env"`             // as [Environ] makes it
	Timeout time.Duration `json:"timeout"`         // after which the script is ended
	Run     string        `json:"run"`             // the id of the run; see [EndLeftovers]
	RunDir  string        `json:"run_dir"`         // removed by the supervisor when the daemon is gone
	Moved   *movedFiles   `json:"moved,omitempty"` // set by [Job.Pack]
}

// A job goes to its supervisor as JSON. Everything in it that the operating system
// gave us goes as bytes; the fields of the same names below take the place of
// job's own.

type plainJob Job

type jobJSON struct {
	*plainJob
	Argv   []osstring.String `json:"argv"`
	Dir    osstring.String   `json:"dir"`
	Env    []osstring.String `json:"env"`
	RunDir osstring.String   `json:"run_dir"`
}

// MarshalJSON implements [json.Marshaler].
func (j Job) MarshalJSON() ([]byte, error) {
	return json.Marshal(jobJSON{(*plainJob)(&j), osstring.Of(j.Argv), osstring.String(j.Dir), osstring.Of(j.Env), osstring.String(j.RunDir)})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (j *Job) UnmarshalJSON(data []byte) error {
	in := jobJSON{plainJob: (*plainJob)(j)}
	err := json.Unmarshal(data, &in)
	j.Argv, j.Dir, j.Env, j.RunDir = osstring.List(in.Argv), string(in.Dir), osstring.List(in.Env), string(in.RunDir)
	return err
}

// movedFiles is a script's directory for another user, who cannot enter ours.
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
	root, err := disk.OpenRoot(dir)
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
	// What names the daemon's user is left out: the login environment has it for the
	// other user.
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
