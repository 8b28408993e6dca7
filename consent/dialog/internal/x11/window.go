package x11

import "slices"

// WindowOf finds a window that a process shows now (_NET_WM_PID); 0 is none.
func (d *Display) WindowOf(pid int) (uint32, error) {
	windows, err := d.property(d.root, "_NET_CLIENT_LIST")
	if err == nil && len(windows) == 0 { // nobody manages windows here
		windows, err = d.children()
	}
	if err != nil {
		return 0, err
	}
	for _, w := range windows {
		// A window may vanish at any time, and is not the one then.
		if owner, err := d.property(w, "_NET_WM_PID"); err != nil || len(owner) != 1 || owner[0] != uint32(pid) {
			continue
		}
		if shown, err := d.viewable(w); err == nil && shown {
			return w, nil
		}
	}
	return 0, nil
}

// children are the windows directly on the root.
func (d *Display) children() ([]uint32, error) {
	if err := d.request(queryTree, 0, d.root); err != nil {
		return nil, err
	}
	_, body, err := d.reply()
	if err != nil {
		return nil, err
	}
	count, list := int(order.Uint16(body[8:])), body[24:]
	if count > len(list)/4 {
		return nil, errMalformed
	}
	windows := make([]uint32, count)
	for i := range windows {
		windows[i] = order.Uint32(list[4*i:])
	}
	return windows, nil
}

// viewable reports whether a window and all that it lies in are mapped.
func (d *Display) viewable(window uint32) (bool, error) {
	if err := d.request(getWindowAttributes, 0, window); err != nil {
		return false, err
	}
	_, body, err := d.reply()
	if err != nil {
		return false, err
	}
	const isViewable = 2
	return body[18] == isViewable, nil
}

// Raise puts a window above all others, full-screen ones too, on every desktop, gives it
// the keyboard, and asks for attention with the bell. A window manager does the most of
// that; without one the window is put on top once.
func (d *Display) Raise(window uint32) error {
	const (
		add, allDesktops = 1, 0xffffffff
		pager            = 2 // a person wants it now, wherever the focus is
		stackMode, above = 1 << 6, 0
	)
	for _, state := range []string{"_NET_WM_STATE_ABOVE", "_NET_WM_STATE_DEMANDS_ATTENTION"} {
		a, err := d.atom(state)
		if err != nil {
			return err
		}
		if err := d.tellManager(window, "_NET_WM_STATE", add, a, 0, pager); err != nil {
			return err
		}
	}
	if err := d.tellManager(window, "_NET_WM_DESKTOP", allDesktops, pager); err != nil {
		return err
	}
	if err := d.tellManager(window, "_NET_ACTIVE_WINDOW", pager); err != nil {
		return err
	}
	if err := d.request(configureWindow, 0, window, stackMode, above); err != nil {
		return err
	}
	return d.request(bell, 0)
}

// tellManager sends a message about a window to whatever manages windows (a ClientMessage
// to the root, protocol section 11).
func (d *Display) tellManager(window uint32, kind string, data ...uint32) error {
	a, err := d.atom(kind)
	if err != nil {
		return err
	}
	const (
		clientMessage = 33 | 32<<8 // code, and data of 32 bits each
		forManagers   = 1<<19 | 1<<20
	)
	event := append([]uint32{clientMessage, window, a}, data...)
	event = append(event, make([]uint32, 8-len(event))...)
	return d.request(sendEvent, 0, slices.Concat([]uint32{d.root, forManagers}, event)...)
}
