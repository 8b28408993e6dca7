//go:build unix

package sysinfo

import (
	"cmp"
	"strconv"

	"howett.net/plist"
)

// parseDirectory reads accounts as dscl of macOS writes them, a property list
// of records whose values are lists.
func parseDirectory(text []byte) (all []account) {
	var records []map[string][]string
	if _, err := plist.Unmarshal(text, &records); err != nil {
		return nil
	}
	for _, r := range records {
		get := func(key string) string { return cmp.Or(r["dsAttrTypeStandard:"+key]...) }
		uid, err := strconv.ParseInt(get("UniqueID"), 10, 64)
		if err != nil || uid < 0 { // nobody is -2
			uid = nobody
		}
		gid, _ := strconv.ParseInt(get("PrimaryGroupID"), 10, 64)
		all = append(all, account{name: get("RecordName"), full: get("RealName"), uid: uint64(uid), gid: uint64(max(gid, 0)), home: get("NFSHomeDirectory"), shell: get("UserShell")})
	}
	return all
}
