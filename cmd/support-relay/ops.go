package main

import (
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"supportd/library/cmdline"
	"supportd/relay"
	"supportd/relay/ops"
)

// opsPort answers on the address of --ops, from before the relay is there until it has
// drained. Without such an address it is nil, and does nothing.
type opsPort struct {
	server *ops.Server
	served sync.WaitGroup
}

// startOps opens the port, where there is one.
func startOps(address string, out *logWriter, log *slog.Logger) (*opsPort, error) {
	if address == "" {
		return nil, nil
	}
	server, err := ops.New(ops.Options{Version: cmdline.Version(), LostLines: out.lost.Load, Log: log})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, cannotListen("--ops", address, err)
	}
	fmt.Fprintf(out, "answering on %s for health and metrics\n", l.Addr())
	o := &opsPort{server: server}
	o.served.Go(func() {
		if err := server.Serve(l); err != nil {
			log.Error("health and metrics cannot be asked for any more", "err", err)
		}
	})
	return o, nil
}

func (o *opsPort) begin(r *relay.Relay) {
	if o != nil {
		o.server.Watch(r)
	}
}

func (o *opsPort) observe(what string, took time.Duration) {
	if o != nil {
		o.server.Observe(what, took)
	}
}

func (o *opsPort) end() {
	if o != nil {
		o.server.Close()
		o.served.Wait()
	}
}
