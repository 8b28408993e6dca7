package daemon

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/consent"
	"supportd/daemon/power"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// downTimeout is how long the operating system may take to stop us after it has
// agreed to restart. Longer means that something has kept it up after all.
const downTimeout = 3 * time.Minute

// ErrRestarting is how [Daemon.Run] ends when the computer restarts: the support
// session goes on after it.
var ErrRestarting = errors.New("the computer restarts")

// Power restarts this computer; [power.Computer] is the real one.
type Power interface {
	Ready(ctx context.Context) error                  // before anybody is asked
	Restart(ctx context.Context, reason string) error // returns when it has begun
	Install() error                                   // makes the entry that brings us back
	Remove() error                                    // removes it; any number of times
	BootID() (string, error)
	AtScreen(ctx context.Context) ([]string, error) // who is logged in at the computer itself
}

func (v *visit) rebootCommand() *cli.Command {
	return &cli.Command{
		Name: "reboot", Usage: "restart this computer and come back", ArgsUsage: "[TEXT...]",
		Flags: []cli.Flag{
			&cli.DurationFlag{Name: "delay", Usage: "wait `D` after the customer's yes, e.g. 2m"},
			&cli.StringFlag{Name: "reason", Usage: "`TEXT` that the customer sees"},
		},
		Action: func(c *cli.Context) error {
			delay, reason := c.Duration("delay"), c.String("reason")
			if reason != "" { // ssh takes the quotes away
				reason = strings.Join(append([]string{reason}, c.Args().Slice()...), " ")
			}
			switch {
			case c.Args().Present() && reason == "":
				return cmdline.Usage("reboot [--delay D] [--reason TEXT]", "reboot: unexpected argument %q", text.Plain(c.Args().First(), 60))
			case len(reason) > wire.MaxReason:
				return cmdline.Usage("", "reboot: --reason has at most %d bytes", wire.MaxReason)
			}
			v.WatchInterrupt()
			return v.reboot(c.Context, delay, reason)
		},
	}
}

// reboot asks, and restarts the computer. It returns when that has begun, or why
// it does not happen.
func (v *visit) reboot(ctx context.Context, delay time.Duration, reason string) error {
	if delay < 0 || delay > power.MaxDelay {
		return cmdline.Usage("--delay 2m", "reboot: --delay is at most %v", power.MaxDelay)
	}
	giveBack, err := v.restart.claim()
	if err != nil {
		return err
	}
	defer giveBack()
	boot, err := v.readyToRestart(ctx, reason)
	if err != nil {
		return err
	}
	if _, err := v.mayDo(ctx, consent.Question{Kind: consent.Reboot, Delay: delay, Reason: reason}); err != nil {
		return err
	}
	data := journal.RebootRequest{Reason: reason, Boot: boot}
	if delay > 0 {
		data.Delay = delay.String()
	}
	if err := v.journal.Append(v.who.Account, data); err != nil {
		return v.denied(consent.Answer{Why: consent.Unwritten})
	}
	v.opts.UI.Notify(Restarting{Who: v.who, After: delay})
	if delay > 0 {
		_, _ = v.Stderr().Write([]byte("the computer restarts in " + delay.String() + "; Ctrl-C calls it off\n"))
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			v.opts.UI.Notify(NotRestarting{})
			return errors.Join(v.refuseRestart(reason, context.Cause(ctx)), ctx.Err())
		}
	}
	if err := v.goDown(ctx, boot, reason); err != nil {
		v.opts.UI.Notify(NotRestarting{})
		return v.refuseRestart(reason, err)
	}
	_, _ = v.Write([]byte("the computer restarts now; support comes back by itself\n"))
	return nil
}

// readyToRestart finds what would stop it before the customer is asked, and says
// which boot this is.
func (v *visit) readyToRestart(ctx context.Context, reason string) (boot string, err error) {
	if v.opts.Power == nil {
		return "", v.refuseRestart(reason, &power.Refusal{Cause: power.Unsupported})
	}
	if err := v.opts.Power.Ready(ctx); err != nil {
		return "", v.refuseRestart(reason, err)
	}
	if boot, err = v.opts.Power.BootID(); err != nil {
		return "", v.refuseRestart(reason, &power.Refusal{Cause: power.NoReturn, Err: err})
	}
	return boot, nil
}

