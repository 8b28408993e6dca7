package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/disk"
	"supportd/library/wire"
)

const (
	// metDir holds the keys of the computers that were reached, below the program's
	// directory: whoever signs a report must have one of them.
	metDir = "met"
	// metKept is how long such a key is kept: as long as anybody asks for a report.
	metKept = 3 * 366 * 24 * time.Hour
)

// meet keeps the key of a computer that was reached through the relay that became known
// under this host. It serves a later proof, so
// a key that cannot be kept only leaves a note.
func (p *program) meet(host string, n wire.Number, key ssh.PublicKey) {
	dir := p.path(metDir)
	line := ssh.MarshalAuthorizedKey(key)
	name := fmt.Sprintf("%s%x.pub", metPrefix(host, n), sha256.Sum256(line))
	err := disk.MkdirAll(dir, 0o700)
	if err == nil {
		err = writeFile(filepath.Join(dir, name), line, 0o600, true)
	}
	if err != nil {
		p.note("cannot keep the computer's key for \"report verify\": %v", err)
	}
}

// metUnder reports whether a file holds the key of a computer that was met under
// this number through the relay of this host; "" is any. Older files have the port
// behind the host. A host may hold anything that looks like a number, so the name is read from
// its end.
func metUnder(file, host string, n wire.Number) bool {
	end := strings.LastIndexByte(file, '_')
	if end < 0 {
		return false
	}
	at, ok := strings.CutSuffix(file[:end], "_"+string(n))
	if host == "" || !ok {
		return ok
	}
	port, ok := strings.CutPrefix(strings.ToLower(at), strings.ToLower(metHost(host)))
	return ok && (port == "" || port[0] == '_' && len(port) > 1 && len(port) <= len("_65535") && strings.Trim(port[1:], "0123456789") == "")
}

// metPrefix begins the names of the files of a host and a number.
func metPrefix(host string, n wire.Number) string { return metHost(host) + "_" + string(n) + "_" }

func metHost(host string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return strings.ReplaceAll(host, ":", "_")
}

// metKeys are the keys, as in authorized_keys, that computers had under this
// number, at the relay of this host or, where that is "", at any, each once. What is too old
// is forgotten.
func (p *program) metKeys(host string, n wire.Number) (keys []string) {
	if n == "" {
		return nil
	}
	dir := p.path(metDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > metKept {
			_ = os.Remove(path) // or the next time
			continue
		}
		if !metUnder(e.Name(), host, n) {
			continue
		}
		if line, err := disk.Read(path, maxOwn); err == nil {
			if key := strings.TrimSpace(string(line)); !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
