package process

import (
	"encoding/json"

	"supportd/daemon/internal/osstring"
)

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
