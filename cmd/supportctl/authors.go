package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay/client"
)

// authorsDir holds whose the scripts are that were run or made, a file for each, below the
// program's directory.
const authorsDir = "authors"

// scriptKnown is what is known of a script of a relay's library.
type scriptKnown struct {
	Relay   string `json:"relay"` // the host under which it became known
	Script  string `json:"script"`
	Key     string `json:"key"`     // SHA256:… of its author's key
	Version int    `json:"version"` // the highest that was seen
	SHA256  string `json:"sha256"`  // of its package in that version
}

func (p *program) knownFile(host, script string) string {
	return filepath.Join(p.path(authorsDir), fmt.Sprintf("%x.json", sha256.Sum256([]byte(host+"\n"+library.Key(script)))))
}

// knownAuthor is what is known of a script; nil is nothing. What cannot be read is not
// nothing: a script may be another's then.
func (p *program) knownAuthor(host, script string) (*scriptKnown, error) {
	file := p.knownFile(host, script)
	data, err := disk.Read(file, maxOwn)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	k := new(scriptKnown)
	if err == nil {
		err = json.Unmarshal(data, k)
	}
	if err != nil || k.Key == "" {
		return nil, cmdline.Fail(cmdline.ExitFailed, "", "cannot read who the author of %q is: %s", text.Plain(script, library.MaxName), text.Escape(file)).
			Because(err).WithHint("supportctl script forget NAME forgets it; the next run asks for the author again")
	}
	return k, nil
}

func (p *program) keepAuthor(k scriptKnown) error {
	if err := disk.MkdirAll(p.path(authorsDir), 0o700); err != nil {
		return err
	}
	data, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(p.knownFile(k.Relay, k.Script), append(data, '\n'), 0o600, true)
}

// authored is a script of the library, as its author has signed it.
type authored struct {
	api.Script
	by     author.By
	signed bool
	second author.By    // who else has signed it, where Approval is there
	was    *scriptKnown // what was known of it
}

// prove proves what the relay says of the newest version of a script, and holds it against
// what is known. files are what it has sent; nil is what it has listed. An error is that
// nothing of it may be run or signed again.
func (p *program) prove(pr profile, s api.Script, files *library.Package) (a authored, err error) {
	if files != nil {
		s.Executable, s.Files = files.Executable, nil
		for _, f := range files.Files {
			s.Files = append(s.Files, api.ScriptFile{Path: f.Path, Size: len(f.Data), SHA256: f.SHA256()})
		}
	}
	a = authored{Script: s}
	if a.was, err = p.knownAuthor(pr.knownAs, s.Name); err != nil {
		return a, err
	}
	if a.by, a.signed, err = s.Author(); err == nil && a.signed {
		ours := pr.Library != "" && s.Signature.Library == pr.Library
		if !ours || !s.Signature.IsFor(s.Name, s.Owner, s.Category, s.Signature.Version, s.Signature.Previous) || s.Signature.Version > s.Version {
			err = author.ErrForged
		}
	}
	if err == nil {
		a.second, _, err = s.Approver()
	}
	if err == nil {
		err = a.judge()
	}
	if err != nil {
		return a, a.refusal(err)
	}
	return a, nil
}

// judge holds a script against what is known of it.
func (a authored) judge() error {
	switch now := a.Signature; {
	case a.was == nil:
		return nil
	case !a.signed:
		return text.Errorf("it is unsigned now, and you know it as signed by %s", a.was.Key)
	case a.by.Fingerprint() != a.was.Key:
		return text.Errorf("it is signed by %s now, and you know it as signed by %s", a.by.Fingerprint(), a.was.Key)
	case now.Version < a.was.Version:
		return text.Errorf("it is version %d of its author's now, and you know version %d", now.Version, a.was.Version)
	case now.Version == a.was.Version && a.SHA256 != a.was.SHA256, now.Version == a.was.Version+1 && now.Previous != a.was.SHA256:
		return text.Errorf("it is not what its author has made of version %d, which you know", a.was.Version)
	}
	return nil
}

func (a authored) refusal(why error) error {
	return cmdline.Fail(cmdline.ExitFailed, "", "the script %q is not what it was: %v", text.Plain(a.Name, library.MaxName), why).Because(why).
		WithHint("nothing was sent to a customer's computer; ask its author and the relay's operator, and only if the author has made it so: supportctl script forget NAME")
}

// isNew reports whether the author of a script has to be accepted first. Whoever has one of
// our keys is us.
func (a authored) isNew(own ssh.PublicKey) bool {
	return a.signed && a.was == nil && !sameKey(a.by.Key, own)
}

// know keeps what is known of a script now.
func (p *program) know(pr profile, a authored) error {
	if !a.signed || a.was != nil && a.was.Version == a.Signature.Version {
		return nil
	}
	return p.keepAuthor(scriptKnown{pr.knownAs, a.Name, a.by.Fingerprint(), a.Signature.Version, a.SHA256})
}

// shelf fetches the scripts of a run from the library.
type shelf struct {
	p       *program
	relay   *client.Relay
	profile profile
	taken   []authored
}

