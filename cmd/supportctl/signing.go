package main

import (
	"context"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/text"
)

// authorEnd is what stands behind the name of a key's file in that of the certificate with
// which it signs scripts.
const authorEnd = "-author" + certificateEnd

// signing is who signs scripts.
type signing struct {
	key     ssh.Signer
	cert    *ssh.Certificate // for signing scripts; nil is none
	release func()           // is called when nothing is signed any more
}

// signer finds the key that signs scripts: that of a file, or with "" that of the login.
func (p *program) signer(ctx context.Context, pr profile, file string) (s signing, err error) {
	if file == "" && p.loginKey == nil {
		if _, err := p.keysOf(ctx, pr); err != nil {
			return s, err
		}
	}
	held, release := p.agentKeys()
	defer func() {
		if err != nil {
			release()
		}
	}()
	if file == "" {
		return signing{p.loginKey, authorCertificate(p.loginKey.PublicKey(), pr.KeyFile, held), release}, nil
	}
	found, err := readKey(file, held)
	if err != nil {
		return s, err
	}
	key, err := p.open(ctx, found)
	if err != nil {
		return s, err
	}
	return signing{key, authorCertificate(key.PublicKey(), found.file, held), release}, nil
}

// authorCertificate is the certificate with which a key signs scripts: of those beside its
// file and in ssh-agent the one that is good the longest; nil is none.
func authorCertificate(key ssh.PublicKey, file string, held []candidate) (best *ssh.Certificate) {
	add := func(public ssh.PublicKey) {
		cert := csrca.Of(public)
		if cert != nil && csrca.IsAuthors(cert) && sameKey(cert.Key, key) && (best == nil || cert.ValidBefore > best.ValidBefore) {
			best = cert
		}
	}
	if file != "" {
		for _, end := range []string{authorEnd, certificateEnd} {
			if data, err := disk.Read(strings.TrimSuffix(file, ".pub")+end, maxOwn); err == nil {
				if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
					add(public)
				}
			}
		}
	}
	for _, c := range held {
		add(c.public)
	}
	return best
}

// sign signs a version of a script. previous is the package of the version before.
func (s signing) sign(pr profile, script api.Script, previous string, files []author.File) (author.Signed, error) {
	if pr.Library == "" {
		return author.Signed{}, cmdline.Fail(cmdline.ExitFailed, "ask the relay's admin to update support-relay, or use an older supportctl", "this relay keeps no signatures of scripts")
	}
	signed := author.Signed{
		Library: pr.Library, Name: script.Name, Owner: script.Owner, Version: script.Version, Previous: previous, Category: script.Category,
	}
	if s.cert != nil {
		signed = signed.Certify(s.cert)
	}
	signed, err := author.Sign(signed, script.Executable, files, s.key)
	if err != nil {
		return signed, cmdline.Fail(cmdline.ExitFailed, "sign with another key: --author-key FILE", "the script cannot be signed: %v", err)
	}
	return signed, nil
}

// listed are the files of a script as the relay lists them.
func listed(s api.Script) (files []author.File) {
	for _, f := range s.Files {
		files = append(files, author.File{Path: f.Path, Size: int64(f.Size), SHA256: f.SHA256})
	}
	return files
}

// flag is the one with which a signed script goes to the relay, and what is known of it then.
func (s signing) flag(pr profile, script api.Script, previous string, files []author.File, sum string) (flag string, keep *scriptKnown, err error) {
	signed, err := s.sign(pr, script, previous, files)
	if err != nil {
		return "", nil, err
	}
	line, err := signed.Line()
	if err != nil {
		return "", nil, err
	}
	return "--signature=" + line, &scriptKnown{pr.knownAs, script.Name, ssh.FingerprintSHA256(s.key.PublicKey()), script.Version, sum}, nil
}

// sumOf is the SHA-256 of a package as the relay keeps it.
func sumOf(p library.Package) (string, error) {
	if err := p.Check(); err != nil { // it puts the files in order
		return "", checkPackage(p)
	}
	archive, err := p.Tar()
	return library.Sum(archive), err
}

// signChange signs what an edit makes of a script; "" is that its author's signature stays,
// or that there is none. Files that the relay has are signed again only where they have our
// own signature: else it could choose what we sign.
func (p *program) signChange(ctx context.Context, pr profile, was api.Script, f form, files *library.Package) (flag string, keep *scriptKnown, err error) {
	name, wrong := library.CheckName(f.Name)
	if files == nil && f.Name == was.Name && f.Category == was.Category || wrong != nil || was.Owner != pr.Account {
		return "", nil, nil // what is wrong says the relay
	}
	script := api.Script{Name: name, Owner: was.Owner, Category: f.Category, Version: was.Version + 1, Executable: was.Executable}
	list, sum := listed(was), was.SHA256
	var proved authored
	if files != nil {
		list, script.Executable = files.Signable(), files.Executable
		if err := p.mayReplace(pr, was); err != nil {
			return "", nil, err
		}
		if sum, err = sumOf(*files); err != nil {
			return "", nil, err
		}
	} else if proved, err = p.prove(pr, was, nil); err != nil {
		return "", nil, err
	}
	s, err := p.signer(ctx, pr, f.AuthorKey)
	if err != nil {
		return "", nil, err
	}
	defer s.release()
	if files == nil && (!proved.signed || !sameKey(proved.by.Key, s.key.PublicKey())) {
		p.note("%s stays without your signature: give its files again with --file to sign them", was.Name)
		return "", nil, nil
	}
	return s.flag(pr, script, was.SHA256, list, sum)
}

// mayReplace refuses to sign a version that is lower than one that is known.
func (p *program) mayReplace(pr profile, was api.Script) error {
	k, err := p.knownAuthor(pr.knownAs, was.Name)
	if err == nil && k != nil && was.Version < k.Version {
		err = authored{Script: was}.refusal(text.Errorf("the relay shows version %d of it, and you know version %d", was.Version, k.Version))
	}
	return err
}
