//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// groupParts are those of who makes one relay a group. The machine has the database, Alice
// and Bob; the two beside it are relays.
func groupParts() []part {
	return []part{{name: "group", site: true, limit: 8 * time.Minute, play: makeGroup}}
}

// machines are the names of a site's machines: what the first one is, and the relays.
var machines = []string{"db.example", "relay1.example", "relay2.example"}

const (
	firstRelay  = 1
	secondRelay = 2

	postgres person = "postgres"

	startLine = "systemctl start support-relay{.socket,} && support-relay status"
)

// cablesOf are the cables of a site's machine to the others, in their order.
func cablesOf(dir string, machine int) (all []cable) {
	for other := range machines {
		if other != machine {
			all = append(all, cable{filepath.Join(dir, fmt.Sprintf("%d-%d", other, machine)), filepath.Join(dir, fmt.Sprintf("%d-%d", machine, other))})
		}
	}
	return all
}

// site is a world with its machines.
type site struct {
	*world
	relays   [3]*world // by machine; the first one has none
	password string
}

func makeGroup(ctx context.Context, w *world) error {
	s := &site{world: w, password: "of-the-database"}
	defer func() {
		for _, r := range s.relays {
			if r != nil {
				r.stop()
			}
		}
	}()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"three machines", s.furnish}, {"one relay", s.alone}, {"a database", s.database}, {"it moves", s.migrate},
		{"a second relay", s.second}, {"from one to the other", s.across}, {"without the first", s.bereft},
	} {
		began := time.Now()
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w\n%s", step.name, err, s.logs(ctx))
		}
		fmt.Printf("          %s: %.1f s\n", step.name, time.Since(began).Seconds())
	}
	return w.keepTranscript()
}

// logs are what the relays and the database have said.
func (s *site) logs(ctx context.Context) (all string) {
	for i, m := range s.relays {
		if m != nil {
			out, _, _ := m.run(ctx, "journalctl -u 'support-relay*' -n 40 --no-pager -o short-monotonic | cat")
			all += "--- " + machines[i] + "\n" + out + "\n"
		}
	}
	out, _, _ := s.run(ctx, "tail -n 20 /var/log/postgresql/*")
	return all + "--- " + machines[0] + "\n" + out
}

// furnish starts the relays' machines, plugs the cables in, and lets Bob log in.
func (s *site) furnish(ctx context.Context) (err error) {
	s.packages = "./support-relay_*.deb"
	for _, i := range []int{firstRelay, secondRelay} {
		r := *s.world
		if r.machine, err = boot(s.from.kernel, cablesOf(s.cabling, i), s.from.site, s.from.packages); err != nil {
			return err
		}
		s.relays[i] = &r
	}
	booting, done := context.WithTimeout(ctx, s.patience*2*bootLimit) // two at a time
	defer done()
	for i, m := range []*world{s.world, s.relays[firstRelay], s.relays[secondRelay]} {
		if i > 0 {
			if _, err := m.expect(booting, prompt); err != nil {
				return &hungError{err}
			}
		}
		if _, err := m.must(ctx, wiring(i)); err != nil {
			return err
		}
		if err := m.unpack(ctx); err != nil {
			return err
		}
	}
	if err := s.install(ctx, "first", "apt install ./supportctl_*.deb ./support-agent_*.deb"); err != nil {
		return err
	}
	return s.seatBob(ctx)
}

// wiring gives a machine its name and address, and those of the others.
func wiring(machine int) string {
	address := func(i int) string { return "192.0.2.1" + strconv.Itoa(i) }
	hosts := []string{"127.0.0.1 localhost"}
	var lines []string
	for i, name := range machines {
		switch {
		case i == machine:
			name += " vm"
		default:
			card := "eth" + strconv.Itoa(len(lines)+1)
			lines = append(lines, fmt.Sprintf("ip addr add %s peer %s dev %s && ip link set %s up", address(machine), address(i), card, card))
		}
		if i == firstRelay {
			name += " relay.example" // as it was called when it was alone
		}
		hosts = append(hosts, address(i)+" "+name)
	}
	return `printf '` + strings.Join(hosts, `\n`) + `\n' >/etc/hosts && ` + strings.Join(lines, " && ")
}

