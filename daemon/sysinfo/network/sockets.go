package network

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"supportd/daemon/sysinfo/document"
)

// socket is one end of a connection, or a place where one is awaited.
type socket struct {
	protocol, state       string // "tcp" or "udp"; the state in capitals
	local, remote         string
	localPort, remotePort uint32
	pid                   int32
	inode                 uint64 // on Linux: what names the socket among open files
}

// addSockets lists listening and open sockets; listening ones come first.
func addSockets(s *document.Sheet, all []socket, err error, process func(pid int32) string) {
	t := s.Table("sockets", document.Col("protocol"), document.Col("state"), document.Col("local_address", document.Addresses), document.Col("local_port"),
		document.Col("remote_address", document.Addresses), document.Col("remote_port"), document.Col("pid"), document.Col("process"))
	t.Fail(err)
	// Connections in TIME_WAIT are over: there may be thousands, and only their number
	// is shown.
	before := len(all)
	all = slices.DeleteFunc(all, func(c socket) bool { return c.state == "TIME_WAIT" })
	s.Set("sockets_in_time_wait", before-len(all))
	sort.SliceStable(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(cmp.Compare(stateOrder(a.state), stateOrder(b.state)), cmp.Compare(a.localPort, b.localPort)) < 0
	})
	names := map[int32]string{}
	for _, c := range all {
		var pid, name, remote, remotePort any
		if c.pid > 0 {
			if _, ok := names[c.pid]; !ok {
				names[c.pid] = process(c.pid)
			}
			pid, name = c.pid, names[c.pid]
		}
		if c.remotePort != 0 {
			remote, remotePort = c.remote, c.remotePort
		}
		protocol := c.protocol
		if strings.Contains(c.local, ":") {
			protocol += "6"
		}
		state := strings.ToLower(c.state)
		if state == "none" {
			state = ""
		}
		t.Add(protocol, state, c.local, c.localPort, remote, remotePort, pid, name)
	}
}

func stateOrder(state string) int {
	switch state {
	case "LISTEN":
		return 0
	case "ESTABLISHED":
		return 1
	case "NONE":
		return 3
	}
	return 2
}
