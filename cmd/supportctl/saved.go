package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/library/wire"
)

// sysinfoWords are the arguments of "sysinfo": the session, the categories, and the file
// that --diff is to compare with, which may stand anywhere behind the flag.
func sysinfoWords(c *cli.Context) (spec string, categories []string, against string, err error) {
	words := c.Args().Slice()
	if !c.IsSet("diff") {
		return words[0], words[1:], "", nil
	}
	against = c.String("diff")
	if len(words) > 1 && against == "" && !wire.MeansNumber(words[0]) && isSaved(words[0]) {
		against, words = words[0], cmdline.JoinNumbers(words[1:], 1)
	}
	for _, word := range words[1:] {
		switch {
		case slices.Contains(api.Categories(), word):
			categories = append(categories, word)
		case against == "":
			against = word
		default:
			return "", nil, "", cmdline.Usage("sysinfo NUMBER --diff FILE", "--diff compares with one file, and %q is no category", text.Plain(word, 40))
		}
	}
	return words[0], categories, against, nil
}

// isSaved reports whether a word is the name of a file that is there, and looks like one.
func isSaved(word string) bool {
	info, err := os.Stat(word)
	return err == nil && info.Mode().IsRegular() && strings.ContainsAny(word, `./\`)
}

// readSaved reads what --save, or somebody with plain ssh, has written into a file.
func readSaved(name string) (*look, error) {
	data, err := disk.Read(name, maxSysinfo)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, cmdline.Usage("", "--diff: there is no file %s, and no category of this name", text.Plain(name, 60)).
			DidYouMean(name, api.Categories(), "name a file that \"sysinfo NUMBER --save FILE\" has written")
	case err != nil:
		return nil, cmdline.Usage("name a file that \"sysinfo NUMBER --save FILE\" has written", "--diff: cannot read %s: %v", text.Plain(name, 60), err)
	}
	// PowerShell writes UTF-16 where its output goes into a file.
	if plain, _, err := transform.Bytes(unicode.BOMOverride(unicode.UTF8.NewDecoder()), data); err == nil {
		data = plain
	}
	document := text.EscapeLines(strings.ReplaceAll(string(data), "\r\n", "\n"))
	at := collected(document)
	if info, err := os.Stat(name); err == nil && at.IsZero() {
		at = info.ModTime()
	}
	l := parseLook(document, at)
	if len(l.Sections) == 0 {
		return nil, cmdline.Usage("name a text file that \"sysinfo NUMBER --save FILE\" has written", "--diff: %s holds no system information", text.Plain(name, 60))
	}
	l.file = text.Plain(name, 60)
	return &l, nil
}

// categories are those of a look that can be asked for.
func (l look) categories() (names []string) {
	for _, s := range l.Sections {
		if slices.Contains(api.Categories(), s.Category) && !slices.Contains(names, s.Category) {
			names = append(names, s.Category)
		}
	}
	return names
}
