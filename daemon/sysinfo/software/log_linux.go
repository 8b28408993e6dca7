package software

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Log fills the category Log: recent errors of the journal, else of the kernel.
func Log(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	t := s.Table("errors", document.Col("at"), document.Col("level"), document.Col("source"), document.Col("message"))
	if m.Systemd() {
		s.Set("source", "journal, this boot")
		records, bad, err := journal(ctx, m)
		for _, r := range records {
			t.Add(r.At, r.Level, r.Source, r.Detail)
		}
		t.Leave(bad)
		if err == nil && !readsSystemJournal(m) {
			err = errOwnMessages
		}
		t.Fail(err)
		return nil
	}
	if m.Kernel.Messages == nil {
		return errNoSystemd
	}
	source := "kernel, this boot"
	if kind := m.Container(); kind != "none" && kind != "wsl" {
		source = "kernel of the computer that this container runs on"
	}
	s.Set("source", source)
	text, cut, err := m.Kernel.Messages()
	if err != nil {
		return errors.Join(errNoSystemd, err)
	}
	if cut {
		m.Say("older messages of the kernel were not read")
	}
	boot := m.KernelStart()
	records := formats.KernelLog(text)
	t.Leave(max(len(records)-maxRecords, 0))
	for _, r := range records[max(len(records)-maxRecords, 0):] {
		t.Add(machine.SinceStart(boot, r.Source), r.Level, "kernel", r.Detail)
	}
	return nil
}

// errOwnMessages is the reason of a log that may lack most of what there is: journalctl
// shows a user their own messages, and says nothing of the others.
var errOwnMessages = errors.New("only the user's own messages can be read: those of the system need root or the group systemd-journal")

// readsSystemJournal reports whether the files of the system's journal can be read, in
// either place (systemd-journald.service(8)). Where there are none it keeps nothing back.
func readsSystemJournal(m *machine.Machine) bool {
	for _, dir := range []string{"/var/log/journal", "/run/log/journal"} {
		for _, file := range m.Glob(dir + "/*/system.journal") {
			f, err := m.Open(file)
			if errors.Is(err, fs.ErrPermission) {
				return false
			}
			if err == nil {
				f.Close()
				return true
			}
		}
		if _, err := fs.ReadDir(m.Files, dir[1:]); errors.Is(err, fs.ErrPermission) {
			return false
		}
	}
	return true
}

// journal asks for the newest errors, newest first: when there are too many, the
// old ones are cut. Only the fields that are shown are asked for; a
// message may have others of megabytes.
func journal(ctx context.Context, m *machine.Machine) (records []formats.Record, bad int, err error) {
	args := []string{"--boot", "--priority=err", "--lines=" + strconv.Itoa(maxRecords+1), "--reverse", "--output=json", "--no-pager", "--quiet", "--all"}
	const fields = "--output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_SYSTEMD_UNIT"
	out, err := m.Tool(ctx, "journalctl", append(args, fields)...)
	if err != nil && len(out) == 0 && ctx.Err() == nil { // systemd before version 236
		out, err = m.Tool(ctx, "journalctl", args...)
	}
	if errors.Is(err, machine.ErrFlood) || ctx.Err() != nil { // the last line is not whole
		out = out[:bytes.LastIndexByte(out, '\n')+1]
	}
	records, bad = formats.Journal(out)
	if len(records) > maxRecords {
		records = records[:maxRecords]
		m.Say(fmt.Sprintf("only the newest %d errors are shown", maxRecords))
	}
	slices.Reverse(records)
	return records, bad, err
}

// maxRecords bounds how far back the log is shown.
const maxRecords = 200
