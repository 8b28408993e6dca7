//go:build linux

package main

import "context"

// seatBob makes the people's accounts, and lets Bob log in.
func (w *world) seatBob(ctx context.Context) error {
	if _, err := w.must(ctx, "for u in alice bob; do useradd -m -s /bin/bash $u; done; "+
		"systemd-run --quiet --unit=seat /sbin/agetty --autologin bob --noclear --keep-baud 115200 ttyS1 vt102"); err != nil {
		return err
	}
	if _, err := w.seat.expect(ctx, bobsPrompt); err != nil {
		return err
	}
	return w.bob(ctx, "stty rows 40 cols 100", bobsPrompt)
}

const bobsPrompt = "bob@vm:~$ "

// bob types a line, and waits for what comes.
func (w *world) bob(ctx context.Context, line, comes string) error {
	if err := w.seat.typed(line + "\n"); err != nil {
		return err
	}
	_, err := w.seat.expect(ctx, comes)
	return err
}

// bobAllows is what Bob answers when he is asked. The line with the seconds that are left
// comes again and again, and what he can type only once.
func (w *world) bobAllows() []turn {
	return []turn{{w.seat, "Type one of these words", ""}, {w.seat, "Do you allow this? ", "yes\n"}}
}