// refuseRestart writes down that a restart does not happen, and says why.
func (v *visit) refuseRestart(reason string, cause error) error {
	why, said, hint := journal.CauseRestartNot.Of(""), "", ""
	var refusal *power.Refusal
	switch {
	case errors.As(cause, &refusal):
		why, said, hint, cause = refusal.Because(), refusal.Error(), refusal.Hint(), errors.Join(cause, refusal.Err)
	case errors.Is(cause, sshd.ErrInterrupted), errors.Is(cause, sshd.ErrClosed):
		why = journal.CauseRestartCalledOff.Of("")
	case v.over.Err() != nil:
		why = journal.CauseOver.Of("")
	}
	said = cmp.Or(said, why.English())
	v.opts.Log.Warn("no restart", "cause", cause)
	if err := v.journal.Append(v.who.Account, journal.RebootRefuse{Reason: reason, Why: said, Because: why}); err != nil {
		v.opts.Log.Error("a refused restart is not in the journal", "err", err)
	}
	return cmdline.Fail(cmdline.ExitFailed, hint, "%s", text.Plain(said, 1000))
}

// restart lets one restart be asked for at a time.
type restart struct {
	turn chan struct{} // holds one token
}

func newRestart() restart {
	r := restart{turn: make(chan struct{}, 1)}
	r.turn <- struct{}{}
	return r
}

// claim makes sure that one restart is asked for at a time.
func (r *restart) claim() (func(), error) {
	select {
	case <-r.turn:
		return func() { r.turn <- struct{}{} }, nil
	default:
		return nil, cmdline.Fail(cmdline.ExitFailed, "wait for it", "somebody is restarting this computer right now")
	}
}

// restarting reports whether the computer goes down. A Stop asks it, so it waits for
// no lock.
func (d *Daemon) restarting() bool { return d.goingDown.Load() }

// goDown saves the way back and restarts. What it did is undone where that fails.
func (v *visit) goDown(ctx context.Context, boot, reason string) error {
	users, err := v.opts.Power.AtScreen(ctx)
	if err != nil {
		return err
	}
	v.setGoingDown(&state.Restart{Boot: boot, At: time.Now().UTC(), By: v.who, Users: users})
	err = v.keepSaved()
	if err == nil {
		err = v.opts.Power.Install()
	}
	if err == nil {
		v.tellAway(wire.AwayRebooting)
		err = v.opts.Power.Restart(ctx, reason)
	}
	if err != nil {
		return errors.Join(err, v.stayUp())
	}
	v.closing.Go(v.watchDown)
	return nil
}

func (d *Daemon) setGoingDown(r *state.Restart) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saved.Restart = r
	d.goingDown.Store(r != nil)
}

// stayUp takes back what goDown prepared.
func (d *Daemon) stayUp() error {
	d.setGoingDown(nil)
	d.tellAway("")
	return errors.Join(d.opts.Power.Remove(), d.keepSaved())
}

// watchDown notices a restart that was promised and does not come.
func (d *Daemon) watchDown() {
	select {
	case <-d.over.Done():
		return
	case <-time.After(downTimeout):
	}
	why := journal.CauseRestartLate.Of(downTimeout.String())
	if err := d.journal.Append(journal.ByDaemon, journal.RebootRefuse{Why: why.English(), Because: why}); err != nil {
		d.opts.Log.Error("a restart that did not come is not in the journal", "err", err)
	}
	if err := d.stayUp(); err != nil {
		d.report(journal.AutostartStays, err)
	}
	d.opts.UI.Notify(NotRestarting{})
}

// tellAway tells the relay why this computer is about to be lost, or that it
// stays. The relay shows it to CSRs; nothing depends on it.
func (d *Daemon) tellAway(reason string) {
	d.mu.Lock()
	client := d.client
	d.mu.Unlock()
	if client == nil {
		return
	}
	told := time.AfterFunc(tellTimeout, func() { client.Close() })
	defer told.Stop()
	_, _, _ = client.SendRequest(wire.AwayRequest, true, wire.Away{Reason: reason}.Marshal())
}

// comeBack ends a restart that the saved session tells of: the entry that
// started us has done its work, whichever way we were started.
func (d *Daemon) comeBack() error {
	if d.opts.Power == nil {
		return nil
	}
	r := d.saved.Restart
	d.saved.Restart = nil
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
	d.restarted = true
	if d.saved.Audience == nil {
		d.saved.Audience = &state.Audience{Users: r.Users}
	}
	if d.journal.Returned() == boot {
		return nil // killed since, when only the journal knew of it
	}
	return d.journal.Append(journal.ByDaemon,
		journal.RebootReturn{Boot: boot, Before: r.Boot, Took: time.Since(r.At).Round(time.Second).String()})
}

// removeEntry removes the autostart entry; there is one only around a restart.
func (d *Daemon) removeEntry() error {
	if d.opts.Power == nil {
		return nil
	}
	return d.opts.Power.Remove()
}

// firstReturn reports once that the computer has restarted.
func (d *Daemon) firstReturn() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	first := d.restarted
	d.restarted = false
	return first
}

func (d *Daemon) setClient(c *sshd.Client) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.client = c
}
