package relay

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library"
	"supportd/library/author"
	"supportd/relay/store"
)

// oneFile is a script of one file, as it comes over standard input.
func oneFile(t testing.TB, name, text string) string {
	t.Helper()
	archive, err := library.Package{Executable: name, Files: []library.File{{Path: name, Data: []byte(text)}}}.Tar()
	if err != nil {
		t.Fatal(err)
	}
	return string(archive)
}

// libraryOf makes a relay with one category, and its CSRs.
func libraryOf(t testing.TB, names ...string) (*world, map[string]*csr) {
	w := newWorld(t, nil)
	people := map[string]*csr{"root": w.login("root", w.account("root", true))}
	people["root"].ok("category add Network")
	for _, name := range names {
		people[name] = w.login(name, w.account(name, false))
	}
	return w, people
}

func (c *csr) adds(t *testing.T, line, archive string) {
	t.Helper()
	if out, problems, code := c.run(archive, "script add "+line); code != 0 || out != "" {
		t.Fatalf("script add %s: %d %q %q", line, code, out, problems)
	}
}

// Twenty CSRs choose the same name at the same moment, each in another spelling.
func TestOneOfManyGetsTheName(t *testing.T) {
	w, people := libraryOf(t)
	const all = 20
	type result struct {
		code     int
		problems string
	}
	results := make(chan result, all)
	var ready, done sync.WaitGroup
	ready.Add(all)
	for i := range all {
		c := w.login(fmt.Sprintf("csr%d", i), w.account(fmt.Sprintf("csr%d", i), false))
		name := strings.Repeat("A", i) + strings.Repeat("a", all-i)
		archive := oneFile(t, "run.sh", fmt.Sprint(i))
		done.Go(func() {
			ready.Done()
			ready.Wait()
			_, problems, code := c.run(archive, "script add "+name+" --category Network --publish")
			results <- result{code, problems}
		})
	}
	done.Wait()
	won := 0
	for range all {
		switch r := <-results; {
		case r.code == 0:
			won++
		case r.code != 1 || !strings.Contains(r.problems, "exists already") || !strings.Contains(r.problems, "\nhint: "):
			t.Errorf("%d %q", r.code, r.problems)
		}
	}
	if won != 1 {
		t.Errorf("%d have won", won)
	}
	if out := people["root"].ok("script list -o csv"); strings.Count(out, "\n") != 2 {
		t.Errorf("the library holds:\n%s", out)
	}
}

// What is somebody's own looks to others as if it did not exist, and what is
// published can be changed by its owner alone.
func TestScriptsOfOthers(t *testing.T) {
	_, people := libraryOf(t, "alice", "bob")
	alice, bob, root := people["alice"], people["bob"], people["root"]
	archive := oneFile(t, "run.sh", "echo secret")
	alice.adds(t, "private --category Network", archive)
	alice.adds(t, "public --category Network --publish", archive)
	for _, other := range []*csr{bob, root} {
		for _, verb := range []string{"show", "get", "edit --description x", "remove --yes"} {
			out, problems, code := other.run(archive, "script "+verb+" private")
			missOut, missProblems, missCode := other.run(archive, "script "+verb+" privatx")
			if out != missOut || code != missCode || code != 1 || problems != strings.ReplaceAll(missProblems, "privatx", "private") {
				t.Errorf("%s: %d %q %q, missing: %d %q %q", verb, code, out, problems, missCode, missOut, missProblems)
			}
		}
		if out := other.ok("script list --json"); strings.Contains(out, "private") || !strings.Contains(out, "public") {
			t.Errorf("list: %s", out)
		}
		for _, verb := range []string{"edit --description x", "edit --files", "remove --yes"} {
			if out, problems, code := other.run(archive, "script "+verb+" public"); code != 1 || out != "" || !strings.Contains(problems, "belongs to alice") {
				t.Errorf("%s: %d %q %q", verb, code, out, problems)
			}
		}
	}
	if _, problems, code := bob.run("", "script edit --unpublish public"); code != 1 || !strings.Contains(problems, "belongs to alice") {
		t.Errorf("bob withdraws: %d %q", code, problems)
	}
	if _, problems, code := root.run("", "script edit --unpublish public"); code != 0 {
		t.Errorf("an admin withdraws: %d %q", code, problems)
	}
	if out := bob.ok("script list --json"); strings.Contains(out, "public") {
		t.Errorf("still there: %s", out)
	}
}

