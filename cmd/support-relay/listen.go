package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"supportd/library/cmdline"
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

// open opens all of them or none.
func open(cfg config) (l listeners, err error) {
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	for _, address := range cfg.Listen {
		one, err := net.Listen("tcp", address)
		if err != nil {
			return l, cannotListen("--listen", address, err)
		}
		l.ssh = append(l.ssh, one)
	}
	if cfg.Web != "" {
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

// listen opens the ports, says so, and serves r on them until ctx is done or one of
// them cannot be used any more.
func listen(ctx context.Context, cfg config, r *relay.Relay, log *slog.Logger, told io.Writer) error {
	programs, err := cfg.Page.open(log)
	if err != nil {
		return err
	}
	defer programs.Close()
	l, err := open(cfg)
	if err != nil {
		return err
	}
	tasks, about, err := cfg.tasks(l, r, programs, log)
	if err != nil {
		l.close()
		return err
	}
	for _, one := range l.ssh {
		fmt.Fprintf(told, "listening on %s\n", one.Addr())
	}
	if l.web != nil {
		fmt.Fprintf(told, "listening on %s for %s\n", l.web.Addr(), about)
	}
	fmt.Fprintf(told, "fingerprint %s\n", r.Fingerprint())
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for _, task := range tasks {
		all.Go(func() {
			if err := task(running); err != nil {
				stop(err)
			}
		})
	}
	<-running.Done()
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(drainTime): // a disk that hangs holds up nobody
	}
	if ctx.Err() != nil {
		log.Info("stopping")
		return nil
	}
	return context.Cause(running)
}

// tasks are what has to run for these listeners, each until its context is done, and
// what the web port is for.
func (cfg *config) tasks(l listeners, r *relay.Relay, programs *web.Programs, log *slog.Logger) (tasks []func(context.Context) error, about string, err error) {
	proxies, err := reach.ParseProxies(cfg.Trusted)
	if err != nil {
		return nil, "", err
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
		Names: cfg.webNames(), Fingerprint: r.Fingerprint(), Organisation: cfg.Page.Organisation, Contact: cfg.Page.Contact, Programs: programs, Log: log,
	})
	if err != nil {
		return nil, "", err
	}
	r.TellJoins(site.Joined)
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
