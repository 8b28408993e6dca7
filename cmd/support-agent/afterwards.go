package main

import (
	"supportd/daemon/power"
	"supportd/daemon/state"
)

// uiAfterwards is the --ui with which this program comes back after a restart, to what it
// asks on now; "" is what the desktop has that starts it.
func (p *program) uiAfterwards() string {
	switch {
	case isAdmin() && !servicesShow():
		return uiNone
	case p.paged && (p.ui == uiPage || isAdmin()):
		return uiPage // it waits for somebody to log in, which may be long after us
	case isAdmin(), !p.desktop():
		return uiNone // nothing to ask on
	}
	return ""
}

// power restarts this computer and brings this program back to its session.
func (p *program) power(self string, kept *state.Dir, copyTo string, windowless bool) power.Computer {
	args := []string{"resume", "--state", kept.Name()}
	if ui := p.uiAfterwards(); ui != "" {
		args = append(args, "--ui", ui)
	}
	if copyTo != "" {
		args = append(args, "--report", copyTo)
	}
	return power.Computer{Autostart: power.Autostart{
		Program: self, Args: args, Admin: isAdmin(), Home: p.home(), Desktop: p.desktop(), Windowless: windowless, Private: kept.Root(),
	}}
}
