package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// sumOf is the SHA-256 of what a file holds.
func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// agreeWithPayload reads the archive of an RPM, and gives each file that its header lists
// the sum of what the archive has for it. The rpm command lists the header and unpacks the
// archive, so both have to say the same.
func agreeWithPayload(all []held, listed []string, packed []byte) error {
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	archive, err := io.ReadAll(plain)
	if err != nil {
		return err
	}
	members, err := readCPIO(archive)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].script {
			continue
		}
		at := slices.IndexFunc(members, func(m cpioMember) bool { return m.path == strings.TrimSuffix(all[i].path, "/") })
		if at < 0 {
			return fmt.Errorf("%s is listed, and not in the archive", all[i].path)
		}
		m := members[at]
		members = slices.Delete(members, at, at+1)
		if isDir := m.mode&rpmFormat == rpmDirectory; m.mode&0o7777 != all[i].mode || isDir != strings.HasSuffix(all[i].path, "/") {
			return fmt.Errorf("%s has mode %o in the list, and %o in the archive", all[i].path, all[i].mode, m.mode)
		}
		if !strings.HasSuffix(all[i].path, "/") {
			all[i].sum = sumOf(m.content)
			if listed[i] != all[i].sum {
				return fmt.Errorf("%s has the SHA-256 %q in the list, and %s in the archive", all[i].path, listed[i], all[i].sum)
			}
		}
	}
	if len(members) > 0 {
		return fmt.Errorf("%s is in the archive, and not listed", members[0].path)
	}
	return nil
}

// cpioMember is a file of an archive.
type cpioMember struct {
	path    string
	mode    int64 // with the bits of its type
	content []byte
}

// readCPIO reads cpio(5), the "new ASCII format".
func readCPIO(b []byte) (all []cpioMember, err error) {
	const magic, header, fields = "070701", 110, 8
	number := func(n int) int64 {
		v, failed := strconv.ParseInt(string(b[len(magic)+n*fields:][:fields]), 16, 64)
		if failed != nil {
			err = errRPM
		}
		return v
	}
	padded := func(n int64) int64 { return (n + 3) / 4 * 4 }
	for {
		if len(b) < header || !bytes.HasPrefix(b, []byte(magic)) {
			return nil, errRPM
		}
		mode, size, name := number(1), number(6), number(11)
		content := padded(header + name)
		if err != nil || name < 1 || size < 0 || content+size > int64(len(b)) {
			return nil, errRPM
		}
		m := cpioMember{string(b[header : header+name-1]), mode, b[content : content+size]}
		if m.path == "TRAILER!!!" {
			return all, nil
		}
		m.path = "/" + strings.Trim(strings.TrimPrefix(m.path, "."), "/")
		all, b = append(all, m), b[min(padded(content+size), int64(len(b))):]
	}
}
