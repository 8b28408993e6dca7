package desktop

// openers open a file or an address with what the desktop has for it (open(1)).
func openers() [][]string { return [][]string{{"/usr/bin/open"}} }

func (d *Desktop) hasWindows() bool { return value(d.Env, "SSH_CONNECTION") == "" }

// places is the user's own temporary directory, which every browser may read. Root makes
// no file for others here: they open the page with a code.
func (d *Desktop) places() []string {
	if d.as.other {
		return nil
	}
	return []string{value(d.Env, "TMPDIR"), d.Home}
}

func (d *Desktop) asUser(do func() error) error { return do() }
