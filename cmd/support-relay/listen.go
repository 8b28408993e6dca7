package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/inbound"
	"supportd/library/reach"
	"supportd/relay"
	"supportd/relay/web"
)

// listeners are the open ports of a relay.
type listeners struct {
	ssh []net.Listener
	web net.Listener // nil where there is none
}

// open opens all of them or none. Those that a service manager passes stand for those of
// the configuration.
func open(cfg config) (l listeners, err error) {
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	passed, err := passedPorts()
	if err != nil {
		return l, err
	}
	l.ssh = passed[portSSH]
	if web := passed[portWeb]; len(web) > 0 {
		if l.web = web[0]; cfg.Web == "" || len(web) > 1 {
			return l, cmdline.Usage("set web in the configuration, or stop the socket unit", "the service manager passes %d ports for web, and the configuration has web = %q", len(web), cfg.Web)
		}
	}
	for _, address := range cfg.Listen {
		if passed[portSSH] != nil {
			break // the service manager has opened what there is
		}
		one, err := net.Listen("tcp", address)
		if err != nil {
			return l, cannotListen("--listen", address, err)
		}
		l.ssh = append(l.ssh, one)
	}
	if cfg.Web != "" && l.web == nil {
		if l.web, err = net.Listen("tcp", cfg.Web); err != nil {
			return l, cannotListen("--web", cfg.Web, err)
		}
	}
	return l, nil
}

func (l listeners) close() {
	for _, one := range l.ssh {
		one.Close()
	}
	if l.web != nil {
		l.web.Close()
	}
}

// service is a relay that serves. What SIGHUP changes of it is in reload.go.
type service struct {
	cfg   config
	relay *relay.Relay
	log   *slog.Logger
	level *slog.LevelVar // of log
	told  io.Writer

	peers   net.Listener // for other relays of the group; nil where there is none
	manager *notifier    // of the operating system's services

	cas  []ssh.PublicKey    // of the CSR CA, as they were read last
	list *csrca.Revocations // likewise what it has revoked

	hangup <-chan os.Signal       // each asks for the configuration to be read again
	read   func() (config, error) // reads it, flags included

	// Of the web port; nil where there is none.
	web    net.Listener
	site   *web.Server
	secure bool            // it serves TLS
	opened []*web.Programs // to be closed in the end
}

// listen opens the ports, says so, and serves on them until ctx is done or one of
// them cannot be used any more.
func (s *service) listen(ctx context.Context) error {
	programs, err := s.cfg.Page.open(s.log)
	if err != nil {
		return err
	}
	s.opened = append(s.opened, programs)
	defer func() {
		for _, one := range s.opened {
			one.Close()
		}
	}()
	l, err := open(s.cfg)
	if err != nil {
		return err
	}
	tasks, about, err := s.tasks(l, programs)
	if err != nil {
		l.close()
		return err
	}
	for _, one := range l.ssh {
		fmt.Fprintf(s.told, "listening on %s\n", one.Addr())
	}
	if l.web != nil {
		fmt.Fprintf(s.told, "listening on %s for %s\n", l.web.Addr(), about)
	}
	if s.peers != nil {
		fmt.Fprintf(s.told, "listening on %s for relays of its group, as node %s\n", s.peers.Addr(), s.cfg.Node)
	}
	fmt.Fprintf(s.told, "fingerprint %s\n", s.relay.Fingerprint())
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	all.Go(func() { s.reloadEach(running) })
	all.Go(func() { s.manager.live(running, func() { s.relay.Stats() }) })
	s.manager.tell("READY=1")
	for _, task := range tasks {
		all.Go(func() {
			if err := task(running); err != nil {
				stop(err)
			}
		})
	}
	<-running.Done()
	s.manager.tell("STOPPING=1")
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(drainTime): // a disk that hangs holds up nobody
	}
	if ctx.Err() != nil {
		s.log.Info("stopping")
		return nil
	}
	return context.Cause(running)
}

