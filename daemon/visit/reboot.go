package visit

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/consent"
	"supportd/daemon/notice"
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
			v.channel.WatchInterrupt()
			return v.reboot(c.Context, delay, reason)
		},
	}
}

// reboot asks, and restarts the computer. It returns when that has begun, or why
// it does not happen.
func (v *visit) reboot(ctx context.Context, delay time.Duration, reason string) error {
	if delay < 0 || delay > power.MaxDelay {
		return cmdline.Usage("--delay 2m", "reboot: --delay is at most %s", text.Lasting(power.MaxDelay))
	}
	giveBack, err := v.server.restart.claim()
	if err != nil {
		return err
	}
	defer giveBack()
	boot, err := v.readyToRestart(ctx, reason)
	if err != nil {
		return err
	}
	if err := v.askWhileNothingRuns(ctx, consent.Question{Kind: consent.Reboot, Delay: delay, Reason: reason}, "a restart"); err != nil {
		return err
	}
	data := journal.RebootRequest{Reason: reason, Boot: boot}
	if delay > 0 {
		data.Delay = delay.String()
	}
	if err := v.server.Journal.Append(v.who.Account, data); err != nil {
		return v.denied(consent.Answer{Why: consent.Unwritten})
	}
	v.server.UI.Notify(notice.Restarting{Who: v.who, After: delay})
	if delay > 0 {
		_, _ = v.channel.Stderr().Write([]byte("the computer restarts in " + delay.String() + "; Ctrl-C calls it off\n"))
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			v.server.UI.Notify(notice.NotRestarting{})
			return errors.Join(v.refuseRestart(reason, context.Cause(ctx)), ctx.Err())
		}
	}
	if err := v.goDown(ctx, boot, reason); err != nil {
		v.server.UI.Notify(notice.NotRestarting{})
		return v.refuseRestart(reason, err)
	}
	_, _ = v.channel.Write([]byte("the computer restarts now; support comes back by itself\n"))
	return nil
}

// readyToRestart finds what would stop it before the customer is asked, and says
// which boot this is.
func (v *visit) readyToRestart(ctx context.Context, reason string) (boot string, err error) {
	if v.server.Power == nil {
		return "", v.refuseRestart(reason, &power.Refusal{Cause: power.Unsupported})
	}
	if err := v.server.Power.Ready(ctx); err != nil {
		return "", v.refuseRestart(reason, err)
	}
	if boot, err = v.server.Power.BootID(); err != nil {
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
		if refusal.Cause == power.NoReturn { // the customer can change that, nobody else
			v.server.UI.Notify(notice.NoWayBack{Who: v.who, Emptied: refusal.Emptied()})
		}
	case errors.Is(cause, sshd.ErrInterrupted), errors.Is(cause, sshd.ErrClosed):
		why = journal.CauseRestartCalledOff.Of("")
	case v.server.Session.Over().Err() != nil:
		why = journal.CauseOver.Of("")
	}
	told := text.Later("%s", becauseOf{why})
	if said == "" || said == why.English() {
		said = why.English()
	} else {
		told = text.Later("%s", text.Plain(said, 1000))
	}
	v.server.Log.Warn("a restart was refused", "cause", cause)
	if err := v.server.Journal.Append(v.who.Account, journal.RebootRefuse{Reason: reason, Why: said, Because: why}); err != nil {
		v.server.Log.Error("a refused restart is not in the journal", "err", err)
	}
	return cmdline.Fail(cmdline.ExitFailed, hint, "%s", told)
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
		return nil, cmdline.Fail(cmdline.ExitFailed, "wait for the answer", "another CSR is asking to restart this computer")
	}
}

// goDown saves the way back and restarts. What it did is undone where that fails.
func (v *visit) goDown(ctx context.Context, boot, reason string) error {
	s := v.server
	users, err := s.Power.AtScreen(ctx)
	if err != nil {
		return err
	}
	s.Session.SetRestart(&state.Restart{Boot: boot, At: time.Now().UTC(), By: v.who, Users: users})
	err = s.Session.Save()
	if err == nil {
		err = s.Power.Install()
	}
	if err == nil {
		err = v.stillHere()
	}
	if err == nil {
		s.Relay.Away(wire.AwayRebooting)
		err = s.Power.Restart(ctx, reason)
	}
	if err != nil {
		return errors.Join(err, s.stayUp())
	}
	s.working.Go(s.watchDown)
	return nil
}

// stayUp takes back what goDown prepared.
func (s *Server) stayUp() error {
	s.Session.SetRestart(nil)
	s.Relay.Away("")
	return errors.Join(s.Power.Remove(), s.Session.Save())
}

// watchDown notices a restart that was promised and does not come.
func (s *Server) watchDown() {
	select {
	case <-s.Session.Over().Done():
		return
	case <-time.After(downTimeout):
	}
	why := journal.CauseRestartLate.Of(downTimeout.String())
	if err := s.Journal.Append(journal.ByDaemon, journal.RebootRefuse{Why: why.English(), Because: why}); err != nil {
		s.Log.Error("a restart that did not come is not in the journal", "err", err)
	}
	if err := s.stayUp(); err != nil {
		s.Journal.Report(s.Log, journal.AutostartStays, err)
	}
	s.UI.Notify(notice.NotRestarting{})
}