// alone is the time before: one relay with an account, a script in the library, and a
// support session that has ended.
func (s *site) alone(ctx context.Context) error {
	first := s.relays[firstRelay]
	fmt.Fprintln(s.transcript, "== one relay")
	line, err := s.byReadme("apt install ./support-relay_….deb")
	if err != nil {
		return err
	}
	if err := first.install(ctx, "first", line); err != nil {
		return err
	}
	if _, err := first.as(ctx, root, `sed -i 's/^# names = .*/names = ["relay.example"]/' `+configFile+" && systemctl reload support-relay"); err != nil {
		return err
	}
	if err := s.invite(ctx, first); err != nil {
		return err
	}
	for _, line := range []string{`printf '#!/bin/sh\necho fixed\n' >fix-dns.sh`, "supportctl script add fix-dns --file fix-dns.sh --category General"} {
		if _, err := s.as(ctx, alice, line); err != nil {
			return err
		}
	}
	if err := s.call(ctx); err != nil {
		return err
	}
	s.first = s.number
	return s.hangUp(ctx)
}

// database makes one that takes the relays in from the network. Its certificate is the one
// that Debian's package ssl-cert makes, for the name that the machine has now.
func (s *site) database(ctx context.Context) error {
	fmt.Fprintln(s.transcript, "== the database")
	listens, err := s.byReadme("hostssl supportd supportd 192.0.2.0/24 scram-sha-256")
	if err != nil {
		return err
	}
	for _, line := range []string{
		"make-ssl-cert generate-default-snakeoil --force-overwrite",
		`echo "listen_addresses = '*'" >>/etc/postgresql/15/main/postgresql.conf`,
		"echo '" + listens + "' >>/etc/postgresql/15/main/pg_hba.conf",
		"systemctl restart postgresql && systemctl start ssh",
	} {
		if _, err := s.as(ctx, root, line); err != nil {
			return err
		}
	}
	_, err = s.follow(ctx, postgres, "createuser -P supportd && createdb -O supportd -E UTF8 -T template0 supportd",
		turn{s.console, "password for new role: ", s.password + "\n"}, turn{s.console, "it again: ", s.password + "\n"})
	return err
}

// ready has the operator of a relay able to copy files as root from the machines from.
func (s *site) ready(ctx context.Context, relay int, from ...*world) error {
	r := s.relays[relay]
	key, err := r.must(ctx, "ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519 && cat .ssh/id_ed25519.pub")
	if err != nil {
		return err
	}
	for _, m := range from {
		if _, err := m.must(ctx, "mkdir -p -m 700 .ssh && echo '"+key+"' >>.ssh/authorized_keys && systemctl start ssh"); err != nil {
			return err
		}
	}
	_, err = r.must(ctx, "ssh-keyscan -t ed25519 "+strings.Join(machines, " ")+" >.ssh/known_hosts 2>/dev/null; "+
		"rsync -a db.example:/etc/ssl/certs/ssl-cert-snakeoil.pem /etc/support-relay/db.pem")
	return err
}

// edit has the operator of a relay open its configuration as the README says, and write
// what it says.
func (s *site) edit(ctx context.Context, relay int) error {
	r, typed := s.relays[relay], []string{}
	for _, key := range []string{"database", "node", "peer_listen", "names"} {
		value := map[string]string{
			"database": `"postgres://supportd:` + s.password + `@db.example/supportd?sslmode=verify-full&sslrootcert=/etc/support-relay/db.pem"`,
			"node":     `"` + machines[relay] + `"`, "peer_listen": `":2223"`, "names": `["relay.example", "` + machines[relay] + `"]`,
		}[key]
		typed = append(typed, fmt.Sprintf("/^#* *%s = /c %s = %s", key, key, value))
	}
	if _, err := r.must(ctx, "(umask 077; printf '"+strings.Join(typed, `\n`)+`\n' >typed); `+
		`printf '#!/bin/sh\nexec sed -i -f /root/typed "$1"\n' >/usr/local/bin/editor; chmod 755 /usr/local/bin/editor`); err != nil {
		return err
	}
	return r.inEtc(ctx, "cd /etc/support-relay && chgrp supportd relay.toml && chmod 640 relay.toml && editor relay.toml")
}

// inEtc has the operator type a line of the README after "cd /etc/support-relay", or with
// it. The console's prompt has to stay what it is.
func (w *world) inEtc(ctx context.Context, line string) error {
	typed, err := w.byReadme(line)
	if err == nil {
		_, err = w.keeping(ctx, "root# "+typed, "(cd /etc/support-relay && "+typed+")")
	}
	return err
}

