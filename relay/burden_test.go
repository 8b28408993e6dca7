package relay

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
)

// neighbour is how much longer another CSR's commands may take because of what
// somebody else sends.
const neighbour = time.Second

// burdened sends blocks of a hostile computer's journal, and meanwhile measures how
// long another CSR's commands take, beside what they take when nobody sends
// anything. The machine may be busy with other tests, which makes single commands
// slow; so what counts is the one in the middle. Where others have to wait, that is
// as slow as the slowest.
func burdened(t *testing.T, w *world, d *diary, blocks [][]byte, last uint64, command string) {
	t.Helper()
	bob := w.login("bob", w.account("bob", false))
	var alone time.Duration
	var took []time.Duration
	for range 20 {
		began := time.Now()
		bob.ok(command)
		alone = max(alone, time.Since(began))
	}
	defer func() {
		slices.Sort(took)
		middle := took[len(took)/2]
		t.Logf("%d times %s: %v, at most %v, and %v without this", len(took), command, middle, took[len(took)-1], alone)
		if middle > neighbour+3*alone {
			t.Errorf("%s took another CSR %v, and %v without this", command, middle, alone)
		}
	}()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for _, block := range blocks {
			_, _ = d.Write(block)
		}
	}()
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		for want := fmt.Sprint(last); ; {
			if line, err := d.lines.ReadString('\n'); err != nil || strings.TrimSpace(line) == want {
				return
			}
		}
	}()
	for {
		began := time.Now()
		bob.ok(command)
		took = append(took, time.Since(began))
		select {
		case <-taken:
			receive(t, sent)
			return
		default:
		}
	}
}

// lines are events that follow each other, as blocks of a journal.
func lines(t *testing.T, payloads ...any) (blocks [][]byte, last journal.Event) {
	t.Helper()
	for i := 0; i < len(payloads); i += 2 {
		data, ok := payloads[i+1].(string)
		if !ok {
			text, err := json.Marshal(payloads[i+1])
			if err != nil {
				t.Fatal(err)
			}
			data = string(text)
		}
		e := journal.Event{Time: time.Now(), Kind: payloads[i].(string), Actor: "daemon", Data: json.RawMessage(data)}
		e.Seal(last)
		line, err := e.Line()
		if err != nil {
			t.Fatal(err)
		}
		blocks, last = append(blocks, line), e
	}
	return blocks, last
}

// A legal start of a run with 21,000 scripts, and then the ends of scripts: what
// is done for each of them is little, and none of it keeps others waiting.
func TestK1P23_ALongListOfScriptsKeepsNobodyWaiting(t *testing.T) {
	w := newWorld(t, nil)
	n := w.login("alice", w.account("alice", false)).start()
	p := w.joined(n)
	payloads := []any{journal.KindRunStart, `{"id":"1","run":"1","scripts":[` + strings.Repeat(`{},`, 21_000) + `{}]}`}
	for i := range 2000 {
		payloads = append(payloads, journal.KindScriptExit, fmt.Sprintf(`{"run":"1","step":%d,"outcome":{"reason":"exit"}}`, i+1))
	}
	blocks, last := lines(t, payloads...)
	if len(blocks[0]) > journal.MaxEvent {
		t.Fatalf("the start has %d bytes", len(blocks[0]))
	}
	burdened(t, w, p.journal(), blocks, last.Seq, "session start")
	if events, _ := w.stored(n); len(events) != len(blocks) {
		t.Errorf("%d events are stored", len(events))
	}
}

// A computer that has written very many events of connections costs a list no
// more than the first of them, and the list says so.
func TestK1P23_AListReadsSoMuchAndNoMore(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	w.sql(`INSERT INTO events (session, seq, time, kind, actor, data, hash, total)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ` + fmt.Sprint(maxListed) + `)
		SELECT (SELECT id FROM sessions), i, 0, 'connection.open', 'a', '{}', '', i FROM n`)
	out, problems, code := alice.run("", "report list")
	if code != 0 || !strings.Contains(out, string(n)) || problems != "" {
		t.Errorf("as many as are read: %d, %q, %q", code, out, problems)
	}
	w.sql(`INSERT INTO events (session, seq, time, kind, actor, data, hash, total)
		SELECT session, seq + 1, 0, kind, actor, data, '', total FROM events WHERE seq = ` + fmt.Sprint(maxListed))
	out, problems, code = alice.run("", "report list")
	if code != 0 || !strings.Contains(out, string(n)) || !strings.Contains(problems, "more than 5000 events of connections") {
		t.Errorf("one more: %d, %q, %q", code, out, problems)
	}
}

// Nobody reads the journals of others when a CSR looks for a script.
func TestK1P23_LookingForAScriptReadsNoJournal(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	blocks, last := lines(t, journal.KindRunStart, `{"id":"1","run":"1","scripts":[{"name":"Fix-DNS/run.sh","size":1,"sha256":"a","package":"b"}]}`)
	d := p.journal()
	for _, block := range blocks {
		d.write(block)
	}
	d.answer(fmt.Sprint(last.Seq))
	// What cannot be read as JSON any more shows that it is not read.
	w.sql(`UPDATE events SET data = 'no JSON'`)
	if out := alice.ok("report list --script fix-dns"); !strings.Contains(out, string(n)) {
		t.Errorf("it is not found: %s", out)
	}
}

// sql changes the database that the relay uses.
func (w *world) sql(statement string) {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	if _, err := db.ExecContext(w.t.Context(), statement); err != nil {
		w.t.Fatal(err)
	}
}

// database is another program's view of the relay's.
func (w *world) database() *sql.DB {
	w.t.Helper()
	onFile(w.t)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, databaseFile)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}
