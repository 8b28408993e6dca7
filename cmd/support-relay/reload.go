package main

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"supportd/library/text"
	"supportd/relay"
	"supportd/relay/web"
)

// changesAtOnce are the keys that SIGHUP changes. The others need a restart: they are
// open ports, the data directory, or times that support sessions count on.
func changesAtOnce() []string {
	return []string{"contact", keyCSRCA, keyRevocations, "log", "names", "organisation", "programs", "web_address"}
}

// change is a key that has another value in a configuration that was read again.
type change struct{ key, from, to string }

func (c change) String() string { return fmt.Sprintf("%s from %s to %s", c.key, c.from, c.to) }

// atOnce reports whether the change needs no restart.
func (c change) atOnce() bool { return slices.Contains(changesAtOnce(), c.key) }

// changesTo lists what next has otherwise, by key.
func (cfg *config) changesTo(next *config) (all []change) {
	before, after := cfg.fields(), next.fields()
	for _, key := range slices.Sorted(maps.Keys(before)) {
		from, to := before[key].into, after[key].into
		if from == nil || reflect.DeepEqual(from, to) {
			continue
		}
		all = append(all, change{key, valueText(from), valueText(to)})
	}
	return all
}

// valueText is an option's value as it stands in a message. into points to it.
func valueText(into any) string {
	switch v := reflect.ValueOf(into).Elem().Interface().(type) {
	case string:
		return fmt.Sprintf("%q", text.Plain(v, 200))
	case databaseURL:
		return fmt.Sprintf("%q", v.shown())
	case []string:
		return fmt.Sprintf("%q", v)
	case addresses:
		return fmt.Sprintf("%q", []string(v))
	case acmeConfig:
		if v.directory != "" {
			return fmt.Sprintf("%q", v.directory)
		}
		return fmt.Sprint(v.on)
	case time.Duration:
		if v == 0 {
			return "unset"
		}
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

// reloadEach reads the configuration again each time that it is asked for, until ctx is
// done.
func (s *service) reloadEach(ctx context.Context) {
	for {
		select {
		case <-s.hangup:
			s.reload()
			s.manager.tell("READY=1")
		case <-ctx.Done():
			return
		}
	}
}

// reload reads the configuration again, and changes all that can be changed, or nothing
// where anything is wrong with it. Nobody is cut off.
func (s *service) reload() {
	if s.cfg.path == "" {
		s.log.Warn("SIGHUP: there is no configuration to read again, because none was named with --config; nothing has changed")
		return
	}
	next, err := s.read()
	var programs *web.Programs
	if err == nil {
		programs, err = next.usable(s)
	}
	if err != nil {
		s.log.Log(context.Background(), relay.LevelSecurity, "SIGHUP: the configuration cannot be used; the old one stays as it is", "event", string(relay.EventReload), "err", err)
		return
	}
	var done, later []string
	changes := s.cfg.changesTo(&next)
	for _, c := range changes {
		if c.atOnce() {
			done = append(done, c.String())
		} else {
			later = append(later, c.String())
		}
	}
	if len(done) > 0 {
		s.apply(&next, programs)
	}
	// Also where the same files have other keys now.
	if err := s.relay.SetCSRCA(context.Background(), s.cas); err != nil {
		s.log.Error("SIGHUP: the accounts cannot be read; who is here by another CA stays", "err", err)
	}
	if err := s.relay.SetRevocations(s.list); err != nil {
		s.log.Error("SIGHUP: the list of revocations cannot be used", "err", err) // it was checked
	}
	s.log.Log(context.Background(), relay.LevelSecurity, "SIGHUP: the configuration was read again", "event", string(relay.EventReload), "changed", listed(done), "needs_restart", listed(later))
}

// usable checks what can only be checked outside of the file, and opens the programs.
func (cfg *config) usable(s *service) (*web.Programs, error) {
	if _, err := cfg.certificates(s.log); err != nil {
		return nil, err
	}
	cas, err := readCSRCA(cfg.place(keyCSRCA), cfg.CSRCA)
	if err == nil && s.relay != nil {
		err = s.relay.CheckCSRCA(cas)
	}
	if err != nil {
		return nil, err
	}
	list, err := readRevocations(cfg.place(keyRevocations), cfg.Revocations, cas)
	if err == nil && s.relay != nil {
		err = s.relay.CheckRevocations(list)
	}
	if err != nil {
		return nil, err
	}
	s.cas, s.list = cas, list
	programs, err := cfg.Page.open(s.log)
	if err == nil {
		s.opened = append(s.opened, programs)
	}
	return programs, err
}

// apply makes true what can be changed at once.
func (s *service) apply(next *config, programs *web.Programs) {
	s.level.Set(next.Log)
	if err := s.relay.SetNames(next.Names); err != nil {
		s.log.Error("SIGHUP: names cannot be used", "err", err) // they were checked
		return
	}
	if s.site != nil {
		// The port is the one that is open; the rest of the address may be another.
		s.relay.SetWeb(next.webAddress(s.web, s.secure))
		s.site.SetPage(next.page(programs))
	}
	// What needs a restart stays as it is, and is named again next time.
	s.cfg.Log, s.cfg.Names, s.cfg.Page, s.cfg.Address, s.cfg.CSRCA, s.cfg.Revocations = next.Log, next.Names, next.Page, next.Address, next.CSRCA, next.Revocations
}

// listed is a list as it stands in the log.
func listed(all []string) string {
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, "; ")
}
