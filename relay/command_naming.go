package relay

import (
	"context"
	"errors"
	"slices"
	"strings"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// maxTitles bounds how many sessions an error names.
const maxTitles = 10

// calls says how well a word names a session: by all of the ticket or of the CSR's own
// name, or by how one of them begins. Nothing that the computer or its customer wrote is
// looked at: they could call themselves like another session.
func calls(word string, row *store.Session) (whole, begins bool) {
	key := library.Key(strings.TrimSpace(word))
	if key == "" {
		return false, false
	}
	for _, called := range []string{row.Ticket, row.Name} {
		called = library.Key(strings.TrimSpace(called))
		whole = whole || called == key
		begins = begins || strings.HasPrefix(called, key)
	}
	return whole, begins
}

// called finds those that a word names: all that have it as a whole, else all that begin
// with it.
func called(word string, rows []*store.Session) (found []*store.Session) {
	var begins []*store.Session
	for _, row := range rows {
		switch whole, begin := calls(word, row); {
		case whole:
			found = append(found, row)
		case begin:
			begins = append(begins, row)
		}
	}
	if len(found) > 0 {
		return found
	}
	return begins
}

// mine are this CSR's open sessions, the oldest first.
func (cmd *command) mine() (rows []*store.Session) {
	for _, s := range cmd.relay.sessions() {
		if row := s.row.Load(); row.Owner == cmd.account.Name && row.State != api.Ended {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b *store.Session) int { return a.Created.Compare(b.Created) })
	return rows
}

// named is the number of the open session that a word names: a number, as people write
// it, or how the ticket or the own name of one of this CSR's sessions begins. Digits are
// always a number.
func (cmd *command) named(word string) (wire.Number, error) {
	if wire.MeansNumber(word) {
		return number(word)
	}
	found := called(word, cmd.mine())
	switch len(found) {
	case 0:
		return "", noSuchName(word)
	case 1:
		return found[0].Number, nil
	}
	return "", cmd.ambiguous(word, found)
}

// namedAny is named for sessions that may have ended, which are looked for where no open
// one is called so. Its error is that of named.
func (cmd *command) namedAny(ctx context.Context, word string) (store.Session, error) {
	rows := cmd.mine()
	if len(called(word, rows)) == 0 {
		ended, err := cmd.relay.data.Store.EndedSessions(ctx, cmd.account.Name, maxEnded)
		if err != nil {
			return store.Session{}, cmd.explain(err)
		}
		rows = nil
		for i := range ended {
			rows = append(rows, &ended[i])
		}
	}
	found := called(word, rows)
	switch len(found) {
	case 0:
		return store.Session{}, noSuchName(word)
	case 1:
		return *found[0], nil
	}
	return store.Session{}, cmd.ambiguous(word, found)
}

// sessionID is how many characters the ID has that the log calls a session by.
const sessionID = 26

// byID finds a session that this CSR may see by its ID; [store.ErrNotFound] where it is
// none. An ID is random, so that nobody finds one by trying.
func (cmd *command) byID(ctx context.Context, id string) (store.Session, error) {
	if len(id) != sessionID {
		return store.Session{}, store.ErrNotFound
	}
	row, err := cmd.relay.data.Store.Session(ctx, id)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return row, cmd.explain(err)
	case err != nil, row.Owner != cmd.account.Name && !cmd.account.Admin:
		return store.Session{}, store.ErrNotFound
	}
	return row, nil
}

// noSuchName is the error for a word that names no session. One that nobody would call a
// session is taken for a number that was mistyped.
func noSuchName(word string) error {
	if !api.MayBeName(word) {
		_, err := number(word)
		return err
	}
	return cmdline.Fail(cmdline.ExitNoSession, "session list shows yours; a session is named by its 9 digits, or by how its ticket or your own name for it begins",
		"no session of yours has a ticket or a name that begins with %q", text.Plain(word, 40))
}

func (cmd *command) ambiguous(word string, found []*store.Session) error {
	var titles []string
	for _, row := range found[:min(len(found), maxTitles)] {
		titles = append(titles, cmd.view(*row).In(cmd.speaker))
	}
	return cmdline.Usage("", "%q names %d support sessions", text.Plain(word, 40), len(found)).WithHint("type more of it, or the number: %s", strings.Join(titles, "; "))
}

// findOpen is the open session with a number, if this CSR may see it; else nil.
func (cmd *command) findOpen(n wire.Number) *session {
	s := cmd.relay.find(n)
	if s == nil {
		return nil
	}
	if _, err := cmd.relay.admit(cmd.conn, actUse, s); err != nil {
		return nil
	}
	return s
}
