package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"
)

// logonService plays Windows' service for logons: it notes the calls, and its program says what
// it has to say.
type logonService struct {
	calls   []string
	secret  string   // as it was given
	given   []uint16 // the same memory, later
	says    string
	silent  bool // says that, and then nothing
	fails   map[string]error
	shared  string        // directory
	whole   bool          // the token's rights
	tokens  int           // those that are open
	ended   int           // belongs to the program's end
	hanging chan struct{} // Start waits for it, where it is not nil
}

func (s *logonService) note(call, args string) error {
	s.calls = append(s.calls, call+" "+args)
	return s.fails[call]
}

func (s *logonService) SystemDirectory() (string, error) {
	return `C:\Windows\system32`, s.note("SystemDirectory", "")
}

func (s *logonService) Start(c secondaryCall) (io.Closer, error) { return s.start("Start", c) }

// LogOn is the attempt with LogonUserW.
func (s *logonService) LogOn(c secondaryCall) (userToken, error) {
	s.secret, s.given = string(utf16.Decode(c.secret)), c.secret
	if err := s.note("LogOn", c.name+" | "+c.domain); err != nil {
		return nil, err
	}
	s.tokens++
	return logonToken{s}, nil
}

func (s *logonService) StartWith(token userToken, c secondaryCall) (io.Closer, error) {
	if s.tokens != 1 || token != (logonToken{s}) {
		return nil, errors.New("not an open token")
	}
	return s.start("StartWith", c)
}

// logonToken is what the attempt brings.
type logonToken struct{ s *logonService }

func (l logonToken) Whole() bool { return l.s.whole }

func (l logonToken) Close() error {
	l.s.tokens--
	return nil
}

func (s *logonService) start(call string, c secondaryCall) (io.Closer, error) {
	s.secret, s.given = string(utf16.Decode(c.secret)), c.secret
	if s.hanging != nil {
		<-s.hanging
	}
	if err := s.note(call, strings.Join([]string{c.name, c.domain, c.program, c.line, c.dir}, " | ")); err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out := c.out
	pass := make(chan struct{})
	duplicate, err := duplicateOf(out)
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(pass)
		defer duplicate.Close()
		_, _ = duplicate.Write(encoded(s.says)) // whoever reads it may have gone
		if s.silent {
			_, _ = read.Read(make([]byte, 1)) // until it is ended
		}
	}()
	return closer(sync.OnceValue(func() error {
		s.ended++
		write.Close()
		<-pass
		return nil
	})), nil
}

type closer func() error

func (c closer) Close() error { return c() }

func (s *logonService) SID(user string) (string, error) { return "S-1-5-21-7", s.note("SID", user) }

func (s *logonService) Share(dir, sid string) error {
	s.shared = dir
	return s.note("Share", sid)
}

const environment = "ALLUSERSPROFILE=C:\\ProgramData\r\nUSERPROFILE=C:\\Users\\kim\r\nName=한글 \U0001f511\r\nno variable\r\n" + holderReady + "\r\n"

