package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library"
	"supportd/library/cmdline"
)

// Script is a script of the library as the relay tells it. Texts in it are
// other CSRs', and hostile until escaped. In JSON it is exactly what the relay sent.
type Script struct {
	Name        string    `json:"name"`
	Category    string    `json:"category"`
	Description string    `json:"description"`
	Owner       string    `json:"owner"`
	Published   bool      `json:"published"`
	Version     int       `json:"version"`
	Executable  string    `json:"executable"`
	Size        int       `json:"size"` // of all files, in bytes
	SHA256      string    `json:"sha256"`
	Changed     time.Time `json:"changed"`
	Runs        int       `json:"runs"`
	LastResult  string    `json:"last_result"`

	Files    []ScriptFile    `json:"files"`    // of one script that was asked for
	Versions []ScriptVersion `json:"versions"` // likewise

	raw json.RawMessage
}

// ScriptFile is a file of a script.
type ScriptFile struct {
	Path   string `json:"path"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// ScriptVersion is a state that a script is or was in.
type ScriptVersion struct {
	Version int       `json:"version"`
	Changed time.Time `json:"changed"`
	By      string    `json:"by"`
	Size    int       `json:"size"`
	SHA256  string    `json:"sha256"`
}

type scriptFields Script

// UnmarshalJSON decodes what the relay sent.
func (s *Script) UnmarshalJSON(data []byte) error {
	s.raw = append(json.RawMessage(nil), data...)
	return json.Unmarshal(data, (*scriptFields)(s))
}

// MarshalJSON returns what the relay sent.
func (s Script) MarshalJSON() ([]byte, error) {
	if s.raw != nil {
		return s.raw, nil
	}
	return json.Marshal(scriptFields(s))
}

// Category is a heading for scripts.
type Category struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
}

// Scripts lists the library; args are the flags of the relay's "script list".
func (r *Relay) Scripts(ctx context.Context, args ...string) (list []Script, err error) {
	return list, r.query(ctx, &list, append([]string{"script", "list"}, args...)...)
}

// Script asks for one script with its files; version 0 is the newest.
func (r *Relay) Script(ctx context.Context, name string, version int) (s Script, err error) {
	args := []string{"script", "show"}
	if version != 0 {
		args = append(args, "--version="+strconv.Itoa(version))
	}
	// Flags end at "--": a name may look like one.
	out, err := answer(ctx, r.ssh, whereRelay, append(args, "--json", "--", name)...)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, malformed(whereRelay, err)
	}
	return s, nil
}

// ScriptFiles fetches the files of a script in the version that s tells of, and
// makes sure that they are those.
func (r *Relay) ScriptFiles(ctx context.Context, s Script) (library.Package, error) {
	archive, err := answer(ctx, r.ssh, whereRelay, "script", "get", "--version="+strconv.Itoa(s.Version), "--", s.Name)
	if err != nil {
		return library.Package{}, err
	}
	if library.Sum(archive) != s.SHA256 {
		return library.Package{}, cmdline.Fail(cmdline.ExitFailed, "tell the relay's operator; nothing was run",
			"the relay sent other files than version %d of the script %q has", s.Version, s.Name)
	}
	p, err := library.ReadTar(bytes.NewReader(archive), s.Executable)
	if err != nil {
		return p, malformed(whereRelay, err)
	}
	return p, nil
}

// PutScript runs the relay's "script add" or "script edit" with these flags for
// a name. The package goes along where it is not nil; a package that [library.Package.Check]
// refuses is not sent.
func (r *Relay) PutScript(ctx context.Context, verb string, p *library.Package, name string, flags ...string) error {
	var in io.Reader
	if p != nil {
		if err := p.Check(); err != nil {
			return cmdline.Usage("", "the script: %v", err)
		}
		archive, err := p.Tar()
		if err != nil {
			return fmt.Errorf("packing the script: %w", err)
		}
		in = bytes.NewReader(archive)
	}
	args := append(append([]string{"script", verb}, flags...), "--", name)
	return executeWith(ctx, r.ssh, whereRelay, io.Discard, func(s *ssh.Session, _ context.CancelCauseFunc) error {
		s.Stdin = in
		return nil
	}, args...)
}

// RemoveScript deletes a script of one's own.
func (r *Relay) RemoveScript(ctx context.Context, name string) error {
	_, err := answer(ctx, r.ssh, whereRelay, "script", "remove", "--yes", "--", name)
	return err
}

// Categories lists the headings for scripts.
func (r *Relay) Categories(ctx context.Context) (list []Category, err error) {
	return list, r.query(ctx, &list, "category", "list")
}

// AddCategory and RemoveCategory are for admins.
func (r *Relay) AddCategory(ctx context.Context, name string) error {
	_, err := answer(ctx, r.ssh, whereRelay, "category", "add", "--", name)
	return err
}

// RemoveCategory deletes a category in which no script is.
func (r *Relay) RemoveCategory(ctx context.Context, name string) error {
	_, err := answer(ctx, r.ssh, whereRelay, "category", "remove", "--", name)
	return err
}