func TestC9_C10_ScriptsThatAreRefused(t *testing.T) {
	_, people := libraryOf(t, "alice")
	alice := people["alice"]
	good := oneFile(t, "run.sh", "echo")
	for _, c := range []struct {
		line, archive string
		code          int
		text          string
	}{
		{"'a\x1b[2J' --category Network", good, 2, "invisible characters"},
		{"'a\u202eb' --category Network", good, 2, "invisible characters"},
		{strings.Repeat("x", 65) + " --category Network", good, 2, "at most 64 characters"},
		{"a/b --category Network", good, 2, "letters, digits, spaces and any of"},
		{"'' --category Network", good, 2, "needs a name"},
		{"a --category Network --description 'x\x07'", good, 2, "invisible characters"},
		{"a", good, 2, "hint: there are: General, Network"},
		{"a --category network", good, 2, "no such category\nhint: did you mean: Network"},
		{"a --category qqq", good, 2, "no such category\nhint: there are: General, Network"},
		{"a --category Network", "#!/bin/sh\n", 2, "no tar archive"},
		{"a --category Network --executable other", good, 2, "other, which is to be run, is not in it"},
		{"a --category Network", "", 2, "no file in it"},
	} {
		out, problems, code := alice.run(c.archive, "script add "+c.line)
		if code != c.code || out != "" || !strings.Contains(problems, c.text) {
			t.Errorf("%q: %d %q %q", c.line, code, out, problems)
		}
	}
	if out := alice.ok("script list --json"); out != "[]\n" {
		t.Errorf("something was kept: %s", out)
	}
	alice.adds(t, "a --category Network", good)
	for line, want := range map[string]string{
		"edit a": "nothing is to be changed", "edit a --publish --unpublish": "contradict", "edit a --executable x": "--files",
		"list --sort nonsense": "one of: name, category", "edit a --category Nothing": "there are: General, Network", "show a --version 7": "no version 7",
	} {
		if out, problems, code := alice.run("", "script "+line); code == 0 || out != "" || !strings.Contains(problems, want) {
			t.Errorf("%s: %d %q %q", line, code, out, problems)
		}
	}
}

// fillLibrary adds scripts beside the running relay.
func fillLibrary(t testing.TB, w *world, many int) {
	t.Helper()
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte("echo")}}}
	w.beside(func(s *store.Store) error {
		for i := range many {
			_, err := s.AddScript(t.Context(), library.Script{
				Name: fmt.Sprintf("script %d", i), Category: "Network", Owner: fmt.Sprintf("csr%d", i/500), Published: true, Created: time.Now(), Description: "does something useful",
			}, p)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestALargeLibraryIsListed(t *testing.T) {
	w, people := libraryOf(t)
	const many = 1000
	fillLibrary(t, w, many)
	out := people["root"].ok("script list --sort changed -r -o jsonl")
	if got := strings.Count(out, "\n"); got != many {
		t.Errorf("%d lines", got)
	}
}

// signs is the flag with alice's signature of a script of one file.
func signs(t *testing.T, w *world, key ssh.Signer, s author.Signed, text string) string {
	t.Helper()
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte(text)}}}
	if s.Library == "" {
		s.Library = w.relay.data.Store.Library()
	}
	s, err := author.Sign(s, p.Executable, p.Signable(), key)
	if err != nil {
		t.Fatal(err)
	}
	line, err := s.Line()
	if err != nil {
		t.Fatal(err)
	}
	return " --signature '" + line + "'"
}

