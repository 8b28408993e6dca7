package sysinfo

import (
	"context"

	"supportd/daemon/sysinfo/document"
)

// probeUpdates reads what the last search of the system found; nothing is
// fetched.
func probeUpdates(ctx context.Context, m *machine, s *document.Sheet) error {
	found := m.properties("/Library/Preferences/com.apple.SoftwareUpdate.plist")
	pending := found.list("RecommendedUpdates")
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
		t.Add(u.text("Display Name"), u.text("Display Version"))
	}
	installed := s.Table("installed", document.Col("name"), document.Col("version"), document.Col("installed"))
	history, err := m.profile(ctx, "SPInstallHistoryDataType")
	installed.Fail(err)
	for _, h := range history {
		installed.Add(h.text("_name"), h.text("install_version"), h.text("install_date"))
	}
	return nil
}
