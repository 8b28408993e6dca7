package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// held is what a package holds at one path.
type held struct {
	path   string // absolute; a directory's ends in a slash
	mode   int64  // permission bits
	owner  string // USER:GROUP
	config bool   // kept at an upgrade where somebody has changed it
	script bool   // run at the installation; path is its name
	sum    string // SHA-256 of what it holds, in hex; "" for a directory
}

// describe writes a list that people can review, in the order of paths.
func describe(all []held) string {
	slices.SortFunc(all, func(a, b held) int { return strings.Compare(a.path, b.path) })
	var b strings.Builder
	for _, h := range all {
		switch {
		case h.script:
			fmt.Fprintf(&b, "script %s\n", h.path)
		case h.config:
			fmt.Fprintf(&b, "%04o %s config %s\n", h.mode, h.owner, h.path)
		default:
			fmt.Fprintf(&b, "%04o %s %s\n", h.mode, h.owner, h.path)
		}
	}
	return b.String()
}

// holds reads a package without any tool of its system.
func holds(file, kind string) ([]held, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "deb":
		return debHolds(b)
	case "rpm":
		return rpmHolds(b)
	}
	return apkHolds(b)
}

// debHolds reads deb(5): an ar archive of two tar archives.
func debHolds(b []byte) (all []held, err error) {
	const magic, header = "!<arch>\n", 60
	rest, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok {
		return nil, errors.New("this is no deb package")
	}
	conffiles := ""
	for len(rest) >= header {
		name := strings.TrimRight(string(rest[:16]), " /")
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[48:58])))
		if err != nil || size > len(rest)-header {
			return nil, fmt.Errorf("%s: bad size", name)
		}
		one := rest[header : header+size]
		rest = rest[min(header+size+size%2, len(rest)):]
		switch name {
		case "control.tar.gz":
			err = eachMember(one, func(h *tar.Header, content []byte) {
				switch name := strings.TrimPrefix(h.Name, "./"); name {
				case "conffiles":
					conffiles = string(content)
				case "preinst", "postinst", "prerm", "postrm":
					all = append(all, held{path: name, script: true, sum: sumOf(content)})
				}
			})
		case "data.tar.gz":
			err = eachMember(one, func(h *tar.Header, content []byte) { all = append(all, inTar(h, content)) })
		}
		if err != nil {
			return nil, err
		}
	}
	for i := range all {
		all[i].config = slices.Contains(strings.Fields(conffiles), all[i].path)
	}
	return all, nil
}

// apkHolds reads Alpine's packages of version 2: gzip streams that are one tar archive.
// It keeps changed files below /etc in any package, see apk-protected_paths(5).
func apkHolds(b []byte) (all []held, err error) {
	info := ""
	err = eachMember(b, func(h *tar.Header, content []byte) {
		switch name := h.Name; {
		case name == ".PKGINFO":
			info = string(content)
		case strings.HasPrefix(name, ".SIGN."):
		case strings.HasPrefix(name, "."):
			all = append(all, held{path: name[1:], script: true, sum: sumOf(content)})
		default:
			one := inTar(h, content)
			one.config = strings.HasPrefix(one.path, "/etc/") && h.Typeflag == tar.TypeReg
			all = append(all, one)
		}
	})
	if err == nil {
		err = checkDataHash(b, info)
	}
	return all, err
}

// checkDataHash holds the files of an apk package against what its .PKGINFO says of them:
// the SHA-256 of the last of its gzip streams, as it is packed.
func checkDataHash(b []byte, info string) error {
	rest, last := bytes.NewReader(b), b
	for rest.Len() > 0 {
		last = b[len(b)-rest.Len():]
		stream, err := gzip.NewReader(rest)
		if err != nil {
			return err
		}
		stream.Multistream(false)
		if _, err := io.Copy(io.Discard, stream); err != nil {
			return err
		}
	}
	if !slices.Contains(strings.Split(info, "\n"), "datahash = "+sumOf(last)) {
		return errors.New(".PKGINFO tells of other files than the archive has")
	}
	return nil
}

func inTar(h *tar.Header, content []byte) held {
	one := held{path: "/" + strings.TrimPrefix(h.Name, "./"), mode: h.Mode & 0o7777, owner: h.Uname + ":" + h.Gname}
	if h.Typeflag == tar.TypeReg {
		one.sum = sumOf(content)
	}
	return one
}

func eachMember(packed []byte, see func(*tar.Header, []byte)) error {
	plain, err := gzip.NewReader(bufio.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return err
	}
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		see(h, content)
	}
}
