package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"supportd/library/cmdline"
)

// firstPassed is the first file that a service manager passes: sd_listen_fds(3).
const firstPassed = 3

// The names that ports have in socket units: FileDescriptorName= of systemd.socket(5).
const (
	portSSH = "ssh"
	portWeb = "web"
)

// passedPorts are the ports that the service manager has opened and passed, by their
// names; nil where it passed none. Connections that come while the relay restarts wait
// there. It may be called once.
func passedPorts() (ports map[string][]net.Listener, err error) {
	count, _ := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || count < 1 {
		return nil, nil
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	ports = map[string][]net.Listener{}
	for i := range count {
		name := portSSH
		if i < len(names) && names[i] != "" && names[i] != "unknown" {
			name = names[i]
		}
		if name != portSSH && name != portWeb {
			return nil, cmdline.Usage("in the socket unit, FileDescriptorName= is ssh or web", "the service manager passes a port named %q", name)
		}
		f := os.NewFile(uintptr(firstPassed+i), name)
		l, err := net.FileListener(f)
		f.Close() // the listener has a copy
		if err != nil {
			return nil, cmdline.Usage("in the socket unit, ListenStream= is a TCP port", "the service manager passes as %q what is no port: %v", name, err)
		}
		if _, isTCP := l.(*net.TCPListener); !isTCP {
			l.Close()
			return nil, cmdline.Usage("in the socket unit, ListenStream= is a TCP port", "the service manager passes as %q what is no TCP port", name)
		}
		ports[name] = append(ports[name], l)
	}
	return ports, nil
}

// notifier tells a service manager how the relay is: sd_notify(3). Without one it says
// nothing. It never waits.
type notifier struct {
	to    *net.UnixConn
	every time.Duration // how often it wants to hear that the relay lives; 0 is never
}

// newNotifier finds the service manager of this process.
func newNotifier() *notifier {
	n := &notifier{}
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return n
	}
	to, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"}) // "@…" is abstract
	if err != nil {
		return n
	}
	n.to = to
	us, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if pid := os.Getenv("WATCHDOG_PID"); err == nil && us > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		n.every = time.Duration(us) * time.Microsecond / 2
	}
	return n
}

// tell sends one state, such as "READY=1".
func (n *notifier) tell(state string) {
	if n.to == nil {
		return
	}
	_ = n.to.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = fmt.Fprint(n.to, state)
}

// live says regularly that the relay lives, until ctx is done. alive returns when the
// relay has answered: one that is stuck is not said to live, and is restarted.
func (n *notifier) live(ctx context.Context, alive func()) {
	if n.to == nil || n.every <= 0 {
		return
	}
	tick := time.NewTicker(n.every)
	defer tick.Stop()
	for {
		alive()
		n.tell("WATCHDOG=1")
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *notifier) close() {
	if n.to != nil {
		n.to.Close()
	}
}
