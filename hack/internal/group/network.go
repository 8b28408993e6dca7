//go:build linux

package group

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"supportd/hack/internal/rig"
)

// network is one of our own: a bridge, and a network name space for each relay on it. We
// are in a name space of our own ourselves, with which all of it goes.
type network struct {
	spaces map[*node]*exec.Cmd // who keeps each
}

// In subnet everybody but relays has the number 1, and the database another one, so that a
// relay can be cut off from it alone.
const (
	subnet   = "10.77.0."
	people   = subnet + "1"
	database = subnet + "100"
)

func newNetwork(ctx context.Context) (*network, error) {
	// Nothing is touched of a network that others use, too.
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		if os.Geteuid() != 0 || i.Flags&net.FlagUp != 0 && i.Flags&net.FlagLoopback == 0 {
			return nil, errors.New("cutting relays off needs root, and a network of its own: run ./hack/soak group as root")
		}
	}
	n := &network{spaces: map[*node]*exec.Cmd{}}
	// Without an address of its own a bridge takes the lowest of those that are plugged in, so
	// each relay that comes may change it: what the others know is wrong then for a minute.
	for _, args := range [][]string{{"link", "add", "soak0", "address", "02:00:00:00:00:01", "type", "bridge"}, {"addr", "add", people + "/24", "dev", "soak0"}, {"addr", "add", database + "/24", "dev", "soak0"}, {"link", "set", "soak0", "up"}} {
		if _, err := rig.Run(exec.CommandContext(ctx, "ip", args...)); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// settle gives a relay its network, before it starts.
func (w *network) settle(n *node, i int) error {
	keeper := exec.Command("unshare", "--net", "cat")
	if _, err := keeper.StdinPipe(); err != nil { // it ends when we do
		return err
	}
	if err := keeper.Start(); err != nil {
		return err
	}
	w.spaces[n] = keeper
	n.host = subnet + strconv.Itoa(2+i)
	ctx := context.Background()
	pid, outside := strconv.Itoa(keeper.Process.Pid), "soak-"+n.name
	// It has its name space from the moment when it has become another program.
	if _, ok := until(ctx, rig.Patience, func() bool {
		name, _ := os.ReadFile("/proc/" + pid + "/comm")
		return string(name) == "cat\n"
	}); !ok {
		return errors.New("there is no network name space")
	}
	for _, args := range [][]string{{"link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", pid}, {"link", "set", outside, "master", "soak0", "up"}} {
		if _, err := rig.Run(exec.CommandContext(ctx, "ip", args...)); err != nil {
			return err
		}
	}
	for _, args := range [][]string{{"link", "set", "lo", "up"}, {"addr", "add", n.host + "/24", "dev", "eth0"}, {"link", "set", "eth0", "up"}} {
		if err := w.inside(ctx, n, append([]string{"ip"}, args...)...); err != nil {
			return err
		}
	}
	program := filepath.Join(n.site.dir, "relay-"+n.name)
	script := fmt.Sprintf("#!/bin/sh\nexec nsenter --net=/proc/%s/ns/net %s \"$@\"\n", pid, n.site.programs.Relay)
	n.program = program
	return os.WriteFile(program, []byte(script), 0o700)
}

// inside runs a program in a relay's network.
func (w *network) inside(ctx context.Context, n *node, args ...string) error {
	_, err := rig.Run(exec.CommandContext(ctx, "nsenter", append([]string{fmt.Sprintf("--net=/proc/%d/ns/net", w.spaces[n].Process.Pid)}, args...)...))
	return err
}

// cut drops what a relay receives from an address, or what it sends there.
func (w *network) cut(ctx context.Context, n *node, from string, in, out bool) error {
	err := w.inside(ctx, n, "nft", "add table ip soak; add chain ip soak in { type filter hook input priority 0; }; add chain ip soak out { type filter hook output priority 0; }")
	if err == nil && in {
		err = w.inside(ctx, n, "nft", "add rule ip soak in ip saddr "+from+" drop")
	}
	if err == nil && out {
		err = w.inside(ctx, n, "nft", "add rule ip soak out ip daddr "+from+" drop")
	}
	return err
}

// heal lets everything through again.
func (w *network) heal(ctx context.Context, n *node) error {
	return w.inside(ctx, n, "nft", "delete table ip soak")
}

func (w *network) end(err error) error {
	for _, keeper := range w.spaces {
		_ = keeper.Process.Kill()
		_ = keeper.Wait()
	}
	_, gone := rig.Run(exec.Command("ip", "link", "del", "soak0"))
	return errors.Join(err, gone)
}
