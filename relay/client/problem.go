package client

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// broken reports whether a handshake ended for the network's sake, not because
// one side said no.
func broken(ctx context.Context, err error) bool {
	var network net.Error
	return ctx.Err() != nil || errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, &network)
}

// lost is the error for a connection that ended in the middle.
func lost(what text.Message, err error) error {
	e := cmdline.Fail(cmdline.ExitUnreachable, "run the command again; the support session goes on", "the connection to %s was lost", what)
	e.Err = errors.Join(ErrLost, err)
	return e
}

// remote makes an error of what a command of the relay or of a computer ended
// with. Those write "NAME: text" and perhaps "hint: …" (cmdline.Report).
func remote(status int, stderr string) *cmdline.Error {
	e := &cmdline.Error{Code: status}
	if !cmdline.Documented(status) {
		e.Code = cmdline.ExitFailed // a number from elsewhere must not become our success
	}
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, "\r\n")
		if hint, ok := cmdline.CutHint(line); ok {
			e.Hint = text.Escape(hint)
		} else if line != "" {
			e.Text = line
		}
	}
	if name, text, ok := strings.Cut(e.Text, ": "); ok && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") == "" {
		e.Text = text
	}
	if e.Text == "" {
		e.Text = "the command failed there without saying why"
	}
	return e
}

// refusedChannel is the error for a computer that cannot be reached; what the
// relay said is meant for people.
func refusedChannel(err error) *cmdline.Error {
	var open *ssh.OpenChannelError
	if errors.As(err, &open) {
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: open.Message, Err: errors.Join(ErrAway, err)}
	}
	return nil
}
