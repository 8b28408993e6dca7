package account

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"unicode/utf16"
)

// On Windows only the system's own account may start programs with another user's token.
// Everybody else can have one program started by the service "Secondary Logon", with the
// user's profile and environment, for their password (CreateProcessWithLogonW). That
// program is Windows' own command line, which says its environment and then waits for
// the end of its input. Whatever else runs as the user becomes a child of it: a process
// has the token of the one that is named as its parent (UpdateProcThreadAttribute,
// PROC_THREAD_ATTRIBUTE_PARENT_PROCESS). So the password is used once here too.
//
// That service gives an administrator the rights of an ordinary user. Where our program
// was started as an administrator, the service also starts a program with a token that we
// bring (CreateProcessWithTokenW: to those who hold SeImpersonatePrivilege), and the token
// of a batch logon is not cut down (LogonUserW, LOGON32_LOGON_BATCH). Only who may log on
// so has one, administrators by default (SeBatchLogonRight); for others it stays with the
// first way.
//
// The order of the calls stands here, where every system's tests cover it.

// secondary is what Windows is asked for.
type secondary interface {
	// SystemDirectory is where Windows keeps its own programs.
	SystemDirectory() (string, error)
	// Start starts a program with the service, inside the logon's job, for a password.
	// Closing what it returns ends it, any number of times.
	Start(secondaryCall) (io.Closer, error)
	// LogOn tries the password, and brings a token with the user's whole rights.
	LogOn(secondaryCall) (userToken, error)
	// StartWith is Start, with a token that LogOn has brought.
	StartWith(userToken, secondaryCall) (io.Closer, error)
	// SID is the identity of an account.
	SID(user string) (string, error)
	// Share lets an account work in a directory of ours, and nobody else but us and the
	// system.
	Share(dir, sid string) error
}

// userToken is a token of the other user.
type userToken interface {
	io.Closer
	// Whole reports whether it has an administrator's whole rights (TokenElevation).
	Whole() bool
}

// secondaryCall are the arguments of CreateProcessWithLogonW, and of LogonUserW and
// CreateProcessWithTokenW.
type secondaryCall struct {
	name, domain string // domain is "" for a name that has its own, kim@corp.example
	secret       []uint16
	program      string // the path of a program
	line         string // its command line
	dir          string // where it starts; the other user can read it
	in, out      *os.File
}

const (
	// holderReady ends what the program says of its environment. No variable looks so.
	holderReady = "supportd-ready"
	// maxHolderOutput bounds that, in bytes; Windows has 32,767 characters for it.
	maxHolderOutput = 256 << 10
)

// standing is a logon that the service holds open.
type standing struct {
	process io.Closer // nil where it could not be started
	in      *os.File  // the end of it is its end
	env     []string
	home    string
	temp    string // made for it, "" where it could not be
	rights  Rights
}

// close ends it, and removes what was made for it.
func (s *standing) close() error {
	var err error
	if s.in != nil {
		err = s.in.Close()
	}
	if s.process != nil {
		err = errors.Join(err, s.process.Close())
	}
	if s.temp != "" {
		err = errors.Join(err, os.RemoveAll(s.temp))
	}
	return err
}