// tasks are what has to run for these listeners, each until its context is done, and
// what the web port is for.
func (s *service) tasks(l listeners, programs *web.Programs) (tasks []func(context.Context) error, about string, err error) {
	cfg, r, log := &s.cfg, s.relay, s.log
	proxies, err := reach.ParseProxies(cfg.Trusted)
	if err != nil {
		return nil, "", err
	}
	if s.peers != nil {
		tasks = append(tasks, func(ctx context.Context) error { return r.ServePeers(ctx, s.peers) })
	}
	told := inbound.NewQueue(&net.TCPAddr{}) // SSH that was found on a port for more than that
	if len(proxies) > 0 || l.web != nil {
		tasks = append(tasks, func(ctx context.Context) error { return r.Serve(ctx, told) })
	}
	split := reach.SplitOptions{SSH: told.Put, Proxies: proxies, Log: log}
	serve := r.Serve
	if len(proxies) > 0 {
		behind, err := reach.NewSplit(split)
		if err != nil {
			return nil, "", err
		}
		serve = behind.Serve
	}
	for _, one := range l.ssh {
		tasks = append(tasks, func(ctx context.Context) error { return serve(ctx, one) })
	}
	if l.web == nil {
		return tasks, "", nil
	}
	certificates, err := cfg.certificates(log)
	if err != nil {
		return nil, "", err
	}
	r.SetWeb(cfg.webAddress(l.web, certificates != nil))
	loopback := inbound.Address(l.web.Addr()).IsLoopback()
	site, err := web.New(web.Options{
		SSH: told.Put, Certificates: certificates, Plain: loopback && certificates == nil, Proxies: proxies,
		Fingerprint: r.Fingerprint, Page: cfg.page(programs), Log: log,
	})
	if err != nil {
		return nil, "", err
	}
	s.web, s.site, s.secure = l.web, site, certificates != nil
	r.TellJoins(site.Awaits, site.Joined)
	split.HTTP, split.Browsers = site.TakeHTTP, loopback && certificates == nil
	about = "SSH and HTTP"
	switch {
	case certificates != nil:
		split.TLS = site.TakeTLS
		about = "SSH and HTTPS"
		tasks = append(tasks, func(ctx context.Context) error { certificates.Watch(ctx); return nil })
	case !loopback && len(proxies) > 0:
		about = "SSH, and HTTP behind trusted_proxies"
	case !loopback:
		about = "SSH"
		log.Warn("HTTP is sent to https, which this port cannot serve: set cert and key, or acme, in [tls], or trusted_proxies")
	}
	if !loopback && certificates == nil && len(cfg.webNames()) == 0 {
		log.Warn("the join page is not shown to anybody: set names to what customers call the relay")
	}
	port, err := reach.NewSplit(split)
	if err != nil {
		return nil, "", err
	}
	return append(tasks, site.Serve, func(ctx context.Context) error { return port.Serve(ctx, l.web) }), about, nil
}

// cannotListen tells why an address that was given with this flag cannot be used.
func cannotListen(flag, address string, err error) error {
	what, hint := "the system does not let it", "check "+flag
	switch {
	case isAny(err, addressInUse()):
		what, hint = "another program uses it", "stop that one, or choose another address with "+flag
	case errors.Is(err, fs.ErrPermission):
		what, hint = "this user may not", "ports below 1024 are for root; choose another with "+flag+", or let the service manager grant it"
	case isAny(err, noSuchAddress()):
		what, hint = "this computer does not have that address", "leave the host out of "+flag+" to take all of them"
	}
	return &cmdline.Error{Code: cmdline.ExitUsage, Text: fmt.Sprintf("cannot listen on %s: %s", address, what), Hint: hint, Err: err}
}

func isAny(err error, of []error) bool {
	return slices.ContainsFunc(of, func(e error) bool { return errors.Is(err, e) })
}
