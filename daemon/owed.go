package daemon

import (
	"context"
	"errors"
	"os"
	"time"

	local "supportd/daemon/journal"
	"supportd/daemon/link"
	"supportd/daemon/state"
	"supportd/library/panics"
)

// bringPatience bounds one attempt to bring an earlier journal.
const bringPatience = 5 * time.Minute

// bringOwedOnce calls bringOwed in the background when the relay is connected for the
// first time.
func (d *Daemon) bringOwedOnce() {
	d.bringOnce.Do(func() {
		d.bringing.Go(func() {
			defer panics.Keep(d.opts.Log, "bringing earlier journals", func() {})
			d.bringOwed(d.session.Over())
		})
	})
}

// bringOwed brings the relay what earlier support sessions here still owe it. What does
// not work is left for the next daemon.
func (d *Daemon) bringOwed(ctx context.Context) {
	list, err := d.opts.State.Owing()
	if err != nil {
		d.opts.Log.Warn("cannot list the journals that are still to be handed over", "err", err)
	}
	for _, o := range list {
		if ctx.Err() != nil {
			return
		}
		err := d.bring(ctx, o)
		if err != nil {
			d.opts.Log.Warn("an earlier journal is not handed over", "journal", o.Journal, "err", err)
		} else {
			d.opts.Log.Info("an earlier journal was handed over", "journal", o.Journal)
		}
		if err == nil || link.Refused(err) || errors.Is(err, os.ErrNotExist) {
			if err := d.opts.State.Brought(o); err != nil {
				d.opts.Log.Warn("cannot delete the note of a journal that was handed over", "err", err)
			}
		}
	}
}

func (d *Daemon) bring(ctx context.Context, o state.Owed) error {
	id, err := link.IdentityOf(o.Identity)
	if err != nil {
		return err
	}
	j, err := local.Open(ctx, d.opts.State.Root(), o.Journal)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bringPatience)
	defer cancel()
	dialer := d.opts.Dialer() // it may be another relay, to which other ways lead
	link.Remember(dialer, o.Relay)
	err = d.delivery(dialer).Deliver(ctx, o, id, j)
	return errors.Join(err, j.Close())
}