// migrate moves the relay, with a support session open.
func (s *site) migrate(ctx context.Context) error {
	fmt.Fprintln(s.transcript, "== relay1.example")
	first := s.relays[firstRelay]
	if err := s.ready(ctx, firstRelay, s.world); err != nil {
		return err
	}
	if err := s.call(ctx); err != nil {
		return err
	}
	if err := s.edit(ctx, firstRelay); err != nil {
		return err
	}
	if err := first.inEtc(ctx, "systemctl stop support-relay{.socket,} && runuser -u supportd -- support-relay migrate --to relay.toml"); err != nil {
		return err
	}
	if out, err := first.follow(ctx, root, startLine); err != nil || !strings.Contains(out, machines[firstRelay]) {
		return fmt.Errorf("status says %q, %w", out, err)
	}
	if _, err := s.seat.expect(ctx, "Connected again with Alice Kim (alice)"); err != nil {
		return err
	}
	if err := s.hangUp(ctx); err != nil {
		return err
	}
	return s.proved(ctx, s.first)
}

// second puts a relay beside the first one.
func (s *site) second(ctx context.Context) error {
	fmt.Fprintln(s.transcript, "== relay2.example")
	second := s.relays[secondRelay]
	if err := second.install(ctx, "first", "apt install "+s.packages); err != nil {
		return err
	}
	if err := s.ready(ctx, secondRelay, s.world, s.relays[firstRelay]); err != nil {
		return err
	}
	if _, err := second.as(ctx, root, "systemctl stop support-relay{.socket,}"); err != nil {
		return err
	}
	if err := s.edit(ctx, secondRelay); err != nil {
		return err
	}
	if _, err := second.follow(ctx, root, "rm -f /var/lib/supportd/relay.db*; rsync -a relay1.example:/var/lib/supportd/{host,ca}_key /var/lib/supportd/"); err != nil {
		return err
	}
	out, err := second.follow(ctx, root, startLine)
	if err == nil && !(strings.Contains(out, machines[firstRelay]) && strings.Contains(out, machines[secondRelay])) {
		err = errors.New("status does not name both relays")
	}
	return err
}

// across has Bob at the first relay, and Alice, with plain ssh, at the second one.
func (s *site) across(ctx context.Context) error {
	fmt.Fprintln(s.transcript, "== Bob at relay1.example, Alice at relay2.example")
	if err := s.call(ctx); err != nil {
		return err
	}
	for _, line := range []string{
		// Without a terminal of its own, ssh cannot ask: she compares what it has kept.
		"ssh -o StrictHostKeyChecking=accept-new -p 2222 alice@relay2.example known-hosts >.ssh/supportd && ssh-keygen -lF [relay2.example]:2222 | grep -F " + s.pin,
		`printf 'Host relay.example *.support\n  UserKnownHostsFile ~/.ssh/known_hosts ~/.ssh/supportd\n' >>.ssh/config`,
	} {
		if _, err := s.as(ctx, alice, line); err != nil {
			return err
		}
	}
	return s.reach(ctx)
}

// reach has Alice work on the computer by the second relay.
func (s *site) reach(ctx context.Context) error {
	through := "ssh -J alice@relay2.example:2222 alice@" + s.number + ".support "
	if _, err := s.as(ctx, alice, through+"status"); err != nil {
		return err
	}
	_, err := s.as(ctx, alice, through+"sysinfo os", s.bobAllows()...)
	return err
}

// bereft cuts the power of the first relay: the computer goes to the second one, and so
// does Alice's supportctl.
func (s *site) bereft(ctx context.Context) error {
	fmt.Fprintln(s.transcript, "== relay1.example has lost its power")
	s.relays[firstRelay].stop()
	s.relays[firstRelay] = nil
	began := time.Now()
	if _, err := s.seat.expect(ctx, "Connected again with Alice Kim (alice)"); err != nil {
		return err
	}
	fmt.Printf("          the computer was at the other relay after %.0f s\n", time.Since(began).Seconds())
	if err := s.reach(ctx); err != nil {
		return err
	}
	if _, err := s.as(ctx, alice, "supportctl login alice@relay2.example --relay-key "+s.pin); err != nil {
		return err
	}
	if err := s.hangUp(ctx); err != nil {
		return err
	}
	out, err := s.as(ctx, alice, "supportctl script list")
	if err == nil && !strings.Contains(out, "fix-dns") {
		err = errors.New("the library is not there")
	}
	if err != nil {
		return err
	}
	return s.proved(ctx, s.first) // the computer was met when the relay had its first name
}
