package power

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"supportd/daemon/internal/logind"
)

// tools are for systems without logind. systemctl is used only where systemd runs;
// elsewhere it fails.
func tools() [][]string {
	var list [][]string
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		list = append(list, []string{"/usr/bin/systemctl", "--no-ask-password", "reboot"}, []string{"/bin/systemctl", "--no-ask-password", "reboot"})
	}
	return append(list, []string{"/usr/sbin/shutdown", "-r", "now"}, []string{"/sbin/shutdown", "-r", "now"}, []string{"/sbin/reboot"})
}

func (s System) check(ctx context.Context) error {
	conn, err := logind.Open(ctx, s.Bus)
	if errors.Is(err, logind.ErrAbsent) {
		return nil // the tools will tell
	} else if err != nil {
		return failed(err)
	}
	defer conn.Close()
	// Root may override what programs forbid, and logind does not ask it. So we ask
	// logind what is forbidden, and respect it.
	list, err := conn.Inhibitors(ctx)
	if err == nil {
		err = inhibited(list)
	}
	if err == nil {
		var word string
		if word, err = conn.CanReboot(ctx); err == nil {
			err = answer(word)
		}
	}
	if errors.Is(err, logind.ErrAbsent) {
		return nil
	}
	return failed(err)
}

// inhibited refuses while one of the programs forbids a restart. Those that only
// delay it get the few seconds that logind grants them.
func inhibited(list []logind.Inhibitor) error {
	var holders []Holder
	for _, i := range list {
		if i.Mode == "block" && slices.Contains(strings.Split(i.What, ":"), "shutdown") {
			holders = append(holders, Holder{Who: i.Who, Why: i.Why, PID: i.PID})
		}
	}
	if len(holders) == 0 {
		return nil
	}
	return &Refusal{Cause: Inhibited, Holders: holders, Err: logind.ErrInhibited}
}

// answer turns what logind says into an error.
func answer(word string) error {
	refuse := func(c Cause) error { return &Refusal{Cause: c, Err: errors.New("logind says " + word)} }
	switch word {
	case "yes":
		return nil
	case "na":
		return refuse(Unsupported)
	case "no", "challenge":
		// A challenge would show a password prompt on the customer's screen, to which
		// nobody has agreed; where nothing can show it, it is a refusal.
		return refuse(Forbidden)
	case "inhibited", "inhibitor-blocked", "challenge-inhibitor-blocked":
		return refuse(Inhibited)
	}
	return refuse(Failed)
}

func (s System) restart(ctx context.Context, _ string) error {
	conn, err := logind.Open(ctx, s.Bus)
	if err == nil {
		defer conn.Close()
		err = conn.Reboot(ctx)
	}
	switch {
	case errors.Is(err, logind.ErrAbsent):
		if s.Tools != nil {
			return runTools(ctx, s.Tools)
		}
		return runTools(ctx, tools())
	case errors.Is(err, logind.ErrForbidden):
		return &Refusal{Cause: Forbidden, Err: err}
	case errors.Is(err, logind.ErrInhibited):
		return &Refusal{Cause: Inhibited, Err: err}
	}
	return failed(err)
}
