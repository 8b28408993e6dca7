// Package logind speaks with systemd's login manager over D-Bus
// (org.freedesktop.login1(5)): what stands in the way of a restart, the restart
// itself, and the sessions of the people who are logged in. Packages power and
// account use it on Linux. It reads no environment: the bus is where the caller
// says, or at its well-known place.
package logind

import "errors"

// SystemBus is the well-known address of the system's bus.
const SystemBus = "unix:path=/run/dbus/system_bus_socket"

// Errors of every call, to be tested with [errors.Is].
var (
	// ErrAbsent means that this system has no logind, or no bus.
	ErrAbsent = errors.New("no login manager answers on the system's bus")
	// ErrForbidden means that logind, or polkit behind it, does not let us.
	ErrForbidden = errors.New("the system does not allow it for this account")
	// ErrInhibited means that a program forbids it at present.
	ErrInhibited = errors.New("a program forbids it at present")
)

// Inhibitor is a program's wish that the computer stays up. All texts come from
// that program.
type Inhibitor struct {
	What string // colon-separated: shutdown, sleep, idle …
	Who  string
	Why  string
	Mode string // "block" or "delay"
	UID  uint32
	PID  uint32
}

// Session is one login of a person.
type Session struct {
	ID     string
	UID    uint32
	User   string
	Class  string // "user", "greeter", "background" …
	Type   string // "x11", "wayland", "tty", "unspecified" …
	TTY    string // without /dev/; empty for a desktop
	Remote bool   // came over the network
	Active bool   // in front
	Locked bool
	// Display is the X server's, such as ":0"; empty where it is not known.
	Display string
}

// Desktop reports whether a person sits before windows in it.
func (s Session) Desktop() bool {
	return s.Class == "user" && (s.Type == "x11" || s.Type == "wayland" || s.Type == "mir")
}
