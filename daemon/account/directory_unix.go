//go:build unix

package account

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What Open Directory says, which is on macOS; reading it is the same everywhere.

// statusOf finds the code in what dscl(1) says when it fails, which is the same
// in every language: "<dscl_cmd> DS Error: -14090 (eDSAuthFailed)".
var statusOf = regexp.MustCompile(`DS Error: (-[0-9]+)`)

// whyOfDirectory is why dscl has not taken a password (DirServicesTypes.h). It
// has one code for accounts that an administrator has disabled and for those
// that too many wrong passwords have locked.
func whyOfDirectory(said []byte) Why {
	match := statusOf.FindSubmatch(said)
	if match == nil {
		return Failed
	}
	switch string(match[1]) {
	case "-14090", "-14096", "-14481": // eDSAuthFailed, eDSAuthBadPassword, eDSAuthenticationFailed
		return BadPassword
	case "-14098", "-14099", "-14136", "-14479": // eDSAuthUnknownUser, eDSAuthInvalidUserName, eDSRecordNotFound, eDSUserUnknown
		return NoUser
	case "-14161", "-14162": // eDSAuthNewPasswordRequired, eDSAuthPasswordExpired
		return MustChange
	case "-14167", "-14169": // eDSAuthAccountDisabled, eDSAuthAccountInactive
		return Locked
	case "-14168": // eDSAuthAccountExpired
		return Expired
	case "-14175", "-14176": // eDSAuthInvalidLogonHours, eDSAuthInvalidComputer
		return Refused
	}
	return Failed // a directory server that is out of reach, and all that is none of these
}

// mostGroups is how many groups the kernel of macOS takes for a process (NGROUPS).
const mostGroups = 16

// readGroups reads what "id -G" says, and returns the groups for the kernel: the
// user's own first, and no more than it takes. For the others it asks the
// directory whenever it has to know.
func readGroups(text string, own uint32) ([]uint32, error) {
	groups := []uint32{own}
	for word := range strings.FieldsSeq(text) {
		g, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(groups, uint32(g)) {
			groups = append(groups, uint32(g))
		}
	}
	return groups[:min(len(groups), mostGroups)], nil
}
