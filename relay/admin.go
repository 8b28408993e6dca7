package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

const (
	// maxKeys bounds the keys of an account: computers take a list of limited length.
	maxKeys = wire.MaxEntries
	// MaxKeyText bounds what [Admin.Key] may return, in bytes.
	MaxKeyText = 64 << 10
	// maxCategoryName bounds a category's name in bytes.
	maxCategoryName = 64
)

// Admin makes the commands that manage accounts and categories: for an admin over
// SSH, and for the operator at the relay's own machine. All fields but Second, Speaker,
// Flags and KeyFlags are required.
type Admin struct {
	// Use gives the database to f; change says whether f may change something.
	Use func(c *cli.Context, change bool, f func(*store.Store) error) error
	// Key reads public keys, a line each as in authorized_keys.
	Key func(c *cli.Context) ([]byte, error)
	// KeyFrom reads public keys from what a person names instead of a fingerprint; nil is
	// that it can only be one.
	KeyFrom func(c *cli.Context, name string) ([]byte, error)
	// Pin is the fingerprint by which the relay is known, SHA256:….
	Pin func(c *cli.Context) (string, error)
	// By is who does it: an account, or "operator".
	By string
	// Second are the categories whose scripts need a second signature; nil is not known.
	Second func() []string
	// Speaker says what is told beside the tables in the reader's language; nil is English.
	Speaker *text.Speaker
	// Flags are what every command takes, KeyFlags what those take that read a key.
	Flags, KeyFlags []cli.Flag
}

// Commands are csr and category.
func (a Admin) Commands() []*cli.Command {
	list := append(cmdline.FormatFlags(), a.Flags...)
	add := append(append([]cli.Flag{
		&cli.StringFlag{Name: "name", Usage: "`TEXT` that customers see; the account's name where it is not given"},
		&cli.BoolFlag{Name: "admin", Usage: "may manage accounts, categories and all sessions"},
		&cli.BoolFlag{Name: "same-person", Usage: "takes over what a removed account of this name has left"},
	}, a.KeyFlags...), a.Flags...)
	return []*cli.Command{
		{Name: "csr", Usage: "accounts of CSRs", Subcommands: []*cli.Command{
			{Name: "add", Usage: "add an account with a public key", ArgsUsage: "NAME", Flags: add, Action: a.addAccount},
			a.inviteCommand(),
			{Name: "list", Usage: "all accounts, and when they logged in last", Flags: append([]cli.Flag{
				&cli.StringFlag{Name: "unused", Usage: "only those who have not logged in for this `SPAN`, such as 90d"},
			}, list...), Action: a.listAccounts},
			{Name: "show", Usage: "one account with its keys", ArgsUsage: "NAME", Flags: list, Action: a.showAccount},
			{Name: "edit", Usage: "change what customers see, or who is an admin", ArgsUsage: "NAME", Flags: append([]cli.Flag{
				&cli.StringFlag{Name: "name", Usage: "`TEXT` that customers see"},
				&cli.BoolFlag{Name: "admin", Usage: "may manage accounts, categories and all sessions"},
				&cli.BoolFlag{Name: "no-admin", Usage: "take the admin role away"},
			}, a.Flags...), Action: a.editAccount},
			{Name: "disable", Usage: "lock an account and close its connections", ArgsUsage: "NAME", Flags: a.Flags, Action: func(c *cli.Context) error { return a.disable(c, true) }},
			{Name: "enable", Usage: "unlock an account", ArgsUsage: "NAME", Flags: a.Flags, Action: func(c *cli.Context) error { return a.disable(c, false) }},
			{Name: "remove", Usage: "remove an account and end its sessions", ArgsUsage: "NAME", Flags: a.Flags, Action: a.removeAccount},
			{Name: "key-add", Usage: "let another key log in for an account", ArgsUsage: "NAME", Flags: append(a.KeyFlags, a.Flags...), Action: a.addKeys},
			{Name: "key-remove", Usage: "take a key from an account and close its connections", ArgsUsage: "NAME FINGERPRINT|FILE", Flags: a.Flags, Action: a.removeKey},
		}},
		{Name: "category", Usage: "headings for scripts", Subcommands: []*cli.Command{
			{Name: "add", Usage: "add a category", ArgsUsage: "NAME", Flags: a.Flags, Action: a.addCategory},
			{Name: "list", Usage: "all categories", Flags: list, Action: a.listCategories},
			{Name: "remove", Usage: "remove a category", ArgsUsage: "NAME", Flags: a.Flags, Action: a.removeCategory},
		}},
	}
}