// Z4: the relay keeps a signature that says the truth, shows whose it is, and keeps it as long
// as files, name and category stay.
func TestZ4_SignaturesAreKept(t *testing.T) {
	w, people := libraryOf(t, "alice")
	alice, key := people["alice"], testkit.NewKey(t)
	print := ssh.FingerprintSHA256(key.PublicKey())
	sum := func(text string) string { return library.Sum([]byte(oneFile(t, "run.sh", text))) }
	first := author.Signed{Name: "fix", Owner: "alice", Version: 1, Category: "Network"}
	for name, bad := range map[string]struct {
		signed author.Signed
		text   string
	}{
		"another name":     {author.Signed{Name: "fox", Owner: "alice", Version: 1, Category: "Network"}, "echo 1"},
		"another owner":    {author.Signed{Name: "fix", Owner: "bob", Version: 1, Category: "Network"}, "echo 1"},
		"another version":  {author.Signed{Name: "fix", Owner: "alice", Version: 2, Category: "Network"}, "echo 1"},
		"another category": {author.Signed{Name: "fix", Owner: "alice", Version: 1, Category: "General"}, "echo 1"},
		"another library":  {author.Signed{Library: "SHA256:x", Name: "fix", Owner: "alice", Version: 1, Category: "Network"}, "echo 1"},
		"other files":      {first, "echo 2"},
	} {
		if out, problems, code := alice.run(oneFile(t, "run.sh", "echo 1"), "script add fix --category Network"+signs(t, w, key, bad.signed, bad.text)); code == 0 || out != "" {
			t.Errorf("%s: %d %q", name, code, problems)
		}
	}
	if out, problems, code := alice.run(oneFile(t, "run.sh", "echo 1"), "script add fix --category Network --signature x"); code != 2 || !strings.Contains(problems, "malformed") {
		t.Errorf("%d %q %q", code, out, problems)
	}
	signedBy := func(want string) {
		t.Helper()
		for _, line := range []string{"script list --json", "script show fix --json"} {
			if out := alice.ok(line); !strings.Contains(out, `"signed_by": "`+want+`"`) {
				t.Errorf("%s: %s\nwant %q", line, out, want)
			}
		}
	}
	alice.adds(t, "fix --category Network"+signs(t, w, key, first, "echo 1"), oneFile(t, "run.sh", "echo 1"))
	signedBy(print)
	if out := alice.ok("script show fix"); !strings.Contains(out, "AUTHOR") || !strings.Contains(out, print) {
		t.Error(out)
	}
	// Neither needs another signature, and a category needs one.
	alice.ok("script edit fix --publish --description better")
	signedBy(print)
	third := author.Signed{Name: "fix", Owner: "alice", Version: 3, Previous: sum("echo 1"), Category: "General"}
	wrong := third
	wrong.Previous = sum("echo 2")
	if _, problems, code := alice.run("", "script edit fix --category General"+signs(t, w, key, wrong, "echo 1")); code == 0 || !strings.Contains(problems, "signed something else") {
		t.Errorf("another version before: %d %q", code, problems)
	}
	alice.ok("script edit fix --category General" + signs(t, w, key, third, "echo 1"))
	signedBy(print)
	if out := alice.ok("script show fix --version 1 --json"); !strings.Contains(out, `"category":"Network"`) && !strings.Contains(out, `"category": "Network"`) {
		t.Errorf("the first version has lost its signature: %s", out)
	}
	if _, problems, code := alice.run(oneFile(t, "run.sh", "echo 4"), "script edit fix --files"); code != 0 {
		t.Error(problems)
	}
	signedBy("")
}

// O9: what was signed before the relay's keys were changed stays right, and so does what is
// signed afterwards by who has logged in before.
func TestO9_SignaturesOutliveTheRelaysKeys(t *testing.T) {
	w, people := libraryOf(t, "alice")
	alice, key := people["alice"], testkit.NewKey(t)
	sum := func(text string) string { return library.Sum([]byte(oneFile(t, "run.sh", text))) }
	was := w.relay.data.Store.Library()
	alice.adds(t, "fix --category Network"+signs(t, w, key, author.Signed{Name: "fix", Owner: "alice", Version: 1, Category: "Network"}, "echo 1"), oneFile(t, "run.sh", "echo 1"))
	w.changeCA((*Data).NewCAKey)
	w.changeCA(switchCANow)
	second := author.Signed{Library: was, Name: "fix", Owner: "alice", Version: 2, Previous: sum("echo 1"), Category: "General"}
	alice.ok("script edit fix --category General" + signs(t, w, key, second, "echo 1"))
	if out := alice.ok("script show fix"); !strings.Contains(out, ssh.FingerprintSHA256(key.PublicKey())) || w.relay.data.Store.Library() != was {
		t.Errorf("the library is %q, and was %q: %s", w.relay.data.Store.Library(), was, out)
	}
}
