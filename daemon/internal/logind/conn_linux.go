package logind

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

const (
	service = "org.freedesktop.login1"
	manager = service + ".Manager"
	session = service + ".Session"
	root    = dbus.ObjectPath("/org/freedesktop/login1")
)

// Conn is a connection to the login manager; it is safe for concurrent use.
type Conn struct{ bus *dbus.Conn }

// Open connects to the bus at address, [SystemBus] where that is empty. The
// connection ends with ctx; the owner must call [Conn.Close].
func Open(ctx context.Context, address string) (*Conn, error) {
	if address == "" {
		address = SystemBus
	}
	bus, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	return &Conn{bus}, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.bus.Close() }

// call calls a method and decodes its results into out.
func (c *Conn) call(ctx context.Context, path dbus.ObjectPath, method string, args []any, out ...any) error {
	err := c.bus.Object(service, path).CallWithContext(ctx, method, 0, args...).Store(out...)
	return explain(method, err)
}

// explain gives the errors of D-Bus that callers branch on their own kind.
func explain(method string, err error) error {
	if err == nil {
		return nil
	}
	var said dbus.Error
	if errors.As(err, &said) {
		for kind, names := range map[error][]string{
			ErrAbsent: {
				"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
				"org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownInterface",
				"org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.Spawn.ExecFailed",
				"org.freedesktop.DBus.Error.Spawn.ServiceNotFound", "org.freedesktop.systemd1.NoSuchUnit",
			},
			ErrForbidden: {
				"org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
				"org.freedesktop.PolicyKit1.Error.NotAuthorized", "org.freedesktop.DBus.Error.AuthFailed",
			},
			ErrInhibited: {"org.freedesktop.login1.OperationInProgress", "org.freedesktop.login1.BlockedByInhibitorLock"},
		} {
			if slices.Contains(names, said.Name) {
				return fmt.Errorf("%s: %w: %w", method, kind, err)
			}
		}
	}
	return fmt.Errorf("%s: %w", method, err)
}

// CanReboot is logind's own word: "yes", "no", "challenge" (only with an
// administrator's password), "na" (not on this machine), or one that newer
// versions add while a program forbids it.
func (c *Conn) CanReboot(ctx context.Context) (word string, err error) {
	return word, c.call(ctx, root, manager+".CanReboot", nil, &word)
}

// Reboot restarts the computer. It never lets polkit ask anyone for a password.
func (c *Conn) Reboot(ctx context.Context) error {
	return c.call(ctx, root, manager+".Reboot", []any{false})
}

// Inhibitors lists the programs that forbid or delay something.
func (c *Conn) Inhibitors(ctx context.Context) ([]Inhibitor, error) {
	var list []Inhibitor
	return list, c.call(ctx, root, manager+".ListInhibitors", nil, &list)
}

// Sessions lists who is logged in. A session that ends meanwhile is left out.
func (c *Conn) Sessions(ctx context.Context) ([]Session, error) {
	var rows []struct {
		ID   string
		UID  uint32
		User string
		Seat string
		Path dbus.ObjectPath
	}
	if err := c.call(ctx, root, manager+".ListSessions", nil, &rows); err != nil {
		return nil, err
	}
	var list []Session
	for _, row := range rows {
		var p map[string]dbus.Variant
		if err := c.call(ctx, row.Path, "org.freedesktop.DBus.Properties.GetAll", []any{session}, &p); err != nil {
			continue
		}
		s := Session{ID: row.ID, UID: row.UID, User: row.User}
		for name, into := range map[string]any{
			"Class": &s.Class, "Type": &s.Type, "TTY": &s.TTY, "Display": &s.Display,
			"Remote": &s.Remote, "Active": &s.Active, "LockedHint": &s.Locked,
		} {
			if v, ok := p[name]; ok {
				_ = v.Store(into) // another type counts as not said
			}
		}
		s.TTY = strings.TrimPrefix(s.TTY, "/dev/")
		list = append(list, s)
	}
	return list, nil
}

// Lock asks the desktop of a session to lock its screen.
func (c *Conn) Lock(ctx context.Context, id string) error {
	return c.call(ctx, root, manager+".LockSession", []any{id})
}

// Unlock takes [Conn.Lock] back.
func (c *Conn) Unlock(ctx context.Context, id string) error {
	return c.call(ctx, root, manager+".UnlockSession", []any{id})
}