func (a Admin) addAccount(c *cli.Context) error {
	name, display := c.Args().First(), c.String("name")
	if err := wire.CheckAccount(name); err != nil {
		return cmdline.Usage("choose another name", "%q: %v", text.Plain(name, wire.MaxAccount+1), err)
	}
	if display == "" {
		display = name
	}
	if err := checkDisplay(display); err != nil {
		return err
	}
	keys, err := a.keys(c)
	if err != nil {
		return err
	}
	err = a.Use(c, true, func(s *store.Store) error {
		account := store.Account{Name: name, Display: display, Admin: c.Bool("admin"), Created: s.Now(), Keys: keys}
		err := s.AddAccount(c.Context, account, c.Bool("same-person"))
		if errors.Is(err, store.ErrOwns) {
			return ofPerson(err, "choose another name; if it is the same person, add --same-person, which gives them what is left")
		}
		return ofPerson(err, "csr list shows who is there; csr key-add gives an account another key")
	})
	if err != nil {
		return err
	}
	for _, k := range keys {
		a.tell(c, "%s added with key %s", name, k.Fingerprint)
	}
	return nil
}

// keys reads the public keys that a command was given.
func (a Admin) keys(c *cli.Context) ([]store.Key, error) {
	text, err := a.Key(c)
	if err != nil {
		return nil, err
	}
	if len(text) > MaxKeyText {
		return nil, cmdline.Usage("give a .pub file", "the public key has more than %d bytes", MaxKeyText)
	}
	keys, err := ParseKeys(text, time.Now())
	if err != nil {
		return nil, cmdline.Usage("give the .pub file that \"ssh-keygen -t ed25519\" made, e.g. ~/.ssh/id_ed25519.pub", "%v", err)
	}
	return keys, nil
}

// ParseKeys reads the public keys of an account, in every form that
// [sshd.ParsePublicKeys] takes.
func ParseKeys(given []byte, now time.Time) (keys []store.Key, err error) {
	parsed, err := sshd.ParsePublicKeys(given)
	if err != nil {
		return nil, err
	}
	comments := commentsOf(given)
	for _, key := range parsed {
		if err := sshd.CheckKey(key); err != nil {
			return nil, text.Errorf("a key of type %s: %w", key.Type(), err)
		}
		print := ssh.FingerprintSHA256(key)
		keys = append(keys, store.Key{Fingerprint: print, Line: authorizedKey(key), Comment: comments[print], Created: now})
	}
	switch {
	case len(keys) == 0:
		return nil, errors.New("no public key was given")
	case len(keys) > maxKeys:
		return nil, text.Errorf("%d public keys, an account has at most %d", len(keys), maxKeys)
	}
	return keys, nil
}

func (a Admin) listAccounts(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	var accounts []store.Account
	err = a.Use(c, false, func(s *store.Store) (err error) { accounts, err = s.Accounts(c.Context); return err })
	if err != nil {
		return err
	}
	since, err := unusedSince(c)
	if err != nil {
		return err
	}
	var views []api.Account
	for _, row := range accounts {
		if v := viewAccount(row); since.IsZero() || v.Used.Before(since) && v.Created.Before(since) {
			views = append(views, v)
		}
	}
	if f == cmdline.Table {
		return cmdline.List(c.App.Writer, f, byKey(views), accountColumns(a.Speaker))
	}
	rows := make([]accountRow, len(views))
	for i, v := range views {
		rows[i] = accountRow{Account: v}
	}
	return cmdline.List(c.App.Writer, f, rows, accountColumns(nil))
}

// accountRow is a row of the list of accounts.
type accountRow struct {
	api.Account

	more bool // a further row of an account
}

func accountColumns(s *text.Speaker) []cmdline.Column[accountRow] {
	return cmdline.Headed(s, []cmdline.Column[accountRow]{
		{Title: "ACCOUNT", Value: func(v accountRow) string { return v.Account.Account }},
		{Title: "NAME", Value: func(v accountRow) string { return v.Name }},
		{Title: "ADMIN", Value: first(func(v accountRow) string { return s.Text(cmdline.YesNo(v.Admin)) })},
		{Title: "DISABLED", Value: first(func(v accountRow) string { return s.Text(cmdline.YesNo(v.Disabled)) })},
		{Title: "CREATED", Value: first(func(v accountRow) string { return when(v.Created) })},
		{Title: "LAST LOGIN", Value: first(func(v accountRow) string { return when(v.Used) })},
		{Title: "KEYS", Value: func(v accountRow) string {
			var all []string
			for _, k := range v.Keys {
				all = append(all, k.Fingerprint)
			}
			return strings.Join(all, " ")
		}},
	})
}

// tell tells what was done.
func (a Admin) tell(c *cli.Context, format string, args ...any) {
	fmt.Fprintln(c.App.ErrWriter, a.Speaker.Say(format, args...))
}

// first shows a value on the first of an account's rows alone.
func first(value func(accountRow) string) func(accountRow) string {
	return func(v accountRow) string {
		if v.more {
			return ""
		}
		return value(v)
	}
}

// notSelf keeps an admin from locking themselves out, and the relay from being
// left without an admin that way.
func (a Admin) notSelf(name string) error {
	if name != a.By {
		return nil
	}
	return cmdline.Fail(cmdline.ExitFailed, "ask another admin, or use support-relay at the relay's machine", "you cannot take away your own access")
}

