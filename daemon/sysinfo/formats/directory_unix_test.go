//go:build unix

package formats

import "testing"

// macOS tells its accounts as a property list.
func TestK3S1_AccountsOfMacOS(t *testing.T) {
	record := func(name, real, uid, shell, home string) string {
		one := func(key, value string) string {
			return "<key>dsAttrTypeStandard:" + key + "</key><array><string>" + value + "</string></array>"
		}
		return "<dict>" + one("RecordName", name) + one("RealName", real) + one("UniqueID", uid) + one("PrimaryGroupID", "20") + one("UserShell", shell) + one("NFSHomeDirectory", home) + "</dict>"
	}
	all := Directory([]byte(`<?xml version="1.0"?><plist version="1.0"><array>` + record("kim", "Kim Minji", "501", "/bin/zsh", "/Users/kim") + record("domain", "Lee", "1722334455", "/bin/bash", "/Users/domain") +
		record("_www", "World Wide Web Server", "70", "/usr/bin/false", "/Library/WebServer") + record("_mbsetupuser", "Setup User", "248", "/bin/bash", "/var/setup") + record("nobody", "Unprivileged User", "-2", "/usr/bin/false", "/var/empty") +
		`</array></plist>`))
	var persons []string
	for _, a := range all {
		if a.Person() {
			persons = append(persons, a.Name)
		}
	}
	if len(all) != 5 || len(persons) != 2 || persons[0] != "kim" || persons[1] != "domain" {
		t.Errorf("%d accounts, persons %v", len(all), persons)
	}
	if Directory([]byte("half <plist")) != nil {
		t.Error("accounts out of nothing")
	}
}
