package account

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestU5_AnAccountOfADirectory logs on as accounts that only an LDAP server knows, one of
// them with a domain in its name. The server, and what the system knows of it, are in
// namespaces of their own, in which the test runs once more.
func TestU5_AnAccountOfADirectory(t *testing.T) {
	const inside = "SUPPORTD_DIRECTORY"
	if os.Getenv(inside) == "" {
		inDirectory(t, inside)
		return
	}
	password := os.Getenv(inside)
	if err := os.Unsetenv(inside); err != nil {
		t.Fatal(err)
	}
	if passwd, err := os.ReadFile("/etc/passwd"); err != nil || strings.Contains(string(passwd), "dirkim") {
		t.Fatalf("it is no account of a directory: %v", err)
	}
	for given, want := range map[string]string{"dirkim": "uid=54321(dirkim) gid=54321 groups=54321,54320(helpers)", "CORP/dirlee": `uid=54322(CORP\dirlee) gid=54322 groups=54322`} {
		name, err := CleanName(given)
		if err != nil {
			t.Fatal(err)
		}
		eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
			l, err := logOn(name, password)
			if err != nil {
				t.Fatal(err)
			}
			text, exit := output(t, l, Command{Args: []string{showVerb}})
			var got seen
			if err := json.Unmarshal([]byte(text), &got); err != nil || exit.Code != 0 || got.ID != want {
				t.Errorf("%v, %+v: %s; want %s", err, exit, text, want)
			}
			if id := l.Identity(); id.User != name || got.Dir != id.Home || filepath.Base(id.Home) != name[len(name)-3:] {
				t.Errorf("identity: %+v, in %s", id, got.Dir)
			}
			if given == name { // the time of a wrong password is spent once
				_, err = logOn(name, "not-"+password)
				failure(t, err, BadPassword)
			}
		})
	}
	_, err := LogOn(t.Context(), options(t), "dirnobody", []byte(password))
	failure(t, err, BadPassword) // nobody learns who there is
}

// inDirectory runs the test where there is a directory.
func inDirectory(t *testing.T, variable string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make namespaces and log on as everybody")
	}
	for file, pkg := range map[string]string{
		"/usr/sbin/slapd": "slapd", "/usr/sbin/nslcd": "nslcd", "/lib/*/libnss_ldap.so.2": "libnss-ldapd", "/usr/bin/openssl": "openssl", "/usr/bin/unshare": "util-linux",
	} {
		if found, _ := filepath.Glob(file); len(found) == 0 {
			t.Skipf("no %s: install %s", file, pkg)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} { // the homes are in it
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const password = canary + "directory"
	cmd := exec.CommandContext(t.Context(), "/usr/bin/unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
		"/bin/sh", "testdata/directory.sh", self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), "DIR="+dir, "PASSWORD="+password, variable+"="+password)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "--- ") {
			t.Log(line)
		}
	}
}