// encoded is text as the program writes it.
func encoded(text string) (b []byte) {
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func words(password string) []uint16 { return append(utf16.Encode([]rune(password)), 0) }

// TestTheCallsOfASecondaryLogon holds what Windows is asked for, in which order, and that
// the password is given once and overwritten.
func TestTheCallsOfASecondaryLogon(t *testing.T) {
	for user, want := range map[string]string{
		`CORP\kim`: "kim | CORP", "kim": "kim | .", `.\kim`: "kim | .", "kim@corp.example": "kim@corp.example | ",
	} {
		s := &logonService{says: environment}
		secret := words("비밀 secret")
		held, err := logOnSecondary(t.Context(), s, user, secret, false)
		if err != nil {
			t.Fatal(err)
		}
		calls := []string{
			"SystemDirectory ",
			`Start ` + want + ` | C:\Windows\system32\cmd.exe | "C:\Windows\system32\cmd.exe" /d /u /q /s /c "set& echo supportd-ready& set /p SUPPORTD_END=" | C:\Windows\system32`,
			"SID " + strings.TrimPrefix(user, `.\`), "Share S-1-5-21-7",
		}
		if !slices.Equal(s.calls, calls) {
			t.Errorf("%s: %q, want %q", user, s.calls, calls)
		}
		if s.secret != "비밀 secret\x00" || slices.ContainsFunc(secret, func(u uint16) bool { return u != 0 }) || &s.given[0] != &secret[0] {
			t.Errorf("%s: the password was %q and is %v", user, s.secret, secret)
		}
		if held.home != `C:\Users\kim` || held.temp != s.shared || !slices.Contains(held.env, "Name=한글 \U0001f511") || !slices.Contains(held.env, "TEMP="+s.shared) || len(held.env) != 5 {
			t.Errorf("%s: %+v", user, held)
		}
		if info, err := os.Stat(held.temp); err != nil || !info.IsDir() {
			t.Error(err)
		}
		if err := held.close(); err != nil || s.ended == 0 {
			t.Errorf("%v, ended %d times", err, s.ended)
		}
		if _, err := os.Stat(held.temp); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its directory stays: %v", err)
		}
	}
}

// TestTheStrongerWay holds what Windows is asked for where our program was started as an
// administrator: one attempt at the password, a second call only where Windows says that it
// is not about the password, and what the rights are then.
func TestTheStrongerWay(t *testing.T) {
	const (
		logOn  = "LogOn kim | CORP"
		with   = "StartWith"
		start  = "Start"
		failed = syscall.Errno(1326) // ERROR_LOGON_FAILURE
		locked = syscall.Errno(1909) // ERROR_ACCOUNT_LOCKED_OUT
		limits = syscall.Errno(1327) // ERROR_ACCOUNT_RESTRICTION
	)
	for name, c := range map[string]struct {
		whole bool
		fails map[string]error
		calls []string
		want  Rights
		err   error
	}{
		"administrator":     {whole: true, calls: []string{logOn, with}, want: WholeRights},
		"somebody":          {calls: []string{logOn, with}, want: UsualRights},
		"no batch logon":    {whole: true, fails: map[string]error{"LogOn": fmt.Errorf("LogonUser: %w", errLogonType)}, calls: []string{logOn, start}, want: CutRights},
		"no privilege":      {whole: true, fails: map[string]error{"StartWith": fmt.Errorf("x: %w", errPrivilege)}, calls: []string{logOn, with, start}, want: CutRights},
		"wrong password":    {fails: map[string]error{"LogOn": failed}, calls: []string{logOn}, err: failed},
		"locked account":    {fails: map[string]error{"LogOn": locked}, calls: []string{logOn}, err: locked},
		"other rules":       {fails: map[string]error{"LogOn": limits}, calls: []string{logOn}, err: limits},
		"it does not start": {fails: map[string]error{"StartWith": limits}, calls: []string{logOn, with}, err: limits},
		"neither way":       {fails: map[string]error{"LogOn": errLogonType, "Start": failed}, calls: []string{logOn, start}, err: failed},
	} {
		s := &logonService{says: environment, whole: c.whole, fails: c.fails}
		secret := words("secret")
		held, err := logOnSecondary(t.Context(), s, `CORP\kim`, secret, true)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		var calls []string
		for _, call := range s.calls[1:] { // behind SystemDirectory
			switch word, _, _ := strings.Cut(call, " "); word {
			case "LogOn":
				calls = append(calls, call)
			case "Start", "StartWith":
				calls = append(calls, word)
			}
		}
		if !slices.Equal(calls, c.calls) {
			t.Errorf("%s: %q, want %q", name, calls, c.calls)
		}
		if s.tokens != 0 {
			t.Errorf("%s: %d tokens are open", name, s.tokens)
		}
		if slices.ContainsFunc(secret, func(u uint16) bool { return u != 0 }) {
			t.Errorf("%s: the password stays in memory", name)
		}
		if held == nil {
			continue
		}
		if held.rights != c.want {
			t.Errorf("%s: rights %q, want %q", name, held.rights, c.want)
		}
		if err := held.close(); err != nil {
			t.Error(err)
		}
	}
}

// splitTokens play the two tokens of an administrator: 7 is cut down, 8 is the whole one.
type splitTokens struct {
	calls []string
	err   error
}

func (s *splitTokens) Limited(token uintptr) bool {
	s.calls = append(s.calls, fmt.Sprint("Limited ", token))
	return token == 7
}

func (s *splitTokens) Linked(token uintptr) (uintptr, error) {
	s.calls = append(s.calls, fmt.Sprint("Linked ", token))
	return 8, s.err
}

func (s *splitTokens) Close(token uintptr) { s.calls = append(s.calls, fmt.Sprint("Close ", token)) }

// TestAnAdministratorsWholeToken holds which of the two tokens is used.
func TestAnAdministratorsWholeToken(t *testing.T) {
	for name, c := range map[string]struct {
		token, want uintptr
		err         error
		calls       []string
	}{
		"split":       {7, 8, nil, []string{"Limited 7", "Linked 7", "Close 7"}},
		"not split":   {5, 5, nil, []string{"Limited 5"}},
		"not allowed": {7, 7, errPrivilege, []string{"Limited 7", "Linked 7"}},
	} {
		s := &splitTokens{err: c.err}
		if got := wholeToken(s, c.token); got != c.want || !slices.Equal(s.calls, c.calls) {
			t.Errorf("%s: %d, %q; want %d, %q", name, got, s.calls, c.want, c.calls)
		}
	}
}

// TestASecondaryLogonThatFails holds that nothing is left at any step.
func TestASecondaryLogonThatFails(t *testing.T) {
	broken := errors.New("broken")
	for name, s := range map[string]*logonService{
		"no directory":   {fails: map[string]error{"SystemDirectory": broken}},
		"wrong password": {fails: map[string]error{"Start": broken}},
		"no account":     {says: environment, fails: map[string]error{"SID": broken}},
		"not shared":     {says: environment, fails: map[string]error{"Share": broken}},
	} {
		secret := words("secret")
		held, err := logOnSecondary(t.Context(), s, "kim", secret, false)
		if !errors.Is(err, broken) || held != nil {
			t.Errorf("%s: %v, %v", name, held, err)
		}
		if started := slices.ContainsFunc(s.calls, func(c string) bool { return strings.HasPrefix(c, "Start") }) && s.fails["Start"] == nil; started != (s.ended > 0) {
			t.Errorf("%s: started %v, ended %d times", name, started, s.ended)
		}
		if _, err := os.Stat(s.shared); s.shared != "" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: its directory stays: %v", name, err)
		}
		if slices.ContainsFunc(secret, func(u uint16) bool { return u != 0 }) {
			t.Errorf("%s: the password stays in memory", name)
		}
	}
	for name, says := range map[string]string{
		"silence": "", "no end": "USERPROFILE=C:\\Users\\kim\r\n", "too much": strings.Repeat("x", maxHolderOutput), "no home": "A=b\r\n" + holderReady + "\r\n",
	} {
		s := &logonService{says: says}
		if held, err := logOnSecondary(t.Context(), s, "kim", words("secret"), false); err == nil || s.ended == 0 {
			t.Errorf("%s: %+v, ended %d times", name, held, s.ended)
		}
	}
}

// TestU7_ASecondaryLogonThatHangs holds that the wait for Windows, and for a program that
// says nothing, ends in time, and that a logon which comes later is closed.
func TestU7_ASecondaryLogonThatHangs(t *testing.T) {
	s := &logonService{silent: true, says: "A=b\r\n"}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if held, err := logOnSecondary(ctx, s, "kim", words("secret"), false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v, %v", held, err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := &logonService{says: environment, hanging: make(chan struct{})}
		ctx, cancel := context.WithTimeout(t.Context(), LogOnTimeout)
		defer cancel()
		if held, err := logOnSecondary(ctx, s, "kim", words("secret"), false); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v, %v", held, err)
		}
		close(s.hanging)
	})
}

func TestSplitName(t *testing.T) {
	for user, want := range map[string][2]string{
		"kim":              {"kim", "."},
		`CORP\kim`:         {"kim", "CORP"},
		"kim@corp.example": {"kim@corp.example", ""},
		`.\kim`:            {"kim", "."},
	} {
		if name, domain := splitName(user); name != want[0] || domain != want[1] {
			t.Errorf("splitName(%q) = %q, %q, want %q", user, name, domain, want)
		}
	}
}

// FuzzEnvironment reads whatever a program writes.
func FuzzEnvironment(f *testing.F) {
	f.Add("A=b", true)
	f.Add("한=\U0001f511", false)
	f.Fuzz(func(t *testing.T, variable string, ends bool) {
		if strings.ContainsAny(variable, "\r\n") || !strings.Contains(variable, "=") || string(utf16.Decode(utf16.Encode([]rune(variable)))) != variable || len(variable) > 1000 {
			return
		}
		text := variable + "\r\n"
		if ends {
			text += holderReady + "\r\n"
		}
		env, err := readHolder(bytes.NewReader(encoded(text)))
		if ends != (err == nil) || ends && !slices.Equal(env, []string{variable}) {
			t.Errorf("%q, %v of %q", env, err, text)
		}
	})
}