func (a Admin) disable(c *cli.Context, disabled bool) error {
	name := c.Args().First()
	if err := a.notSelf(name); err != nil {
		return err
	}
	err := a.Use(c, true, func(s *store.Store) error {
		return ofAccount(c.Context, s, name, s.DisableAccount(c.Context, name, disabled))
	})
	if err == nil {
		a.tell(c, map[bool]string{true: "%s disabled", false: "%s enabled"}[disabled], name)
	}
	return err
}

func (a Admin) removeAccount(c *cli.Context) error {
	name := c.Args().First()
	if err := a.notSelf(name); err != nil {
		return err
	}
	err := a.Use(c, true, func(s *store.Store) error {
		return ofAccount(c.Context, s, name, s.RemoveAccount(c.Context, name, a.By, s.Now()))
	})
	if err == nil {
		a.tell(c, "%s removed; support sessions of theirs that were open have ended", name)
	}
	return err
}

func (a Admin) addKeys(c *cli.Context) error {
	keys, err := a.keys(c)
	if err != nil {
		return err
	}
	name := c.Args().First()
	err = a.Use(c, true, func(s *store.Store) error {
		return ofAccount(c.Context, s, name, s.AddKeys(c.Context, name, keys, maxKeys))
	})
	if err != nil {
		return err
	}
	for _, k := range keys {
		a.tell(c, "%s has key %s now", name, k.Fingerprint)
	}
	return nil
}

func (a Admin) removeKey(c *cli.Context) error {
	name := c.Args().Get(0)
	if err := a.notSelf(name); err != nil {
		return err
	}
	fingerprints, err := a.namedKeys(c, c.Args().Get(1))
	if err != nil {
		return err
	}
	err = a.Use(c, true, func(s *store.Store) error {
		for _, fingerprint := range fingerprints {
			if err := ofAccount(c.Context, s, name, s.RemoveKey(c.Context, name, fingerprint)); err != nil {
				return err
			}
			a.tell(c, "%s has lost key %s", name, fingerprint)
		}
		return nil
	})
	return err
}

func (a Admin) addCategory(c *cli.Context) error {
	name := c.Args().First()
	if name == "" || len(name) > maxCategoryName || text.Plain(name, maxCategoryName) != name || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, "-") {
		return cmdline.Usage("choose another name", "a category's name has 1 to %d bytes of plain text, without slashes and without a dash in front", maxCategoryName)
	}
	err := a.Use(c, true, func(s *store.Store) error {
		return ofCategory(c.Context, s, name, s.AddCategory(c.Context, store.Category{Name: name, Created: s.Now()}))
	})
	if err == nil {
		a.tell(c, "%s added", name)
	}
	return err
}

func (a Admin) listCategories(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	var views []api.Category
	err = a.Use(c, false, func(s *store.Store) error {
		all, err := s.Categories(c.Context)
		for _, category := range all {
			v := api.Category{Name: category.Name, Created: category.Created}
			if a.Second != nil {
				needs := csrca.NeedsSecond(a.Second(), category.Name)
				v.NeedsSecond = &needs
			}
			views = append(views, v)
		}
		return err
	})
	if err != nil {
		return err
	}
	return cmdline.List(c.App.Writer, f, views, tablesIn(f.For(a.Speaker)).Categories())
}

func (a Admin) removeCategory(c *cli.Context) error {
	name := c.Args().First()
	err := a.Use(c, true, func(s *store.Store) error { return ofCategory(c.Context, s, name, s.RemoveCategory(c.Context, name)) })
	if err == nil {
		a.tell(c, "%s removed", text.Escape(name))
	}
	return err
}

// ofAccount makes an error for people of what a wrong account name can cause.
func ofAccount(ctx context.Context, s *store.Store, name string, err error) error {
	const hint = "csr list shows who is there"
	all, listing := s.Accounts(ctx)
	return meant(ofPerson(err, hint), listing, name, collect(all, func(a store.Account) string { return a.Name }), hint)
}

// ofCategory is the same for the name of a category.
func ofCategory(ctx context.Context, s *store.Store, name string, err error) error {
	const hint = "category list shows what is there"
	all, listing := s.Categories(ctx)
	return meant(ofPerson(err, hint), listing, name, collect(all, func(c store.Category) string { return c.Name }), hint)
}

// meant adds to the error for a name that is not there which of all may have been meant.
func meant(err, listing error, name string, all []string, hint string) error {
	var told *cmdline.Error
	if listing == nil && errors.Is(err, store.ErrNotFound) && errors.As(err, &told) {
		return told.DidYouMean(name, all, "%s", text.Later(hint))
	}
	return err
}

func collect[T any](all []T, name func(T) string) []string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = name(one)
	}
	return names
}

// ofPerson makes an error for people of what a person can cause by a wrong name.
func ofPerson(err error, hint string) error {
	for _, kind := range []error{store.ErrNotFound, store.ErrExists, store.ErrLimit, store.ErrInUse, store.ErrOwns} {
		if errors.Is(err, kind) {
			return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: hint, Err: err}
		}
	}
	return err
}
