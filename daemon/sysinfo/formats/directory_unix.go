//go:build unix

package formats

import (
	"cmp"
	"strconv"

	"howett.net/plist"
)

// Directory reads accounts as dscl of macOS writes them, a property list
// of records whose values are lists.
func Directory(text []byte) (all []Account) {
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
		all = append(all, Account{Name: get("RecordName"), Full: get("RealName"), UID: uint64(uid), GID: uint64(max(gid, 0)), Home: get("NFSHomeDirectory"), Shell: get("UserShell")})
	}
	return all
}
