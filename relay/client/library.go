package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/crypto/ssh"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
)

// Scripts lists the library; args are the flags of the relay's "script list".
func (r *Relay) Scripts(ctx context.Context, args ...string) (list []api.Script, err error) {
	return list, r.query(ctx, &list, append([]string{"script", "list"}, args...)...)
}

// Script asks for one script with its files; version 0 is the newest.
func (r *Relay) Script(ctx context.Context, name string, version int) (s api.Script, err error) {
	args := []string{"script", "show"}
	if version != 0 {
		args = append(args, "--version="+strconv.Itoa(version))
	}
	// Flags end at "--": a name may look like one.
	out, err := answer(ctx, r.side(), append(args, "--json", "--", name)...)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, malformed(whereRelay(), err)
	}
	return s, nil
}

// ScriptFiles fetches the files of a script in the version that s tells of, and
// makes sure that they are those.
func (r *Relay) ScriptFiles(ctx context.Context, s api.Script) (library.Package, error) {
	archive, err := answer(ctx, r.side(), "script", "get", "--version="+strconv.Itoa(s.Version), "--", s.Name)
	if err != nil {
		return library.Package{}, err
	}
	if library.Sum(archive) != s.SHA256 {
		return library.Package{}, cmdline.Fail(cmdline.ExitFailed, "tell the relay's operator; nothing was run",
			"the relay sent other files than version %d of the script %q has", s.Version, s.Name)
	}
	p, err := library.ReadTar(bytes.NewReader(archive), s.Executable)
	if err != nil {
		return p, malformed(whereRelay(), err)
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
	return executeWith(ctx, r.side(), io.Discard, nil, func(s *ssh.Session, _ context.CancelCauseFunc) error {
		s.Stdin = in
		return nil
	}, args...)
}

// RemoveScript deletes a script of one's own.
func (r *Relay) RemoveScript(ctx context.Context, name string) error {
	_, err := answer(ctx, r.side(), "script", "remove", "--yes", "--", name)
	return err
}

// Categories lists the headings for scripts.
func (r *Relay) Categories(ctx context.Context) (list []api.Category, err error) {
	return list, r.query(ctx, &list, "category", "list")
}

// AddCategory and RemoveCategory are for admins.
func (r *Relay) AddCategory(ctx context.Context, name string) error {
	_, err := answer(ctx, r.side(), "category", "add", "--", name)
	return err
}

// RemoveCategory deletes a category in which no script is.
func (r *Relay) RemoveCategory(ctx context.Context, name string) error {
	_, err := answer(ctx, r.side(), "category", "remove", "--", name)
	return err
}
