package daemon

import (
	"time"

	"supportd/daemon/state"
	"supportd/library/journal"
)

// comeBack finishes a restart that the saved session tells of: it removes the entry that
// starts us, which is not needed any more, and records the return.
func (d *Daemon) comeBack() error {
	if d.opts.Power == nil {
		return nil
	}
	r := d.session.Saved().Restart
	d.session.SetRestart(nil)
	_, over := d.journal.Over()
	if err := d.removeEntry(); err != nil || over {
		return err
	}
	if r == nil {
		return d.journal.NotRestarted()
	}
	boot, err := d.opts.Power.BootID()
	if err != nil {
		return err
	}
	if boot == r.Boot {
		return d.journal.NotRestarted()
	}
	d.session.SetReturned()
	d.session.Change(func(s *state.Saved) {
		if s.Audience == nil {
			s.Audience = &state.Audience{Users: r.Users}
		}
	})
	if d.journal.Returned() == boot {
		return nil // recorded already: we were killed before the saved session was written
	}
	return d.journal.Append(journal.ByDaemon,
		journal.RebootReturn{Boot: boot, Before: r.Boot, Took: time.Since(r.At).Round(time.Second).String(), EntryRemoved: true})
}

// removeEntry removes the autostart entry; there is one only around a restart.
func (d *Daemon) removeEntry() error {
	if d.opts.Power == nil {
		return nil
	}
	return d.opts.Power.Remove()
}
