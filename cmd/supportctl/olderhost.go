package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"supportd/library/disk"
	"supportd/library/wire"
)

// takeOver makes known of a relay what an older program has kept under the host of a login,
// where the relay became known by another one first: a script of another author would be
// new else. What another relay is known by stays with that one alone. Nothing is removed.
func (p *program) takeOver(pr profile) error {
	host := pr.address.Host
	if host == pr.knownAs {
		return nil
	}
	if taken, err := p.isKnownAs(host); err != nil || taken {
		return err
	}
	return errors.Join(p.takeOverMet(host, pr.knownAs), p.takeOverAuthors(host, pr.knownAs))
}

// isKnownAs reports whether a relay is known under a host, by its host key.
func (p *program) isKnownAs(host string) (bool, error) {
	files, err := filesOf(p.path(relaysDir))
	for _, file := range files {
		if len(filepath.Base(file)) != 64 { // one that is being written
			continue
		}
		if name, err := readKnownAs(file); err != nil || name == host {
			return err == nil, err
		}
	}
	return false, err
}

// filesOf are the files in a directory; one that is not there has none.
func filesOf(dir string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		files = append(files, filepath.Join(dir, e.Name()))
	}
	return files, err
}

// takeOverMet takes over the keys of computers that were met, which are as old as they were.
func (p *program) takeOverMet(host, as string) error {
	files, err := filesOf(p.path(metDir))
	for _, file := range files {
		parts := strings.Split(filepath.Base(file), "_")
		if len(parts) < 3 {
			continue
		}
		n, end := wire.Number(parts[len(parts)-2]), parts[len(parts)-1]
		copied := p.path(filepath.Join(metDir, metPrefix(as, n)+end))
		if _, there := os.Lstat(copied); there == nil || !metUnder(filepath.Base(file), host, n) {
			continue
		}
		line, err := disk.Read(file, maxOwn)
		if err != nil {
			return err
		}
		if err := writeFile(copied, line, 0o600, true); err != nil {
			return err
		}
		if info, err := os.Stat(file); err == nil {
			_ = os.Chtimes(copied, info.ModTime(), info.ModTime()) // else it is kept longer
		}
	}
	return err
}

// takeOverAuthors takes over whose the scripts are that nothing is known of yet, and higher
// versions of the others.
func (p *program) takeOverAuthors(host, as string) error {
	files, err := filesOf(p.path(authorsDir))
	for _, file := range files {
		var k scriptKnown
		data, err := disk.Read(file, maxOwn)
		if err != nil || json.Unmarshal(data, &k) != nil || k.Relay != host || p.knownFile(host, k.Script) != file {
			continue // another relay's; one that cannot be read says not whose it is
		}
		was, err := p.knownAuthor(as, k.Script)
		if err != nil {
			return err
		}
		if was == nil || was.Key == k.Key && was.Version < k.Version {
			k.Relay = as
			if err := p.keepAuthor(k); err != nil {
				return err
			}
		}
	}
	return err
}
