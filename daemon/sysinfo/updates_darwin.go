package sysinfo

import (
	"context"
)

// probeUpdates reads what the last search of the system found; nothing is
// fetched.
func probeUpdates(ctx context.Context, m *machine, s *sheet) error {
	found := m.properties("/Library/Preferences/com.apple.SoftwareUpdate.plist")
	pending := found.list("RecommendedUpdates")
	if found == nil {
		s.fail("pending", errUnknown)
	} else {
		s.set("pending", len(pending))
	}
	s.set("source", "softwareupdate")
	s.fail("reboot_required", errUnknown)
	s.set("lists_refreshed", found["LastSuccessfulDate"])
	t := s.table("packages", col("name"), col("version"))
	for _, u := range pending {
		t.add(u.text("Display Name"), u.text("Display Version"))
	}
	installed := s.table("installed", col("name"), col("version"), col("installed"))
	history, err := m.profile(ctx, "SPInstallHistoryDataType")
	installed.fail(err)
	for _, h := range history {
		installed.add(h.text("_name"), h.text("install_version"), h.text("install_date"))
	}
	return nil
}
