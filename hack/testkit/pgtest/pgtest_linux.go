package pgtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// account is whose processes they are where the tests run as root: Debian's package
	// makes it, and the server refuses root.
	account = "postgres"
	// startTime bounds a start, stopTime a stop; the machine may be busy.
	startTime = 2 * time.Minute
	stopTime  = time.Minute
	// portTries is how often another port is tried, when somebody has taken it meanwhile.
	portTries = 5
)

// errPort is that somebody else has taken the port.
var errPort = errors.New("the port is in use")

// Server is a PostgreSQL server of its own, with one empty database. Only one goroutine
// may use it at a time.
type Server struct {
	opts          Options
	programs, dir string
	as            *syscall.Credential // nil is ourselves
	port          int
	databases     int // that were made
	running       *process
}

// process is a server that runs.
type process struct {
	pid   int
	ended chan struct{} // closed when it has ended
}

// Start makes a server and starts it; [ErrMissing] where there is none.
func Start() (*Server, error) { return StartWith(Options{}) }

// StartWith is [Start] with options.
func StartWith(opts Options) (_ *Server, err error) {
	s := &Server{opts: opts.orDefault()}
	if s.programs, err = programs(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp(opts.Dir, "supportd-postgres-"); err != nil {
		return nil, err
	}
	if err = s.prepare(); err == nil {
		err = s.startSomewhere()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) prepare() error {
	if os.Geteuid() == 0 {
		who, err := user.Lookup(account)
		if err != nil {
			return fmt.Errorf("%w (%w)", ErrMissing, err)
		}
		uid, err := strconv.ParseUint(who.Uid, 10, 32)
		if err != nil {
			return err
		}
		gid, err := strconv.ParseUint(who.Gid, 10, 32)
		if err != nil {
			return err
		}
		s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(s.dir, int(uid), int(gid)); err != nil {
			return err
		}
	}
	if s.opts.follows != nil {
		return s.copyFrom(s.opts.follows)
	}
	args := []string{"-D", s.data(), "-A", "trust", "-U", account, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"}
	if version(s.programs) >= 15 {
		// It sorts as people do, so that a query which relies on another order is noticed.
		args = append(args, "--locale-provider=icu", "--icu-locale=en-US")
	}
	if out, err := s.command("initdb", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if s.opts.Host == defaultHost {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(s.data(), "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("host all all samenet trust\n") // others are only where the caller has made such a network
	return errors.Join(err, f.Close())
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.programs, name), args...)
	cmd.Dir, cmd.Env = s.dir, []string{"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

// startSomewhere starts it on a port that is free.
func (s *Server) startSomewhere() (err error) {
	for range portTries {
		l, err := net.Listen("tcp", net.JoinHostPort(s.opts.Host, "0"))
		if err != nil {
			return err
		}
		s.port = l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return err
		}
		if err = s.Restart(); !errors.Is(err, errPort) {
			return err
		}
	}
	return err
}

// Restart starts it again after [Server.Stop], with the same data and port.
func (s *Server) Restart() error {
	logFile := filepath.Join(s.dir, "log")
	if err := os.Remove(logFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	log, err := os.Create(logFile)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir, "-c", "listen_addresses=" + s.opts.Host}
	// Nothing here has to outlive a power cut.
	for _, setting := range append([]string{"fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200"}, s.opts.Settings...) {
		args = append(args, "-c", setting)
	}
	cmd := s.command("postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT // when the test program is killed
	started, p := make(chan error), &process{ended: make(chan struct{})}
	go func() {
		runtime.LockOSThread() // for the signal it is the thread that must not end
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	s.running = p
	if err := s.awaitReady(p); err != nil {
		said, _ := os.ReadFile(logFile)
		if strings.Contains(string(said), "could not bind") {
			err = errors.Join(errPort, err)
		}
		return errors.Join(fmt.Errorf("%w\n%s", err, said), s.Stop())
	}
	return nil
}

// awaitReady waits until the server writes into its lock file that it takes connections.
func (s *Server) awaitReady(p *process) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(startTime); ; {
		lock, _ := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
		if lines := strings.Split(string(lock), "\n"); len(lines) > 7 && lines[0] == strconv.Itoa(p.pid) && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return errors.New("the PostgreSQL server has ended at once")
		case <-late:
			return errors.New("the PostgreSQL server is not ready in time")
		}
	}
}

// Stop ends the server's process; its data stays. Connections are cut.
func (s *Server) Stop() error { return s.end(syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL) }

// Crash ends it as "pg_ctl stop -m immediate" does: it writes nothing more.
func (s *Server) Crash() error { return s.end(syscall.SIGQUIT, syscall.SIGKILL) }

func (s *Server) end(signals ...syscall.Signal) error {
	p := s.running
	if p == nil {
		return nil
	}
	s.running = nil
	for _, sig := range signals {
		if err := syscall.Kill(p.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		select {
		case <-p.ended:
			return nil
		case <-time.After(stopTime):
		}
	}
	return fmt.Errorf("the PostgreSQL server, process %d, does not end", p.pid)
}

// NewDatabase makes one more empty database and returns its address.
func (s *Server) NewDatabase() (url string, err error) {
	s.databases++
	name := fmt.Sprintf("test%d", s.databases)
	out, err := s.command("createdb", "-h", s.dir, "-p", strconv.Itoa(s.port), "-U", account, name).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("making a database: %w\n%s", err, out)
	}
	return strings.Replace(s.URL(), "/postgres?", "/"+name+"?", 1), nil
}

// Run runs statements in the server's first database, past the programs that use it.
func (s *Server) Run(statements string) error {
	out, err := s.command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", s.dir, "-p", strconv.Itoa(s.port), "-U", account, "-d", "postgres", "-c", statements).CombinedOutput()
	if err != nil {
		return fmt.Errorf("psql: %w\n%s", err, out)
	}
	return nil
}

// Follow starts a server that has a copy of this one's data, and follows what changes here,
// until [Server.Promote].
func (s *Server) Follow(name string) (*Server, error) {
	opts := s.opts
	opts.follows, opts.name = s, name
	return StartWith(opts)
}

func (s *Server) copyFrom(first *Server) error {
	from := fmt.Sprintf("host=%s port=%d user=%s application_name=%s", first.opts.Host, first.port, account, s.opts.name)
	if out, err := s.command("pg_basebackup", "-D", s.data(), "-d", from, "-X", "stream", "-c", "fast", "-R", "--no-sync").CombinedOutput(); err != nil {
		return fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	return nil
}

// Promote makes a server that follows another one a server of its own.
func (s *Server) Promote() error {
	if out, err := s.command("pg_ctl", "promote", "-w", "-D", s.data()).CombinedOutput(); err != nil {
		return fmt.Errorf("pg_ctl promote: %w\n%s", err, out)
	}
	return nil
}

// Close ends it and removes its data.
func (s *Server) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.dir)) }