// fetch looks a script up and fetches it, for [program.resolve].
func (l *shelf) fetch(ctx context.Context) func(name string) (client.Staged, string, error) {
	return func(name string) (client.Staged, string, error) {
		no := func(err error) (client.Staged, string, error) { return client.Staged{}, "", err }
		s, err := l.relay.Script(ctx, name, 0)
		if err != nil {
			return no(err)
		}
		if l.profile, err = l.p.withLibrary(ctx, l.relay, l.profile); err != nil {
			return no(err)
		}
		if library.Key(s.Name) != library.Key(name) {
			return no(cmdline.Fail(cmdline.ExitFailed, "tell the relay's operator; nothing was run", "the relay was asked for the script %q and sent %q", text.Plain(name, library.MaxName), text.Plain(s.Name, library.MaxName)))
		}
		files, err := l.relay.ScriptFiles(ctx, s)
		if err != nil {
			return no(err)
		}
		a, err := l.p.prove(l.profile, s, &files)
		if err != nil {
			return no(err)
		}
		if s.NeedsSecond && (!a.signed || s.Approval == nil) {
			return no(a.needsSecond())
		}
		l.taken = append(l.taken, a)
		pkg, origin := libraryPackage(s.Name, files), fmt.Sprintf("library, version %d of %s", s.Version, s.Owner)
		if !a.signed {
			return pkg, origin + ", unsigned", nil
		}
		pkg.Signed, pkg.Author, pkg.Second = s.Signature, a.by.Fingerprint(), s.Approval
		return pkg, origin, nil
	}
}

// needsSecond is why a script is not run that fewer people have signed than its category
// needs, as the relay says: customers' computers do not take that from the relay.
func (a authored) needsSecond() error {
	name := text.Plain(a.Name, library.MaxName)
	if !a.signed {
		return cmdline.Fail(cmdline.ExitFailed, "its owner signs it with supportctl script edit --file, and then another CSR with supportctl script sign",
			"scripts of the category %q need two signatures, and nobody has signed %q; nothing was run", text.Plain(a.Category, library.MaxName), name)
	}
	return cmdline.Fail(cmdline.ExitFailed, "", "scripts of the category %q need two signatures, and only its author has signed %q; nothing was run", text.Plain(a.Category, library.MaxName), name).
		WithHint("another CSR than %s looks at it and signs it: supportctl script sign %q", text.Plain(a.Owner, library.MaxName), name)
}

// newcomers are the scripts whose author is not known yet, by their author's key.
func (l *shelf) newcomers() (groups [][]authored) {
	for _, a := range l.taken {
		if !a.isNew(l.profile.key) {
			continue
		}
		i := slices.IndexFunc(groups, func(g []authored) bool { return sameKey(g[0].by.Key, a.by.Key) })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], a)
	}
	return groups
}

// question asks whether the author of these scripts is known to the CSR.
func question(say func(format string, args ...any) string, group []authored) string {
	var names []string
	for _, a := range group {
		names = append(names, text.Plain(a.Name, library.MaxName))
	}
	by, owner := group[0].by, text.Plain(group[0].Owner, library.MaxName)
	said := say("You have not run a script of this author yet: %s\nThe relay says that they belong to the account %s. The author's key is %s.", strings.Join(names, ", "), owner, by.Fingerprint())
	if keyID, ca, certified := by.Certified(); certified {
		said += "\n" + say("Its certificate is %q and names the CA %s, which customers' computers check.", text.Plain(keyID, library.MaxName), ca)
	}
	for _, a := range group {
		if a.Approval != nil {
			said += "\n" + say("%s is also signed by the account %s, with the key %s.", text.Plain(a.Name, library.MaxName), text.Plain(a.Approval.Account, library.MaxName), a.second.Fingerprint())
		}
	}
	return said + "\n" + say("Compare the key with what the author reads to you (supportctl whoami shows it to them). From now on, other keys and older versions are refused.")
}

// settle has new authors accepted, and keeps what is known of all scripts then. It comes
// before anything is sent to a customer's computer.
func (l *shelf) settle(ctx context.Context, accept bool) error {
	for _, group := range l.newcomers() {
		if accept {
			break
		}
		err := l.p.confirm(ctx, false, question(l.p.say, group))
		if !l.p.mayAsk() && err != nil {
			a := group[0]
			return cmdline.Fail(cmdline.ExitFailed, "compare the key with its author, then add --accept: the author is kept, and other keys are refused",
				"the script %q is signed by %s, whom you do not know yet; nothing was run", text.Plain(a.Name, library.MaxName), a.by.Fingerprint())
		}
		if err != nil {
			return err
		}
	}
	for _, a := range l.taken {
		if !a.signed {
			fmt.Fprintln(l.p.std.Err, l.p.say("%s is unsigned: nobody vouches for it but the relay", text.Plain(a.Name, library.MaxName)))
		}
		if err := l.p.know(l.profile, a); err != nil {
			return err
		}
	}
	return nil
}

// forgetAuthor forgets whose a script is.
func (p *program) forgetAuthor(name string) error {
	pr, err := p.loadProfile()
	if err != nil {
		return err
	}
	err = os.Remove(p.knownFile(pr.knownAs, name))
	if errors.Is(err, fs.ErrNotExist) {
		return cmdline.Fail(cmdline.ExitFailed, "", "no author of a script %q is known", text.Plain(name, library.MaxName))
	}
	if err == nil {
		p.note("the author of %s is forgotten; the next run asks again", text.Plain(name, library.MaxName))
	}
	return err
}
