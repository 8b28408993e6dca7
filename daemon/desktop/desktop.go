// Package desktop finds the person who sits before the windows of this computer,
// and starts programs on their desktop: a message box, a browser. The customer's
// program uses it where it was started without windows of its own, by root or as
// a service.
//
// It answers for the moment only: whoever asks a customer calls [Find] for each
// question. What it cannot know is nobody, with the reason: a box that no one sees,
// or that another person answers, is worse than none.
package desktop

import (
	"fmt"
	"slices"
	"strings"

	"supportd/consent"
)

// Why there is nobody to ask. Each of them is a [consent.ErrNobody].
var (
	// ErrNone means that nobody is logged in before windows here.
	ErrNone = fmt.Errorf("%w: nobody is logged in on a desktop of this computer", consent.ErrNobody)
	// ErrLocked means that the desktop is there, and its screen is locked.
	ErrLocked = consent.ErrLocked
	// ErrOther means that the desktop in front is another user's.
	ErrOther = fmt.Errorf("%w: the desktop in front belongs to another user", consent.ErrNobody)
)

// Options say where to look.
type Options struct {
	// Environ is the environment of our own program, as "NAME=value". Where the
	// program was started on a desktop, it says on which.
	Environ []string
	// Bus is the address of the system's D-Bus on Linux; empty is the usual one.
	Bus string
}

// Desktop is the desktop in front, and its user.
type Desktop struct {
	User string // name of the account, "" where it is not known
	UID  int    // -1 on Windows
	Home string // their home directory, "" where it is not known
	Env  []string

	as identity // how programs are started as this user
}

// value is a variable's value in an environment, the last one as everywhere.
func value(environ []string, name string) string {
	for _, v := range slices.Backward(environ) {
		if n, val, ok := strings.Cut(v, "="); ok && n == name {
			return val
		}
	}
	return ""
}
