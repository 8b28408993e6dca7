//go:build linux

package group

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"supportd/hack/testkit/pgtest"
)

const (
	// diskSize is that of the file system under the database that becomes full.
	diskSize = "300m"
	// fullTime is how long the database takes nothing.
	fullTime = 20 * time.Second
)

// unwilling fills the database's disk, makes it read-only, and has another server take over.
func (c *campaign) unwilling(ctx context.Context) error {
	return c.each(ctx, (*campaign).full, (*campaign).readOnly, (*campaign).failedOver)
}

// full fills the database's disk, and makes room again.
func (c *campaign) full(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "supportd-disk-") // the server's own account has no way into ours
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	// The mount is in a name space of this run's own, and goes with it.
	if err := unix.Mount("soak", dir, "tmpfs", 0, "size="+diskSize+",mode=0755"); err != nil {
		return fmt.Errorf("a small disk (as root, in name spaces of its own: unshare --net --mount): %w", err)
	}
	defer func() { err = errors.Join(err, unix.Unmount(dir, unix.MNT_DETACH)) }()
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	opts := durable()
	opts.Dir = dir
	// So the log of changes stays small, and it is the tables that find no room at first.
	opts.Settings = append(opts.Settings, "min_wal_size=32MB", "max_wal_size=64MB")
	server, err := pgtest.StartWith(opts)
	if err != nil {
		return err
	}
	s, err := c.siteOn(ctx, c.Relays, server, server.URL(), nil)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, min(c.Tunnels, few), time.Second); err != nil {
		return err
	}
	before, err := s.reset()
	if err != nil {
		return err
	}
	s.lost = 0
	ballast := filepath.Join(dir, "ballast")
	if err := fill(ballast); err != nil {
		return err
	}
	// What fits into the pages that are there is still taken.
	took, ok := until(ctx, 2*time.Minute, func() bool {
		r, err := s.reset()
		return err == nil && r.Events == 0 && pause(ctx, 2*time.Second) == nil
	})
	s.say("the database takes nothing more after %.1f s", took.Seconds())
	if !ok {
		return errors.New("the database does not become full")
	}
	if err := pause(ctx, fullTime); err != nil {
		return err
	}
	during, err := s.reset()
	if err != nil {
		return err
	}
	// Some find room in pages that are there; that they are stored is compared below.
	s.row("the database's disk is full", "computers wait with what cannot be stored, and no tunnel ends", during.Waiting > 0 && s.lost == 0,
		"%d wait, %d events found room, %d tunnels lost", during.Waiting, during.Events, s.lost)
	if err := os.Remove(ballast); err != nil {
		return err
	}
	if err := s.recovers(ctx, before); err != nil {
		return err
	}
	return s.compare(ctx)
}

// fill writes until the disk is full.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err := f.Write(block); errors.Is(err, unix.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			return err
		}
	}
	return nil
}

// readOnly has the database refuse what writes, to all its connections.
func (c *campaign) readOnly(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, min(c.Tunnels, few), time.Second); err != nil {
		return err
	}
	before, err := s.reset()
	if err != nil {
		return err
	}
	spare, err := s.nodes[0].session()
	if err != nil {
		return err
	}
	set := func(on string) error {
		_, err := sql(ctx, s.server, `SET default_transaction_read_only = off`, `ALTER SYSTEM SET default_transaction_read_only = `+on, `SELECT pg_reload_conf()`)
		return err
	}
	if err := set("on"); err != nil {
		return err
	}
	if err := s.outage(ctx, fmt.Sprintf("the database takes nothing, it can only be read, for %.0f s", awayTime.Seconds()), before, spare, awayTime, func() error { return set("off") }); err != nil {
		return err
	}
	return s.compare(ctx)
}

// failedOver crashes the database, and makes the one that follows it take over.
func (c *campaign) failedOver(ctx context.Context) (err error) {
	first, err := pgtest.StartWith(durable())
	if err != nil {
		return err
	}
	second, err := first.Follow("second")
	if err != nil {
		return errors.Join(err, first.Close())
	}
	url := fmt.Sprintf("postgres://postgres@%s,%s/postgres?sslmode=disable&connect_timeout=10&target_session_attrs=read-write", first.Address(), second.Address())
	s, err := c.siteOn(ctx, c.Relays, first, url, nil)
	if err != nil {
		return errors.Join(err, second.Close())
	}
	s.onClose(second.Close)
	defer func() { err = joinStop(err, s) }()
	// From now on what is acknowledged is at both.
	if _, err := sql(ctx, first, `ALTER SYSTEM SET synchronous_standby_names = 'second'`, `SELECT pg_reload_conf()`); err != nil {
		return err
	}
	if _, ok := until(ctx, time.Minute, func() bool {
		rows, err := sql(ctx, first, `SELECT sync_state FROM pg_stat_replication`)
		return err == nil && len(rows) == 1 && rows[0] == "sync"
	}); !ok {
		return errors.New("the second database does not follow")
	}
	if err := s.populate(ctx, min(c.Tunnels, few), time.Second); err != nil {
		return err
	}
	before, err := s.reset()
	if err != nil {
		return err
	}
	s.lost = 0
	if err := first.Crash(); err != nil {
		return err
	}
	if err := pause(ctx, fullTime); err != nil {
		return err
	}
	s.server = second
	if err := second.Promote(); err != nil {
		return err
	}
	// It may have a copy of that.
	if _, err := sql(ctx, second, `ALTER SYSTEM SET synchronous_standby_names = ''`, `SELECT pg_reload_conf()`); err != nil {
		return err
	}
	s.row("the database crashes, and one that follows it is promoted", "it is done", true, "after %.0f s", fullTime.Seconds())
	if err := s.recovers(ctx, before); err != nil {
		return err
	}
	return s.compare(ctx)
}
