package main

import (
	"errors"
	"net"

	"supportd/relay"
)

// The options of one of several relays on one database.
const (
	keyNode       = "node"
	keyPeerListen = "peer_listen"
)

// groupProblem names an option of a group that cannot be used, or that stands there without
// another one that it needs.
func (cfg *config) groupProblem() (key string, err error) {
	switch {
	case cfg.Node == "" && cfg.PeerListen == "":
		return "", nil
	case cfg.Node == "":
		return keyPeerListen, errors.New("node has to name this relay in its group")
	case cfg.PeerListen == "":
		return keyNode, errors.New("peer_listen has to name the address for the other relays of the group, such as 192.0.2.1:2223")
	case cfg.Database == "":
		return keyNode, errors.New("several relays need a PostgreSQL database: set database")
	}
	if err := relay.CheckNode(cfg.Node); err != nil {
		return keyNode, err
	}
	return keyPeerListen, checkAddress(cfg.PeerListen)
}

// openPeer opens the port for the other relays of the group, and tells where they reach it:
// an address without a host is that of the node's name. Both are nothing in no group.
func (cfg *config) openPeer() (l net.Listener, reached string, err error) {
	if cfg.Node == "" {
		return nil, "", nil
	}
	if l, err = net.Listen("tcp", cfg.PeerListen); err != nil {
		return nil, "", cannotListen("--peer-listen", cfg.PeerListen, err)
	}
	host, _, err := net.SplitHostPort(cfg.PeerListen)
	if err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = cfg.Node
	}
	return l, net.JoinHostPort(host, port), nil
}