// logOnSecondary logs on with the service, elevated where our program was started as an
// administrator. It overwrites secret. The call cannot be interrupted, so a goroutine of
// its own waits for a domain controller that does not answer.
func logOnSecondary(ctx context.Context, w secondary, user string, secret []uint16, elevated bool) (*standing, error) {
	type result struct {
		s   *standing
		err error
	}
	done := make(chan result, 1)
	go func() { // received here or, where nobody waits for it any more, below
		s, err := standUp(ctx, w, user, secret, elevated)
		done <- result{s, err}
	}()
	select {
	case r := <-done:
		return r.s, r.err
	case <-ctx.Done():
		go func() { // the call ends by itself; a logon that it still brings is closed
			if late := <-done; late.err == nil {
				_ = late.s.close()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

func standUp(ctx context.Context, w secondary, user string, secret []uint16, elevated bool) (*standing, error) {
	s := &standing{}
	err := s.open(ctx, w, user, secret, elevated)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *standing) open(ctx context.Context, w secondary, user string, secret []uint16, elevated bool) error {
	defer clear(secret)
	system, err := w.SystemDirectory()
	if err != nil {
		return err
	}
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return err
	}
	s.in = inWrite
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return errors.Join(err, inRead.Close())
	}
	defer outRead.Close()
	c := secondaryCall{secret: secret, program: system + `\cmd.exe`, dir: system, in: inRead, out: outWrite}
	c.name, c.domain = splitName(user)
	if strings.Contains(c.name, "@") {
		c.domain = ""
	}
	// In UTF-16 (/u), without what the user starts with each command line (/d).
	c.line = `"` + c.program + `" /d /u /q /s /c "set& echo ` + holderReady + `& set /p SUPPORTD_END="`
	s.process, s.rights, err = startHolder(w, c, elevated)
	clear(secret)
	err = errors.Join(err, inRead.Close(), outWrite.Close())
	if err != nil {
		return err
	}
	process := s.process
	defer context.AfterFunc(ctx, func() { _ = process.Close() })() // then there is nothing more to read
	if s.env, err = readHolder(outRead); err != nil {
		return err
	}
	for _, v := range s.env {
		if name, value, _ := strings.Cut(v, "="); strings.EqualFold(name, "USERPROFILE") {
			s.home = value
		}
	}
	if s.home == "" {
		return &Failure{Why: NoHome, User: user}
	}
	return s.share(w, user)
}

// The system's codes (winerror.h) for an account that may not log on in a way, and for a
// program of ours that may not do something. Neither is an answer to the password: Windows
// looks at an account's logon rights when the password was right.
const (
	errLogonType = syscall.Errno(1385) // ERROR_LOGON_TYPE_NOT_GRANTED
	errPrivilege = syscall.Errno(1314) // ERROR_PRIVILEGE_NOT_HELD
)

// startHolder starts the program with as many rights as can be had. A password that was
// not right is tried once: accounts are locked after few wrong ones.
func startHolder(w secondary, c secondaryCall, elevated bool) (io.Closer, Rights, error) {
	if elevated {
		process, rights, err := startWhole(w, c)
		if !errors.Is(err, errLogonType) && !errors.Is(err, errPrivilege) {
			return process, rights, err
		}
	}
	process, err := w.Start(c)
	return process, CutRights, err
}

func startWhole(w secondary, c secondaryCall) (io.Closer, Rights, error) {
	token, err := w.LogOn(c)
	if err != nil {
		return nil, "", err
	}
	rights := UsualRights
	if token.Whole() {
		rights = WholeRights
	}
	process, err := w.StartWith(token, c)
	_ = token.Close() // the process holds the logon open from now on
	return process, rights, err
}

// share makes the logon's temp directory. It is ours, since we put scripts there.
func (s *standing) share(w secondary, user string) (err error) {
	if s.temp, err = os.MkdirTemp("", "support-"); err != nil {
		return err
	}
	sid, err := w.SID(strings.TrimPrefix(user, `.\`))
	if err != nil {
		return err
	}
	if err := w.Share(s.temp, sid); err != nil {
		return err
	}
	s.env = append(s.env, "TEMP="+s.temp, "TMP="+s.temp)
	return nil
}

// readHolder reads the environment: a variable a line, in UTF-16 with its lower byte first.
func readHolder(out io.Reader) (env []string, err error) {
	var line []uint16
	for in := bufio.NewReader(io.LimitReader(out, maxHolderOutput)); ; {
		var unit [2]byte
		if _, err := io.ReadFull(in, unit[:]); err != nil {
			return nil, fmt.Errorf("reading the user's environment: %w", err)
		}
		u := uint16(unit[0]) | uint16(unit[1])<<8
		if u != '\n' {
			line = append(line, u)
			continue
		}
		text := strings.TrimSuffix(string(utf16.Decode(line)), "\r")
		line = line[:0]
		switch {
		case text == holderReady:
			return env, nil
		case strings.Contains(text, "="):
			env = append(env, text)
		}
	}
}

// splitName tells DOMAIN\name from name@domain and from a local name.
func splitName(user string) (name, domain string) {
	if before, after, ok := strings.Cut(user, `\`); ok {
		return after, before
	}
	if strings.Contains(user, "@") {
		return user, ""
	}
	return user, "."
}
