package wire

import (
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// Welcome answers a join or a resume. Only Code, Text and Wait are set where Code is
// not [CodeOK].
type Welcome struct {
	Code        Code
	Text        string // for logs, not for customers
	Number      string
	Owner       string // the CSR's display name, hostile until shown as plain text
	Account     string // the CSR's account
	Certificate []byte // the relay's host certificate for the identity key (RFC 4253 section 6.6 blob)
	Window      uint32 // seconds for which a lost computer may come back
	Now         uint64 // the relay's clock, seconds since 1970, so that a wrong clock is noticed
	// Wait is set with [CodeLimited] alone: in how many seconds the number is looked up.
	// A computer that sends the same join again over the same connection, every
	// [JoinPause], keeps its place and hears how long it still takes. 0 comes from
	// relays that know no waiting: there it is a refusal. On the wire it stands where
	// Window does, so that older programs understand the rest.
	Wait uint32
	// Generation is that of the lease under which a relay of a group holds the support
	// session; 0 is that the relay does not count. Relays are other addresses of the
	// group, see [IsRelay], at most [MaxRelays]. Both are for those alone who have sent a
	// [GroupRequest]; where both are empty, the bytes are those that older programs know.
	Generation uint64
	Relays     []string
}

// JoinPause is how often a computer whose number has to wait asks again.
const JoinPause = time.Second

// Marshal encodes the message.
func (m Welcome) Marshal() []byte { return ssh.Marshal(m.encoded()) }

// welcomeFields is Welcome in the types that RFC 4251 knows.
type welcomeFields struct {
	Code                         uint32
	Text, Number, Owner, Account string
	Certificate                  []byte
	Seconds                      uint32 // Wait with CodeLimited, else Window
	Now                          uint64
	Group                        []byte `ssh:"rest"` // of [Welcome.group]
}

func (m Welcome) encoded() welcomeFields {
	seconds := m.Window
	if m.Code == CodeLimited {
		seconds = m.Wait
	}
	return welcomeFields{uint32(m.Code), m.Text, m.Number, m.Owner, m.Account, m.Certificate, seconds, m.Now, m.group()}
}

// ParseWelcome decodes what [Welcome.Marshal] made.
func ParseWelcome(data []byte) (Welcome, error) {
	var f welcomeFields
	if err := parse(data, &f, "welcome"); err != nil {
		return Welcome{}, err
	}
	m := Welcome{Code: Code(f.Code), Text: f.Text, Number: f.Number, Owner: f.Owner, Account: f.Account, Certificate: f.Certificate, Now: f.Now}
	if m.Code == CodeLimited {
		m.Wait = f.Seconds
	} else {
		m.Window = f.Seconds
	}
	if err := m.parseGroup(f.Group); err != nil {
		return Welcome{}, err
	}
	return m, within("welcome", MaxReason, m.Text, m.Number, m.Owner, m.Account)
}

// IsRelay reports whether a relay may tell of this address of its group: HOST or HOST:PORT
// in letters that mean nothing to a shell, a terminal or a program's flags, at most 259
// bytes. Whether it is dialed, the daemon decides.
func IsRelay(address string) bool {
	return IsWebHost(address) && address[0] != '-'
}

// group is what stands behind the other fields of a Welcome: nothing, or the generation
// and then the addresses, each as a string, up to the end.
func (m Welcome) group() []byte {
	if m.Generation == 0 && len(m.Relays) == 0 {
		return nil
	}
	out := ssh.Marshal(struct{ Generation uint64 }{m.Generation})
	for _, address := range m.Relays {
		out = append(out, ssh.Marshal(struct{ Address string }{address})...)
	}
	return out
}

func (m *Welcome) parseGroup(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	var first struct {
		Generation uint64
		Rest       []byte `ssh:"rest"`
	}
	if err := parse(data, &first, "welcome"); err != nil {
		return err
	}
	m.Generation = first.Generation
	for data = first.Rest; len(data) > 0; {
		var next struct {
			Address string
			Rest    []byte `ssh:"rest"`
		}
		if err := parse(data, &next, "welcome"); err != nil {
			return err
		}
		if !IsRelay(next.Address) || len(m.Relays) == MaxRelays {
			return fmt.Errorf("%w: welcome: more than %d addresses, or one that is none", ErrPayload, MaxRelays)
		}
		m.Relays, data = append(m.Relays, next.Address), next.Rest
	}
	if m.Generation == 0 && len(m.Relays) == 0 {
		return fmt.Errorf("%w: welcome: a group without anything", ErrPayload)
	}
	return nil
}
