package main

import (
	"os"
	"path"
	"slices"
	"strings"

	"supportd/library"
	"supportd/library/cmdline"
	"supportd/library/text"
)

// scriptMark begins the script itself where it is written in the editor.
const scriptMark = "====="

// beginsScript reports whether a line of a form begins the script: the mark, which
// is left out, or a first line as scripts have one.
func beginsScript(line string, named bool) (begins, mark bool) {
	if len(line) >= len(scriptMark) && strings.Trim(line, "=") == "" {
		return true, true
	}
	return !named && strings.HasPrefix(line, "#!/"), false
}

// scriptText is the script that stands in these lines; "" is none.
func scriptText(lines []string) string {
	s := strings.TrimLeft(strings.Join(lines, "\n"), "\n")
	if s = strings.TrimRight(s, " \t\n"); s == "" {
		return ""
	}
	return s + "\n"
}

// files are the files that a form names or holds; nil where there are none.
func (f form) files() (*library.Package, error) {
	if f.Text == "" {
		return packageOf(f.File, f.With)
	}
	name, err := f.writtenName()
	if err != nil {
		return nil, err
	}
	data := f.Text
	if slices.Contains([]string{".bat", ".cmd"}, strings.ToLower(path.Ext(name))) {
		data = strings.ReplaceAll(data, "\n", "\r\n") // cmd.exe loses its place in files without
	}
	p := &library.Package{Executable: name, Files: []library.File{{Path: name, Data: []byte(data)}}}
	for _, with := range f.With {
		extra, err := localFiles(with)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, extra...)
	}
	return p, checkPackage(*p)
}

// writtenName is what a script is called that was written in the editor.
func (f form) writtenName() (string, error) {
	if f.File != "" {
		if _, err := os.Stat(f.File); err == nil || strings.ContainsAny(f.File, `/\`) {
			return "", cmdline.Usage("empty file:, or take the text away", "file: names %s, and the script stands in the form as well", text.Plain(f.File, 60))
		}
		return f.File, nil
	}
	line, ok, err := library.ReadShebang([]byte(f.Text))
	switch {
	case err != nil:
		return "", cmdline.Usage("", "the script: %v", err)
	case !ok:
		return "", cmdline.Usage("its ending says how it is run: run.sh, run.py, run.bat, run.ps1", "file: what is the script called? It has no first line such as #!/bin/sh")
	case strings.Contains(line.Program+line.Argument, "python"):
		return "run.py", nil
	case strings.HasSuffix(line.Interpreter(), "sh"):
		return "run.sh", nil
	}
	return "run", nil
}
