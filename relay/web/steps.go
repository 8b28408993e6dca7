package web

import (
	"fmt"

	"supportd/library/text"
	"supportd/library/wire"
)

// step is one thing to do, with a line to paste where it needs one.
type step struct{ Text, Line string }

// steps say what to do one after the other, on a system or on any.
func (s *Server) steps(d *pageData, p *Programs, on system, n wire.Number) (steps []step) {
	say := func(texts ...string) {
		for _, text := range texts {
			steps = append(steps, step{Text: text})
		}
	}
	t, linked := d.T, p.linked()
	switch {
	case d.Nothing:
		say(t.StepOpen)
		if on.os == "windows" || on.os == "" {
			say(s.windowsAsks(t)...)
		}
		say(fmt.Sprintf(t.StepNumber, n.Spoken()), t.StepAsk, t.StepStop)
		return steps
	case d.Mac:
		steps = append(steps, step{t.StepCopyMac, d.Pastes[0].Line})
		say(t.StepSearchMac, t.StepTerminalMac, t.StepPasteMac, t.StepWarnedMac)
	case d.Start == nil: // a phone, or a visitor who chooses first
		return nil
	case on.os == "windows":
		say(t.StepWindows)
		say(s.windowsAsks(t)...)
	case on.os == "linux":
		say(t.StepSaved)
		steps = append(steps, step{t.StepCopy, linuxLine(on, n, linked)})
		say(t.StepTerminal, t.StepPaste)
	}
	say(t.StepAsk)
	if linked && !d.Mac {
		say(fmt.Sprintf(t.StepType, n.Spoken()))
	}
	say(t.StepStop)
	return steps
}

// windowsAsks says what to press when Windows holds up what came from the internet, and
// by which name the right program is known.
func (s *Server) windowsAsks(t *texts) []string {
	publisher := t.Called
	if name := s.now().Organisation; name != "" {
		publisher = name
	}
	return []string{t.StepBlocked, text.Particles(fmt.Sprintf(t.StepPublisher, publisher))}
}

// pasteWays are the lines to paste, that of the visitor's system first.
func pasteWays(t *texts, origin string, n wire.Number, on system) []pasteWay {
	sh, powershell := pasteLines(origin, n, on.os == "darwin")
	windows, unix := pasteWay{"Windows", t.PasteWindows, powershell}, pasteWay{"Linux", t.PasteLinux, sh}
	if on.os == "linux" || on.os == "darwin" {
		return []pasteWay{unix, windows}
	}
	return []pasteWay{windows, unix}
}

// linuxLine starts what was downloaded, wherever the system has its folder for that. What
// comes from another host is in no archive, so it may not be run yet.
func linuxLine(on system, n wire.Number, linked bool) string {
	const there = `cd "$(xdg-user-dir DOWNLOAD 2>/dev/null || echo ~/Downloads)" && `
	if linked {
		return there + "chmod +x " + on.file() + " && ./" + on.file()
	}
	name := "support-" + string(n)
	return there + "tar -xzf " + name + ".tar.gz && ./" + name
}

// macDownload are the steps of the second way on a Mac, behind the choice of its
// processor.
func macDownload(t *texts, n wire.Number) []step {
	return []step{{Text: t.StepUnpackMac}, {Text: fmt.Sprintf(t.StepOpenMac, "support-"+string(n))}, {Text: t.StepRefusedMac}}
}
