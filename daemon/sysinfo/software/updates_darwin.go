package software

import (
	"context"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// Updates reads what the last search of the system found; nothing is
// fetched.
func Updates(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	found := m.Properties("/Library/Preferences/com.apple.SoftwareUpdate.plist")
	pending := found.List("RecommendedUpdates")
	if found == nil {
		s.Fail("pending", document.ErrUnknown)
	} else {
		s.Set("pending", len(pending))
	}
	s.Set("source", "softwareupdate")
	s.Fail("reboot_required", document.ErrUnknown)
	s.Set("lists_refreshed", found["LastSuccessfulDate"])
	t := s.Table("packages", document.Col("name"), document.Col("version"))
	for _, u := range pending {
		t.Add(u.Text("Display Name"), u.Text("Display Version"))
	}
	installed := s.Table("installed", document.Col("name"), document.Col("version"), document.Col("installed"))
	history, err := m.Profile(ctx, "SPInstallHistoryDataType")
	installed.Fail(err)
	for _, h := range history {
		installed.Add(h.Text("_name"), h.Text("install_version"), h.Text("install_date"))
	}
	return nil
}
