package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/disk"
	"supportd/library/wire"
)

const (
	// looksDir holds the last look at each computer, below the program's directory.
	looksDir = "looks"
	// looksKept is how long a look is of use; a support session is over by then.
	looksKept = 30 * 24 * time.Hour
)

// look is what a CSR has seen of a computer: its sections, each with the time of
// the last look at it. It is kept on the CSR's machine, so that it outlives the
// computer's reboot.
type look struct {
	Relay    string        `json:"relay"`
	Number   wire.Number   `json:"number"`
	Host     string        `json:"host"`
	Sections []lookSection `json:"sections"`

	file string // that it was read from; "" for one that this program has kept
}

type lookSection struct {
	Category string    `json:"category"`
	Title    string    `json:"title"` // the heading as it was shown
	Taken    time.Time `json:"taken"`
	Lines    []string  `json:"lines"`
}

// collected is when a look was taken, as its text says; the zero time where it does not.
func collected(document string) time.Time {
	for line := range strings.Lines(document) {
		if said, ok := strings.CutPrefix(line, "collected "); ok {
			at, err := time.Parse("2006-01-02 15:04:05 -07:00", strings.TrimSpace(said))
			if err == nil {
				return at
			}
		}
		if headingOf(strings.TrimRight(line, "\r\n")) != "" {
			break
		}
	}
	return time.Time{}
}

// parseLook takes the text of a look apart. A section begins with a heading that
// is not indented and ends in the category's name in brackets.
func parseLook(text string, taken time.Time) look {
	var l look
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if host, ok := strings.CutPrefix(line, "System information of "); ok && l.Host == "" {
			l.Host = host
		}
		if category := headingOf(line); category != "" {
			l.Sections = append(l.Sections, lookSection{Category: category, Title: line, Taken: taken.UTC().Truncate(time.Second)})
		} else if n := len(l.Sections); n > 0 && line != "" {
			l.Sections[n-1].Lines = append(l.Sections[n-1].Lines, line)
		}
	}
	return l
}

// headingOf returns the category of a section's heading, or "".
func headingOf(line string) string {
	rest, ok := strings.CutSuffix(line, "]")
	i := strings.LastIndex(rest, " [")
	if !ok || i < 1 || line[0] == ' ' {
		return ""
	}
	category := rest[i+2:]
	if category == "" || strings.Trim(category, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return category
}

func (l look) section(category string) *lookSection {
	for i := range l.Sections {
		if l.Sections[i].Category == category {
			return &l.Sections[i]
		}
	}
	return nil
}

// remember keeps a look, for this user only, and returns the one before it: in
// the same support session, whose identity key it is, else at the computer of the
// same name. Sections that were not looked at this time keep their last look.
func (p *program) remember(identity ssh.PublicKey, now look) (before look, err error) {
	dir := p.path(looksDir)
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return look{}, explain(dir, err)
	}
	forgetOldLooks(dir)
	name := sha256.Sum256(identity.Marshal())
	path := filepath.Join(dir, hex.EncodeToString(name[:16])+".json")
	switch before, err = readLook(path); {
	case errors.Is(err, fs.ErrNotExist):
		before = lastOfHost(dir, now)
	case err != nil:
		return look{}, fmt.Errorf("the last look at this computer: %w", err)
	}
	merged := now
	for _, old := range before.Sections {
		if now.section(old.Category) == nil && before.Number == now.Number {
			merged.Sections = append(merged.Sections, old)
		}
	}
	data, err := json.Marshal(merged)
	if err != nil {
		return before, err
	}
	return before, writeFile(path, data, 0o600, true)
}

// readLook reads one; what another version wrote is an empty one.
func readLook(path string) (l look, err error) {
	data, err := disk.Read(path, maxOwn)
	if err == nil && json.Unmarshal(data, &l) != nil {
		l = look{}
	}
	return l, err
}

// lastOfHost is the newest look at a computer of the same name at the same
// relay: a computer has another key in each support session.
func lastOfHost(dir string, now look) (last look) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return look{}
	}
	var newest time.Time
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.ModTime().After(newest) {
			continue
		}
		l, err := readLook(filepath.Join(dir, e.Name()))
		if err == nil && l.Host == now.Host && sameRelay(l.Relay, now.Relay) {
			last, newest = l, info.ModTime()
		}
	}
	return last
}

// forgetOldLooks removes looks that nobody will compare with. What cannot be
// removed is tried again next time.
func forgetOldLooks(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > looksKept {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
