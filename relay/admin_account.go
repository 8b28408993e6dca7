package relay

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

const (
	// maxComment bounds what is kept of a key's comment, in bytes.
	maxComment = 100
	// usedStep is how exactly it is kept when a key has logged in: each is a write.
	usedStep = time.Hour
)

// viewAccount is an account as admins see it.
func viewAccount(row store.Account) api.Account {
	v := api.Account{Account: row.Name, Name: row.Display, Admin: row.Admin, Disabled: row.Disabled, Created: row.Created, Keys: []api.Key{}}
	if row.Invited.After(time.Now()) {
		v.Invited = row.Invited
	}
	for _, k := range row.Keys {
		v.Keys = append(v.Keys, api.Key{Fingerprint: k.Fingerprint, Comment: k.Comment, Created: k.Created, Used: k.Used})
		if k.Used.After(v.Used) {
			v.Used = k.Used
		}
	}
	return v
}

// unusedSince reads --unused; the zero time is that it was not given.
func unusedSince(c *cli.Context) (time.Time, error) {
	if !c.IsSet("unused") {
		return time.Time{}, nil
	}
	span, err := cmdline.ParseSpan(c.String("unused"))
	if err != nil {
		return time.Time{}, cmdline.Usage("--unused 90d", "--unused: %v", err)
	}
	return time.Now().Add(-span), nil
}

func (a Admin) showAccount(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	name := c.Args().First()
	var row store.Account
	err = a.Use(c, false, func(s *store.Store) error {
		all, err := s.Accounts(c.Context)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(one store.Account) bool { return one.Name == name })
		if i < 0 {
			return ofAccount(c.Context, s, name, text.Errorf("account %s: %w", text.Plain(name, wire.MaxAccount), store.ErrNotFound))
		}
		row = all[i]
		return nil
	})
	if err != nil {
		return err
	}
	return cmdline.Show(c.App.Writer, f, accountRow{Account: viewAccount(row)}, oneAccountColumns(f.For(a.Speaker)))
}

// byKey gives each key a row of its own, the further ones of an account without
// what the first one says.
func byKey(accounts []api.Account) (rows []accountRow) {
	for _, a := range accounts {
		if len(a.Keys) == 0 {
			rows = append(rows, accountRow{Account: a})
		}
		for i, k := range a.Keys {
			row := accountRow{Account: api.Account{Keys: []api.Key{k}}, more: i > 0}
			if i == 0 {
				row.Account = a
				row.Keys = a.Keys[:1]
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// oneAccountColumns are those of [accountColumns], with all that is known of each key.
func oneAccountColumns(s *text.Speaker) []cmdline.Column[accountRow] {
	columns := accountColumns(s)
	return append(columns[:len(columns)-1], cmdline.Headed(s, []cmdline.Column[accountRow]{{Title: "INVITED UNTIL", Value: func(v accountRow) string { return when(v.Invited) }}, {Title: "KEYS", Value: func(v accountRow) string {
		var all []string
		for _, k := range v.Keys {
			one := k.Fingerprint
			if k.Comment != "" {
				one += " (" + k.Comment + ")"
			}
			used := s.Text("never used")
			if !k.Used.IsZero() {
				used = s.Say("used %s", when(k.Used))
			}
			all = append(all, s.Say("%s, added %s, %s", one, when(k.Created), used))
		}
		return strings.Join(all, "; ")
	}}})...)
}

func (a Admin) editAccount(c *cli.Context) error {
	name := c.Args().First()
	var display *string
	var admin *bool
	if c.IsSet("name") {
		said := c.String("name")
		if said == "" {
			said = name
		}
		if err := checkDisplay(said); err != nil {
			return err
		}
		display = &said
	}
	switch yes, no := c.Bool("admin"), c.Bool("no-admin"); {
	case yes && no:
		return cmdline.Usage("one of --admin and --no-admin", "csr edit: --admin and --no-admin exclude each other")
	case yes, no:
		admin = &yes
	}
	if display == nil && admin == nil {
		return cmdline.Usage("csr edit NAME --name TEXT, --admin or --no-admin", "csr edit: nothing was to be changed")
	}
	if admin != nil && !*admin {
		if err := a.notSelf(name); err != nil {
			return err
		}
	}
	err := a.Use(c, true, func(s *store.Store) error {
		return ofAccount(c.Context, s, name, s.EditAccount(c.Context, name, display, admin))
	})
	if err == nil {
		a.tell(c, "%s changed", name)
	}
	return err
}

// checkDisplay reports whether customers can be shown a name.
func checkDisplay(name string) error {
	if len(name) > wire.MaxName || text.Plain(name, wire.MaxName) != name {
		return cmdline.Usage("use plain text", "--name: at most %d bytes, without control characters or white space around it", wire.MaxName)
	}
	return nil
}

// commentsOf are the comments of the keys in a text, by fingerprint. Only lines as in
// authorized_keys have one.
func commentsOf(keys []byte) map[string]string {
	comments := map[string]string{}
	for line := range strings.Lines(string(keys)) {
		key, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err == nil {
			comments[ssh.FingerprintSHA256(key)] = text.Plain(comment, maxComment)
		}
	}
	return comments
}

// namedKeys are the fingerprints of the keys that a person means: by one, or by a file.
func (a Admin) namedKeys(c *cli.Context, word string) (fingerprints []string, err error) {
	if strings.HasPrefix(word, "SHA256:") {
		return []string{word}, nil
	}
	said, err := a.KeyFrom(c, word)
	switch {
	case err != nil:
		return nil, err
	case said == nil:
		return []string{word}, nil
	}
	keys, err := ParseKeys(said, time.Now())
	if err != nil {
		return nil, cmdline.Usage("name the key by its fingerprint, SHA256:…, which csr show tells, or by its .pub file", "%v", err)
	}
	for _, k := range keys {
		fingerprints = append(fingerprints, k.Fingerprint)
	}
	return fingerprints, nil
}

// noteUse remembers that a key has logged in, once in an hour. Nobody waits for it.
func (r *Relay) noteUse(fingerprint string) {
	now := time.Now()
	r.mu.Lock()
	known := now.Sub(r.used[fingerprint]) < usedStep
	if !known {
		r.used[fingerprint] = now
	}
	r.mu.Unlock()
	if known {
		return
	}
	r.spawn(func() {
		if err := r.data.Store.KeyUsed(r.background, fingerprint, now.Truncate(usedStep)); err != nil && r.background.Err() == nil {
			r.log.Error("cannot write that a key has logged in", "err", err)
		}
	})
}
