//go:build linux

package group

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
)

// A newer version's change of the schema, as one may come: it takes nothing away.
const raisedFile, raisedText = "90000_raised.sql", `-- +goose Up
ALTER TABLE sessions ADD COLUMN raised text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sessions DROP COLUMN raised;
`

// raised starts a relay of a newer version beside relays of this one.
func (c *campaign) raised(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, min(c.Tunnels, few), time.Second); err != nil {
		return err
	}
	newer, err := s.buildNewer(ctx)
	if err != nil {
		return err
	}
	if _, err := s.reset(); err != nil {
		return err
	}
	s.lost = 0
	third := &node{site: s, name: "newer", program: newer}
	if err := s.giveKeys(third); err != nil {
		return err
	}
	err = third.start(ctx, "")
	s.row("a relay with a newer schema joins the group", "it starts", err == nil, "%s", errText(err))
	if err != nil {
		return nil
	}
	if _, err := s.reset(); err != nil {
		return err
	}
	if err := pause(ctx, 20*time.Second); err != nil {
		return err
	}
	after, err := s.reset()
	if err != nil {
		return err
	}
	s.row("", "the relays that run go on: every computer's events, and no tunnel ends", after.Silent == 0 && s.lost == 0, "%d events, %d bring none, %d tunnels lost", after.Events, after.Silent, s.lost)
	_, err = s.nodes[0].session()
	s.row("", "they start support sessions", err == nil, "%s", errText(err))
	_, err = rig.Run(s.nodes[0].login(ctx, s.loads[1].Numbers[0]+".support", "zeros", "3"))
	s.row("", "they reach each other's computers", err == nil, "%s", errText(err))
	first := s.nodes[0]
	first.Kill()
	err = first.start(ctx, first.Addr)
	why := said(err, "newer")
	s.row("a relay of this version starts again beside it", "it refuses, and says why", strings.Contains(why, "written by a newer version"), "%s", why)
	all := 0
	for _, l := range s.loads {
		all += len(l.Numbers)
	}
	_, back := until(ctx, time.Minute, func() bool {
		r, _, err := s.ask(customers.Ask{})
		return err == nil && r.Connected == all
	})
	s.row("", "its computers are at the others", back, "%v", back)
	return s.compareRaised(ctx)
}

// compareRaised compares the journals when this version can read the database again.
func (s *site) compareRaised(ctx context.Context) error {
	if _, err := sql(ctx, s.server, `DELETE FROM goose_db_version WHERE version_id = 90000`); err != nil {
		return err
	}
	return s.compare(ctx)
}

// said is the line of an error that holds a word.
func said(err error, word string) string {
	if err == nil {
		return "it does not"
	}
	for line := range strings.Lines(err.Error()) {
		if strings.Contains(line, word) {
			return strings.TrimSpace(line)
		}
	}
	return firstLine(err)
}

// buildNewer makes a relay that has one more change of the schema.
func (s *site) buildNewer(ctx context.Context) (program string, err error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return s.buildOther(ctx, filepath.Join(root, "relay/store/migrations", raisedFile), raisedText)
}

// buildOther makes a relay in which one file of its source is another one, with these flags
// of "go build" besides.
func (s *site) buildOther(ctx context.Context, file, text string, flags ...string) (program string, err error) {
	program = filepath.Join(s.dir, "support-relay-other")
	other, overlay := program+".source", program+".json"
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: other}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(other, []byte(text), 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		return "", err
	}
	args := append([]string{"build", "-overlay", overlay, "-o", program}, flags...)
	if out, err := exec.CommandContext(ctx, "go", append(args, "./cmd/support-relay")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building another relay: %w\n%s", err, out)
	}
	return program, nil
}
