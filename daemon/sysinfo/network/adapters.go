// Package network collects how a computer is connected: its adapters and addresses,
// name servers, proxy, routes and sockets.
//
// [Adapters] and [Connections] fill one category of a document each. They ask a
// [machine.Machine]; the package imports no other collector.
package network

import "supportd/daemon/sysinfo/document"

// adapterColumns are those of the table of network adapters on every system.
func adapterColumns() []document.Column {
	return []document.Column{document.Col("name"), document.Col("kind"), document.Col("state"), document.Col("mac_address", document.Addresses),
		document.Col("ip_addresses", document.Addresses),
		document.Col("mtu"), document.Col("speed", document.BitsPerSec), document.Col("received", document.Bytes),
		document.Col("sent", document.Bytes), document.Col("errors")}
}
